import { promisify } from "node:util";
import { constants, createDeflateRaw, deflateRaw, deflateRawSync, type DeflateRaw } from "node:zlib";
import { Coalescer } from "./archive-output.ts";
import type { Stoppable } from "./archive-stream.ts";

/** Up to here it takes less time to compress at once than to hand it to another thread. */
const SMALL = 65_536;
/** How much is compressed in one go, so that what comes out of it stays small. */
const STRIDE = 262_144;
const OUTPUT = 65_536;

const inAnotherThread = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

/** Compresses what is wholly in memory: at once where it is small. */
export function deflateWhole(octets: Uint8Array, level: number): Uint8Array | Promise<Uint8Array> {
  // A copy: node ends the process where octets are taken away while another thread reads them.
  if (octets.length > SMALL) return inAnotherThread(Buffer.from(octets), { level });
  return deflateRawSync(octets, { level, ...stateFor(octets.length) });
}

/** The state that deflate sets up costs more than small octets themselves, so it is made to fit. */
function stateFor(size: number): { windowBits: number; memLevel: number; chunkSize: number } {
  const bits = Math.max(Math.ceil(Math.log2(size + 1)), constants.Z_MIN_WINDOWBITS + 1);
  const windowBits = Math.min(bits, constants.Z_MAX_WINDOWBITS);
  return { windowBits, memLevel: Math.min(Math.max(bits - 6, 1), 8), chunkSize: Math.max(size + 64, 256) };
}

/** The most that deflate makes of so many octets, by a wide margin. */
export function deflateBound(size: number): number {
  return size + Math.ceil(size / 64) + 1024;
}

/** Compresses octets as they come, in another thread. */
export class Deflater implements Stoppable {
  readonly #coder: DeflateRaw;
  /** A trip to the other thread costs as much for one octet as for many. */
  readonly #input = new Coalescer();
  #output: Uint8Array[] = [];
  /** What the other thread reads. */
  #copy: Uint8Array = new Uint8Array(0);
  #failed: ((error: Error) => void) | undefined;

  constructor(level: number) {
    this.#coder = createDeflateRaw({ level, chunkSize: OUTPUT });
    this.#coder.on("data", (octets: Uint8Array) => void this.#output.push(octets));
    this.#coder.on("error", (error) => this.#failed?.(error));
  }

  /** Takes octets, and returns what has come out so far: nothing for a while, since deflate gathers, and so does this. */
  async write(octets: Uint8Array): Promise<Uint8Array[]> {
    this.#input.add(octets);
    await this.#feed(this.#input.pieces());
    return this.#take();
  }

  /** Returns the last that comes out. */
  async end(): Promise<Uint8Array[]> {
    await this.#feed(this.#input.flushed());
    await this.#done((done) => this.#coder.once("end", done).end());
    return this.#take();
  }

  stop(): void {
    this.#coder.destroy();
    this.#failed?.(new Error("The archive was broken off"));
  }

  async #feed(pieces: Iterable<Uint8Array>): Promise<void> {
    for (const octets of pieces) {
      for (let at = 0; at < octets.length; at += STRIDE) {
        const part = this.#kept(octets.subarray(at, at + STRIDE));
        await this.#done((done) => this.#coder.write(part, done));
      }
    }
  }

  /** A copy, in the place of the one before: node ends the process where octets are taken away while another thread reads them. */
  #kept(part: Uint8Array): Uint8Array {
    if (this.#copy.length < part.length) this.#copy = Buffer.allocUnsafeSlow(part.length);
    this.#copy.set(part);
    return this.#copy.subarray(0, part.length);
  }

  #done(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      start((error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
  }

  #take(): Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}
