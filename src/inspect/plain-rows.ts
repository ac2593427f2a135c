import type { PieceRow } from "./rows.ts";

/** What a {@link PlainRows} calls. */
export interface PlainRowsHandler {
  row(row: PieceRow): void;
  octets(part: "payload", view: Uint8Array, offset: number): void;
}

/** What a {@link PlainRows} has to know. */
export interface PlainRowsContext {
  /** Where the body begins on the wire. */
  readonly bodyStart: number;
  /** Octets of the body; undefined where it ends with the connection. */
  readonly length: number | undefined;
  /** When the last octet of the head came. */
  readonly lastAt: number;
  readonly sampleBytes: number;
}

/** A body is looked at for characters of several octets up to this length. */
const COUNTED = 1024 * 1024;

/** A body without chunks as rows: one for what each read brings. */
export class PlainRows {
  readonly #handler: PlainRowsHandler;
  readonly #context: PlainRowsContext;
  #number = 0;
  #lastAt: number;
  /** Octets that have not come; 0 where nobody knows. */
  missing: number;
  /** Octets that continue a character of UTF-8. */
  continuations = 0;

  constructor(handler: PlainRowsHandler, context: PlainRowsContext) {
    this.#handler = handler;
    this.#context = context;
    this.#lastAt = context.lastAt;
    this.missing = context.length ?? 0;
  }

  /**
   * Reads on; returns the index of the first octet that is not part of the body.
   * @param base where the first octet of `bytes` is on the wire
   */
  read(bytes: Uint8Array, start: number, base: number, at: number): number {
    const { length, bodyStart, sampleBytes } = this.#context;
    const end = length === undefined ? bytes.length : Math.min(bytes.length, start + this.missing);
    if (length !== undefined) this.missing -= end - start;
    if (length !== undefined && length <= COUNTED) this.#count(bytes, start, end);
    const view = bytes.subarray(start, end);
    const offset = base + start;
    this.#handler.octets("payload", view, offset);
    this.#handler.row({
      kind: "piece",
      number: ++this.#number,
      offset,
      bodyOffset: offset - bodyStart,
      size: view.length,
      at,
      gap: at - this.#lastAt,
      // Buffer's own slice doesn't copy.
      sample: Uint8Array.prototype.slice.call(view, 0, sampleBytes),
    });
    this.#lastAt = at;
    return end;
  }

  #count(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at++) if ((bytes[at] & 0xc0) === 0x80) this.continuations++;
  }
}
