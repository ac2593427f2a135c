import { isToken } from "../bytes/grammar.ts";
import { CR, HTAB, QUOTED_TEXT, SP, TOKEN } from "../bytes/tables.ts";
import { UsageError } from "../errors.ts";

/** A chunk extension (RFC 9112 section 7.1.1): `;name` or `;name=value`. It does not survive intermediaries. */
export interface ChunkExtension {
  readonly name: string;
  /** The value, a quoted string without its quotes and escapes; undefined for a bare name. */
  readonly value: string | undefined;
}

// States, named after what is awaited.
const SEMICOLON = 0;
const NAME_START = 1;
const NAME = 2;
const EQUALS = 3;
const VALUE_START = 4;
const TOKEN_VALUE = 5;
const QUOTED = 6;
const QUOTED_PAIR = 7;
const VALUE_END = 8;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SEMICOLON_OCTET = 0x3b;
const EQUALS_OCTET = 0x3d;

const isBws = (octet: number): boolean => octet === SP || octet === HTAB;

/**
 * Reads the extensions of one chunk size line, octet by octet.
 *
 *     chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS ( token / quoted-string ) ] )
 *
 * Quotes hide neither CR nor LF: a quoted string that is open at the end of its line is an error.
 */
export class ChunkExtensionParser {
  /** Whether anybody wants to see them; where nobody does, only the grammar is checked. */
  readonly keeps: boolean;
  #state = SEMICOLON;
  #name = "";
  #value: string | undefined;
  #extensions: ChunkExtension[] = [];

  constructor(keeps: boolean) {
    this.keeps = keeps;
  }

  /** Takes what has been read of this line and makes ready for the next one. */
  take(): readonly ChunkExtension[] {
    const extensions = this.#extensions;
    this.#extensions = [];
    this.#state = SEMICOLON;
    return extensions;
  }

  /** Reads one octet. Returns whether it is allowed here; a CR that is ends the extensions. */
  read(octet: number): boolean {
    switch (this.#state) {
      case SEMICOLON:
        if (octet === SEMICOLON_OCTET) this.#state = NAME_START;
        else return isBws(octet);
        return true;

      case NAME_START:
        if (isBws(octet)) return true;
        this.#name = "";
        this.#value = undefined;
        this.#state = NAME;
        return this.#nameOctet(octet);

      case NAME:
        if (TOKEN[octet] === 1) return this.#nameOctet(octet);
        return this.#afterName(octet);

      case EQUALS:
        return this.#afterName(octet);

      case VALUE_START:
        if (isBws(octet)) return true;
        this.#value = "";
        if (octet === QUOTE) {
          this.#state = QUOTED;
          return true;
        }
        this.#state = TOKEN_VALUE;
        return TOKEN[octet] === 1 && this.#valueOctet(octet);

      case TOKEN_VALUE:
        if (TOKEN[octet] === 1) return this.#valueOctet(octet);
        return this.#afterValue(octet);

      case QUOTED:
        if (octet === QUOTE) this.#state = VALUE_END;
        else if (octet === BACKSLASH) this.#state = QUOTED_PAIR;
        else return QUOTED_TEXT[octet] === 1 && this.#valueOctet(octet);
        return true;

      case QUOTED_PAIR:
        this.#state = QUOTED;
        return (
          (QUOTED_TEXT[octet] === 1 || octet === QUOTE || octet === BACKSLASH) && this.#valueOctet(octet)
        );

      default: // VALUE_END
        return this.#afterValue(octet);
    }
  }

  #nameOctet(octet: number): boolean {
    if (this.keeps) this.#name += String.fromCharCode(octet);
    return TOKEN[octet] === 1;
  }

  #valueOctet(octet: number): boolean {
    if (this.keeps) this.#value += String.fromCharCode(octet);
    return true;
  }

  #afterName(octet: number): boolean {
    if (octet === EQUALS_OCTET) {
      this.#state = VALUE_START;
      return true;
    }
    if (isBws(octet)) {
      this.#state = EQUALS;
      return true;
    }
    // White space is part of the line only before `;` or `=`, not before CR.
    if (octet === CR && this.#state === EQUALS) return false;
    return this.#next(octet);
  }

  #afterValue(octet: number): boolean {
    if (!isBws(octet)) return this.#next(octet);
    this.#push();
    this.#state = SEMICOLON;
    return true;
  }

  /** One extension is whole; another one follows, or the end of the line. */
  #next(octet: number): boolean {
    this.#push();
    this.#state = NAME_START;
    return octet === SEMICOLON_OCTET || octet === CR;
  }

  #push(): void {
    if (this.keeps) this.#extensions.push({ name: this.#name, value: this.#value });
  }
}

const QUOTABLE_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Extensions as they stand behind a chunk size, e.g. `;a;b=1;c="two words"`.
 * @throws UsageError `ERR_SLUICE_INVALID_EXTENSION`
 */
export function writeExtensions(extensions: readonly ChunkExtension[]): string {
  let text = "";
  for (const { name, value } of extensions) {
    if (!isToken(name)) throw new UsageError("ERR_SLUICE_INVALID_EXTENSION", { found: name });
    text += `;${name}`;
    if (value === undefined) continue;
    if (!QUOTABLE_TEXT.test(value)) throw new UsageError("ERR_SLUICE_INVALID_EXTENSION", { found: value });
    text += isToken(value) ? `=${value}` : `="${value.replace(/["\\]/g, "\\$&")}"`;
  }
  return text;
}
