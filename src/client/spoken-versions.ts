const ORIGINS_KEPT = 1_000;

/** Which origins have spoken HTTP/2 when they were last connected to, so that the next time the right number of connections is made. */
export class SpokenVersions {
  readonly #http2 = new Map<string, boolean>();

  /** Whether an origin speaks HTTP/2; undefined where nobody knows. */
  isHttp2(origin: string): boolean | undefined {
    return this.#http2.get(origin);
  }

  learn(origin: string, isHttp2: boolean): void {
    if (this.#http2.size >= ORIGINS_KEPT && !this.#http2.has(origin)) this.#http2.clear();
    this.#http2.set(origin, isHttp2);
  }
}
