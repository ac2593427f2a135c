import { forget, isThenable } from "../../reply/piece.ts";

/** How much is gathered before it leaves as one piece. */
const BLOCK = 65_536;
/** From this size on octets are passed on as they are: copying them would cost more than a piece of their own. */
const LARGE = 16_384;

/** Moves small runs of octets together into pieces of 64 KiB, and passes large ones on uncopied. */
export class Coalescer {
  /** Pieces that are whole; the first `#taken` of them are gone. */
  #whole: Uint8Array[] = [];
  #taken = 0;
  /** What is being filled: from `#from` to `#to` it holds octets that belong to no piece yet. */
  #block: Uint8Array = new Uint8Array(0);
  #from = 0;
  #to = 0;
  #total = 0;

  /** All octets that were ever added. */
  get total(): number {
    return this.#total;
  }

  /** Whether octets are held that belong to no piece yet. */
  get holds(): boolean {
    return this.#to > this.#from;
  }

  add(octets: Uint8Array): void {
    this.#total += octets.length;
    if (octets.length >= LARGE) {
      this.#close();
      this.#whole.push(octets);
      return;
    }
    let rest = octets;
    while (rest.length > 0) {
      if (this.#to === this.#block.length) this.#renew();
      const part = rest.subarray(0, this.#block.length - this.#to);
      this.#block.set(part, this.#to);
      this.#to += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** Takes the pieces that are whole. */
  *pieces(): Generator<Uint8Array, void> {
    while (this.#taken < this.#whole.length) yield this.#whole[this.#taken++];
    if (this.#taken > 0) {
      this.#whole = [];
      this.#taken = 0;
    }
  }

  /** Takes everything, also what would have been filled up. */
  flushed(): Generator<Uint8Array, void> {
    this.#close();
    return this.pieces();
  }

  /** Makes a piece of what is held. */
  #close(): void {
    if (!this.holds) return;
    // The rest of the block is filled later: what has left of it is never written again.
    this.#whole.push(this.#block.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #renew(): void {
    this.#close();
    this.#block = new Uint8Array(BLOCK);
    this.#from = 0;
    this.#to = 0;
  }
}

/** What a source gives next. Everything that is gathered leaves before it is really waited for. */
export async function* awaited<Value>(
  next: Value | Promise<Value>,
  out: Coalescer,
): AsyncGenerator<Uint8Array, Value> {
  if (isThenable(next) && out.holds && (await reallyWaits(next))) yield* out.flushed();
  return next;
}

/** Whether a promise is still open when everything that could run has run: then its maker really waits for something. */
export function reallyWaits(promise: PromiseLike<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const settled = (): void => resolve(false);
    forget(Promise.resolve(promise.then(settled, settled)));
    process.nextTick(resolve, true);
  });
}
