import type { ByteRange } from "../../semantics/ranges.ts";
import { SpeedMeter } from "./speed-meter.ts";
import { RangeSet } from "./range-set.ts";

/** Milliseconds after which the speed of a connection says something. */
const MEASURED = 200;

/** A run of octets that one connection is fetching. */
export interface Segment {
  readonly start: number;
  /** The octet after the last one; becomes less when another connection takes the rest. Infinity where nobody knows it. */
  end: number;
  /** The octet that is to arrive next. */
  position: number;
  /** The octet after the last one that its response has; Infinity where nobody knows it. At least `end` once there is a response. */
  reach: number;
  /** Whether its response has begun. */
  receiving: boolean;
  readonly meter: SpeedMeter;
}

/** What has been written, what is being fetched, and what is left. It knows octets alone: no connection, no file, no clock. */
export class Plan {
  /** Octets that have been written. */
  readonly done: RangeSet;
  /** What is being fetched. */
  readonly active: Set<Segment> = new Set();
  #size: number | undefined;
  #pending: ByteRange[];

  /** @param size octets in all, undefined where nobody knows */
  constructor(size: number | undefined, done: RangeSet = new RangeSet()) {
    this.done = done;
    this.#size = size;
    this.#pending = done.gaps(size ?? Infinity);
  }

  /** Octets in all, undefined as long as nobody knows. */
  get size(): number | undefined {
    return this.#size;
  }

  /** Whether every octet has been written. */
  get complete(): boolean {
    return this.active.size === 0 && this.#pending.length === 0;
  }

  /** The first octets that nobody fetches; undefined where there are none. */
  take(now: number): Segment | undefined {
    const gap = this.#pending.shift();
    return gap === undefined ? undefined : this.#fetch(gap, now);
  }

  /**
   * The latter part of what would otherwise be there last, for another connection, in proportion to the speeds of both; undefined where
   * the parts would be too small, or it is nearly there.
   * @param minimum octets that each of the two has at least
   * @param seconds that it would take at least without help
   */
  share(minimum: number, seconds: number, now: number): Segment | undefined {
    const usual = this.#usualSpeed(now);
    let slowest: Segment | undefined;
    let longest = -1;
    for (const segment of this.active) {
      const octets = segment.end - segment.position;
      if (octets < 2 * minimum || octets === Infinity || !segment.receiving) continue;
      const left = octets / (speedOf(segment, now) ?? usual);
      if (left < seconds || left <= longest) continue;
      slowest = segment;
      longest = left;
    }
    if (slowest === undefined) return undefined;
    const octets = slowest.end - slowest.position;
    const speed = speedOf(slowest, now) ?? usual;
    const own = speed === 0 || usual === 0 ? octets / 2 : (octets * speed) / (speed + usual);
    const start = slowest.position + Math.min(Math.max(Math.ceil(own), minimum), octets - minimum);
    const taken = this.#fetch({ start, end: slowest.end }, now);
    slowest.end = start;
    return taken;
  }

  /**
   * Gives up fetching a segment; all that has arrived of it has been written. What is left of it can be taken again. A second time it
   * does nothing.
   */
  release(segment: Segment): void {
    if (this.active.delete(segment)) this.#leave(segment.position, segment.end);
  }

  /** Lets connections whose responses have what nobody fetches, right where their segments end, go on with that. */
  absorb(): void {
    for (const segment of this.active) {
      const next = this.#pending.findIndex(({ start }) => start === segment.end);
      if (next === -1 || !segment.receiving || segment.reach <= segment.end) continue;
      const { end } = this.#pending[next];
      segment.end = Math.min(end, segment.reach);
      if (segment.end === end) this.#pending.splice(next, 1);
      else this.#pending[next] = { start: segment.end, end };
    }
  }

  /** What has been written from `start` up to, and without, `end` was not right, and is to be fetched again. */
  revoke(start: number, end: number): void {
    this.done.remove(start, end);
    this.#leave(start, end);
  }

  /** How many octets there are is known now. */
  learn(size: number): void {
    this.#size = size;
    for (const segment of this.active) segment.end = Math.min(segment.end, size);
    this.#pending = this.#pending
      .map(({ start, end }) => ({ start, end: Math.min(end, size) }))
      .filter(({ start, end }) => start < end);
  }

  /** The mean speed of the connections that have one, 0 where none has. */
  #usualSpeed(now: number): number {
    let total = 0;
    let count = 0;
    for (const segment of this.active) {
      const speed = speedOf(segment, now);
      if (speed === undefined) continue;
      total += speed;
      count++;
    }
    return count === 0 ? 0 : total / count;
  }

  #fetch({ start, end }: ByteRange, now: number): Segment {
    const segment = { start, end, position: start, reach: end, receiving: false, meter: new SpeedMeter(now) };
    this.active.add(segment);
    return segment;
  }

  #leave(start: number, end: number): void {
    if (start >= end) return;
    this.#pending.push({ start, end });
    this.#pending.sort((a, b) => a.start - b.start);
    const joined: { start: number; end: number }[] = [];
    for (const range of this.#pending) {
      const before = joined.at(-1);
      if (before !== undefined && before.end >= range.start) before.end = Math.max(before.end, range.end);
      else joined.push({ ...range });
    }
    this.#pending = joined;
  }
}

/** Octets a second, undefined for a connection that is too young to tell. */
function speedOf({ meter }: Segment, now: number): number | undefined {
  return meter.age(now) < MEASURED ? undefined : meter.speed(now);
}
