import { crc32 } from "node:zlib";
import type { EntryWatch, PlannedEntry } from "./archive-plan.ts";
import { EntryReader, mismatch } from "./archive-source.ts";
import type { Underway } from "./archive-stream.ts";

/** One pass over a source, shared by all who wait for its checksum. */
interface Pass {
  readonly sum: Promise<number>;
  readonly reader: EntryReader;
  waiting: number;
}

/** What a source had when it was read as a whole; it holds while its size, tag and time are the same. */
interface Seen {
  readonly sum: number;
  readonly state: string;
}

const UNKNOWN = -1;

/** By source, and not by plan, so that every request for the same sources has them, whoever planned its archive. */
const PASSES = new WeakMap<object, Pass>();
const SEEN = new WeakMap<object, Seen>();

/**
 * The CRC-32 of each entry of a plan. One that isn't known is computed by reading the entry when it is needed, once for all who
 * want it; the pass is stopped when the last of them has left. Whoever reads the whole of an entry computes it in passing.
 */
export class Checksums {
  readonly #entries: readonly PlannedEntry[];
  readonly #known: Float64Array;

  /** @param given the checksum that an entry says it has */
  constructor(entries: readonly PlannedEntry[], given: (index: number) => number | undefined) {
    this.#entries = entries;
    this.#known = Float64Array.from(entries, (_, index) => given(index) ?? UNKNOWN);
  }

  /** The checksum, at once where it is known. @throws UsageError `ERR_SLUICE_ARCHIVE_MISMATCH`, and what the source throws */
  get(index: number, underway: Underway): number | Promise<number> {
    if (this.#known[index] === UNKNOWN) {
      const source = this.#source(index);
      const seen = SEEN.get(source);
      if (seen === undefined || seen.state !== stateOf(source)) return this.#wait(index, underway);
      this.#known[index] = seen.sum;
    }
    return this.#known[index];
  }

  /** Computes a checksum while somebody reads the entry anyway. */
  watch(index: number): EntryWatch {
    let sum = 0;
    return {
      piece: (octets) => void (sum = crc32(octets, sum)),
      // An entry that has changed since the last time is caught here.
      end: () => this.#keep(index, sum),
    };
  }

  async #wait(index: number, underway: Underway): Promise<number> {
    const source = this.#source(index);
    const pass = PASSES.get(source) ?? this.#begin(index);
    pass.waiting += 1;
    const waiter = underway.add({
      stop: (reason: unknown) => {
        pass.waiting -= 1;
        if (pass.waiting > 0) return;
        if (PASSES.get(source) === pass) PASSES.delete(source);
        pass.reader.stop(reason);
      },
    });
    const sum = await pass.sum;
    underway.delete(waiter);
    if (!underway.stopped) this.#keep(index, sum);
    return sum;
  }

  #begin(index: number): Pass {
    const { source, name, size } = this.#entries[index];
    const reader = new EntryReader({ source, name, size });
    const pass: Pass = { sum: sumOf(reader), reader, waiting: 0 };
    PASSES.set(source as object, pass);
    const over = (): void => {
      if (PASSES.get(source as object) === pass) PASSES.delete(source as object);
    };
    pass.sum.then(over, over);
    return pass;
  }

  #keep(index: number, sum: number): void {
    const known = this.#known[index];
    const source = this.#source(index);
    if (known !== UNKNOWN && known !== sum) {
      SEEN.delete(source);
      throw mismatch("another CRC-32", this.#entries[index].name);
    }
    this.#known[index] = sum;
    SEEN.set(source, { sum, state: stateOf(source) });
  }

  /** Only entries that aren't in memory get here. */
  #source(index: number): object {
    return this.#entries[index].source as object;
  }
}

/** Reads all of it. What it returns once the reader was stopped is for nobody. */
async function sumOf(reader: EntryReader): Promise<number> {
  let sum = 0;
  try {
    for (let octets = await reader.next(); octets !== undefined; octets = await reader.next()) {
      sum = crc32(octets, sum);
    }
    return sum;
  } catch (error) {
    reader.stop(error);
    throw error;
  }
}

function stateOf(source: object): string {
  const { size, etag, lastModified } = source as { size?: number; etag?: string; lastModified?: number };
  return JSON.stringify([size, etag, lastModified]);
}
