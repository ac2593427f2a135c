import type { ConnectionOptions } from "node:tls";
import type { DecodingLimits } from "../content/decoder.ts";
import { isToken } from "../bytes/grammar.ts";
import { UsageError } from "../errors.ts";
import type { Lenience } from "../http1/lenience.ts";
import { WIRE_LIMITS, type WireLimits } from "../http1/limits.ts";
import { type Body, checkBody } from "../reply/body.ts";
import type { ReplyTrailers } from "../reply/reply.ts";
import type { DigestAlgorithm } from "../semantics/digest-fields.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import { checkNames, numbers, optionError, wrongOption } from "../options.ts";
import { environmentProxies, type Proxies, proxiesBy } from "./proxies.ts";

/** How much a server may make a client read and hold. `Infinity` turns a limit off. */
export interface ClientLimits extends WireLimits {
  /** Octets that `text()`, `json()` and `bytes()` gather. Default 64 MiB. */
  readonly gatheredBytes: number;
  /** Octets that a StreamWriter that does not wait may be ahead of the server. Default 16 MiB; over it, the write throws. */
  readonly backlogBytes: number;
  /** Interim responses (1xx) to one request. Default 32. */
  readonly interim: number;
  /** Redirects that are followed for one request. Default 10 (browsers 20). */
  readonly redirects: number;
  /** Connections to one origin at a time, of which HTTP/2 needs one; further requests wait for one. Default 100. */
  readonly connections: number;
}

/** How long things may take, in milliseconds, each noticed up to 0.2 s late. 0 turns a timeout off. */
export interface ClientTimeouts {
  /** Until a connection is ready for use: name, TCP, proxy and TLS together. Default 10 s. */
  readonly connect: number;
  /**
   * From when the request has been sent until the head of the final response is there; of a client, also how long a request waits for
   * one of `limits.connections`. Default 300 s (undici 300 s).
   */
  readonly head: number;
  /** How long a body, either way, may make no progress while somebody waits for it. Default 300 s (undici 300 s). */
  readonly body: number;
  /** How long 100 (Continue) is waited for before the body is sent all the same. Default 1 s (curl 1 s). */
  readonly continue: number;
  /** How long an unused connection is kept. Default 4 s, since most servers close theirs after 5; less where Keep-Alive says so. */
  readonly idle: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  ...WIRE_LIMITS,
  gatheredBytes: 64 * 1024 * 1024,
  backlogBytes: 16 * 1024 * 1024,
  interim: 32,
  redirects: 10,
  connections: 100,
};

export const CLIENT_TIMEOUTS: ClientTimeouts = {
  connect: 10_000,
  head: 300_000,
  body: 300_000,
  continue: 1_000,
  idle: 4_000,
};

/** What a client may let pass of what is wrong with a response. Everything is off unless it is named. */
export interface ClientLenience extends Lenience {
  /**
   * Over TLS, a body that only the end of the connection delimits counts as complete without close_notify, too: nobody can tell
   * whether it is (RFC 9112 section 9.8).
   */
  readonly withoutCloseNotify?: boolean | undefined;
}

/** What all requests of a {@link Client} have in common. */
export interface ClientOptions {
  /** Those not given are {@link CLIENT_LIMITS}. */
  readonly limits?: Partial<ClientLimits> | undefined;
  /** Those not given are {@link CLIENT_TIMEOUTS}. */
  readonly timeouts?: Partial<ClientTimeouts> | undefined;
  readonly lenient?: ClientLenience | undefined;
  /** What else node:tls takes: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`. */
  readonly tls?: ConnectionOptions | undefined;
  /**
   * True, the default: HTTP/2 where a server over TLS chooses it (ALPN), else HTTP/1.1. False: HTTP/1.1 alone. `"cleartext"`: as true, and
   * http URLs get HTTP/2 without asking (prior knowledge, RFC 9113 section 3.3), but through a proxy.
   */
  readonly http2?: boolean | "cleartext" | undefined;
  /** A Unix socket to connect to, whatever host the URL names. */
  readonly socketPath?: string | undefined;
  /**
   * The URL of a proxy for everything, or false for none. True, the default: what HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in lower case
   * as well, said when the client was made.
   */
  readonly proxy?: string | URL | boolean | undefined;
}

