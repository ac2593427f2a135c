import { EndedError, UsageError } from "../../errors.ts";
import { openSource, type PieceReader } from "../../reply/body.ts";
import { forget } from "../../reply/piece.ts";
import { awaited, type Coalescer } from "./archive-output.ts";
import { discardSource, type EntryRange, EntryReader } from "./archive-source.ts";
import type { Representation } from "../representation.ts";

/** Entries of an archive, from any iterable, or a stream of them. */
export type Entries<Entry> = Iterable<Entry> | AsyncIterable<Entry> | ReadableStream<Entry>;

/** Something that goes on by itself until it is stopped. */
export interface Stoppable {
  /** Never throws. */
  stop(reason: unknown): void;
}

/** What an archive has open while it is read. */
export class Underway {
  readonly #open = new Set<Stoppable>();
  #stopped = false;

  /** Whether the reader has left: what still arrives is for nobody. */
  get stopped(): boolean {
    return this.#stopped;
  }

  add<Item extends Stoppable>(item: Item): Item {
    this.#open.add(item);
    return item;
  }

  /** It has come to its end by itself. */
  delete(item: Stoppable): void {
    this.#open.delete(item);
  }

  stop(reason: unknown): void {
    this.#stopped = true;
    for (const item of this.#open) item.stop(reason);
    this.#open.clear();
  }
}

/**
 * The octets of an archive, made while they are read.
 *
 * No async generator, because one that was not begun runs no `finally`, and one that waits can't be stopped: here, whoever leaves
 * stops the source that is being read at once, and those that nobody has begun.
 */
export class ArchiveStream implements AsyncIterableIterator<Uint8Array> {
  readonly #underway: Underway;
  readonly #pieces: AsyncGenerator<Uint8Array, void>;

  constructor(underway: Underway, make: (underway: Underway) => AsyncGenerator<Uint8Array, void>) {
    this.#underway = underway;
    this.#pieces = untilStopped(make(underway), underway);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, void>> {
    return this.#pieces.next();
  }

  return(): Promise<IteratorResult<Uint8Array, void>> {
    return this.#leave(new EndedError("ERR_SLUICE_READER_LEFT"));
  }

  throw(reason: unknown): Promise<IteratorResult<Uint8Array, void>> {
    return this.#leave(reason);
  }

  /** Doesn't wait for what is under way. */
  #leave(reason: unknown): Promise<IteratorResult<Uint8Array, void>> {
    this.#underway.stop(reason);
    forget(this.#pieces.return());
    return Promise.resolve({ done: true, value: undefined });
  }
}

/** However it ends, nothing stays open; what fails because it was stopped is nobody's failure. */
async function* untilStopped(
  pieces: AsyncGenerator<Uint8Array, void>,
  underway: Underway,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* pieces;
  } catch (error) {
    if (!underway.stopped) throw error;
  } finally {
    underway.stop(undefined);
  }
}

/** Reads the entries of an archive one by one; whoever stops it lets go of the sources that were not reached, too. */
export class EntryList<Entry extends { readonly source?: unknown }> implements Stoppable {
  readonly #entries: Entries<Entry>;
  #reader: PieceReader | undefined;
  #read = 0;
  #stopped = false;

  constructor(entries: Entries<Entry>) {
    this.#entries = entries;
  }

  /** @throws UsageError `ERR_SLUICE_BODY_SOURCE`, `ERR_SLUICE_BODY_USED` */
  next(): IteratorResult<Entry, unknown> | Promise<IteratorResult<Entry, unknown>> {
    this.#reader ??= openSource(this.#entries);
    this.#read += 1;
    return this.#reader.next() as IteratorResult<Entry, unknown> | Promise<IteratorResult<Entry, unknown>>;
  }

  /**
   * The entry that has come, checked; undefined at the end, and once the archive was broken off. The source of an entry that is
   * refused, or comes too late, is let go of: nobody else knows it.
   * @throws what `check` throws
   */
  take<Checked>(
    { done, value }: IteratorResult<Entry, unknown>,
    check: (entry: Entry) => Checked,
  ): Checked | undefined {
    if (done === true) return undefined;
    try {
      if (!this.#stopped) return check(value);
    } catch (error) {
      discardEntry(value);
      throw error;
    }
    discardEntry(value);
    return undefined;
  }

  stop(reason: unknown): void {
    this.#stopped = true;
    if (this.#reader === undefined) discardSource(this.#entries);
    else this.#reader.stop(reason);
    // Only an array has made its sources already.
    if (!Array.isArray(this.#entries)) return;
    for (let index = this.#read; index < this.#entries.length; index++) {
      discardEntry((this.#entries as readonly Entry[])[index]);
    }
  }
}

/** Of an entry that nobody has checked, so it may be anything. */
function discardEntry(entry: { readonly source?: unknown } | null | undefined): void {
  discardSource(entry?.source);
}

/** Reads an entry into `out`, and gives the pieces that are whole; what is left is for whatever follows. */
export async function* readEntry(
  range: EntryRange,
  out: Coalescer,
  underway: Underway,
  watch?: (octets: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void> {
  const reader = underway.add(new EntryReader(range));
  for (;;) {
    const octets = yield* awaited(reader.next(), out);
    if (underway.stopped) return;
    if (octets === undefined) break;
    watch?.(octets);
    out.add(octets);
    yield* out.pieces();
  }
  underway.delete(reader);
}

/** An archive that is made once, from the beginning to the end. */
export function streamedArchive(type: string, stream: AsyncIterableIterator<Uint8Array>): Representation {
  let state: "fresh" | "begun" | "gone" = "fresh";
  return {
    size: undefined,
    type,
    read() {
      // What has been let go of would come as an archive of nothing.
      if (state !== "fresh")
        throw new UsageError("ERR_SLUICE_BODY_USED", { found: "an archive of entries that come once" });
      state = "begun";
      return stream;
    },
    close() {
      // Once somebody reads, it's for them to stop.
      if (state === "fresh") forget(stream.return?.());
      state = "gone";
    },
  };
}
