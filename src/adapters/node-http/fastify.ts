import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Answer, Handler } from "../../exchange/handler.ts";
import { send, type SendOptions } from "./send.ts";

/** What is used of an instance of Fastify. */
export interface FastifyHost {
  decorateReply(name: string, value: unknown): unknown;
}

/** What is used of a reply of Fastify. */
interface FastifyReplyHost {
  readonly request: { readonly raw: IncomingMessage | Http2ServerRequest };
  readonly raw: ServerResponse | Http2ServerResponse;
  readonly log: { error(details: object, message: string): void };
  getHeaders(): Record<string, number | string | string[] | undefined>;
  hijack(): unknown;
}

/** What {@link fastifySluice} adds to every reply of Fastify. */
export interface FastifySluiceReply {
  /** Answers, with the status and the fields that were set on the reply. What goes wrong is logged, unless there is an `onError`. */
  sluice(answer: Answer | Promise<Answer> | Handler): this;
}

/**
 * A plugin of Fastify: `app.register(fastifySluice)`, with the options of {@link send}.
 *
 * ```ts
 * declare module "fastify" {
 *   interface FastifyReply extends FastifySluiceReply {}
 * }
 * app.get("/levels", (request, reply) => reply.sluice(sse(levels)));
 * ```
 *
 * The answer takes the reply over (`reply.hijack()`): hooks that run before a payload is sent don't, `onResponse` does.
 */
export function fastifySluice(instance: FastifyHost, options: SendOptions, done: () => void): void {
  instance.decorateReply(
    "sluice",
    function sluice(this: FastifyReplyHost, answer: Answer | Promise<Answer> | Handler) {
      const { raw, request, log } = this;
      for (const [name, value] of Object.entries(this.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      this.hijack();
      const onError =
        options.onError ??
        ((err: unknown): void => log.error({ err, req: request }, "The answer was not sent as it was meant"));
      void send(answer, request.raw, raw, { ...options, onError });
      return this;
    },
  );
  done();
}

// What Fastify looks for: a plugin whose decoration is for the whole app, and its name.
Object.assign(fastifySluice, {
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "sluice",
});
