import { ProtocolError, TruncatedError, UsageError } from "../errors.ts";
import { afterJsonSpace, notJson, writeJson } from "./json-text.ts";
import { JSON_ELEMENT_LIMITS, type JsonElementLimits, JsonValueScanner } from "./json-value-scanner.ts";
import { formatLimits } from "./limits.ts";
import { TextParser } from "./text-parser.ts";

/**
 * Writes one JSON array, an item a line: JSON once it is complete, and never before, so that what is cut does not look whole.
 */
export class JsonArrayEncoder {
  #begun = false;
  #ended = false;

  /**
   * An item, with what has to stand before it.
   * @throws UsageError `ERR_SLUICE_NO_JSON`, and the array goes on without it; `ERR_SLUICE_OUT_OF_ORDER` after the end
   */
  item(value: unknown): string {
    if (this.#ended)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "an item after the end of the array" });
    const text = writeJson(value);
    if (this.#begun) return `,\n${text}`;
    this.#begun = true;
    return `[${text}`;
  }

  /** The end of the array. @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` the second time */
  end(): string {
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a second end of the array" });
    this.#ended = true;
    return this.#begun ? "]\n" : "[]\n";
  }
}

/** What a {@link JsonArrayParser} calls while it reads. */
export interface JsonArrayHandler {
  /** An element, and which one it is, counted from 0. */
  item(value: unknown, index: number): void;
}

// States, named after what is awaited.
const OPEN = 0;
const FIRST_OR_CLOSE = 1;
const VALUE_START = 2;
const VALUE = 3;
const COMMA_OR_CLOSE = 4;
const END = 5;

const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const NO_VALUE = ",]}:";

/**
 * Reads one JSON array (RFC 8259 section 5) element by element, whatever the cut of its text: the twin of {@link JsonArrayEncoder}.
 *
 *     array = begin-array [ value *( value-separator value ) ] end-array
 *
 * An element is delivered as soon as it is whole: an object, an array or a string with its last character, a number, true, false or
 * null with the character behind it. The errors name the element, counted from 0.
 *
 * `push` throws ProtocolError `ERR_SLUICE_FORMAT_SYNTAX` and `ERR_SLUICE_FORMAT_LIMIT`, `end` throws `ERR_SLUICE_FORMAT_TRUNCATED`
 * for an array that is not closed.
 */
export class JsonArrayParser extends TextParser {
  readonly #handler: JsonArrayHandler;
  readonly #limits: JsonElementLimits;
  readonly #scanner: JsonValueScanner;
  #state = OPEN;
  // What has been read of the current element.
  #value = "";
  #index = 0;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: JsonArrayHandler, limits: Partial<JsonElementLimits> = {}) {
    super();
    this.#handler = handler;
    this.#limits = formatLimits(JSON_ELEMENT_LIMITS, limits);
    this.#scanner = new JsonValueScanner(this.#limits.depth);
  }

  protected override read(text: string): void {
    let at = 0;
    while (at < text.length) {
      if (this.#state === VALUE) {
        at = this.#readValue(text, at);
        continue;
      }
      at = afterJsonSpace(text, at, text.length);
      if (at < text.length) at = this.#step(text, at);
    }
  }

  protected override finish(): void {
    if (this.#state === END) return;
    const found =
      this.#state === OPEN ? "no array" : `no end of the array, ${this.#index} elements before it`;
    throw new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", "json-array", { found });
  }

  /** Reads the character at `at`, which is no white space. Returns the index behind what has been read. */
  #step(text: string, at: number): number {
    const code = text.charCodeAt(at);
    switch (this.#state) {
      case OPEN:
        if (code !== OPEN_ARRAY) throw wrong("where the array begins", text, at);
        this.#state = FIRST_OR_CLOSE;
        return at + 1;
      case FIRST_OR_CLOSE:
        this.#state = code === CLOSE_ARRAY ? END : VALUE_START;
        return code === CLOSE_ARRAY ? at + 1 : at;
      case VALUE_START:
        if (NO_VALUE.includes(text[at])) throw wrong(`in place of element ${this.#index}`, text, at);
        this.#scanner.reset();
        this.#state = VALUE;
        return at;
      case COMMA_OR_CLOSE:
        if (code !== COMMA && code !== CLOSE_ARRAY) throw wrong(`after element ${this.#index - 1}`, text, at);
        this.#state = code === COMMA ? VALUE_START : END;
        return at + 1;
      default: // END
        throw wrong("after the array", text, at);
    }
  }

  #readValue(text: string, at: number): number {
    const next = this.#scanner.scan(text, at, text.length);
    if (this.#value.length + next - at > this.#limits.itemLength) {
      throw this.#overLimit(`more than ${this.#limits.itemLength} characters`);
    }
    if (this.#scanner.tooDeep) throw this.#overLimit(`nested deeper than ${this.#limits.depth}`);
    this.#value += text.slice(at, next);
    if (this.#scanner.done) {
      const value = this.#parse(this.#value);
      this.#value = "";
      this.#state = COMMA_OR_CLOSE;
      this.#handler.item(value, this.#index++);
    }
    return next;
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw notJson(`element ${this.#index}`, text, cause);
    }
  }

  #overLimit(what: string): ProtocolError {
    return new ProtocolError("ERR_SLUICE_FORMAT_LIMIT", { found: `element ${this.#index}: ${what}` });
  }
}

function wrong(where: string, text: string, at: number): ProtocolError {
  const found = `${where}: ${text.slice(at)}`;
  return new ProtocolError("ERR_SLUICE_FORMAT_SYNTAX", { found });
}
