/** Octets of a body that nobody wants, which are read away so that the connection can go on; over it, it closes. */
const OCTETS = 64 * 1024;
/** How long that may take, in milliseconds. */
const TIME = 2_000;

/** What is left of a body that nobody wants, while it is read away. */
export class UnwantedRest {
  readonly #since = performance.now();
  #octets = 0;

  /** Whether so much is worth it. @param octets undefined where nobody knows how much it is */
  static isLittle(octets: number | undefined): boolean {
    return octets !== undefined && octets <= OCTETS;
  }

  /** Some of it has come. Returns whether that is still worth it. */
  take(octets: number): boolean {
    this.#octets += octets;
    return this.#octets <= OCTETS;
  }

  /** Whether it takes too long. @param now milliseconds on the clock of `performance.now()` */
  hasExpired(now: number): boolean {
    return now - this.#since >= TIME;
  }
}
