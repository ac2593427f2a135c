import type { OutgoingHttpHeaders } from "node:http2";
import { Fields } from "../semantics/fields.ts";

const COLON = 0x3a;

/**
 * The fields of a section as node:http2 gives it: names and values in turn, without those that begin with a colon (RFC 9113 section 8.3).
 * Cookies that were split for better compression are one again (section 8.2.3).
 */
export function fieldsOf(raw: readonly string[]): Fields {
  const flat: string[] = [];
  let cookie: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at];
    if (name.charCodeAt(0) === COLON) continue;
    if (name === "cookie") cookie = cookie === undefined ? raw[at + 1] : `${cookie}; ${raw[at + 1]}`;
    else flat.push(name, raw[at + 1]);
  }
  if (cookie !== undefined) flat.push("cookie", cookie);
  return Fields.fromFlat(flat);
}

/** Octets that each field of a section counts for beyond its own (RFC 9113 section 6.5.2). */
const FIELD_OVERHEAD = 32;

/** The size of a field section (RFC 9113 section 6.5.2), and how many fields it has, those aside that begin with a colon. */
export function sectionOf(raw: readonly string[]): { readonly size: number; readonly count: number } {
  let size = raw.length * (FIELD_OVERHEAD / 2);
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) {
    size += raw[at].length + raw[at + 1].length;
    if (raw[at].charCodeAt(0) !== COLON) count++;
  }
  return { size, count };
}

/** Lists, whose lines node:http2 wants as one; of fields that have one value nobody sends more. */
const JOINED: ReadonlySet<string> = new Set(
  [
    "content-encoding content-language if-match if-none-match x-content-type-options dnt tk upgrade-insecure-requests",
    "access-control-allow-credentials access-control-max-age access-control-request-method",
  ].flatMap((line) => line.split(" ")),
);

/** Fields as node:http2 takes them. Names become lower-case, and several lines of one a list. */
export function headersOf(fields: Iterable<readonly [name: string, value: string]>): OutgoingHttpHeaders {
  // Not one without a prototype: V8 is slow with those.
  const headers: Record<string, unknown> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const known = headers[key];
    // Whatever Object's own prototype has is neither.
    if (Array.isArray(known)) known.push(value);
    else if (typeof known !== "string") put(headers, key, value);
    else put(headers, key, JOINED.has(key) ? `${known}, ${value}` : [known, value]);
  }
  return headers as OutgoingHttpHeaders;
}

function put(headers: Record<string, unknown>, key: string, value: unknown): void {
  // The one name that a plain assignment takes for something else.
  if (key === "__proto__")
    Object.defineProperty(headers, key, { value, enumerable: true, configurable: true, writable: true });
  else headers[key] = value;
}
