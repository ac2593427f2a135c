import { latin1 } from "../bytes/latin1.ts";
import { CR, HEX, HTAB, LF, SP } from "../bytes/tables.ts";
import { type ErrorCode, ProtocolError, TruncatedError } from "../errors.ts";
import { Fields } from "../semantics/fields.ts";
import { type ChunkExtension, ChunkExtensionParser } from "./chunk-extensions.ts";
import { FieldSection } from "./field-section.ts";
import { wireLimits, type WireLimits } from "./limits.ts";

// States, named after what is awaited.
const SIZE = 0;
const SIZE_DIGIT = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILERS = 7;
const DONE = 8;

const SEMICOLON = 0x3b;

/** Digits that the fast path reads: with more the line is rare enough for the slow one. */
const FAST_DIGITS = 7;
/** Payload up to this many octets is moved up to the payload before it; passing on a view costs about as much as moving this. */
const MOVE_LIMIT = 1024;
/** Up to here a loop moves faster than a call does. */
const LOOP_LIMIT = 24;
/** Octets of framing that every chunk has for free: a size of 14 digits with its CR LF. */
const FREE_FRAMING = 16;
/** Octets of payload that pay for one octet of extensions. */
const PAYLOAD_PER_EXTENSION_OCTET = 16;

const NO_EXTENSIONS: readonly ChunkExtension[] = [];

/** What a {@link ChunkedDecoder} calls while it reads. */
export interface ChunkedHandler {
  /**
   * Payload, in order. The view is valid until the callback returns: it lies in the bytes that were given to `write`.
   * Without {@link ChunkedHandler.chunk} the payload of several chunks arrives in one view.
   */
  data(view: Uint8Array): void;
  /**
   * The size and the extensions of each chunk, before its data, the last chunk of size 0 among them, and where its size begins, from
   * the first octet of the body. Where this is defined no view holds data of two chunks; a chunk can still come in several views.
   * Boundaries do not survive intermediaries: no message should depend on them.
   */
  chunk?: ((size: number, extensions: readonly ChunkExtension[], offset: number) => void) | undefined;
}

/**
 * Reads a body in chunked transfer coding (RFC 9112 section 7.1), whatever the cut of its input.
 *
 *     chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) 1*"0" [ chunk-ext ] CRLF trailer-section CRLF
 *
 * Every octet of framing is checked before it is thrown away. Payload is not copied: small chunks are moved together inside the
 * bytes that the caller gave, **which therefore change**, big ones are passed on where they lie.
 */
export class ChunkedDecoder {
  readonly #handler: ChunkedHandler;
  readonly #limits: WireLimits;
  readonly #fastDigits: number;
  #extensions: ChunkExtensionParser;
  readonly #trailers: FieldSection;
  #state = SIZE;
  // The size that is being read, then what is left of the chunk's data.
  #remaining = 0;
  // Octets of the current size line, counted only where it comes in several reads or has more than a size.
  #lineOctets = 0;
  #extensionOctets = 0;
  #extensionTotal = 0;
  #payload = 0;
  // How far framing is ahead of what payload has paid for: see WireLimits.overheadBytes.
  #excess = 0;
  // Octets of the body in earlier reads, for the offsets of errors.
  #consumed = 0;
  #failure: unknown;

