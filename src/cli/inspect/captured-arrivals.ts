import type { Readable } from "node:stream";
import type { WireArrival } from "../../inspect/inspect.ts";
import type { Arrivals } from "./arrivals.ts";

/** A response that somebody has captured: octets without times, all of them at 0. */
export class CapturedArrivals implements Arrivals {
  readonly #stream: Readable;
  readonly #onWait: () => void;
  // Why nobody wants more of it.
  #left: string | undefined;

  constructor(stream: Readable, onWait: () => void = () => {}) {
    this.#stream = stream;
    this.#onWait = onWait;
  }

  leave(why: string): void {
    this.#left ??= why;
    this.#stream.destroy();
  }

  /** A file ends by itself, and what stands behind a response in it is worth knowing. */
  linger(): void {}

  /** @throws what the stream fails with */
  async *[Symbol.asyncIterator](): AsyncGenerator<WireArrival, void> {
    try {
      for await (const bytes of this.#stream) {
        if (this.#left !== undefined) break;
        yield { at: 0, bytes: bytes as Uint8Array };
        this.#onWait();
      }
    } catch (error) {
      // Reading a stream that was destroyed fails.
      if (this.#left === undefined) throw error;
    }
    yield this.#left === undefined ? { at: 0, end: "closed" } : { at: 0, end: "left", why: this.#left };
  }
}
