import type { ChunkExtension } from "../http1/chunk-extensions.ts";

/** A chunk as it was on the wire, or a part of one that did not arrive at once (RFC 9112 section 7.1). */
export interface WireChunk {
  /** Which chunk it is, counted from 1; the last chunk, of size 0, is one of them. */
  readonly number: number;
  /** Octets of the whole chunk. */
  readonly size: number;
  readonly extensions: readonly ChunkExtension[];
  /** Where its size begins, from the first octet of the body, framing included. */
  readonly bodyOffset: number;
  /** When this part arrived: milliseconds on the clock of `performance.now()`. */
  readonly arrived: number;
  /** Where this part begins in the chunk's data. */
  readonly start: number;
  /** This part of the data; empty for the last chunk. */
  readonly payload: Uint8Array;
}

/** Parts that wait before reading pauses. */
const PARTS_KEPT = 4_096;

/**
 * The boundaries of a body's chunks, beside its octets: what arrives in one view is one part of one chunk. Of a body that is not chunked
 * each view counts as a chunk.
 */
export class WireChunks {
  readonly #parts: Omit<WireChunk, "payload">[] = [];
  readonly #resume: () => void;
  #number = 0;
  #size = 0;
  #extensions: readonly ChunkExtension[] = [];
  #offset = 0;
  #start = 0;
  #chunked = false;
  #octets = 0;
  #unwanted = false;

  /** @param resume there is room for more again */
  constructor(resume: () => void) {
    this.#resume = resume;
  }

  /** A chunk begins. */
  readonly begin = (size: number, extensions: readonly ChunkExtension[], offset: number): void => {
    this.#chunked = true;
    this.#number++;
    this.#size = size;
    this.#extensions = extensions;
    this.#offset = offset;
    this.#start = 0;
  };

  /** Some of its data has arrived. Returns whether there is room for more. */
  data(view: Uint8Array): boolean {
    if (!this.#chunked) this.#beginPiece(view.length);
    this.#part();
    this.#start += view.length;
    this.#octets += view.length;
    return this.#parts.length < PARTS_KEPT;
  }

  /** The body is read without its boundaries after all. */
  forget(): void {
    this.#unwanted = true;
    this.#parts.length = 0;
    this.#resume();
  }

  /** The body is complete. */
  end(): void {
    if (this.#chunked) this.#part();
  }

  /** Puts the views of a body, none of them left out, together with their places. */
  async *of(views: AsyncIterable<Uint8Array>): AsyncGenerator<WireChunk, undefined> {
    for await (const payload of views) {
      const part = this.#parts.shift()!;
      if (this.#parts.length === PARTS_KEPT - 1) this.#resume();
      yield { ...part, payload };
    }
    const last = this.#parts.shift();
    if (last !== undefined) yield { ...last, payload: new Uint8Array(0) };
    return undefined;
  }

  #beginPiece(size: number): void {
    this.#number++;
    this.#size = size;
    this.#offset = this.#octets;
    this.#start = 0;
  }

  #part(): void {
    if (this.#unwanted) return;
    this.#parts.push({
      number: this.#number,
      size: this.#size,
      extensions: this.#extensions,
      bodyOffset: this.#offset,
      arrived: performance.now(),
      start: this.#start,
    });
  }
}
