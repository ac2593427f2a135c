import { UsageError } from "../../errors.ts";
import { discardSource as discardPieces, openSource, type PieceReader } from "../../reply/body.ts";
import { asPiece, type BodyPiece, isThenable } from "../../reply/piece.ts";
import type { Representation } from "../representation.ts";

/** Octets that can be read again and from any offset: a file's representation, or anything else with a size and `read`. */
export type RangeSource = Pick<Representation, "size" | "etag" | "lastModified" | "read" | "close">;

/** What holds the octets of an entry. */
export type EntryBody =
  | BodyPiece
  | Iterable<BodyPiece>
  | AsyncIterable<BodyPiece>
  | ReadableStream<BodyPiece>
  | Blob
  | RangeSource;

/** What an entry is read from; a function is called when its turn comes, and not before. */
export type EntrySource = EntryBody | (() => EntryBody | Promise<EntryBody>);

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether it is a Blob; by its methods, since asking for the global class loads it. */
export function isBlob(source: unknown): source is Blob {
  return isObject(source) && "arrayBuffer" in source && "stream" in source;
}

/** Whether it can be read again and from any offset. */
export function isRangeSource(source: unknown): source is RangeSource {
  // Node's streams have a `read`, too.
  return isObject(source) && "size" in source && "read" in source && !("pipe" in source);
}

/** The octets of a source that is wholly in memory. */
export function octetsInMemory(source: unknown): Uint8Array | undefined {
  if (typeof source === "string") return Buffer.from(source);
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  return source instanceof ArrayBuffer ? new Uint8Array(source) : undefined;
}

/** How many octets a source says that it has. */
export function announcedSize(source: unknown): number | undefined {
  return isBlob(source) || isRangeSource(source) ? source.size : undefined;
}

/** Lets go of a source that nobody will read, or go on reading: streams are cancelled, functions aren't called. Never throws. */
export function discardSource(source: unknown): void {
  if (!isRangeSource(source)) {
    discardPieces(source);
    return;
  }
  try {
    source.close?.();
  } catch {}
}

/** What an {@link EntryReader} reads. */
export interface EntryRange {
  readonly source: unknown;
  /** How the entry is called, for errors. */
  readonly name: Uint8Array;
  /** The octets it has to have; unknown where undefined. */
  readonly size: number | undefined;
  /** Where to begin and to end; only sources that can be read from any offset are read in part. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** Reads an entry as bytes. A source that has more or fewer octets than announced ends in an error, and never in padding. */
export class EntryReader {
  readonly #range: EntryRange;
  readonly #size: number | undefined;
  #reader: PieceReader | undefined;
  #octets = 0;
  #stopped = false;

  constructor(range: EntryRange) {
    this.#range = range;
    this.#size = range.size === undefined ? undefined : (range.end ?? range.size) - (range.start ?? 0);
  }

  /** How many octets have been read. */
  get octets(): number {
    return this.#octets;
  }

  /**
   * The next octets, undefined after the last and once it was stopped.
   * @throws UsageError `ERR_SLUICE_ARCHIVE_MISMATCH`, `ERR_SLUICE_BODY_SOURCE`, `ERR_SLUICE_BODY_PIECE`
   */
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#reader === undefined) return this.#open();
    const result = this.#reader.next();
    return isThenable(result) ? this.#later(result) : this.#take(result);
  }

  /** Stops the source before its end. Never throws. */
  stop(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#reader?.stop(reason);
  }

  #open(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const { source, start = 0, end, size } = this.#range;
    let body = source;
    if (isRangeSource(source)) body = source.read(start, end ?? size ?? Infinity);
    else if (isBlob(source)) body = source.slice(start, end ?? source.size);
    if (typeof body === "function") body = (body as () => unknown)();
    return isThenable(body) ? this.#openLater(body) : this.#begin(body);
  }

  async #openLater(promise: PromiseLike<unknown>): Promise<Uint8Array | undefined> {
    const body = await promise;
    if (!this.#stopped) return this.#begin(body);
    discardSource(body);
    return undefined;
  }

  #begin(body: unknown): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const octets = octetsInMemory(body);
    if (octets !== undefined) this.#reader = openSource([octets]);
    // A function can return a source of either kind.
    else if (isRangeSource(body)) this.#reader = openRange(body, this.#size);
    else this.#reader = openSource(body);
    return this.next();
  }

  async #later(result: PromiseLike<IteratorResult<unknown, unknown>>): Promise<Uint8Array | undefined> {
    return this.#take(await result);
  }

  #take({ done, value }: IteratorResult<unknown, unknown>): Uint8Array | undefined {
    if (this.#stopped) return undefined;
    if (done === true) {
      if (this.#size !== undefined && this.#octets !== this.#size) throw this.#mismatch(`${this.#octets}`);
      return undefined;
    }
    const piece = asPiece(value);
    // A piece that is lent is gone when the next is asked for, but here it may stand in a piece that has not left yet.
    const octets = typeof piece === "string" || this.#reader?.lent === true ? Buffer.from(piece) : piece;
    this.#octets += octets.length;
    if (this.#size !== undefined && this.#octets > this.#size) throw this.#mismatch("more");
    return octets;
  }

  #mismatch(octets: string): UsageError {
    return mismatch(`${octets} octets instead of ${this.#size}`, this.#range.name);
  }
}

/** An entry that isn't what was announced. */
export function mismatch(found: string, name: Uint8Array): UsageError {
  return new UsageError("ERR_SLUICE_ARCHIVE_MISMATCH", {
    found: `${found}: ${Buffer.from(name).toString()}`,
  });
}

/** A source that a function returned: it is closed when it has been read or stopped, since nobody else knows it. */
function openRange(source: RangeSource, size: number | undefined): PieceReader {
  const reader = openSource(source.read(0, size ?? source.size ?? Infinity));
  return {
    lent: reader.lent === true,
    async next() {
      const result = await reader.next();
      if (result.done === true) source.close?.();
      return result;
    },
    stop(reason) {
      reader.stop(reason);
      discardSource(source);
    },
  };
}
