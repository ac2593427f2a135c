import { CR, FIELD_VALUE, HTAB, LF, SP, TOKEN } from "../bytes/tables.ts";
import { latin1 } from "../bytes/latin1.ts";
import { type ErrorCode, ProtocolError } from "../errors.ts";

// States, named after the octet that is awaited.
const NAME_START = 0;
const NAME = 1;
const VALUE = 2;
const VALUE_LF = 3;
const END_LF = 4;
const LINE_OR_FOLD = 5;

const COLON = 0x3a;
const FOUND_OCTETS = 16;

/** How large a section may be, and what it is called when it is larger. */
export interface SectionLimits {
  readonly bytes: number;
  readonly tooLarge: ErrorCode;
  readonly fields: number;
  readonly tooMany: ErrorCode;
}

/**
 * Reads a section of field lines up to its empty line, however the network cut it (RFC 9112 section 5):
 *
 *     field-line    = field-name ":" OWS field-value OWS
 *     field section = *( field-line CRLF ) CRLF
 *
 * Trailer sections are read by this class, heads by one that reads a start line first. A section that arrives whole is read where it
 * lies; of one that doesn't, what has come is kept, up to the limit. Every octet is looked at once.
 */
export class FieldSection {
  /** The section as text, its final empty line left out; set when {@link FieldSection.complete} is. */
  text = "";
  /** Whether the empty line has been read. */
  complete = false;
  /** Where the section begins in what its errors count their offsets from: 0 for a head, somewhere in the body for trailers. */
  origin = 0;

  readonly #limits: SectionLimits;
  #state = NAME_START;
  // Whether a line may be folded: read on before it counts as whole.
  readonly #unfolds: boolean;
  #fields = 0;
  // Where the line that is being read has its parts, from the first octet of the section: a line may come in several reads.
  #nameStart = 0;
  #nameEnd = 0;
  // What came in earlier reads.
  #held: Uint8Array | undefined;
  #heldLength = 0;

  /** @param unfolds whether obs-fold is undone, rather than refused */
  constructor(limits: SectionLimits, unfolds = false) {
    this.#limits = limits;
    this.#unfolds = unfolds;
  }

  /** Makes ready for the next section. */
  reset(): void {
    this.text = "";
    this.complete = false;
    this.#state = NAME_START;
    this.#fields = 0;
    this.#held = undefined;
    this.#heldLength = 0;
  }

  /** Octets read so far of a section that is not complete. */
  get pending(): number {
    return this.#heldLength;
  }

  /**
   * Reads on. Returns the index of the first octet that is not part of the section: `end`, unless it is complete.
   * @throws ProtocolError with the offset from the first octet of the section
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    const limit = this.#limits.bytes;
    const held = this.#heldLength;
    let source = bytes;
    let base = start;
    let stop = Math.min(end, start + limit);
    if (held > 0) {
      source = this.#hold(bytes, start, end);
      base = 0;
      stop = this.#heldLength;
    }
    const position = this.advance(source, base, base + held, stop);
    if (this.complete) {
      this.text = latin1(source, base, position - 2);
      this.#held = undefined;
      this.#heldLength = 0;
      return start + (position - base - held);
    }
    if (stop - base >= limit) throw new ProtocolError(this.#limits.tooLarge, { offset: this.origin + limit });
    if (held === 0) this.#hold(bytes, start, end);
    return end;
  }

  /** Reads field lines from `position`; the section's first octet is at `base`. Returns `end`, or where the section ended. */
  protected advance(bytes: Uint8Array, base: number, position: number, end: number): number {
    let at = position;
    while (at < end) {
      switch (this.#state) {
        case NAME_START: {
          const octet = bytes[at];
          if (octet === CR) {
            this.#state = END_LF;
            at++;
            break;
          }
          if (octet === SP || octet === HTAB) throw this.refusal("ERR_SLUICE_OBS_FOLD", bytes, base, at, end);
          if (++this.#fields > this.#limits.fields)
            throw this.refusal(this.#limits.tooMany, bytes, base, at, end);
          this.#nameStart = at - base;
          this.#state = NAME;
          break;
        }
        case NAME: {
          while (at < end && TOKEN[bytes[at]] === 1) at++;
          if (at === end) break;
          if (bytes[at] === LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
          if (bytes[at] !== COLON || at - base === this.#nameStart) {
            throw this.refusal("ERR_SLUICE_FIELD_NAME", bytes, base, at, end);
          }
          this.#nameEnd = at - base;
          this.#state = VALUE;
          at++;
          break;
        }
        case VALUE: {
          while (at < end && FIELD_VALUE[bytes[at]] === 1) at++;
          if (at === end) break;
          if (bytes[at] === LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
          if (bytes[at] !== CR) throw this.refusal("ERR_SLUICE_FIELD_VALUE", bytes, base, at, end);
          this.#state = VALUE_LF;
          at++;
          break;
        }
        case VALUE_LF: {
          if (bytes[at] !== LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
          at++;
          if (this.#unfolds) {
            this.#state = LINE_OR_FOLD;
            break;
          }
          this.field(bytes, base + this.#nameStart, base + this.#nameEnd, at - 2);
          this.#state = NAME_START;
          break;
        }
        case LINE_OR_FOLD: {
          if (bytes[at] === SP || bytes[at] === HTAB) {
            bytes.fill(SP, at - 2, at);
            this.#state = VALUE;
            break;
          }
          this.field(bytes, base + this.#nameStart, base + this.#nameEnd, at - 2);
          this.#state = NAME_START;
          break;
        }
        case END_LF: {
          if (bytes[at] !== LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
          this.complete = true;
          return at + 1;
        }
      }
    }
    return at;
  }

  /** Called with each whole line: the name and, from behind the colon to `valueEnd`, the value with the white space around it. */
  protected field(_bytes: Uint8Array, _nameStart: number, _nameEnd: number, _valueEnd: number): void {}

  protected refusal(
    code: ErrorCode,
    bytes: Uint8Array,
    base: number,
    at: number,
    end: number,
  ): ProtocolError {
    return new ProtocolError(code, {
      offset: this.origin + at - base,
      found: latin1(bytes, at, Math.min(at + FOUND_OCTETS, end)),
    });
  }

  /** Keeps octets for the next read, no more than the limit. Returns everything kept so far, from index 0. */
  #hold(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = Math.min(this.#heldLength + (end - start), this.#limits.bytes);
    let held = this.#held;
    if (held === undefined || held.length < length) {
      held = new Uint8Array(Math.min(Math.max(2 * length, 512), this.#limits.bytes));
      if (this.#held !== undefined) held.set(this.#held.subarray(0, this.#heldLength));
      this.#held = held;
    }
    held.set(bytes.subarray(start, start + length - this.#heldLength), this.#heldLength);
    this.#heldLength = length;
    return held;
  }
}
