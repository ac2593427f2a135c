import { listElements } from "./lists.ts";

/** A run of octets of a representation, counted from 0. */
export interface ByteRange {
  /** The first octet. */
  readonly start: number;
  /** The octet after the last one. */
  readonly end: number;
}

/** Ranges that one request may ask for. Download managers ask for a handful; a request for thousands is an attack. */
const MAX_RANGES = 16;

/** Octets that the boundary and the fields of one part take; a gap that is smaller is sent along (RFC 9110 section 15.3.7.2). */
const PART_OVERHEAD = 80;

/** Parts that may be smaller than their own overhead. */
const MAX_SMALL_PARTS = 8;

/**
 * The ranges of a representation that a Range field asks for (RFC 9110 sections 14.1 and 14.2).
 *
 * The ranges returned lie inside the representation, are not empty, and never overlap. Those that overlap, touch, or are parted by
 * fewer than 80 octets are merged; the rest stays in the order asked. `"whole"` means that the field is to be ignored: it is absent,
 * of another unit, against the grammar, asks for more than 16 ranges, for more than two that overlap, or for more than 8 parts
 * of under 80 octets. `"unsatisfiable"` is answered with 416 and {@link unsatisfiedRange}.
 *
 * The caller ignores the field for methods other than GET, as section 14.2 demands, and asks `ifRangeHolds` first.
 *
 * @param value the value of Range, undefined where there is none
 * @param size octets of the representation, 0 to 2^53-1
 */
export function selectRanges(
  value: string | undefined,
  size: number,
): readonly ByteRange[] | "whole" | "unsatisfiable" {
  if (value === undefined) return "whole";
  const asked = parseRanges(value, size);
  if (asked === undefined) return "whole";
  if (asked.length === 0) return "unsatisfiable";
  // The last octets of nothing: satisfiable by the RFC, but no Content-Range can say so.
  if (size === 0) return "whole";
  return asked.length === 1 ? asked : merge(asked);
}

/** The value of Content-Range for a part, e.g. `bytes 0-9/100` (RFC 9110 section 14.4). @param size undefined where it isn't known */
export function contentRange(range: ByteRange, size: number | undefined): string {
  return `bytes ${range.start}-${range.end - 1}/${size ?? "*"}`;
}

/** The value of Content-Range for a 416: an asterisk, and the size in octets behind the slash (RFC 9110 section 14.4). */
export function unsatisfiedRange(size: number): string {
  return `bytes */${size}`;
}

// Content-Range     = range-unit SP ( range-resp / unsatisfied-range )
// range-resp        = first-pos "-" last-pos "/" ( complete-length / "*" )
// unsatisfied-range = "*/" complete-length
const CONTENT_RANGE = /^bytes (?:([0-9]+)-([0-9]+)\/(?:([0-9]+)|\*)|\*\/([0-9]+))$/i;

/**
 * What a Content-Range says: a range, `end` exclusive, and the size where it is known; or only the size, in a 416. Undefined for another
 * unit, for what breaks the grammar, for a range that is backwards or beyond the size, and for positions over 2^53-1
 * (RFC 9110 section 14.4).
 */
export function parseContentRange(
  value: string,
): { start: number; end: number; size: number | undefined } | { size: number } | undefined {
  const match = CONTENT_RANGE.exec(value);
  if (match === null) return undefined;
  if (match[4] !== undefined) {
    const size = Number(match[4]);
    return Number.isSafeInteger(size) ? { size } : undefined;
  }
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  const size = match[3] === undefined ? undefined : Number(match[3]);
  if (start >= end || !Number.isSafeInteger(end)) return undefined;
  if (size !== undefined && (end > size || !Number.isSafeInteger(size))) return undefined;
  return { start, end, size };
}

// ranges-specifier = range-unit "=" range-set
// range-set        = 1#range-spec
// range-spec       = int-range / suffix-range
// int-range        = first-pos "-" [ last-pos ]
// suffix-range     = "-" suffix-length
const RANGE_SET = /^bytes=/i;
const RANGE_SPEC = /^([0-9]*)-([0-9]*)$/;

/** The satisfiable ranges in the order asked, or undefined where the field is to be ignored. */
function parseRanges(value: string, size: number): ByteRange[] | undefined {
  if (!RANGE_SET.test(value)) return undefined;
  const ranges: ByteRange[] = [];
  let asked = 0;
  for (const element of listElements(value.slice("bytes=".length))) {
    if (element === "") continue;
    if (++asked > MAX_RANGES) return undefined;
    const spec = RANGE_SPEC.exec(element);
    if (spec === null) return undefined;
    const [, first, last] = spec;
    // A position over 2^53 is read imprecisely, but is beyond every size all the same.
    if (first === "") {
      if (last === "") return undefined;
      const suffix = Number(last);
      if (suffix > 0) ranges.push({ start: Math.max(0, size - suffix), end: size });
      continue;
    }
    const start = Number(first);
    const end = last === "" ? size : Math.min(Number(last) + 1, size);
    if (last !== "" && start > Number(last)) return undefined;
    if (start < size) ranges.push({ start, end });
  }
  return asked === 0 ? undefined : ranges;
}

/** Merges what overlaps or lies close together. A merged range takes the place of the first one in it. */
function merge(asked: readonly ByteRange[]): readonly ByteRange[] | "whole" {
  const byStart = asked.map(({ start, end }, order) => ({ start, end, order }));
  byStart.sort((a, b) => a.start - b.start);
  const merged: typeof byStart = [];
  let overlaps = 0;
  for (const range of byStart) {
    const before = merged.at(-1);
    if (before === undefined || range.start - before.end >= PART_OVERHEAD) {
      merged.push(range);
      continue;
    }
    if (range.start < before.end && ++overlaps > 1) return "whole";
    before.end = Math.max(before.end, range.end);
    before.order = Math.min(before.order, range.order);
  }
  if (merged.filter(({ start, end }) => end - start < PART_OVERHEAD).length > MAX_SMALL_PARTS) return "whole";
  merged.sort((a, b) => a.order - b.order);
  return merged.map(({ start, end }) => ({ start, end }));
}
