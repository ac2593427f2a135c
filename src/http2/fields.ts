import type { OutgoingHttpHeaders } from "node:http2";
import { ProtocolError } from "../errors.ts";
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

/** What a head section may have. */
interface HeadLimits {
  readonly headBytes: number;
  readonly headFields: number;
}

/** What a trailer section may have. */
interface TrailerLimits {
  readonly trailerBytes: number;
  readonly trailerFields: number;
}

/** What is wrong with the size of a head section; undefined for nothing. @param raw names and values in turn */
export function headSectionFault(
  raw: readonly string[],
  { headBytes, headFields }: HeadLimits,
): ProtocolError | undefined {
  const { size, count } = sectionOf(raw);
  if (size > headBytes) return new ProtocolError("ERR_SLUICE_HEAD_TOO_LARGE");
  return count > headFields ? new ProtocolError("ERR_SLUICE_TOO_MANY_FIELDS") : undefined;
}

/** What is wrong with the size of a trailer section; undefined for nothing. @param raw names and values in turn */
export function trailerSectionFault(
  raw: readonly string[],
  { trailerBytes, trailerFields }: TrailerLimits,
): ProtocolError | undefined {
  const { size, count } = sectionOf(raw);
  if (size > trailerBytes) return new ProtocolError("ERR_SLUICE_TRAILERS_TOO_LARGE");
  return count > trailerFields ? new ProtocolError("ERR_SLUICE_TOO_MANY_TRAILERS") : undefined;
}

/** The size of a field section (RFC 9113 section 6.5.2), and how many fields it has, those aside that begin with a colon. */
function sectionOf(raw: readonly string[]): { readonly size: number; readonly count: number } {
  let size = raw.length * (FIELD_OVERHEAD / 2);
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) {
    size += raw[at].length + raw[at + 1].length;
    if (raw[at].charCodeAt(0) !== COLON) count++;
  }
  return { size, count };
}

/**
 * Fields that HTTP/1 takes any number of lines of, and node:http2 one: its own list of fields that have one value, less those of
 * `single-fields.ts`, which are refused before they get here, and Content-Length, which is put here once. Their lines become one. To readers
 * of those that are lists it says the same (RFC 9110 section 5.3); the others are their readers' affair, as they are on HTTP/1.
 */
const TAKEN_ONCE: ReadonlySet<string> = new Set(
  [
    "content-encoding content-language if-match if-none-match x-content-type-options dnt tk upgrade-insecure-requests",
    "access-control-allow-credentials access-control-max-age access-control-request-method",
  ].flatMap((line) => line.split(" ")),
);

/** Fields as node:http2 takes them. Names become lower-case, and several lines of one stand in an array. */
export function headersOf(fields: Iterable<readonly [name: string, value: string]>): OutgoingHttpHeaders {
  // Not one without a prototype: V8 is slow with those.
  const headers: Record<string, unknown> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const known = headers[key];
    // Whatever Object's own prototype has is neither.
    if (Array.isArray(known)) known.push(value);
    else if (typeof known !== "string") put(headers, key, value);
    else put(headers, key, TAKEN_ONCE.has(key) ? `${known}, ${value}` : [known, value]);
  }
  return headers as OutgoingHttpHeaders;
}

function put(headers: Record<string, unknown>, key: string, value: unknown): void {
  // The one name that a plain assignment takes for something else.
  if (key === "__proto__")
    Object.defineProperty(headers, key, { value, enumerable: true, configurable: true, writable: true });
  else headers[key] = value;
}