/** What one request takes. What is not given is the client's own. */
export interface RequestOptions {
  /** Default GET, or POST where there is a body. */
  readonly method?: string | undefined;
  /** Fields to send; one here wins over the client's own of the same name. */
  readonly headers?: FieldsInit | undefined;
  /** What a reply can have: a string, bytes, an iterable, an async iterable, a stream, a Blob, or a function that gets a StreamWriter. */
  readonly body?: Body | undefined;
  /** Trailers of the request, as of a reply. */
  readonly trailers?: ReplyTrailers | undefined;
  /** Sends Content-Digest and Repr-Digest (RFC 9530): as headers where the body is known, else as trailers. Default: none. */
  readonly digest?: DigestAlgorithm | undefined;
  /** Sends the body only once the server has asked for it (100), or `timeouts.continue` has passed. Default false. */
  readonly expectContinue?: boolean | undefined;
  /** Gives the request up, and what is left of its response: both reject with an {@link AbortedError}. */
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<Omit<ClientTimeouts, "connect" | "idle">> | undefined;
  /** What `limits` of one request can be: the others belong to a connection. */
  readonly limits?:
    | Partial<Pick<ClientLimits, "gatheredBytes" | "backlogBytes" | "interim" | "redirects">>
    | undefined;
  /**
   * `"follow"`, the default: goes where a redirect points to, without credentials where that is another origin; 303, and 301 and 302 to
   * POST, become GET, 307 and 308 send the body again where it can be (RFC 9110 section 15.4). `"manual"`: the redirect is the
   * response. `"error"`: it is an error.
   */
  readonly redirect?: "follow" | "manual" | "error" | undefined;
  /**
   * Whether Accept-Encoding is sent, unless the headers have one, and the body's content codings are undone; limits, where there are to
   * be any. Default true. What ends before its coding does is truncated.
   */
  readonly decode?: boolean | DecodingLimits | undefined;
  /**
   * Whether the body is checked against the digests in headers and trailers (RFC 9530). Default true: where there are any;
   * `"required"`: a body without one is refused.
   */
  readonly verify?: boolean | "required" | undefined;
  /** Whether the server is told that trailers are welcome (`TE: trailers`). Default true. */
  readonly teTrailers?: boolean | undefined;
  /** Keeps the boundaries of chunks, for `response.body.chunks()`. Default false. */
  readonly chunks?: boolean | undefined;
  /** Gets each interim response (1xx): 103 (Early Hints) with its links, 100 and 102 among them. What it throws ends the request. */
  readonly onInformational?: ((status: number, headers: Fields) => void) | undefined;
}

/** A client's options with every default in its place. */
export interface Settings {
  readonly limits: ClientLimits;
  readonly timeouts: ClientTimeouts;
  readonly lenient: ClientLenience;
  readonly tls: ConnectionOptions | undefined;
  readonly http2: boolean | "cleartext";
  readonly socketPath: string | undefined;
  readonly proxies: Proxies;
}

const CLIENT_OPTIONS: ReadonlySet<string> = new Set([
  "limits",
  "timeouts",
  "lenient",
  "tls",
  "http2",
  "socketPath",
  "proxy",
] satisfies (keyof ClientOptions)[]);

const REQUEST_OPTIONS: ReadonlySet<string> = new Set([
  "method",
  "headers",
  "body",
  "trailers",
  "digest",
  "expectContinue",
  "signal",
  "timeouts",
  "limits",
  "redirect",
  "decode",
  "verify",
  "teTrailers",
  "chunks",
  "onInformational",
] satisfies (keyof RequestOptions)[]);

/** Where options belong that are a client's, or another client's, by their names. */
const REQUEST_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["timeout", "timeouts, or signal: AbortSignal.timeout(ms)"],
  ["json", "body: JSON.stringify(…)"],
  ...["lenient", "tls", "http2", "socketPath", "proxy"].map(
    (name) => [name, `new Client({ ${name} }), whose requests share it`] as const,
  ),
]);

const CLIENT_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["timeout", `timeouts: { ${Object.keys(CLIENT_TIMEOUTS).join(", ")} }`],
  ...["ca", "cert", "key", "servername", "rejectUnauthorized"].map(
    (name) => [name, `in tls: { ${name} }`] as const,
  ),
]);

