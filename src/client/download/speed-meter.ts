/** Milliseconds after which an octet counts about a third in the speed. */
const MEMORY = 2_000;

/** Octets a second, what came lately counting most: an average that fades, right from the first octet on. */
export class SpeedMeter {
  readonly #began: number;
  #octets = 0;
  #at: number;

  /** @param now milliseconds of a clock that never goes back, here and in the methods */
  constructor(now: number) {
    this.#began = now;
    this.#at = now;
  }

  /** Octets have arrived. */
  count(octets: number, now: number): void {
    this.#fade(now);
    this.#octets += octets;
  }

  /** Milliseconds since it began to count. */
  age(now: number): number {
    return now - this.#began;
  }

  /** Octets a second. */
  speed(now: number): number {
    this.#fade(now);
    const age = now - this.#began;
    if (age <= 0) return 0;
    return (this.#octets * 1000) / (MEMORY * (1 - Math.exp(-age / MEMORY)));
  }

  #fade(now: number): void {
    if (now <= this.#at) return;
    this.#octets *= Math.exp((this.#at - now) / MEMORY);
    this.#at = now;
  }
}
