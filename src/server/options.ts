import type { Socket } from "node:net";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import {
  EXCHANGE_LIMITS,
  EXCHANGE_OPTIONS,
  type ExchangeLimits,
  type ExchangeOptions,
  type ExchangeSettings,
  settleExchange,
} from "../exchange/options.ts";
import type { Request } from "../exchange/request.ts";
import { WIRE_LIMITS, type WireLimits } from "../http1/limits.ts";
import { checkNames, numbers, optionError, wrongOption } from "../options.ts";
import type { UsageError } from "../errors.ts";

/** How much one connection, and the server, may hold. `Infinity` turns a limit off. */
export interface ServerLimits extends WireLimits, ExchangeLimits {
  /** Octets of a request body, framing aside. Default Infinity: a stream has no size that is too large. Over it: 413. */
  readonly bodyBytes: number;
  /** Octets of a body that nobody reads, which are read away so that the connection can go on. Default 256 KiB (Go); over it: close. */
  readonly drainedBytes: number;
  /** Octets of pipelined requests that are kept while an answer is under way. Default 64 KiB; over it, reading pauses. */
  readonly aheadBytes: number;
  /**
   * Connections at a time. Default 10,000, about 100 MB of idle ones; one more is answered 503 and closed. As many streams may be under way
   * on all connections of HTTP/2 together; one more is refused.
   */
  readonly connections: number;
  /** Streams of an HTTP/2 connection at a time, whose handlers have not returned, from 1 on. Default 100 (RFC 9113); one more is refused. */
  readonly streams: number;
  /** Requests of one connection; the last answer says `Connection: close`. Default Infinity. */
  readonly requests: number;
}

/** How long one connection may take, in milliseconds. 0 turns a timeout off. */
export interface ServerTimeouts {
  /** From the first octet of a head to its last, however they trickle in. Default 15 s (Node 60 s, hyper 30 s). Over it: 408. */
  readonly head: number;
  /** Between two requests. Default 5 s (Node 5 s). Over it: close. */
  readonly idle: number;
  /**
   * How long a body may make no progress. Every octet buys two milliseconds (500 B/s), so that one octet every few seconds runs
   * out of time as nothing at all does. Counted only while the handler wants more. Default 30 s. Over it: 408.
   */
  readonly body: number;
  /** How long a reader may take nothing of what waits for it. Default 30 s (nginx 60 s). Over it: the connection is cut. */
  readonly write: number;
  /** How long the rest of a body that nobody reads, and a peer that is to close, are waited for. Default 2 s. Over it: cut. */
  readonly linger: number;
}

export const SERVER_LIMITS: ServerLimits = {
  ...WIRE_LIMITS,
  ...EXCHANGE_LIMITS,
  bodyBytes: Infinity,
  drainedBytes: 256 * 1024,
  aheadBytes: 64 * 1024,
  connections: 10_000,
  streams: 100,
  requests: Infinity,
};

export const SERVER_TIMEOUTS: ServerTimeouts = {
  head: 15_000,
  idle: 5_000,
  body: 30_000,
  write: 30_000,
  linger: 2_000,
};

/**
 * Takes a connection over: from here on the octets are its own, both ways.
 * @param request whose answer it writes, such as `101 Switching Protocols`
 * @param socket from which nothing has been read
 * @param first octets that came right behind the request; mostly none
 */
export type UpgradeHandler = (request: Request, socket: Socket, first: Buffer) => void | Promise<void>;

/** What {@link serve} takes. */
export interface ServeOptions extends ExchangeOptions {
  /** Default 0: a free port, which `server.url` tells. */
  readonly port?: number | undefined;
  /** The address to listen on. Default: every address, IPv6 and IPv4. */
  readonly host?: string | undefined;
  /** A certificate and its key, and whatever else node:tls takes: the server then speaks HTTPS. */
  readonly tls?: TlsOptions | undefined;
  /**
   * Whether HTTP/2 is spoken. Default true: over TLS, where the client's ALPN has it (RFC 9113 section 3.2). `"cleartext"`: without TLS,
   * too, to clients that begin with it (section 3.3), HTTP/1 to others. False: never.
   */
  readonly http2?: boolean | "cleartext" | undefined;
  /**
   * Takes connections over that leave HTTP/1.1 for another protocol, such as WebSocket (RFC 9110 section 7.8): called in the handler's
   * place for a request with Upgrade and without a body. Default: the handler answers, as if Upgrade were not there.
   */
  readonly upgrade?: UpgradeHandler | undefined;
  /** Those not given are {@link SERVER_LIMITS}. */
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Those not given are {@link SERVER_TIMEOUTS}. */
  readonly timeouts?: Partial<ServerTimeouts> | undefined;
  /**
   * Whether a peer that has closed its sending side is still answered. Default false: it counts as a reader that has left, which is
   * how the leaving of a reader is noticed at once.
   */
  readonly allowHalfOpen?: boolean | undefined;
  /** Processes that share the port, by node:cluster; the calling script runs again in each. Default: this process alone. */
  readonly workers?: number | undefined;
}

