const FIRST_CAPACITY = 256;

/** Octets of the wire that are kept to be looked at again: a run without gaps from {@link HeldOctets.start} on. */
export class HeldOctets {
  /** Where the first of them is on the wire. */
  start = 0;
  #octets = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Where they end on the wire. */
  get end(): number {
    return this.start + this.#length;
  }

  /** All of them; the view is valid until the next `append` or `restart`. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#length);
  }

  /** Forgets all and begins anew. @param start where on the wire */
  restart(start: number): void {
    this.start = start;
    this.#length = 0;
  }

  /** Adds octets, up to `most` in all. */
  append(bytes: Uint8Array, from: number, to: number, most: number = Infinity): void {
    const take = Math.min(to - from, most - this.#length);
    if (take <= 0) return;
    const length = this.#length + take;
    if (length > this.#octets.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#octets.subarray(0, this.#length));
      this.#octets = larger;
    }
    this.#octets.set(bytes.subarray(from, from + take), this.#length);
    this.#length = length;
  }
}
