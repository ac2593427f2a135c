import { ProtocolError, TruncatedError } from "../errors.ts";
import { explanationRow } from "./explanation-row.ts";
import { faultRow } from "./fault-row.ts";
import { HeldOctets } from "./held-octets.ts";
import { isReading, type ReadState } from "./read-state.ts";
import type { FaultRow, WireRow } from "./rows.ts";

/** Octets behind a fault that the second look sees. */
const LOOK_AHEAD = 8192;

/** Where a response was over or broke, with the octets that the second look needs: those around a fault, and those behind the end. */
export class FaultWatch {
  readonly #row: (row: WireRow) => void;
  readonly #held = new HeldOctets();
  #fault: FaultRow | undefined;
  #over = 0;

  constructor(row: (row: WireRow) => void) {
    this.#row = row;
  }

  /** What was broken, where something was. */
  get fault(): FaultRow | undefined {
    return this.#fault;
  }

  /** Where the response was over, or stopped being read. */
  get over(): number {
    return this.#over;
  }

  /** Whether enough has come behind a fault. */
  seenEnough(received: number): boolean {
    return received - this.#over >= LOOK_AHEAD;
  }

  /** The response is over, at this place on the wire. */
  finish(end: number): void {
    this.#over = end;
    this.#held.restart(end);
  }

  /** Reading stops here. @param before the octets that lead up to it */
  stop(over: number, before: HeldOctets): void {
    this.#over = over;
    this.#held.restart(before.start);
    this.#held.append(before.octets, 0, before.length);
  }

  /** Octets from `start` on that nobody reads. @param base where the first octet of `bytes` is on the wire */
  unread(bytes: Uint8Array, start: number, base: number): void {
    const from = Math.max(start, this.#held.end - base);
    this.#held.append(bytes, from, bytes.length, this.#over + LOOK_AHEAD - this.#held.start);
  }

  /** Tells of a fault. @throws what is no fault of the peer's */
  refuse(error: unknown, offset: number, at: number): void {
    // The parsers throw nothing else; a fault of ours is not the peer's.
    if (!(error instanceof ProtocolError)) throw error;
    this.#fault = faultRow(error, offset, at);
    this.#row(this.#fault);
  }

  /** The connection has ended before the response has. */
  truncated({ phase, how, received }: ReadState, at: number): void {
    if (!isReading(phase)) return;
    const layer = phase === "close" && how === "cut" ? "tls" : phase;
    const error =
      received === 0
        ? new ProtocolError("ERR_SLUICE_CONNECTION_LOST")
        : new TruncatedError("ERR_SLUICE_TRUNCATED", layer);
    this.#over = received;
    this.refuse(error, received, at);
  }

  /**
   * Tells what has probably happened, where there was a fault.
   * @param reading what has come of the head or the chunk that is being read, where the octets ended inside it
   * @param before the chunk before
   */
  explain(
    state: ReadState,
    reading: HeldOctets | undefined,
    before: HeldOctets | undefined,
    at: number,
  ): string | undefined {
    const fault = this.#fault;
    if (fault === undefined) return undefined;
    const scene = { ...state, fault, over: this.#over };
    const row = explanationRow(scene, reading ?? this.#held, before, at);
    this.#row(row);
    return row.sentence;
  }
}