  /** @param limits those not given are `WIRE_LIMITS` */
  constructor(handler: ChunkedHandler, limits: Partial<WireLimits> = {}) {
    this.#handler = handler;
    this.#limits = wireLimits(limits);
    this.#fastDigits = Math.min(FAST_DIGITS, this.#limits.chunkLineBytes);
    this.#extensions = new ChunkExtensionParser(handler.chunk !== undefined);
    this.#trailers = new FieldSection({
      bytes: this.#limits.trailerBytes,
      tooLarge: "ERR_SLUICE_TRAILERS_TOO_LARGE",
      fields: this.#limits.trailerFields,
      tooMany: "ERR_SLUICE_TOO_MANY_TRAILERS",
    });
  }

  /** Whether the whole body has been read, its trailer section included. */
  get done(): boolean {
    return this.#state === DONE;
  }

  /** The trailer section as it arrived, forbidden fields included; empty until {@link ChunkedDecoder.done}. */
  get trailers(): Fields {
    return Fields.fromSection(this.#trailers.text);
  }

  /** Octets of the body that have been read, framing included. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Makes ready for the next body. */
  reset(): void {
    this.#state = SIZE;
    this.#remaining = 0;
    this.#lineOctets = 0;
    this.#extensionOctets = 0;
    this.#extensionTotal = 0;
    this.#payload = 0;
    this.#excess = 0;
    this.#consumed = 0;
    this.#failure = undefined;
    const keeps = this.#handler.chunk !== undefined;
    if (this.#extensions.keeps === keeps) this.#extensions.take();
    else this.#extensions = new ChunkExtensionParser(keeps);
    this.#trailers.reset();
  }

  /**
   * Reads on. Returns the index of the first octet that is not part of the body: `end`, unless the body is {@link done}.
   * @throws ProtocolError with the offset from the first octet of the body; the payload before it has been delivered, and every
   * later call throws the same error
   */
  write(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const position = this.#read(bytes, start, end);
      this.#consumed += position - start;
      return position;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Says that nothing will follow. @throws ProtocolError `ERR_SLUICE_TRUNCATED` unless the body is {@link done} */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === DONE) return;
    const offset = this.#consumed;
    this.#failure = new TruncatedError("ERR_SLUICE_TRUNCATED", "chunked", { offset });
    throw this.#failure;
  }

  #read(bytes: Uint8Array, start: number, end: number): number {
    const separate = this.#handler.chunk !== undefined;
    let at = start;
    // Payload that has been found and not yet passed on. Emptied before it is: a handler that throws gets nothing twice.
    let runStart = 0;
    let runEnd = 0;
    try {
      while (at < end && this.#state !== DONE) {
        if (this.#state === DATA) {
          const take = Math.min(this.#remaining, end - at);
          if (runEnd === runStart) {
            runStart = at;
            runEnd = at + take;
          } else if (take <= MOVE_LIMIT) {
            move(bytes, runEnd, at, take);
            runEnd += take;
          } else {
            const run = bytes.subarray(runStart, runEnd);
            runStart = runEnd;
            this.#handler.data(run);
            runStart = at;
            runEnd = at + take;
          }
          at += take;
          this.#remaining -= take;
          if (this.#remaining > 0) break;
          if (end - at < 2 || bytes[at] !== CR || bytes[at + 1] !== LF) {
            this.#state = DATA_CR;
            continue;
          }
          at += 2;
          this.#state = SIZE;
          continue;
        }

        if (this.#state === SIZE) {
          const after = this.#fastSize(bytes, at, end);
          if (after > at) {
            if (separate) {
              if (runEnd > runStart) {
                const run = bytes.subarray(runStart, runEnd);
                runStart = runEnd;
                this.#handler.data(run);
              }
              this.#handler.chunk!(this.#remaining, NO_EXTENSIONS, this.#consumed + at - start);
            }
            at = after;
            continue;
          }
        }

        if (this.#state === TRAILERS) {
          at = this.#trailers.read(bytes, at, end);
          if (this.#trailers.complete) this.#state = DONE;
          continue;
        }

        if (separate && runEnd > runStart) {
          const run = bytes.subarray(runStart, runEnd);
          runStart = runEnd;
          this.#handler.data(run);
        }
        this.#step(bytes, at, start, end);
        at++;
      }
    } finally {
      if (runEnd > runStart) this.#handler.data(bytes.subarray(runStart, runEnd));
    }
    return at;
  }

  /** The usual size line, all there and without extensions. Returns the index behind it, or `at` where it is another one. */
  #fastSize(bytes: Uint8Array, at: number, end: number): number {
    const stop = Math.min(end - 1, at + this.#fastDigits);
    let size = 0;
    let position = at;
    while (position < stop) {
      const digit = HEX[bytes[position]];
      if (digit === 255) break;
      size = (size << 4) | digit;
      position++;
    }
    if (size === 0 || position >= end - 1 || bytes[position] !== CR || bytes[position + 1] !== LF) return at;
    // A line this short is free, so the account can only be paid off.
    if (this.#excess > 0) this.#account(position - at, size);
    this.#payload += size;
    this.#remaining = size;
    this.#state = DATA;
    return position + 2;
  }

  /** One octet of framing: of a line that is cut, has extensions, or is wrong. */
  #step(bytes: Uint8Array, at: number, start: number, end: number): void {
    const octet = bytes[at];
    switch (this.#state) {
      case SIZE: {
        const digit = HEX[octet];
        if (digit === 255) throw this.#refusal("ERR_SLUICE_CHUNK_SIZE", bytes, at, start, end);
        this.#remaining = digit;
        this.#lineOctets = 1;
        this.#extensionOctets = 0;
        this.#state = SIZE_DIGIT;
        return;
      }
      case SIZE_DIGIT: {
        const digit = HEX[octet];
        if (digit !== 255) {
          if (this.#remaining > (Number.MAX_SAFE_INTEGER - digit) / 16) {
            throw this.#refusal("ERR_SLUICE_CHUNK_SIZE_TOO_LARGE", bytes, at, start, end);
          }
          this.#remaining = this.#remaining * 16 + digit;
          this.#countLine(bytes, at, start, end);
        } else if (octet === CR) {
          this.#state = SIZE_LF;
        } else if (octet === SEMICOLON || octet === SP || octet === HTAB) {
          this.#state = EXTENSION;
          this.#extensionOctet(bytes, at, start, end);
        } else if (octet === LF) {
          throw this.#refusal("ERR_SLUICE_LINE_ENDING", bytes, at, start, end);
        } else {
          throw this.#refusal("ERR_SLUICE_CHUNK_SIZE", bytes, at, start, end);
        }
        return;
      }
      case EXTENSION:
        this.#extensionOctet(bytes, at, start, end);
        return;
      case SIZE_LF:
        if (octet !== LF) throw this.#refusal("ERR_SLUICE_LINE_ENDING", bytes, at, start, end);
        this.#sizeLineEnd(bytes, at, start, end);
        return;
      case DATA_CR:
        if (octet !== CR) throw this.#refusal("ERR_SLUICE_CHUNK_DATA_END", bytes, at, start, end);
        this.#state = DATA_LF;
        return;
      default: // DATA_LF
        if (octet !== LF) throw this.#refusal("ERR_SLUICE_CHUNK_DATA_END", bytes, at, start, end);
        this.#state = SIZE;
    }
  }

  #extensionOctet(bytes: Uint8Array, at: number, start: number, end: number): void {
    const octet = bytes[at];
    if (octet === LF) throw this.#refusal("ERR_SLUICE_LINE_ENDING", bytes, at, start, end);
    if (!this.#extensions.read(octet))
      throw this.#refusal("ERR_SLUICE_CHUNK_EXTENSION", bytes, at, start, end);
    if (octet === CR) {
      this.#state = SIZE_LF;
      return;
    }
    this.#extensionOctets++;
    this.#countLine(bytes, at, start, end);
  }

  #countLine(bytes: Uint8Array, at: number, start: number, end: number): void {
    if (++this.#lineOctets > this.#limits.chunkLineBytes) {
      throw this.#refusal("ERR_SLUICE_CHUNK_LINE_TOO_LONG", bytes, at, start, end);
    }
  }

  #sizeLineEnd(bytes: Uint8Array, at: number, start: number, end: number): void {
    const size = this.#remaining;
    this.#extensionTotal += this.#extensionOctets;
    if (this.#extensionTotal > this.#limits.extensionBytes + this.#payload / PAYLOAD_PER_EXTENSION_OCTET) {
      throw this.#refusal("ERR_SLUICE_CHUNK_EXTENSIONS_TOO_LARGE", bytes, at, start, end);
    }
    this.#account(this.#lineOctets, size);
    if (this.#excess > this.#limits.overheadBytes) {
      throw this.#refusal("ERR_SLUICE_CHUNK_OVERHEAD", bytes, at, start, end);
    }
    this.#payload += size;
    const extensions = this.#extensionOctets > 0 ? this.#extensions.take() : NO_EXTENSIONS;
    // Behind the line stand its CR and the LF that has just been read.
    this.#handler.chunk?.(size, extensions, this.#consumed + at - start - 1 - this.#lineOctets);
    if (size > 0) {
      this.#state = DATA;
      return;
    }
    this.#state = TRAILERS;
    this.#trailers.origin = this.#consumed + at + 1 - start;
  }

  #account(lineOctets: number, size: number): void {
    this.#excess = Math.max(0, this.#excess + lineOctets + 2 - FREE_FRAMING - 2 * size);
  }

  #refusal(code: ErrorCode, bytes: Uint8Array, at: number, start: number, end: number): ProtocolError {
    const found = latin1(bytes, at, Math.min(at + FREE_FRAMING, end));
    return new ProtocolError(code, { offset: this.#consumed + at - start, found });
  }
}

/** Moves `length` octets down inside `bytes`. */
function move(bytes: Uint8Array, to: number, from: number, length: number): void {
  if (length > LOOP_LIMIT) {
    bytes.copyWithin(to, from, from + length);
    return;
  }
  for (let index = 0; index < length; index++) bytes[to + index] = bytes[from + index]!;
}
