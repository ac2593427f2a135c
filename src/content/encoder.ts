import type { Gzip } from "node:zlib";
import { type Codec, codecOf, type ContentCoding } from "./codings.ts";
import { copyOf, joined } from "./octets.ts";

/** What becomes of the input so far: it may stay in the encoder, it must be decodable, or it was the last. */
export type Upto = "more" | "flush" | "finish";

/**
 * The part of node:zlib's streams that encodes on the calling thread. It has no public name, but the synchronous functions and much
 * of npm lean on it, and it is the same in Node 20 to 26. Where a runtime lacks it, everything goes through the thread pool.
 */
interface Shortcut {
  readonly _handle?: {
    writeSync?(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
  };
  /** What is left of the output and of the input. */
  readonly _writeState?: Uint32Array;
}

/** Where output is made before it's known how much it will be. One for all: it is emptied before anybody else comes by. */
const SCRATCH: Uint8Array = new Uint8Array(64 * 1024);
const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Applies one content coding. Small input is encoded at once and on this thread, which takes some microseconds; large input in the
 * thread pool, where it doesn't hold others up. One call at a time.
 */
export class Encoder {
  readonly #codec: Codec;
  readonly #stream: Gzip;
  readonly #handle: Shortcut["_handle"];
  readonly #left: Uint32Array | undefined;
  #output: Uint8Array[] = [];
  #listening = false;

  constructor(coding: ContentCoding) {
    this.#codec = codecOf(coding);
    this.#stream = this.#codec.encoder();
    const { _handle, _writeState } = this.#stream as Shortcut;
    this.#handle = _handle;
    this.#left = _writeState;
    // It arrives by the calls below, too, and must not end the process.
    this.#stream.on("error", () => {});
  }

  /** Whether {@link Encoder.encodeNow} can be called. */
  get immediate(): boolean {
    return this.#left !== undefined && this.#handle?.writeSync !== undefined;
  }

  /** Encodes on this thread. Throws once the encoder is closed. */
  encodeNow(input: Uint8Array, upto: Upto): Uint8Array {
    // Node ends the process where a closed handle is written to.
    if (this.#stream.destroyed) throw this.#stream.errored ?? new Error("The encoder was closed");
    const handle = this.#handle!;
    const left = this.#left!;
    const pieces: Uint8Array[] = [];
    let at = 0;
    do {
      handle.writeSync!(this.#flag(upto), input, at, input.length - at, SCRATCH, 0, SCRATCH.length);
      if (this.#stream.errored !== null) throw this.#stream.errored;
      const [outputLeft, inputLeft] = left;
      if (outputLeft < SCRATCH.length) pieces.push(copyOf(SCRATCH.subarray(0, SCRATCH.length - outputLeft)));
      at = input.length - inputLeft;
      // A full scratch buffer means that there may be more.
    } while (left[0] === 0);
    if (pieces.length === 1) return pieces[0];
    return pieces.length === 0 ? NOTHING : joined(pieces);
  }

  /** Encodes in the thread pool; the input must not change until then. Rejects once the encoder is closed. */
  encode(input: Uint8Array, upto: Upto): Promise<Uint8Array[]> {
    const stream = this.#stream;
    this.#listen();
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(stream.errored ?? new Error("The encoder was closed"));
      const done = (error?: Error | null): void => {
        stream.off("close", closed);
        if (error) reject(error);
        else resolve(this.#output.splice(0));
      };
      if (stream.destroyed) {
        closed();
        return;
      }
      stream.once("close", closed);
      if (upto === "finish") {
        stream.once("end", done);
        stream.end(input);
        return;
      }
      const written = upto === "flush" ? () => stream.flush(this.#codec.flush, done) : done;
      if (input.length > 0) stream.write(input, written);
      else written();
    });
  }

  /** Lets go of the encoder's memory, half a megabyte or more. */
  close(): void {
    this.#stream.destroy();
  }

  #flag(upto: Upto): number {
    if (upto === "more") return 0;
    return upto === "flush" ? this.#codec.flush : this.#codec.finish;
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#stream.on("data", (piece: Uint8Array) => this.#output.push(piece));
  }
}

/** Encodes all of a small input on this thread. */
export function encodeWhole(coding: ContentCoding, input: Uint8Array): Uint8Array {
  return codecOf(coding).whole(input);
}