/**
 * Options with every default in its place. Whoever owns them may change `timeouts`, `upgrade`, and the `limits` of connections,
 * requests and bodies, while the server runs: those are read where they are needed. The limits of heads have gone into parsers, and the
 * shortest timeout into how often deadlines are looked at, by the time that the server is made.
 */
export interface Settings extends ExchangeSettings {
  readonly limits: ServerLimits;
  readonly timeouts: ServerTimeouts;
  readonly allowHalfOpen: boolean;
  readonly http2: boolean | "cleartext";
  readonly upgrade: UpgradeHandler | undefined;
}

const NAMES: ReadonlySet<string> = new Set([
  ...EXCHANGE_OPTIONS,
  ...([
    "port",
    "host",
    "tls",
    "http2",
    "upgrade",
    "timeouts",
    "allowHalfOpen",
    "workers",
  ] satisfies (keyof ServeOptions)[]),
]);

/** Where options of node:https belong that are node:tls's, by their names. */
export const TLS_ELSEWHERE: ReadonlyMap<string, string> = new Map(
  ["key", "cert", "ca", "pfx", "passphrase", "SNICallback"].map((name) => [name, `in tls: { ${name} }`]),
);

/** Where options belong that other servers have, by their names. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...TLS_ELSEWHERE,
  ["https", "tls: { key, cert }"],
  ["fetch", "serve(options, fromFetch(app.fetch)), with fromFetch of sluice/fetch"],
  ["hostname", "host"],
  ["timeout", `timeouts: { ${Object.keys(SERVER_TIMEOUTS).join(", ")} }`],
]);

/** What an application is that is no handler, and how it is run. */
export interface Application {
  /** What it has that handlers don't. */
  readonly names: readonly string[];
  /** How `serve` runs it. */
  readonly served: string;
  /** How `createServer` of `sluice/node-http` runs it. */
  readonly created: string;
}

const APPLICATIONS: readonly Application[] = [
  {
    names: ["handle", "listen"],
    served: "createServer(app) of sluice/node-http, which takes applications of node:http",
    created: "createServer(app)",
  },
  {
    names: ["callback", "listen"],
    served: "createServer(app.callback()) of sluice/node-http",
    created: "createServer(app.callback())",
  },
  {
    names: ["inject", "listen"],
    served: "fastify({ serverFactory }) with createServer of sluice/node-http",
    created: "fastify({ serverFactory: (handler) => createServer(handler) })",
  },
  {
    names: ["fetch", "request"],
    served: "fromFetch(app.fetch) of sluice/fetch",
    created: "serve(options, fromFetch(app.fetch)), with fromFetch of sluice/fetch",
  },
];

/** Routers have less than applications. A function that has it is a handler all the same. */
const ROUTER: Application = {
  names: ["fetch"],
  served: "fromFetch(router.fetch) of sluice/fetch",
  created: "serve(options, fromFetch(router.fetch)), with fromFetch of sluice/fetch",
};

const isIt = ({ names }: Application, value: object): boolean => names.every((name) => name in value);

/** The application that stands where a handler or options should. */
export function applicationIn(value: unknown): Application | undefined {
  if (typeof value !== "function" && (typeof value !== "object" || value === null)) return undefined;
  const application = APPLICATIONS.find((one) => isIt(one, value));
  return application ?? (typeof value === "object" && "fetch" in value ? ROUTER : undefined);
}

/** @param what it stands for @param wanted how it is run */
export function applicationError(what: string, { names }: Application, wanted: string): UsageError {
  return optionError(`${what}: an application, with ${names.join(" and ")}`, wanted);
}

/**
 * Says of an application how it is run: one of Express is a function, too, and would be called in vain.
 * @throws UsageError `ERR_SLUICE_OPTION` for what is no handler
 */
