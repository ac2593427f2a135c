import { isEntityTag, parseEntityTagList, strongMatch, weakMatch } from "./entity-tag.ts";
import type { Fields } from "./fields.ts";
import { parseHttpDate } from "./http-date.ts";

/** What a representation can be recognised by (RFC 9110 section 8.8). */
export interface Validators {
  /** An entity tag with its quotes. */
  readonly etag?: string | undefined;
  /** When it last changed, in milliseconds since 1970. */
  readonly lastModified?: number | undefined;
}

/** Methods that neither select nor modify a representation, so that conditions mean nothing (RFC 9110 section 13.2.1). */
const UNCONDITIONAL = new Set(["CONNECT", "OPTIONS", "TRACE"]);

/**
 * The status that the conditions of a request demand, in the order of RFC 9110 section 13.2.2: 304 or 412, or undefined where the
 * method is to be performed. To be called when the request would otherwise succeed, with a 2xx.
 *
 * An If-Match that breaks the grammar matches nothing: 412, since whoever sends it wants no change by mistake. An If-None-Match that
 * breaks it matches nothing either, so that the method is performed.
 *
 * @param current undefined where there is no current representation
 */
export function evaluatePreconditions(
  method: string,
  headers: Fields,
  current: Validators | undefined,
): 304 | 412 | undefined {
  if (UNCONDITIONAL.has(method)) return undefined;
  const safe = method === "GET" || method === "HEAD";

  const ifMatch = headers.get("if-match");
  if (ifMatch !== undefined) {
    if (!names(ifMatch, current, strongMatch)) return 412;
  } else if (modifiedSince(headers, "if-unmodified-since", current) === true) return 412;

  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== undefined) {
    if (names(ifNoneMatch, current, weakMatch)) return safe ? 304 : 412;
  } else if (safe && modifiedSince(headers, "if-modified-since", current) === false) return 304;
  return undefined;
}

/**
 * Whether a Range may be honoured as far as If-Range goes; without an If-Range it may (RFC 9110 section 13.1.5). Ranges of two
 * versions must never be put together, so the validator must be strong: a weak tag, a date that is not exactly the last
 * modification, a date that is younger than one second (section 8.8.2.2) and what is neither a tag nor a date do not hold.
 *
 * @param now when the response is made, in milliseconds since 1970; now by default
 */
export function ifRangeHolds(headers: Fields, current: Validators, now: number = Date.now()): boolean {
  const values = headers.getAll("if-range");
  if (values.length === 0) return true;
  if (values.length > 1) return false;
  const { etag, lastModified } = current;
  if (isEntityTag(values[0])) return etag !== undefined && strongMatch(values[0], etag);
  const date = parseHttpDate(values[0]);
  if (date === undefined || lastModified === undefined) return false;
  return date === wholeSecond(lastModified) && wholeSecond(now) > date;
}

/** Whether a list of entity tags names the current representation; `*` names any that there is. */
function names(
  list: string,
  current: Validators | undefined,
  match: (a: string, b: string) => boolean,
): boolean {
  if (current === undefined) return false;
  const tags = parseEntityTagList(list);
  if (tags === "*") return true;
  const { etag } = current;
  return tags !== undefined && etag !== undefined && tags.some((tag) => match(tag, etag));
}

/** Whether there was a change after the date in this field; undefined where the condition is to be ignored (RFC 9110 sections 13.1.3 and 13.1.4). */
function modifiedSince(headers: Fields, name: string, current: Validators | undefined): boolean | undefined {
  if (current?.lastModified === undefined) return undefined;
  // Not get: two lines that are no dates could be joined to one that is.
  const values = headers.getAll(name);
  const date = values.length === 1 ? parseHttpDate(values[0]) : undefined;
  return date === undefined ? undefined : wholeSecond(current.lastModified) > date;
}

/** A time as precise as an HTTP-date can be. */
function wholeSecond(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
