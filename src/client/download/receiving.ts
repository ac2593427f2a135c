import type { Segment } from "./plan.ts";

/** Milliseconds after which fewer are written, too: what is not written is lost in a crash. */
const BATCH_AGE = 1_000;

/**
 * How a response has given what it had: all of it (`whole`), up to where another connection goes on (`left`), or other octets than it
 * said: too few (`short`), too many (`surplus`).
 */
export type Received = "whole" | "left" | "short" | "surplus";

/** Where octets go. */
export type WriteOctets = (pieces: readonly Uint8Array[], position: number) => Promise<void>;

/**
 * Writes a body to where its segment stands. All that has arrived is written when this ends, however it does; one write is under way
 * while the next is gathered, and nothing more is read until it is done, so that a slow disk slows the sender.
 * @param arrived gets each piece as it arrives
 * @param batchOctets how many are gathered for one write
 * @throws what reading the body throws; what writing throws comes first
 */
export async function receive(
  body: AsyncIterable<Uint8Array>,
  segment: Segment,
  write: WriteOctets,
  arrived: (piece: Uint8Array) => void,
  batchOctets: number,
): Promise<Received> {
  const batch = new Batch(segment.position, write, batchOctets);
  let received: Received = "whole";
  try {
    for await (const piece of body) {
      if (piece.length > segment.reach - segment.position) {
        received = "surplus";
        break;
      }
      const room = segment.end - segment.position;
      const part = piece.length > room ? piece.subarray(0, room) : piece;
      arrived(part);
      segment.position += part.length;
      if (batch.add(part)) await batch.pass();
      if (segment.position === segment.end && segment.end < segment.reach) {
        received = "left";
        break;
      }
    }
  } finally {
    await batch.pass();
    await batch.written();
  }
  if (received === "whole" && segment.reach !== Infinity && segment.position < segment.reach) return "short";
  return received;
}

class Batch {
  readonly #write: WriteOctets;
  #pieces: Uint8Array[] = [];
  #octets = 0;
  #position: number;
  #began = 0;
  readonly #enough: number;
  #writing: Promise<void> | undefined;

  constructor(position: number, write: WriteOctets, enough: number) {
    this.#enough = enough;
    this.#position = position;
    this.#write = write;
  }

  /** Whether that is enough for a write. */
  add(piece: Uint8Array): boolean {
    const now = performance.now();
    if (this.#octets === 0) this.#began = now;
    if (piece.length > 0) this.#pieces.push(piece);
    this.#octets += piece.length;
    return this.#octets >= this.#enough || now - this.#began >= BATCH_AGE;
  }

  /** Begins to write what was gathered, once what was passed before is written. */
  async pass(): Promise<void> {
    await this.#writing;
    if (this.#octets === 0) return;
    this.#writing = this.#write(this.#pieces, this.#position);
    // Whoever passes the next, or waits for the last, is told.
    this.#writing.catch(() => {});
    this.#position += this.#octets;
    this.#pieces = [];
    this.#octets = 0;
  }

  async written(): Promise<void> {
    await this.#writing;
  }
}
