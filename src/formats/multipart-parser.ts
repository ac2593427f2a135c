import { latin1 } from "../bytes/latin1.ts";
import { CR, HTAB, LF, SP } from "../bytes/tables.ts";
import { type ErrorCode, ProtocolError, TruncatedError, UsageError } from "../errors.ts";
import { formatLimits } from "./limits.ts";
import { DelimiterFinder } from "./multipart-delimiter.ts";
import { checkBoundary } from "./multipart-encoder.ts";
import { readPartField } from "./part-field.ts";

/** What a {@link MultipartParser} calls while it reads. */
export interface MultipartHandler {
  /** The head of a part, its fields in order, names as they were spelt; a value is what its octets say in UTF-8. */
  partBegin(headers: [name: string, value: string][]): void;
  /** Data of the part, in order. The view is valid until the callback returns: it lies in the bytes that were given to `push`. */
  partData?(view: Uint8Array): void;
  /** The delimiter behind the part has come: its data is whole. */
  partEnd?(): void;
}

/** How much of a multipart body is read. */
export interface MultipartLimits {
  /** Octets of one head, final empty line and the padding behind the delimiter included. Default 16 KiB. */
  readonly headBytes: number;
  /** Fields of one head. Default 100. */
  readonly headFields: number;
  /** Parts of the body. Default 1,000; give Infinity for `multipart/x-mixed-replace`. */
  readonly parts: number;
  /** Octets before the first delimiter, which are ignored. Default 16 KiB. */
  readonly preambleBytes: number;
  /** Octets behind the close delimiter, which are ignored. Default 16 KiB. */
  readonly epilogueBytes: number;
}

const MULTIPART_LIMITS: MultipartLimits = {
  headBytes: 16_384,
  headFields: 100,
  parts: 1_000,
  preambleBytes: 16_384,
  epilogueBytes: 16_384,
};

// States, named after what is awaited.
const PREAMBLE = 0;
const AFTER_DELIMITER = 1;
const PADDING = 2;
const PADDING_LF = 3;
const HEAD = 4;
const DATA = 5;
const CLOSE_DASH = 6;
const CLOSE_PADDING = 7;
const CLOSE_LF = 8;
const EPILOGUE = 9;

const DASH = 0x2d;

/** How much of what is wrong an error shows. */
const SHOWN = 16;

/**
 * Reads a multipart body (RFC 2046 section 5.1.1), whatever the cut of its bytes: the twin of {@link MultipartEncoder}.
 *
 *     multipart-body    = [ preamble CRLF ] dash-boundary transport-padding CRLF body-part
 *                         *( delimiter transport-padding CRLF body-part )
 *                         close-delimiter transport-padding [ CRLF epilogue ]
 *     dash-boundary     = "--" boundary
 *     delimiter         = CRLF dash-boundary
 *     close-delimiter   = delimiter "--"
 *     body-part         = *( field CRLF ) [ CRLF *OCTET ]
 *     transport-padding = *( SP / HTAB )
 *
 * Data is not copied, but for a beginning of a delimiter that turns out to be none across a cut. The CR LF that ends a head also
 * begins a delimiter, so a part without data may end right there. Where readers disagree, nothing passes: `--boundary` behind an LF
 * alone, or with anything but padding behind it, is an error, not data. A body without any part, just a close delimiter, is read.
 *
 * The errors have the octet's offset in the body. After one, every later call throws it again.
 */
