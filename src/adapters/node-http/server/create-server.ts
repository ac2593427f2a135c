import type { RequestListener, Server } from "node:http";
import { checkNames, kindOf, optionError, wrongOption } from "../../../options.ts";
import {
  applicationError,
  applicationIn,
  type ServeOptions,
  TLS_ELSEWHERE,
} from "../../../server/options.ts";
import { HttpServer } from "./http-server.ts";

/** What {@link createServer} takes: what `serve` does, but for what is the application's affair, or `listen`'s. */
export type CreateServerOptions = Omit<
  ServeOptions,
  "port" | "host" | "http2" | "upgrade" | "compress" | "workers"
>;

const NAMES: ReadonlySet<string> = new Set([
  "tls",
  "limits",
  "timeouts",
  "allowHalfOpen",
  "onError",
] satisfies (keyof CreateServerOptions)[]);

/** Where options of node:http and node:https, and of `serve`, belong here, by their names. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...TLS_ELSEWHERE,
  ["port", "in listen(port)"],
  ["host", "in listen(port, host)"],
  ["http2", "serve(), which speaks it"],
  ["upgrade", 'a listener of the event "upgrade"'],
  ["compress", "middleware: the application codes"],
  ["workers", "serve(), which has them"],
  ["keepAliveTimeout", "timeouts.idle"],
  ["headersTimeout", "timeouts.head"],
  ["requestTimeout", "timeouts.body"],
  ["https", "tls: { key, cert }"],
  ["allowHTTP1", "serve(), which speaks HTTP/2 and HTTP/1.1"],
  ["maxHeaderSize", "limits.headBytes"],
]);

/** node:http's RequestListener, which may also return a promise: what rejects is told, and answered. */
type Listener = (...given: Parameters<RequestListener>) => unknown;

/**
 * The `createServer` of node:http on our engine: unmodified applications of Express 5, Fastify 5 and Koa 3 run on it.
 *
 * ```ts
 * createServer(app).listen(8080);
 * ```
 * What is different, and what isn't there, is listed in docs/node-http-server.md.
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function createServer(listener?: Listener): HttpServer & Server;
export function createServer(options: CreateServerOptions | null, listener?: Listener): HttpServer & Server;
export function createServer(
  first?: CreateServerOptions | Listener | null,
  second?: Listener,
): HttpServer & Server {
  checkArguments(first, second);
  const listener = typeof first === "function" ? first : second;
  const options = typeof first === "function" ? {} : (first ?? {});
  checkNames("", options, NAMES, ELSEWHERE);
  const server = new HttpServer(options);
  if (listener !== undefined) server.on("request", listener);
  // With Node's type beside its own it is taken wherever Node's is: by Fastify, ws, and what else is made for it.
  return server as HttpServer & Server;
}

/** @throws UsageError `ERR_SLUICE_OPTION` for options that would be dropped, and applications that listen otherwise */
function checkArguments(first: unknown, second: unknown): void {
  if (typeof first === "function") {
    if (second !== undefined)
      throw optionError(`a listener, and then ${kindOf(second)}`, "createServer(options, listener)");
    return;
  }
  for (const [what, value] of [
    ["options", first],
    ["listener", second],
  ] as const) {
    const application = typeof value === "function" ? undefined : applicationIn(value);
    if (application !== undefined) throw applicationError(what, application, application.created);
  }
  if (second !== undefined && typeof second !== "function")
    throw wrongOption("listener", second, "a function: createServer(options, listener)");
}
