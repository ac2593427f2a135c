import { errorReply } from "../../exchange/error-reply.ts";
import { isOfLeaving, tellApplication } from "../../exchange/error-report.ts";
import type { Answer } from "../../exchange/handler.ts";
import {
  EXCHANGE_DEFAULTS,
  EXCHANGE_OPTIONS,
  type ExchangeOptions,
  type ExchangeSettings,
  settleExchange,
} from "../../exchange/options.ts";
import { contextOf, type Request } from "../../exchange/request.ts";
import { checkNames, wrongOption } from "../../options.ts";
import { discardSource } from "../../reply/body.ts";
import type { Reply } from "../../reply/reply.ts";
import { asAnswer, isResource, replyOf } from "../../reply/response.ts";
import type { Remote } from "../../socket/remote.ts";
import { FetchExchange } from "./fetch-exchange.ts";
import { noteReply } from "./head-replies.ts";
import { ourRequestOf } from "./light-request.ts";
import { carryReply } from "./light-response.ts";

/** What {@link toResponse} takes. */
export type ToResponseOptions = ExchangeOptions;

/** What {@link toFetch} takes. `Host` is what the host passes beside the request. */
export interface FetchOptions<Host extends readonly unknown[] = readonly never[]> extends ExchangeOptions {
  /**
   * Who asks, from what the host passes: `(request, server) => server.requestIP(request)` of Bun,
   * `(_, { remoteAddr }) => ({ address: remoteAddr.hostname, port: remoteAddr.port })` of Deno. Default: an empty address and port 0.
   */
  readonly remote?: ((request: globalThis.Request, ...host: Host) => Remote | null | undefined) | undefined;
}

const NAMES: ReadonlySet<string> = new Set(EXCHANGE_OPTIONS);
const FETCH_NAMES: ReadonlySet<string> = new Set([...EXCHANGE_OPTIONS, "remote"]);

const nobody = (): undefined => undefined;

/**
 * A web `Response` of a reply, for whoever has a web `Request` to answer: Bun.serve, Deno.serve, workers, service workers. Conditions,
 * ranges and content codings are those of this request.
 *
 * The promise never rejects: an answer that can't be made is a 500, and goes to `onError`. A body that fails makes the stream of the
 * response fail behind what was sent before, so the host can cut the connection; it doesn't end.
 *
 * Where the request is one of our own server's, by `fromFetch`, the reply itself goes back to it: its `limits` and codings are those of
 * `serve`, and of `compress` only `false` is heeded.
 * @param answer a reply, a resource, a response, or a promise of one
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function toResponse(
  answer: Answer | Promise<Answer>,
  request: globalThis.Request,
  options?: ToResponseOptions,
): Promise<Response> {
  if (!isRequest(request))
    throw wrongOption(
      "request",
      request,
      "a web Request: toResponse(answer, request), of Hono context.req.raw",
    );
  if (options !== undefined) checkNames("", options, NAMES);
  const settings = options === undefined ? EXCHANGE_DEFAULTS : settleExchange(options);
  const ours = ourRequestOf(request);
  if (ours !== undefined) return carried(answer, ours, settings, options?.compress === false);
  return new FetchExchange(request, settings, nobody).answer(() => answer);
}

/** Whether it is what it is taken for: Hono has a request of its own, without a signal. */
function isRequest(request: unknown): boolean {
  return typeof request === "object" && request !== null && "url" in request && "signal" in request;
}

/** On our own server it is the reply that goes back, and not what would be left of it behind a web response. */
async function carried(
  answer: Answer | Promise<Answer>,
  request: Request,
  { onError }: ExchangeSettings,
  uncoded: boolean,
): Promise<Response> {
  try {
    const settled = await answer;
    if (settled instanceof Response && !uncoded) return settled;
    const known = asAnswer(settled);
    const given = isResource(known) ? await replyOf(known, request) : known;
    const reply = uncoded ? { ...given, compress: false } : given;
    noteReply(request, reply);
    return carryReply(reply, streamOf);
  } catch (error) {
    const peersFault = contextOf(request).blames(error);
    if (!peersFault && !isOfLeavingOf(request, error)) tellApplication(error, request, onError);
    return carryReply(errorReply(peersFault ? error : undefined), streamOf);
  }
}

/** Whether an error says no more than that this reader has left. */
function isOfLeavingOf({ signal }: Request, error: unknown): boolean {
  return signal.aborted && isOfLeaving(error, signal.reason);
}

/** Of a stream that fails whoever reads it tells. */
const UNTOLD: ExchangeSettings = { ...EXCHANGE_DEFAULTS, codings: [], onError: () => {} };

/** The body of a reply that is taken for a web response after all. */
function streamOf(reply: Reply): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const open = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const request = new globalThis.Request("http://localhost/");
    const plain = { ...reply, status: 200, headers: {} };
    const { body } = await new FetchExchange(request, UNTOLD, nobody).answer(() => plain);
    return (reader = body!.getReader());
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await (reader ?? (await open())).read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        if (reader === undefined) discardSource(reply.body);
        else await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A handler as a function from web `Request` to web `Response`: `Bun.serve({ fetch: toFetch(handler) })`, `Deno.serve(toFetch(handler))`,
 * `export default { fetch: toFetch(handler) }` of a worker. The promise never rejects, as that of {@link toResponse}.
 *
 * What these hosts have no place for is left out: trailers and interim responses are not sent, `httpVersion` is `unknown`.
 * @param handler gets what the host passes beside the request, too: a server, `env`, a context
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function toFetch<Host extends readonly unknown[] = readonly never[]>(
  handler: (request: Request, ...host: Host) => Answer | Promise<Answer>,
  options: FetchOptions<Host> = {},
): (request: globalThis.Request, ...host: Host) => Promise<Response> {
  if (typeof handler !== "function")
    throw wrongOption("handler", handler, "a function: toFetch(handler, options)");
  checkNames("", options, FETCH_NAMES);
  const settings = settleExchange(options);
  const { remote } = options;
  if (remote !== undefined && typeof remote !== "function") throw wrongOption("remote", remote, "a function");
  return (web, ...host) => {
    if (!isRequest(web)) throw wrongOption("request", web, "a web Request");
    const exchange = new FetchExchange(
      web,
      settings,
      remote === undefined ? nobody : () => remote(web, ...host),
    );
    return exchange.answer((request) => handler(request, ...host));
  };
}
