import { UsageError } from "../errors.ts";
import { type PieceReader, PieceSource } from "../reply/body.ts";
import type { FileDescriptor } from "./file-descriptor.ts";

/** Octets up to which a span is read into one buffer of its own. */
const SMALL = 64 * 1024;
/** Octets of each of the two buffers: each read is a trip to another thread, so few are better, but a slow reader holds both buffers. */
const BUFFER = 256 * 1024;
/** Buffers kept for the next reader, 4 MiB in all: without, each short range leaves half a megabyte to the garbage collector. */
const SPARE_LIMIT = 16;
const spare: Uint8Array[] = [];

/** A part of an open file as the body of a reply. */
export class FileSpan extends PieceSource {
  readonly #file: FileDescriptor;
  readonly #start: number;
  readonly #end: number;

  /** The octets from `start` up to, and without, `end`. */
  constructor(file: FileDescriptor, start: number, end: number) {
    super();
    this.#file = file;
    this.#start = start;
    this.#end = end;
  }

  /** Pieces in buffers that take turns: each is lent until the next is asked for. Iterated, each is a copy. */
  override openPieces(): PieceReader {
    return new SpanReader(this.#file, this.#start, this.#end);
  }
}

type Result = IteratorResult<Uint8Array, undefined>;
const DONE: Result = { done: true, value: undefined };

/** Reads a span ahead: while one buffer is being sent, the other one is being filled. */
class SpanReader implements PieceReader {
  /** A small span has a buffer of its own, which nobody needs to wait for. */
  readonly lent: boolean;
  readonly #file: FileDescriptor;
  readonly #end: number;
  /** Where the next read begins. */
  #at: number;
  /** The buffer that is being filled, or has been; the other one, in which the last piece stands, takes its place after that. */
  #filling: Uint8Array | undefined;
  #lentOut: Uint8Array | undefined;
  /** Octets that were read ahead, and have not been asked for yet. */
  #octets = 0;
  #reading = false;
  #failure: Error | undefined;
  #stopped = false;
  /** Whoever asked before there was anything. */
  #asker: { resolve: (result: Result) => void; reject: (reason: unknown) => void } | undefined;

  constructor(file: FileDescriptor, start: number, end: number) {
    this.lent = end - start > SMALL;
    this.#file = file;
    this.#at = start;
    this.#end = end;
  }

  next(): Result | Promise<Result> {
    if (this.#stopped) return DONE;
    if (this.#octets > 0) return this.#handOut();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#reading) {
      if (this.#at >= this.#end) return this.#finish();
      this.#read();
    }
    return new Promise((resolve, reject) => {
      this.#asker = { resolve, reject };
    });
  }

  /**
   * The buffers are left to the garbage collector: the socket, or a read, may still be using them. Whoever waits for a piece is told
   * the reason, since an end would look like one that came too early.
   */
  stop(reason: unknown): void {
    this.#stopped = true;
    this.#filling = undefined;
    this.#lentOut = undefined;
    this.#asker?.reject(reason);
    this.#asker = undefined;
  }

  #read(): void {
    const rest = this.#end - this.#at;
    this.#filling ??= this.lent ? takeBuffer() : Buffer.allocUnsafe(rest);
    const length = Math.min(rest, this.#filling.length);
    this.#reading = true;
    this.#file.read(this.#filling, length, this.#at, (error, octets) => this.#filled(error, octets));
  }

  #filled(error: Error | null, octets: number): void {
    this.#reading = false;
    if (this.#stopped) return;
    const asker = this.#asker;
    this.#asker = undefined;
    if (error !== null || octets === 0) {
      this.#failure = error ?? short(this.#at, this.#end);
      asker?.reject(this.#failure);
      return;
    }
    this.#at += octets;
    this.#octets = octets;
    asker?.resolve(this.#handOut());
  }

  /** Lends the piece that was read ahead. It was asked for, so the one before it has left, and its buffer can be filled. */
  #handOut(): Result {
    const buffer = this.#filling!;
    const piece = this.#octets === buffer.length ? buffer : buffer.subarray(0, this.#octets);
    this.#filling = this.#lentOut;
    if (this.lent) this.#lentOut = buffer;
    this.#octets = 0;
    if (this.#at < this.#end) this.#read();
    return { done: false, value: piece };
  }

  /** The last piece has left, too. */
  #finish(): Result {
    keepBuffer(this.#filling);
    keepBuffer(this.#lentOut);
    this.#filling = undefined;
    this.#lentOut = undefined;
    return DONE;
  }
}

function takeBuffer(): Uint8Array {
  return spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER);
}

function keepBuffer(buffer: Uint8Array | undefined): void {
  if (buffer?.length === BUFFER && spare.length < SPARE_LIMIT) spare.push(buffer);
}

function short(at: number, end: number): UsageError {
  return new UsageError("ERR_SLUICE_SOURCE_SHORT", { found: `a file that ends ${end - at} octets early` });
}