export function checkHandler(handler: unknown): void {
  const application = applicationIn(handler);
  if (application !== undefined) throw applicationError("handler", application, application.served);
  if (typeof handler !== "function")
    throw wrongOption("handler", handler, "a function: serve(options, handler)");
}

/** What node:tls takes for who the server is: a key and its certificate, both in one, or somebody who is asked for each name. */
const CERTIFICATE = "key and cert, or pfx";

/**
 * @throws UsageError `ERR_SLUICE_OPTION` without a certificate: node:tls would take it, and every handshake fail; for the name of a
 * file in its place, too
 */
export function checkCertificate(tls: SecureContextOptions): void {
  checkPem(tls);
  const { key, privateKeyIdentifier, cert, pfx } = tls;
  const hasKey = isGiven(key) || isGiven(privateKeyIdentifier);
  if (isGiven(pfx) || (isGiven(cert) && hasKey)) return;
  const lacking = isGiven(cert) ? "no key" : hasKey ? "no cert" : "no key, no cert";
  throw optionError(`tls: ${lacking}`, CERTIFICATE);
}

/** Text is PEM (RFC 7468 section 2). @throws UsageError `ERR_SLUICE_OPTION` for other text, which mostly names the file */
function checkPem(tls: SecureContextOptions): void {
  if (typeof tls !== "object" || tls === null) throw wrongOption("tls", tls, "an object");
  for (const name of ["key", "cert"] as const) {
    const given: unknown = tls[name];
    for (const item of Array.isArray(given) ? (given as readonly unknown[]) : [given]) {
      const text = typeof item === "object" && item !== null && "pem" in item ? item.pem : item;
      if (typeof text === "string" && text !== "" && !text.includes("-----BEGIN ")) throw notPem(name, text);
    }
  }
}

/** What of a text is shown that should be PEM: it may be a key all the same. */
const SHOWN_OF_PEM = 16;

function notPem(name: string, text: string): UsageError {
  let shown = `'${text}'`;
  if (/[\r\n]/.test(text)) shown = "text that is no PEM";
  else if (text.length > SHOWN_OF_PEM) shown = `'${text.slice(0, SHOWN_OF_PEM)}…'`;
  const path = text.length <= SHOWN_OF_PEM && /^[\w./-]+$/.test(text) ? `'${text}'` : "path";
  return optionError(`tls.${name}: ${shown}`, `the contents of the file: readFileSync(${path})`);
}

function isGiven(value: unknown): boolean {
  return (
    value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0)
  );
}

function checkTls(tls: TlsOptions): void {
  // Either of them does without a certificate of the server as a whole.
  if (tls?.SNICallback === undefined && tls?.pskCallback === undefined) checkCertificate(tls);
  else checkPem(tls);
}

/** @throws UsageError `ERR_SLUICE_OPTION`, for names too that are no options: a limit that is misspelt would not hold */
export function settle(options: ServeOptions): Settings {
  if (typeof options !== "object" || options === null)
    throw wrongOption("options", options, "an object, and then the handler: serve(options, handler)");
  const application = APPLICATIONS.find((one) => isIt(one, options));
  if (application !== undefined) throw applicationError("options", application, application.served);
  checkNames("", options, NAMES, ELSEWHERE);
  const { compress, onError, allowHalfOpen = false, http2 = true, upgrade, tls, workers = 0 } = options;
  if (typeof allowHalfOpen !== "boolean") throw wrongOption("allowHalfOpen", allowHalfOpen, "true or false");
  if (typeof http2 !== "boolean" && http2 !== "cleartext")
    throw wrongOption("http2", http2, 'true, false or "cleartext"');
  if (upgrade !== undefined && typeof upgrade !== "function")
    throw wrongOption("upgrade", upgrade, "a function");
  if (tls !== undefined) checkTls(tls);
  if (!Number.isInteger(workers) || workers < 0) throw wrongOption("workers", workers, "a whole number");
  const limits = numbers("limits", SERVER_LIMITS, options.limits);
  if (limits.streams < 1) throw wrongOption("limits.streams", limits.streams, "a number from 1 on");
  return {
    ...settleExchange({ compress, onError }),
    limits,
    timeouts: numbers("timeouts", SERVER_TIMEOUTS, options.timeouts),
    allowHalfOpen,
    http2,
    upgrade,
  };
}