export class MultipartParser {
  readonly #handler: MultipartHandler;
  readonly #limits: MultipartLimits;
  readonly #finder: DelimiterFinder;
  #state = PREAMBLE;
  // Octets of the preamble, of the current head, or of the epilogue, whichever is being read.
  #octets = 0;
  #parts = 0;
  #headers: [string, string][] = [];
  // The beginning of a field line whose LF has not come, an octet a character.
  #line = "";
  // Octets in earlier calls, for the offsets of errors.
  #consumed = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** @throws UsageError `ERR_SLUICE_INVALID_PART` for the boundary, `ERR_SLUICE_OPTION` */
  constructor(boundary: string, handler: MultipartHandler, limits: Partial<MultipartLimits> = {}) {
    this.#finder = new DelimiterFinder(checkBoundary(boundary), (bytes, start, end) =>
      this.#take(bytes, start, end),
    );
    this.#handler = handler;
    this.#limits = formatLimits(MULTIPART_LIMITS, limits);
  }

  /** Whether the close delimiter has been read. */
  get done(): boolean {
    return this.#state >= CLOSE_PADDING;
  }

  /**
   * Reads on.
   * @throws ProtocolError `ERR_SLUICE_FORMAT_SYNTAX`, `ERR_SLUICE_FORMAT_LIMIT`
   * @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` after the end
   */
  push(bytes: Uint8Array): void {
    this.#mayGoOn();
    try {
      let at = 0;
      while (at < bytes.length) at = this.#step(bytes, at);
      this.#consumed += bytes.length;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /**
   * Says that nothing will follow.
   * @throws ProtocolError `ERR_SLUICE_FORMAT_TRUNCATED` unless the close delimiter has been read
   */
  end(): void {
    this.#mayGoOn();
    this.#ended = true;
    if (this.#state === CLOSE_PADDING || this.#state === EPILOGUE) return;
    const found = `${this.#parts} parts and no close delimiter`;
    const error = new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", "multipart", {
      offset: this.#consumed,
      found,
    });
    this.#failure = { error };
    throw error;
  }

  #mayGoOn(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "bytes after the end" });
  }

  /** Reads on up to the next state at most. Returns the index behind what has been read. */
  #step(bytes: Uint8Array, at: number): number {
    const octet = bytes[at];
    switch (this.#state) {
      case PREAMBLE:
      case DATA:
        return this.#readData(bytes, at);
      case AFTER_DELIMITER:
        this.#octets = 0;
        this.#state = octet === DASH ? CLOSE_DASH : PADDING;
        return octet === DASH ? at + 1 : at;
      case PADDING:
        if (octet === CR) this.#state = PADDING_LF;
        else if (octet !== SP && octet !== HTAB) throw this.#syntax("behind a delimiter", bytes, at);
        else this.#count(1, this.#limits.headBytes, "head", this.#consumed + at);
        return at + 1;
      case PADDING_LF:
        if (octet !== LF) throw this.#syntax("behind CR", bytes, at);
        this.#beginHead(at);
        return at + 1;
      case HEAD:
        return this.#readHead(bytes, at);
      case CLOSE_DASH:
        if (octet !== DASH) throw this.#syntax("behind a delimiter", bytes, at);
        this.#state = CLOSE_PADDING;
        return at + 1;
      case CLOSE_PADDING:
        if (octet === CR) this.#state = CLOSE_LF;
        else if (octet !== SP && octet !== HTAB) throw this.#syntax("behind the close delimiter", bytes, at);
        else this.#count(1, this.#limits.epilogueBytes, "epilogue", this.#consumed + at);
        return at + 1;
      case CLOSE_LF:
        if (octet !== LF) throw this.#syntax("behind CR", bytes, at);
        this.#state = EPILOGUE;
        return at + 1;
      default: // EPILOGUE
        this.#count(bytes.length - at, this.#limits.epilogueBytes, "epilogue", this.#consumed + at);
        return bytes.length;
    }
  }

  #readData(bytes: Uint8Array, at: number): number {
    const next = this.#finder.read(bytes, at);
    if (!this.#finder.found) return next;
    if (this.#finder.afterBareLf) {
      throw this.#refusal("ERR_SLUICE_FORMAT_SYNTAX", "a delimiter behind an LF alone", next);
    }
    const inPart = this.#state === DATA;
    this.#state = AFTER_DELIMITER;
    if (inPart) this.#handler.partEnd?.();
    return next;
  }

  /** Data of a part, or preamble. */
  #take(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state === DATA) this.#handler.partData?.(bytes.subarray(start, end));
    // The body begins with the preamble; the bytes here may be a copy of what was held back.
    else this.#count(end - start, this.#limits.preambleBytes, "preamble", this.#octets);
  }

  #beginHead(at: number): void {
    if (this.#parts >= this.#limits.parts) throw this.#overLimit(`${this.#limits.parts} parts`, at);
    this.#parts++;
    this.#headers = [];
    this.#line = "";
    this.#state = HEAD;
  }

  /** Reads on up to the next LF. */
  #readHead(bytes: Uint8Array, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const next = lf === -1 ? bytes.length : lf + 1;
    this.#count(next - at, this.#limits.headBytes, "head", this.#consumed + at);
    this.#line += latin1(bytes, at, next);
    if (lf === -1) return next;
    const line = this.#line;
    this.#line = "";
    if (!line.endsWith("\r\n")) throw this.#refusal("ERR_SLUICE_FORMAT_SYNTAX", "LF alone", lf);
    if (line.length === 2) {
      const headers = this.#headers;
      this.#headers = [];
      this.#finder.startLine();
      this.#state = DATA;
      this.#handler.partBegin(headers);
      return next;
    }
    if (this.#headers.length >= this.#limits.headFields) {
      throw this.#overLimit(`${this.#limits.headFields} fields of a head`, lf);
    }
    const field = readPartField(line.slice(0, -2));
    if (field === undefined) {
      throw this.#refusal("ERR_SLUICE_FORMAT_SYNTAX", `a field ${line.slice(0, -2)}`, next - line.length);
    }
    this.#headers.push(field);
    return next;
  }

  /** @param offset that of the first of these octets in the body */
  #count(more: number, limit: number, what: string, offset: number): void {
    const left = limit - this.#octets;
    this.#octets += more;
    if (more > left) throw this.#overLimit(`${limit} octets of the ${what}`, offset + left - this.#consumed);
  }

  #overLimit(what: string, at: number): ProtocolError {
    return this.#refusal("ERR_SLUICE_FORMAT_LIMIT", `more than ${what}`, at);
  }

  #syntax(where: string, bytes: Uint8Array, at: number): ProtocolError {
    const what = latin1(bytes, at, Math.min(at + SHOWN, bytes.length));
    return this.#refusal("ERR_SLUICE_FORMAT_SYNTAX", `${where}: ${what}`, at);
  }

  #refusal(code: ErrorCode, what: string, at: number): ProtocolError {
    const found = this.#parts === 0 ? what : `part ${this.#parts}: ${what}`;
    return new ProtocolError(code, { found, offset: this.#consumed + at });
  }
}