/** Those of one request: the others belong to a connection, and would not hold. */
const REQUEST_LIMITS: ReadonlySet<string> = new Set([
  "gatheredBytes",
  "backlogBytes",
  "interim",
  "redirects",
] satisfies (keyof NonNullable<RequestOptions["limits"]>)[]);

const REQUEST_TIMEOUTS: ReadonlySet<string> = new Set([
  "head",
  "body",
  "continue",
] satisfies (keyof NonNullable<RequestOptions["timeouts"]>)[]);

const LENIENCES: ReadonlySet<string> = new Set([
  "foldedLines",
  "statusWithoutSpace",
  "equalLengths",
  "withoutCloseNotify",
] satisfies (keyof ClientLenience)[]);

/** @throws UsageError `ERR_SLUICE_OPTION`, for names too that are no options: a limit that is misspelt would not hold */
export function settle(options: ClientOptions): Settings {
  checkNames("", options, CLIENT_OPTIONS, CLIENT_ELSEWHERE);
  const { lenient = {}, tls, http2 = true, socketPath, proxy = true } = options;
  checkNames("lenient.", lenient, LENIENCES);
  if (tls !== undefined && (typeof tls !== "object" || tls === null))
    throw wrongOption("tls", tls, "an object");
  if (typeof http2 !== "boolean" && http2 !== "cleartext")
    throw wrongOption("http2", http2, 'true, false or "cleartext"');
  if (socketPath !== undefined && typeof socketPath !== "string")
    throw wrongOption("socketPath", socketPath, "a path");
  const limits = numbers("limits", CLIENT_LIMITS, options.limits);
  if (limits.connections < 1)
    throw wrongOption("limits.connections", limits.connections, "a number from 1 on");
  return {
    limits,
    timeouts: numbers("timeouts", CLIENT_TIMEOUTS, options.timeouts),
    lenient,
    tls,
    http2,
    socketPath,
    proxies: proxy === true ? environmentProxies(process.env) : proxiesBy(proxy),
  };
}

/** @throws UsageError `ERR_SLUICE_OPTION` */
export function checkRequest(options: RequestOptions): void {
  checkNames("", options, REQUEST_OPTIONS, REQUEST_ELSEWHERE);
  const { redirect, decode, verify, onInformational, signal, body, method, headers } = options;
  if (method !== undefined && !(typeof method === "string" && isToken(method)))
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: JSON.stringify(method) });
  if (headers !== undefined && (typeof headers !== "object" || headers === null))
    throw wrongOption("headers", headers, "an object, pairs or Fields");
  if (body !== undefined) checkBody(body);
  if (redirect !== undefined && redirect !== "follow" && redirect !== "manual" && redirect !== "error")
    throw wrongOption("redirect", redirect, '"follow", "manual" or "error"');
  if (decode !== undefined && typeof decode !== "boolean" && (typeof decode !== "object" || decode === null))
    throw wrongOption("decode", decode, "true, false, or limits");
  if (typeof decode === "object") {
    const given = decode as { bytes?: number; ratio?: number };
    const { ratio } = numbers("decode", { bytes: Infinity, ratio: 1 }, given);
    if (ratio < 1) throw wrongOption("decode.ratio", ratio, "a number from 1 on");
  }
  if (verify !== undefined && typeof verify !== "boolean" && verify !== "required")
    throw wrongOption("verify", verify, 'true, false or "required"');
  if (onInformational !== undefined && typeof onInformational !== "function")
    throw wrongOption("onInformational", onInformational, "a function");
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrongOption("signal", signal, "an AbortSignal");
  checkNames("limits.", options.limits ?? {}, REQUEST_LIMITS);
  checkNames("timeouts.", options.timeouts ?? {}, REQUEST_TIMEOUTS);
  numbers<ClientLimits>("limits", CLIENT_LIMITS, options.limits);
  numbers<ClientTimeouts>("timeouts", CLIENT_TIMEOUTS, options.timeouts);
  if ((body === undefined || body === null) && (options.trailers ?? options.digest) !== undefined)
    throw optionError("trailers, or a digest, without a body", "a body");
}
