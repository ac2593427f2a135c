/** Something that looks at the clock now and then. */
export interface Watched {
  /** @param now milliseconds of a clock that never goes back */
  check(now: number): void;
}

const SLOWEST = 500;
const FASTEST = 20;

/**
 * One timer for all the deadlines of a server. A connection only writes down a number when a deadline changes; now and then all of
 * them are asked to look. Ten thousand look in well under a millisecond.
 */
export class Deadlines {
  readonly #watched = new Set<Watched>();
  readonly #interval: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param shortest the shortest deadline in milliseconds: a tenth of it is how late a deadline may be noticed, 20 to 500 ms */
  constructor(shortest: number) {
    this.#interval = Math.min(SLOWEST, Math.max(FASTEST, shortest / 10));
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#tick(), this.#interval).unref();
  }

  delete(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    for (const watched of this.#watched) watched.check(now);
  }
}
