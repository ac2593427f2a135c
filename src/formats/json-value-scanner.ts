import { isJsonSpace } from "./json-text.ts";
import { ITEM_LIMIT } from "./limits.ts";

// States, named after what is awaited.
const VALUE_START = 0;
const SCALAR = 1;
const STRING = 2;
const STRING_ESCAPED = 3;
const CONTAINER = 4;
const DONE = 5;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How much is kept of one element of an array or a sequence. */
export interface JsonElementLimits {
  /** Characters of it. Default 1 MiB. */
  readonly itemLength: number;
  /** Levels of arrays and objects in each other, within it. Default 128. */
  readonly depth: number;
}

export const JSON_ELEMENT_LIMITS: JsonElementLimits = { itemLength: ITEM_LIMIT, depth: 128 };

/**
 * Finds where a JSON value ends (RFC 8259 section 2), whatever the cut of its text, each character looked at once.
 *
 * It knows strings, escapes and nesting, and nothing else: whether the value is JSON is for `JSON.parse` to say. Which bracket closes
 * which is not checked either, so a wrong one ends a wrong value, and `JSON.parse` refuses that.
 */
export class JsonValueScanner {
  readonly #depthLimit: number;
  #state = VALUE_START;
  #depth = 0;
  #tooDeep = false;

  constructor(depthLimit: number) {
    this.#depthLimit = depthLimit;
  }

  /** Whether the value has ended. A number, true, false and null have once a character has followed them. */
  get done(): boolean {
    return this.#state === DONE;
  }

  /** Whether the value is nested deeper than the limit; nothing more of it is read then. */
  get tooDeep(): boolean {
    return this.#tooDeep;
  }

  /** Makes ready for the next value. */
  reset(): void {
    this.#state = VALUE_START;
    this.#depth = 0;
    this.#tooDeep = false;
  }

  /**
   * Reads on; the white space before a value is not its own and must be gone. Returns the index of the first character that is not
   * part of the value: `end`, unless it is {@link done} or {@link tooDeep}. What cannot begin a value is an empty one, and done.
   */
  scan(text: string, start: number, end: number): number {
    let state = this.#state;
    let depth = this.#depth;
    let at = start;
    while (at < end && state !== DONE) {
      const code = text.charCodeAt(at);
      if (state === STRING) {
        if (code === QUOTE) state = depth === 0 ? DONE : CONTAINER;
        else if (code === BACKSLASH) state = STRING_ESCAPED;
      } else if (state === CONTAINER) {
        if (code === QUOTE) {
          state = STRING;
        } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
          if (depth >= this.#depthLimit) {
            this.#tooDeep = true;
            break;
          }
          depth++;
        } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
          depth--;
          if (depth === 0) state = DONE;
        }
      } else if (state === SCALAR) {
        if (isDelimiter(code)) {
          state = DONE;
          break;
        }
      } else if (state === STRING_ESCAPED) {
        state = STRING;
      } else {
        // VALUE_START: the same character is looked at again.
        state = code === QUOTE || code === OPEN_ARRAY || code === OPEN_OBJECT ? CONTAINER : SCALAR;
        continue;
      }
      at++;
    }
    this.#state = state;
    this.#depth = depth;
    return at;
  }
}

/** What ends a number, true, false or null, or cannot be in one. */
function isDelimiter(code: number): boolean {
  return (
    isJsonSpace(code) ||
    code === COMMA ||
    code === COLON ||
    code === QUOTE ||
    code === OPEN_ARRAY ||
    code === CLOSE_ARRAY ||
    code === OPEN_OBJECT ||
    code === CLOSE_OBJECT
  );
}
