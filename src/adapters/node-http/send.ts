import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { ContentCoding } from "../../content/codings.ts";
import type { Answer, Handler } from "../../exchange/handler.ts";
import {
  EXCHANGE_DEFAULTS,
  EXCHANGE_OPTIONS,
  type ExchangeOptions,
  settleExchange,
} from "../../exchange/options.ts";
import { checkNames, wrongOption } from "../../options.ts";
import type { NodeRequest, NodeResponse } from "./host.ts";
import { NodeExchange, type NodeSettings } from "./node-exchange.ts";

/** What {@link send} and its kin take. */
export interface SendOptions extends ExchangeOptions {
  /**
   * The content codings that replies may have, in the order of preference where the reader has none. Default true: all of this
   * runtime. Middleware that codes then leaves Sluice's answers alone. False: none, and middleware may apply one where that leaves
   * everything true that the reply says of its octets.
   */
  readonly compress?: boolean | readonly ContentCoding[] | undefined;
}

/** What `http.createServer`, `http2.createSecureServer`, Express and Connect call with each request. */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

const NAMES: ReadonlySet<string> = new Set(EXCHANGE_OPTIONS);

const DEFAULTS: NodeSettings = { ...EXCHANGE_DEFAULTS, codedByOthers: false };

/** @throws UsageError `ERR_SLUICE_OPTION` */
function settle(options: SendOptions | undefined): NodeSettings {
  if (options === undefined) return DEFAULTS;
  checkNames("", options, NAMES);
  return { ...settleExchange(options), codedByOthers: options.compress === false };
}

/**
 * Sends an answer by a response of node:http, or of node:http2's compatibility API: inside a route of Express, say.
 *
 * ```ts
 * app.get("/levels/:river", (req, res) => send(sse(() => levels(req.params.river)), req, res));
 * ```
 *
 * What a framework has set on the response before leaves with it, where the reply says nothing else: fields, and a status other than
 * 200. Set-Cookie and Vary are added to. The head leaves with the first piece, or when the source waits; a response that has begun or
 * ended by then is an error, `ERR_SLUICE_OUT_OF_ORDER`, which `onError` gets.
 * @param answer a reply, a resource, a web Response, a promise of one, or a handler that gets Sluice's request and returns any of these
 * @returns resolves when the response has left or its reader has; never rejects: what goes wrong `onError` is told, and the reader, by a
 * 500 or, once the head has left, by a body that is cut
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function send(
  answer: Answer | Promise<Answer> | Handler,
  req: IncomingMessage | Http2ServerRequest,
  res: ServerResponse | Http2ServerResponse,
  options?: SendOptions,
): Promise<void> {
  checkPair(req, res, "send(answer, request, response)");
  return begin(typeof answer === "function" ? answer : () => answer, req, res, settle(options)).untilClosed();
}

/**
 * A handler as a listener for requests of node:http, node:https and node:http2 (`createServer` and `createSecureServer`, also with
 * `allowHTTP1`), and as middleware that answers, of Express and Connect. `request.url` has the path that such middleware is mounted on.
 *
 * ```ts
 * createServer(toListener((request) => text(`You asked for ${request.path}\n`))).listen(8080);
 * ```
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function toListener(handler: Handler, options?: SendOptions): NodeListener {
  if (typeof handler !== "function")
    throw wrongOption("handler", handler, "a function: toListener(handler, options)");
  const settings = settle(options);
  return (request, response) => {
    checkPair(request, response, "listener(request, response), as createServer calls it");
    void begin(handler, request, response, settings);
  };
}

/** @throws UsageError `ERR_SLUICE_OPTION` for arguments that are missing, or in another order */
function checkPair(
  request: NodeRequest | undefined,
  response: NodeResponse | undefined,
  wanted: string,
): void {
  if (typeof request?.headers !== "object") throw wrongOption("request", request, wanted);
  if (typeof response?.writeHead !== "function") throw wrongOption("response", response, wanted);
}

function begin(
  handler: Handler,
  request: NodeRequest,
  response: NodeResponse,
  settings: NodeSettings,
): NodeExchange {
  const exchange = new NodeExchange(request, response, settings);
  void exchange.start(handler);
  return exchange;
}
