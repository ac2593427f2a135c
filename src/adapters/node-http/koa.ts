import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer, Handler } from "../../exchange/handler.ts";
import { send, type SendOptions } from "./send.ts";

/** What is used of a context of Koa. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly app: { emit(event: string, ...values: unknown[]): unknown };
  readonly response: object;
  respond?: boolean | undefined;
}

/**
 * Answers in a middleware of Koa, with the status and the fields that were set on the context.
 *
 * ```ts
 * app.use((ctx) => koaReply(ctx, sse(levels)));
 * ```
 *
 * What goes wrong is an `error` event of the app, as everywhere in Koa, unless there is an `onError`.
 * @returns resolves when the response has left or its reader has; never rejects
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function koaReply(
  ctx: KoaContext,
  answer: Answer | Promise<Answer> | Handler,
  options?: SendOptions,
): Promise<void> {
  ctx.respond = false;
  // Koa's 404 stands for nothing at all unless somebody has set it.
  const { _explicitStatus: isSet } = ctx.response as { readonly _explicitStatus?: boolean };
  if (isSet !== true) ctx.res.statusCode = 200;
  const onError = options?.onError ?? ((error: unknown): unknown => ctx.app.emit("error", error, ctx));
  return send(answer, ctx.req, ctx.res, { ...options, onError });
}
