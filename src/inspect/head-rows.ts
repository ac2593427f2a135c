import { latin1 } from "../bytes/latin1.ts";
import { LF } from "../bytes/tables.ts";
import { HeadParser } from "../http1/head-parser.ts";
import type { ResponseHead } from "../http1/head.ts";
import type { WireLimits } from "../http1/limits.ts";
import { HeldOctets } from "./held-octets.ts";
import type { HeadRow } from "./rows.ts";
import { fieldLines } from "./section-lines.ts";

/** Heads as rows: the strict parser reads, and here is noted where everything stands. */
export class HeadRows {
  /** The octets of the head that is being read, or was read last. */
  readonly held: HeldOctets = new HeldOctets();
  readonly #parser: HeadParser;
  #first = 0;

  constructor(limits: Partial<WireLimits>) {
    this.#parser = new HeadParser("response", limits);
  }

  /** Whether a head has been read whole. */
  get complete(): boolean {
    return this.#parser.complete;
  }

  /**
   * Reads on; returns the index of the first octet that is not part of the head.
   * @param base where the first octet of `bytes` is on the wire
   * @throws ProtocolError with the offset from the first octet of the head
   */
  read(bytes: Uint8Array, start: number, base: number, at: number): number {
    if (this.held.length === 0) {
      this.held.restart(base + start);
      this.#first = at;
    }
    const next = this.#parser.read(bytes, start, bytes.length);
    this.held.append(bytes, start, next);
    return next;
  }

  /** The head that is complete, and its row. */
  take(at: number): { head: ResponseHead; row: HeadRow } {
    const head = this.#parser.takeResponse();
    this.#parser.reset();
    const { octets, start } = this.held;
    const line = latin1(octets, 0, octets.indexOf(LF) - 1);
    const fields = line.length + 2;
    const row: HeadRow = {
      kind: "head",
      at,
      first: this.#first,
      offset: start,
      octets: octets.length,
      interim: head.status < 200,
      line,
      version: line.slice(0, line.indexOf(" ")),
      status: head.status,
      reason: head.reason,
      fields: fieldLines(octets.subarray(fields), start + fields),
    };
    return { head, row };
  }
}
