import { type Plan, type Segment } from "./plan.ts";
import { SpeedMeter } from "./speed-meter.ts";

/** What one connection is doing. */
export interface SegmentProgress {
  /** The first octet that it fetches, the one after the last, undefined where nobody knows, and the one that it awaits. */
  readonly start: number;
  readonly end: number | undefined;
  readonly position: number;
  /** Whether its response has begun. */
  readonly state: "waiting" | "receiving";
}

/** How far a download is. */
export interface DownloadProgress {
  /** Octets that are there, those that were there before among them. */
  readonly received: number;
  /** Octets in all; undefined as long as nobody knows. */
  readonly total: number | undefined;
  /** The speed, what came lately counting most. */
  readonly bytesPerSecond: number;
  /** How long the rest will take at this speed; undefined where nobody can tell. */
  readonly secondsLeft: number | undefined;
  /** What each connection is doing, in the order of the file. */
  readonly segments: readonly SegmentProgress[];
  /** What has happened since the last call, for people: a new try, a restart, fewer connections. */
  readonly note: string | undefined;
}

/** Tells how far a download is, where something has changed. */
export class ProgressReporter {
  readonly #tell: ((progress: DownloadProgress) => unknown) | undefined;
  readonly #meter: SpeedMeter;
  #notes: string[] = [];
  #changed = true;

  /** @param now milliseconds of a clock that never goes back, here and in the methods */
  constructor(tell: ((progress: DownloadProgress) => unknown) | undefined, now: number) {
    this.#tell = tell;
    this.#meter = new SpeedMeter(now);
  }

  /** Octets have arrived. */
  count(octets: number, now: number): void {
    this.#meter.count(octets, now);
    this.#changed = true;
  }

  /** Something that people may want to know. */
  note(text: string): void {
    this.#notes.push(text);
    this.#changed = true;
  }

  /** Tells what there is to tell. What the listener throws is its own business. */
  report(received: number, plan: Plan, now: number, last: boolean = false): void {
    if (this.#tell === undefined || !(this.#changed || last)) return;
    const bytesPerSecond = this.#meter.speed(now);
    const total = plan.size;
    const note = this.#notes.length === 0 ? undefined : this.#notes.join("; ");
    this.#notes = [];
    // The speed falls while nothing arrives.
    this.#changed = plan.active.size > 0;
    try {
      const returned: unknown = this.#tell({
        received,
        total,
        bytesPerSecond,
        secondsLeft:
          total === undefined || bytesPerSecond === 0 ? undefined : (total - received) / bytesPerSecond,
        segments: [...plan.active].toSorted((a, b) => a.start - b.start).map(segmentProgress),
        note,
      });
      if (returned instanceof Promise) returned.catch(() => {});
    } catch {}
  }
}

function segmentProgress({ start, end, position, receiving }: Segment): SegmentProgress {
  const state = receiving ? "receiving" : "waiting";
  return { start, end: end === Infinity ? undefined : end, position, state };
}
