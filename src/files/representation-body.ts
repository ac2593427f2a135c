import { joined, utf8, utf8Length } from "../content/octets.ts";
import { UsageError } from "../errors.ts";
import { openSource, type PieceReader, PieceSource } from "../reply/body.ts";
import { asPiece, forget } from "../reply/piece.ts";
import type { ByteRange } from "../semantics/ranges.ts";
import type { Representation } from "./representation.ts";

/** What a body is made of: text that stands between ranges, and ranges. */
export type BodySection = string | ByteRange;

/** A body that is read from a representation, and lets go of it afterwards, also where it is never read. */
export class RepresentationBody extends PieceSource {
  readonly #representation: Representation;
  readonly #sections: readonly BodySection[];

  constructor(representation: Representation, sections: readonly BodySection[]) {
    super();
    this.#representation = representation;
    this.#sections = sections;
  }

  /** Octets of it; Infinity where nobody knows. */
  get size(): number {
    // Heads of parts are ASCII, as fields are.
    const lengths = this.#sections.map((each) =>
      typeof each === "string" ? each.length : each.end - each.start,
    );
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  /** All of it, where it is small. */
  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this) pieces.push(typeof piece === "string" ? utf8(piece) : piece);
    return pieces.length === 1 ? pieces[0] : joined(pieces);
  }

  override openPieces(): PieceReader {
    return new SectionReader(this.#representation, this.#sections);
  }
}

class SectionReader implements PieceReader {
  readonly #representation: Representation;
  readonly #sections: readonly BodySection[];
  #at = 0;
  #range: PieceReader | undefined;
  /** Octets of the range that have not been read. */
  #left = 0;
  #closed = false;

  constructor(representation: Representation, sections: readonly BodySection[]) {
    this.#representation = representation;
    this.#sections = sections;
  }

  get lent(): boolean {
    return this.#range?.lent === true;
  }

  async next(): Promise<IteratorResult<unknown, unknown>> {
    for (;;) {
      if (this.#range === undefined) {
        if (this.#closed || this.#at === this.#sections.length) {
          this.#close();
          return { done: true, value: undefined };
        }
        const section = this.#sections[this.#at++];
        if (typeof section === "string") return { done: false, value: section };
        this.#left = section.end - section.start;
        this.#range = openSource(this.#representation.read(section.start, section.end));
      }
      const { done, value } = await this.#range.next();
      // A source that is stopped ends short, and that is nobody's fault.
      if (this.#closed) return { done: true, value: undefined };
      if (done !== true) {
        const piece = asPiece(value);
        this.#left -= typeof piece === "string" ? utf8Length(piece) : piece.length;
        if (this.#left < 0) throw mismatch(`${-this.#left} bytes more than announced`);
        return { done: false, value: piece };
      }
      if (this.#left > 0 && this.#left !== Infinity)
        throw mismatch(`${this.#left} bytes less than announced`);
      this.#range = undefined;
    }
  }

  stop(reason: unknown): void {
    this.#range?.stop(reason);
    this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      forget(this.#representation.close?.());
    } catch {
      // Nothing more is wanted of it, so nobody is left to be told.
    }
  }
}

function mismatch(found: string): UsageError {
  return new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found });
}
