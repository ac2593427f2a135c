import { ProtocolError } from "../../errors.ts";
import type { Fields } from "../../semantics/fields.ts";
import { parseContentRange } from "../../semantics/ranges.ts";
import { recognises, type Validator } from "./validator.ts";

/** What was asked for, and what is known of the representation. */
export interface Asked {
  /** The first octet. */
  readonly start: number;
  /** The octet after the last one; Infinity for all that follows. */
  readonly end: number;
  /** What the octets that are there already belong to; undefined where there are none, and everything would do. */
  readonly known: Known | undefined;
}

/** What is known of a representation of which there are octets already. */
export interface Known {
  readonly validator: Validator;
  /** Octets in all, where that is known. */
  readonly size: number | undefined;
  /** Its content coding in lower case, empty for none: a coded representation is another one (RFC 9110 section 8.8.3.3). */
  readonly coding: string;
}

/** What the response to a request for a range is good for. */
export type Answer =
  /** Octets from `start` up to, and without, `end`; fewer than were asked for, perhaps. */
  | { readonly kind: "part"; readonly start: number; readonly end: number; readonly size: number | undefined }
  /** The whole representation, where everything would do. */
  | { readonly kind: "whole"; readonly size: number | undefined }
  /** Nothing follows the octets that are there: the size is known now. */
  | { readonly kind: "ended"; readonly size: number }
  /** Another representation. Where `whole` is set this response has all of it. */
  | { readonly kind: "changed"; readonly reason: string; readonly whole: boolean }
  /** The same representation, whole: this server does not send parts of it. */
  | { readonly kind: "ignored" }
  /** Nothing that can be used; a request without a range may get the whole. */
  | { readonly kind: "unusable"; readonly error: ProtocolError }
  /** Another status. */
  | { readonly kind: "refused" };

/**
 * Judges the head of a response to a request for a range. Nothing is taken for granted: a range, a size or a validator that is not what
 * was asked for means that these octets do not belong to those that are there (RFC 9110 sections 13.1.5, 14.4 and 15.3.7).
 */
export function judge(status: number, headers: Fields, asked: Asked): Answer {
  if (status === 200) return judgeWhole(headers, asked);
  if (status === 206) return judgePart(headers, asked);
  if (status === 416) return judgeUnsatisfied(headers, asked);
  return { kind: "refused" };
}

/** The content coding of a response in lower case, empty for none. */
export function codingOf(headers: Fields): string {
  const coding = (headers.get("content-encoding") ?? "").toLowerCase();
  return coding === "identity" ? "" : coding;
}

function judgeWhole(headers: Fields, { known }: Asked): Answer {
  if (known === undefined) return { kind: "whole", size: lengthOf(headers) };
  if (recognises(known.validator, headers) !== true) return changed("it has another validator", true);
  if (codingOf(headers) !== known.coding) return changed("it has another content coding", true);
  const size = lengthOf(headers);
  if (size !== undefined && known.size !== undefined && size !== known.size)
    return changed("it has another size", true);
  return { kind: "ignored" };
}

function judgePart(headers: Fields, { start, end, known }: Asked): Answer {
  const type = headers.get("content-type") ?? "";
  if (/^multipart\/byteranges\b/i.test(type)) return unusable(`Content-Type: ${type}`);
  const value = headers.get("content-range");
  if (value === undefined) return unusable("no Content-Range");
  const range = parseContentRange(value);
  if (range === undefined || !("start" in range)) return unusable(`Content-Range: ${value}`);
  // The size and the validator first: a representation that has changed may have other ranges, too.
  if (known !== undefined) {
    const { size, validator, coding } = known;
    if (size !== undefined && range.size !== undefined && range.size !== size)
      return changed("it has another size", false);
    const same = recognises(validator, headers);
    if (same === false) return changed("it has another validator", false);
    // A 206 has its entity tag (RFC 9110 section 15.3.7); Last-Modified may be left out of it.
    if (same === undefined && "etag" in validator) return unusable("no ETag");
    if (codingOf(headers) !== coding && headers.has("content-encoding"))
      return changed("it has another content coding", false);
  }
  if (range.start !== start || range.end > end) return unusable(`Content-Range: ${value}`);
  const length = lengthOf(headers);
  if (length !== undefined && length !== range.end - range.start)
    return unusable(`Content-Length: ${length} with Content-Range: ${value}`);
  return { kind: "part", ...range };
}

function judgeUnsatisfied(headers: Fields, { start, known }: Asked): Answer {
  const range = parseContentRange(headers.get("content-range") ?? "");
  const size = range === undefined || "start" in range ? undefined : range.size;
  if (known !== undefined && size !== undefined) {
    if (recognises(known.validator, headers) === false) return changed("it has another validator", false);
    if (known.size === undefined && size === start) return { kind: "ended", size };
    if (size !== known.size) return changed("it has another size", false);
  }
  return unusable("416");
}

// Content-Length = 1*DIGIT
function lengthOf(headers: Fields): number | undefined {
  const value = headers.get("content-length");
  return value === undefined || !/^[0-9]+$/.test(value) ? undefined : Number(value);
}

function changed(reason: string, whole: boolean): Answer {
  return { kind: "changed", reason, whole };
}

function unusable(found: string): Answer {
  return { kind: "unusable", error: new ProtocolError("ERR_SLUICE_CONTENT_RANGE", { found }) };
}
