// @ts-check
// Which statements and branches an input has reached, and how often: an input is kept when it adds to that.

/** Counts that are taken for the same: 1, 2, 3, 4 to 7, 8 to 15 and so on, as in AFL. */
const bucketOf = (/** @type {number} */ count) => (count < 4 ? count : Math.min(34 - Math.clz32(count), 10));

/** The counters of the instrumented files. */
export class Counters {
  /** @type {Record<number, number>[]} one for each file, one for each of its branches */
  #groups = [];
  /** @type {number[]} */
  #sizes = [];

  constructor() {
    /** @type {Record<string, { s: Record<number, number>, b: Record<number, number[]> }>} */
    const files = /** @type {any} */ (globalThis).sluiceCounters;
    for (const { s, b } of Object.values(files))
      for (const group of [s, ...Object.values(b)]) this.#add(group);
  }

  get total() {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /** @param {Record<number, number>} group */
  #add(group) {
    this.#groups.push(group);
    this.#sizes.push(Object.keys(group).length);
  }

  reset() {
    this.#groups.forEach((group, at) => {
      for (let index = 0; index < this.#sizes[at]; index++) group[index] = 0;
    });
  }

  /**
   * Adds what has been counted to `seen` and begins anew.
   *
   * @param {Uint16Array} seen a bit for each bucket of each counter
   * @returns {boolean} whether there was anything new
   */
  collect(seen) {
    let isNew = false;
    let counter = 0;
    for (let at = 0; at < this.#groups.length; at++) {
      const group = this.#groups[at];
      const size = this.#sizes[at];
      for (let index = 0; index < size; index++, counter++) {
        const count = group[index];
        if (count === 0) continue;
        group[index] = 0;
        const bit = 1 << bucketOf(count);
        if ((seen[counter] & bit) !== 0) continue;
        seen[counter] |= bit;
        isNew = true;
      }
    }
    return isNew;
  }
}
