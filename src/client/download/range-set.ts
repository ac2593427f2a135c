import type { ByteRange } from "../../semantics/ranges.ts";

/** Octets of a file, as ranges in order that neither overlap nor touch. */
export class RangeSet implements Iterable<ByteRange> {
  #ranges: ByteRange[] = [];

  /** @param ranges in any order; empty ones are passed over */
  constructor(ranges: Iterable<ByteRange> = []) {
    for (const { start, end } of ranges) this.add(start, end);
  }

  /** How many octets there are. */
  get octets(): number {
    let octets = 0;
    for (const { start, end } of this.#ranges) octets += end - start;
    return octets;
  }

  /** The octet after the last one; 0 where there is none. */
  get end(): number {
    return this.#ranges.at(-1)?.end ?? 0;
  }

  /** Adds the octets from `start` up to, and without, `end`. */
  add(start: number, end: number): void {
    if (start >= end) return;
    const first = this.#indexOf(start);
    let after = first;
    while (after < this.#ranges.length && this.#ranges[after].start <= end) {
      const range = this.#ranges[after++];
      start = Math.min(start, range.start);
      end = Math.max(end, range.end);
    }
    this.#ranges.splice(first, after - first, { start, end });
  }

  /** Takes the octets from `start` up to, and without, `end` away. */
  remove(start: number, end: number): void {
    if (start >= end) return;
    this.#ranges = this.#ranges.flatMap((range) => {
      if (range.end <= start || range.start >= end) return [range];
      const before = { start: range.start, end: start };
      const behind = { start: end, end: range.end };
      return [before, behind].filter((rest) => rest.start < rest.end);
    });
  }

  /** What is missing of the first `size` octets, in order. @param size octets; Infinity where nobody knows */
  gaps(size: number): ByteRange[] {
    const gaps: ByteRange[] = [];
    let at = 0;
    for (const { start, end } of this.#ranges) {
      if (start > at) gaps.push({ start: at, end: start });
      at = end;
    }
    if (at < size) gaps.push({ start: at, end: size });
    return gaps;
  }

  [Symbol.iterator](): Iterator<ByteRange> {
    return this.#ranges[Symbol.iterator]();
  }

  /** Where the first range stands that ends at `start` or behind it. */
  #indexOf(start: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle].end < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
