import { ProtocolError, TruncatedError } from "../errors.ts";
import { afterJsonSpace, notJson, writeJson } from "./json-text.ts";
import { formatLimits, ITEM_LIMIT } from "./limits.ts";
import { TextParser } from "./text-parser.ts";

/**
 * A value as a line of NDJSON (JSON Lines): a JSON text and LF.
 * @throws UsageError `ERR_SLUICE_NO_JSON`
 */
export function encodeLine(value: unknown): string {
  return `${writeJson(value)}\n`;
}

/** What an {@link NdjsonParser} calls while it reads. */
export interface NdjsonHandler {
  /** The value of a line. */
  item(value: unknown): void;
  /**
   * A line that is no JSON, and which one it is, counted from 0; reading goes on behind it. Where this is not defined the parser is
   * strict and throws the error. A line over the limit is thrown all the same.
   */
  malformed?(error: ProtocolError, index: number): void;
}

/** Options of an {@link NdjsonParser}. */
export interface NdjsonParserOptions {
  /** Characters of one line, its LF excluded. Default 1 MiB. */
  readonly lineLength?: number | undefined;
  /** Whether lines of nothing but white space are skipped. Default true; with false they are refused. */
  readonly emptyLines?: boolean | undefined;
  /**
   * Whether the last line may lack its LF. Default false, since what is cut can still be JSON: of 1234 the first half is 12.
   */
  readonly unfinishedLine?: boolean | undefined;
}

const NDJSON_LIMITS = { lineLength: ITEM_LIMIT };

/**
 * Reads NDJSON (JSON Lines), whatever the cut of its text: the twin of {@link encodeLine}.
 *
 *     ndjson = *( JSON-text LF )
 *
 * A CR before the LF is white space of JSON and allowed. The errors name the line, counted from 1, and where it begins.
 *
 * `push` throws ProtocolError `ERR_SLUICE_FORMAT_SYNTAX` and `ERR_SLUICE_FORMAT_LIMIT`, `end` also `ERR_SLUICE_FORMAT_TRUNCATED`
 * for a line without its LF.
 */
export class NdjsonParser extends TextParser {
  readonly #handler: NdjsonHandler;
  readonly #lineLength: number;
  readonly #emptyLines: boolean;
  readonly #unfinishedLine: boolean;
  // The beginning of a line whose LF has not come. It is never searched again.
  #pending = "";
  #line = 1;
  // Characters before the current line.
  #lineStart = 0;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: NdjsonHandler, options: NdjsonParserOptions = {}) {
    super();
    this.#handler = handler;
    this.#lineLength = formatLimits(NDJSON_LIMITS, { lineLength: options.lineLength }).lineLength;
    this.#emptyLines = options.emptyLines ?? true;
    this.#unfinishedLine = options.unfinishedLine ?? false;
  }

  /** The number of the line that is being read, counted from 1; after an error, of the line that is wrong. */
  get line(): number {
    return this.#line;
  }

  protected override read(text: string): void {
    let at = 0;
    for (let lf = text.indexOf("\n"); lf !== -1; lf = text.indexOf("\n", at)) {
      const length = this.#pending.length + lf - at;
      this.#checkLength(length);
      const line = this.#pending + text.slice(at, lf);
      this.#pending = "";
      at = lf + 1;
      this.#takeLine(line);
      this.#line++;
      this.#lineStart += length + 1;
    }
    if (at === text.length) return;
    this.#pending += at === 0 ? text : text.slice(at);
    this.#checkLength(this.#pending.length);
  }

  protected override finish(): void {
    if (this.#pending === "") return;
    if (!this.#unfinishedLine) {
      throw new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", "ndjson", {
        found: `${this.#place()} without its LF: ${this.#pending}`,
      });
    }
    this.#takeLine(this.#pending);
  }

  #takeLine(line: string): void {
    if (afterJsonSpace(line, 0, line.length) < line.length) {
      this.#deliver(line);
      return;
    }
    if (!this.#emptyLines)
      throw new ProtocolError("ERR_SLUICE_FORMAT_SYNTAX", { found: `${this.#place()}: empty` });
  }

  #deliver(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      const error = notJson(this.#place(), line, cause);
      if (this.#handler.malformed === undefined) throw error;
      this.#handler.malformed(error, this.#line - 1);
      return;
    }
    this.#handler.item(value);
  }

  #checkLength(length: number): void {
    if (length <= this.#lineLength) return;
    const found = `${this.#place()}: more than ${this.#lineLength} characters`;
    throw new ProtocolError("ERR_SLUICE_FORMAT_LIMIT", { found });
  }

  #place(): string {
    return `line ${this.#line} at character ${this.#lineStart}`;
  }
}
