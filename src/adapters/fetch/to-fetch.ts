import { CONTENT_CODINGS, type ContentCoding } from "../../content/codings.ts";
import type { ExchangeSettings } from "../../exchange/exchange.ts";
import { errorReply } from "../../exchange/error-reply.ts";
import { tellApplication } from "../../exchange/error-report.ts";
import { type Answer, type ErrorListener, printError } from "../../exchange/handler.ts";
import type { Remote, Request } from "../../exchange/request.ts";
import { checkNames, numbers, optionError } from "../../options.ts";
import { discardSource } from "../../reply/body.ts";
import type { Reply } from "../../reply/reply.ts";
import { asAnswer, isResource } from "../../reply/response.ts";
import { offeredCodings } from "../../reply/terms.ts";
import { FetchExchange } from "./fetch-exchange.ts";
import { ourRequestOf } from "./light-request.ts";
import { carryReply } from "./light-response.ts";

/** How much one exchange may hold, in octets. `Infinity` turns a limit off. */
export interface FetchLimits {
  /** What `text()`, `json()` and `bytes()` of a request's body gather. Default 1 MiB; over it: 413. */
  readonly gatheredBytes: number;
  /** How far a StreamWriter that does not wait may be ahead of its reader. Default 16 MiB; over it, the write throws. */
  readonly backlogBytes: number;
}

/** What {@link toResponse} and {@link toFetch} take. */
export interface ResponseOptions {
  /**
   * The content codings that replies may have, in the order of preference where the reader has none. Default true: all that the host
   * has by node:zlib, which is none in a browser. False: none, where the host codes by itself.
   */
  readonly compress?: boolean | readonly ContentCoding[] | undefined;
  /** Those not given have the defaults of {@link FetchLimits}. */
  readonly limits?: Partial<FetchLimits> | undefined;
  /** Gets what a handler or a body has thrown. What it throws itself is printed and forgotten. Default: prints the error. */
  readonly onError?: ErrorListener | undefined;
}

/** What {@link toFetch} takes. `Host` is what the host passes beside the request. */
export interface FetchOptions<Host extends readonly unknown[] = readonly never[]> extends ResponseOptions {
  /**
   * Who asks, from what the host passes: `(request, server) => server.requestIP(request)` of Bun,
   * `(_, { remoteAddr }) => ({ address: remoteAddr.hostname, port: remoteAddr.port })` of Deno. Default: an empty address and port 0.
   */
  readonly remote?: ((request: globalThis.Request, ...host: Host) => Remote | null | undefined) | undefined;
}

const LIMITS: FetchLimits = { gatheredBytes: 1024 * 1024, backlogBytes: 16 * 1024 * 1024 };
const NAMES: ReadonlySet<string> = new Set(["compress", "limits", "onError"]);
const FETCH_NAMES: ReadonlySet<string> = new Set([...NAMES, "remote"]);
const DEFAULTS: ExchangeSettings = { limits: LIMITS, codings: CONTENT_CODINGS, onError: printError };

const nobody = (): undefined => undefined;

/**
 * A web `Response` of a reply, for whoever has a web `Request` to answer: Bun.serve, Deno.serve, workers, service workers. Conditions,
 * ranges and content codings are those of this request.
 *
 * The promise never rejects: an answer that can't be made is a 500, and goes to `onError`. A body that fails makes the stream of the
 * response fail behind what was sent before, so the host can cut the connection; it doesn't end.
 * @param answer a reply, a resource, a response, or a promise of one
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function toResponse(
  answer: Answer | Promise<Answer>,
  request: globalThis.Request,
  options?: ResponseOptions,
): Promise<Response> {
  const settings = options === undefined ? DEFAULTS : settle(options, NAMES);
  const ours = ourRequestOf(request);
  if (ours !== undefined) return carried(answer, ours, settings.onError);
  return new FetchExchange(request, settings, nobody).answer(() => answer);
}

/** On our own server it is the reply that goes back, and not what would be left of it behind a web response. */
async function carried(
  answer: Answer | Promise<Answer>,
  request: Request,
  onError: ErrorListener,
): Promise<Response> {
  try {
    const settled = await answer;
    if (settled instanceof Response) return settled;
    const known = asAnswer(settled);
    return carryReply(isResource(known) ? await known.respond(request) : known, streamOf);
  } catch (error) {
    tellApplication(error, request, onError);
    return carryReply(errorReply(undefined), streamOf);
  }
}

/** The body of a reply that is taken for a web response after all. */
function streamOf(reply: Reply): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const open = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const request = new globalThis.Request("http://localhost/");
    const plain = { ...reply, status: 200, headers: {} };
    const { body } = await new FetchExchange(request, { ...DEFAULTS, codings: [] }, nobody).answer(
      () => plain,
    );
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
    throw optionError("toFetch(handler, options): the handler is a function");
  const settings = settle(options, FETCH_NAMES);
  const { remote } = options;
  if (remote !== undefined && typeof remote !== "function") throw optionError("remote is a function");
  return (web, ...host) => {
    const exchange = new FetchExchange(
      web,
      settings,
      remote === undefined ? nobody : () => remote(web, ...host),
    );
    return exchange.answer((request) => handler(request, ...host));
  };
}

function settle(options: ResponseOptions, names: ReadonlySet<string>): ExchangeSettings {
  checkNames("", options, names);
  const { compress = true, onError = printError } = options;
  if (typeof compress !== "boolean" && !Array.isArray(compress))
    throw optionError("compress is true, false, or a list of codings");
  if (typeof onError !== "function") throw optionError("onError is a function");
  return {
    limits: numbers("limits", LIMITS, options.limits),
    codings: offeredCodings(compress),
    onError,
  };
}
