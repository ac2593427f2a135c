import { isEntityTag, strongMatch } from "../../semantics/entity-tag.ts";
import type { Fields } from "../../semantics/fields.ts";
import { parseHttpDate } from "../../semantics/http-date.ts";

/**
 * What proves that two responses are of the same representation, octet by octet: a strong entity tag with its quotes, or a date of
 * modification as it was written.
 */
export type Validator = { readonly etag: string } | { readonly lastModified: string };

/** Milliseconds that a change must be back: two within one second look the same, and clocks differ (RFC 9110 section 8.8.2.2). */
const SETTLED = 60_000;

/**
 * The strong validator of a response, undefined where it has none: a strong entity tag, or, where it has no entity tag at all (RFC 9110
 * section 13.1.5), a Last-Modified at least a minute older than its Date. Of a field that stands there twice nobody knows which is right.
 */
export function strongValidator(headers: Fields): Validator | undefined {
  const [etag, ...others] = headers.getAll("etag");
  if (etag !== undefined)
    return others.length === 0 && isEntityTag(etag) && strongMatch(etag, etag) ? { etag } : undefined;
  const lastModified = only(headers, "last-modified");
  const date = parseHttpDate(only(headers, "date") ?? "");
  const changed = parseHttpDate(lastModified ?? "");
  if (lastModified === undefined || changed === undefined || date === undefined) return undefined;
  return date - changed >= SETTLED ? { lastModified } : undefined;
}

/** The value of If-Range that goes with it (RFC 9110 section 13.1.5). */
export function ifRange(validator: Validator): string {
  return "etag" in validator ? validator.etag : validator.lastModified;
}

/** Whether a response is of the representation that this is the validator of; undefined where it does not say. */
export function recognises(validator: Validator, headers: Fields): boolean | undefined {
  const [name, value] =
    "etag" in validator ? ["etag", validator.etag] : ["last-modified", validator.lastModified];
  const found = headers.getAll(name);
  return found.length === 0 ? undefined : found.length === 1 && found[0] === value;
}

function only(headers: Fields, name: string): string | undefined {
  const values = headers.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}
