/** How far a connection may make up for time in which nothing was ready, in milliseconds: what a late timer has cost. */
const SLACK = 50;
/** The span of time that one piece stands for, in milliseconds. */
const TURN = 50;
const LARGEST = 64 * 1024;

/** When the octets of one connection may leave, so that they come to a rate. It keeps no timer: it only says how long to wait. */
export class Pace {
  /** Octets that are best sent at a time. */
  readonly piece: number;
  readonly #rate: number;
  readonly #clock: () => number;
  /** When the octets that were asked for last will all have been sent. */
  #due = -Infinity;

  /**
   * @param rate octets in a second
   * @param clock milliseconds
   */
  constructor(rate: number, clock: () => number) {
    this.#rate = rate;
    this.#clock = clock;
    this.piece = Math.min(LARGEST, Math.max(1, Math.floor((rate * TURN) / 1000)));
  }

  /** Milliseconds until these octets may leave. They count as sent. */
  take(octets: number): number {
    const now = this.#clock();
    const start = Math.max(this.#due, now - SLACK);
    this.#due = start + (octets / this.#rate) * 1000;
    return Math.max(0, start - now);
  }
}
