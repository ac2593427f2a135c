// oxlint-disable eslint/no-underscore-dangle -- The names are node:http's.
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from "node:http";
import { reasonPhrase } from "../../../http1/head-writer.ts";
import type { ReplyHead } from "../../../reply/sink.ts";
import { framingFault } from "../../../semantics/framing-fields.ts";
import { listElements } from "../../../semantics/lists.ts";
import { type HeaderValue, OUT_HEADERS, type ResponseInternals } from "./internals.ts";

/** What writeHead passes on: what setHeader has gathered, or its own argument in one of its forms. */
export type GivenHeaders =
  | Record<string, [string, HeaderValue]>
  | Record<string, HeaderValue>
  | readonly HeaderValue[]
  | readonly (readonly [string, HeaderValue])[]
  | undefined;

/** Fields whose meaning is the connection's. */
const SPECIAL: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const CLOSE = /(?:^|\W)close(?:$|\W)/i;
const NO_NAMES: readonly string[] = [];

/** A response of node:http, as far as its head is concerned. */
interface Headed extends ResponseInternals {
  readonly req: IncomingMessage;
  statusCode: number;
  statusMessage: string;
  sendDate: boolean;
  shouldKeepAlive: boolean | undefined;
}

/**
 * The head that an application of node:http has made, for the engine. The framing is the engine's: of what the application says about
 * it a Content-Length is kept and checked, `Transfer-Encoding: chunked` takes its place, `Connection: close` closes, as does
 * `shouldKeepAlive` without that field, the names in Trailer are announced; Keep-Alive and Upgrade are dropped.
 * @throws UsageError `ERR_SLUICE_FRAMING_FIELD` for another coding in Transfer-Encoding: without it nobody could read the body
 */
export function headOf(response: Headed, given: GivenHeaders): ReplyHead {
  const head = new HeadBuilder();
  if (given !== undefined && given === response[OUT_HEADERS]) {
    const stored = given as Record<string, [string, HeaderValue]>;
    for (const key in stored) {
      const pair = stored[key];
      if (!SPECIAL.has(key)) head.add(pair);
      else head.special(key, pair[1]);
    }
  } else if (Array.isArray(given)) {
    for (const [name, value] of pairs(given)) head.addUnseen(name, value);
  } else if (given) {
    const named = given as Record<string, HeaderValue>;
    for (const name of Object.keys(named)) head.addUnseen(name, named[name]);
  }
  return head.finish(response);
}

/** Throws what node:http throws for fields that can't be sent, if it does; whoever sends them has refused one already. */
export function blameFields(fields: Iterable<readonly [string, string]>): void {
  for (const [name, value] of fields) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

/** Throws what node:http throws for early hints: it makes one text of them, in which a line break would pass for one between fields. */
export function checkHints(hints: unknown): void {
  if (typeof hints !== "object" || hints === null) return;
  for (const [name, value] of Object.entries(hints)) {
    validateHeaderName(name);
    if (value !== undefined && value !== null) validateHeaderValue(name, String(value));
  }
}

/** Fields of the lines that node:http makes of them, `Name: value`. What is no such line gets no name, which whoever sends it refuses. */
export function fieldsOfLines(lines: readonly string[]): [string, string][] {
  const fields: [string, string][] = [];
  for (const line of lines) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    const start = line.startsWith(" ", colon + 1) ? colon + 2 : colon + 1;
    fields.push([line.slice(0, Math.max(colon, 0)), line.slice(start)]);
  }
  return fields;
}

class HeadBuilder {
  readonly #fields: [string, string][] = [];
  #length: string | undefined;
  #chunked = false;
  // Whether the connection ends with the message; undefined where no field says.
  #close: boolean | undefined;
  #trailers = NO_NAMES;

  add(pair: readonly [string, HeaderValue]): void {
    const [name, value] = pair;
    if (typeof value === "string") this.#fields.push(pair as [string, string]);
    else if (Array.isArray(value))
      for (const each of value as unknown[]) this.#fields.push([name, String(each)]);
    else this.#fields.push([name, String(value)]);
  }

  addUnseen(name: string, value: HeaderValue): void {
    // It'd be sent as text that nobody means.
    if (value === undefined) validateHeaderValue(name, value);
    const key = name.toLowerCase();
    if (SPECIAL.has(key)) this.special(key, value);
    else this.add([name, value]);
  }

  special(key: string, value: HeaderValue): void {
    const text = String(value);
    if (key === "content-length") this.#length = text;
    else if (key === "transfer-encoding") this.#coded(text);
    else if (key === "connection") this.#close = this.#close === true || CLOSE.test(text);
    else if (key === "trailer") this.#trailers = [...this.#trailers, ...listElements(text)];
  }

  #coded(text: string): void {
    const coding = text.trim().toLowerCase();
    if (coding === "chunked") this.#chunked = true;
    // Of RFC 2616, and says nothing.
    else if (coding !== "" && coding !== "identity") throw framingFault("transfer-encoding", text);
  }

  finish(response: Headed): ReplyHead {
    const { statusCode: status, statusMessage } = response;
    const hasLength = this.#length !== undefined && !this.#chunked;
    // Node's own rule, and its code: what has a length has no trailers.
    if (this.#trailers.length > 0 && (hasLength || !response._hasBody))
      throw Object.assign(new Error("Trailers are invalid with this transfer encoding"), {
        code: "ERR_HTTP_TRAILER_INVALID",
      });
    // A 204 or 205 has none to announce (RFC 9110 section 8.6).
    if (hasLength && status !== 204 && status !== 205) this.#fields.push(["Content-Length", this.#length!]);
    if (this.#close ?? response.shouldKeepAlive === false) this.#fields.push(["Connection", "close"]);
    const known = response._contentLength;
    const measured =
      response._hasBody &&
      !hasLength &&
      !this.#chunked &&
      !response._removedContLen &&
      this.#trailers.length === 0;
    const size = measured && known !== null ? known : undefined;
    response.chunkedEncoding =
      response._hasBody && !hasLength && size === undefined && response.req.httpVersionMinor === 1;
    return {
      status,
      reason: statusMessage === reasonPhrase(status) ? undefined : statusMessage,
      headers: this.#fields,
      size,
      trailers: this.#trailers,
      date: response.sendDate,
    };
  }
}

/** The forms of writeHead's argument that are lists, as pairs. */
function pairs(given: readonly unknown[]): readonly (readonly [string, HeaderValue])[] {
  if (Array.isArray(given[0])) return given as readonly (readonly [string, HeaderValue])[];
  if (given.length % 2 !== 0)
    throw Object.assign(new TypeError("The argument 'headers' is invalid: a name without a value"), {
      code: "ERR_INVALID_ARG_VALUE",
    });
  const found: [string, HeaderValue][] = [];
  for (let at = 0; at < given.length; at += 2)
    found.push([given[at] as string, given[at + 1] as HeaderValue]);
  return found;
}
