import { type ErrorCode, ProtocolError, TruncatedError } from "../errors.ts";
import { afterJsonSpace, notJson, writeJson } from "./json-text.ts";
import { JSON_ELEMENT_LIMITS, type JsonElementLimits, JsonValueScanner } from "./json-value-scanner.ts";
import { formatLimits } from "./limits.ts";
import { TextParser } from "./text-parser.ts";

const RS = "\u001e";
const LF = "\n";

/**
 * A value as an element of a JSON text sequence (RFC 7464 section 2.2): RS, a JSON text and LF.
 * @throws UsageError `ERR_SLUICE_NO_JSON`
 */
export function encodeSequenceElement(value: unknown): string {
  return `${RS}${writeJson(value)}${LF}`;
}

/** What a {@link JsonSeqParser} calls while it reads. */
export interface JsonSeqHandler {
  /** The value of an element, and which one it is, counted from 0. */
  item(value: unknown, index: number): void;
  /**
   * An element that is none, and which one it is; reading goes on at the next RS, as RFC 7464 section 2.3 wants. Where this is not
   * defined the parser is strict and throws the error.
   */
  malformed?(error: ProtocolError, index: number): void;
}

// States, named after what is awaited.
const FIRST_RS = 0;
/** Directly behind an RS: another one is not an empty element. */
const ELEMENT = 1;
const VALUE_START = 2;
const VALUE = 3;
const VALUE_LF = 4;
/** The element has been delivered or reported. */
const NEXT_RS = 5;
const SKIPPED_RS = 6;

/**
 * Reads a JSON text sequence (RFC 7464, `application/json-seq`), whatever the cut of its text: the twin of {@link encodeSequenceElement}.
 *
 *     input-json-sequence = *( 1*RS possible-JSON )
 *     possible-JSON       = 1*( not-RS )
 *
 * An element is delivered with its LF, so a reader need not wait for the next one; without an LF it is delivered with the next RS or the
 * end. A number, true, false or null without white space behind it may be the beginning of another one and is truncated (section 2.4).
 * What stands behind the LF of an element and is no white space is a malformed element of its own. Text before the first RS means that
 * this is no sequence: that is thrown, strict or not.
 *
 * Strict, `push` and `end` throw ProtocolError `ERR_SLUICE_FORMAT_SYNTAX`, `ERR_SLUICE_FORMAT_LIMIT` and `ERR_SLUICE_FORMAT_TRUNCATED`.
 */
export class JsonSeqParser extends TextParser {
  readonly #handler: JsonSeqHandler;
  readonly #limits: JsonElementLimits;
  readonly #scanner: JsonValueScanner;
  #state = FIRST_RS;
  // What has been read of the current value.
  #value = "";
  #index = 0;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: JsonSeqHandler, limits: Partial<JsonElementLimits> = {}) {
    super();
    this.#handler = handler;
    this.#limits = formatLimits(JSON_ELEMENT_LIMITS, limits);
    this.#scanner = new JsonValueScanner(this.#limits.depth);
  }

  protected override read(text: string): void {
    let rs = text.indexOf(RS);
    let at = 0;
    while (at < text.length) {
      if (at === rs) {
        this.#endElement();
        this.#state = ELEMENT;
        at++;
        rs = text.indexOf(RS, at);
      } else {
        at = this.#step(text, at, rs === -1 ? text.length : rs);
      }
    }
  }

  protected override finish(): void {
    this.#endElement();
  }

  /** Reads on up to the next state, or to `end`: a string has no RS in it, so none is inside a value. */
  #step(text: string, at: number, end: number): number {
    switch (this.#state) {
      case FIRST_RS: {
        const found = `before the first RS: ${text.slice(at, end)}`;
        throw new ProtocolError("ERR_SLUICE_FORMAT_SYNTAX", { found });
      }
      case ELEMENT:
        this.#state = VALUE_START;
        this.#value = "";
        this.#scanner.reset();
        return at;
      case VALUE_START: {
        const start = afterJsonSpace(text, at, end);
        if (start < end) this.#state = VALUE;
        return start;
      }
      case VALUE:
        return this.#readValue(text, at, end);
      case VALUE_LF: {
        const next = afterJsonSpace(text, at, end);
        const lf = text.slice(at, next).includes(LF);
        if (lf) this.#deliver();
        else if (next < end) this.#malformed("ERR_SLUICE_FORMAT_SYNTAX", this.#value + text.slice(at, end));
        return next;
      }
      case NEXT_RS: {
        const next = afterJsonSpace(text, at, end);
        if (next < end) this.#malformed("ERR_SLUICE_FORMAT_SYNTAX", text.slice(next, end));
        return end;
      }
      default: // SKIPPED_RS
        return end;
    }
  }

  #readValue(text: string, at: number, end: number): number {
    const next = this.#scanner.scan(text, at, end);
    if (this.#value.length + next - at > this.#limits.itemLength) {
      this.#malformed("ERR_SLUICE_FORMAT_LIMIT", `more than ${this.#limits.itemLength} characters`);
    } else if (this.#scanner.tooDeep) {
      this.#malformed("ERR_SLUICE_FORMAT_LIMIT", `nested deeper than ${this.#limits.depth}`);
    } else {
      this.#value += text.slice(at, next);
      if (this.#scanner.done) this.#state = VALUE_LF;
    }
    return next;
  }

  /** An RS or the end: what has not been delivered yet is, or never will be. */
  #endElement(): void {
    if (this.#state === VALUE_START) this.#malformed("ERR_SLUICE_FORMAT_SYNTAX", "nothing but white space");
    else if (this.#state === VALUE) this.#report(this.#unfinished());
    else if (this.#state === VALUE_LF) this.#deliver();
  }

  #deliver(): void {
    let value: unknown;
    try {
      value = JSON.parse(this.#value);
    } catch (cause) {
      this.#report(notJson(`element ${this.#index}`, this.#value, cause));
      return;
    }
    this.#value = "";
    this.#state = NEXT_RS;
    this.#handler.item(value, this.#index++);
  }

  #unfinished(): TruncatedError {
    const found = `element ${this.#index}: ${this.#value}`;
    return new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", "json-seq", { found });
  }

  #malformed(code: ErrorCode, what: string): void {
    this.#report(new ProtocolError(code, { found: `element ${this.#index}: ${what}` }));
  }

  #report(error: ProtocolError): void {
    if (this.#handler.malformed === undefined) throw error;
    this.#value = "";
    this.#state = SKIPPED_RS;
    this.#handler.malformed(error, this.#index++);
  }
}
