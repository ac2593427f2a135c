import { type ErrorCode, ProtocolError, TruncatedError } from "../errors.ts";
import { formatLimits, ITEM_LIMIT } from "./limits.ts";
import { TextParser } from "./text-parser.ts";

/** What a {@link CsvParser} calls while it reads. */
export interface CsvHandler {
  /** The fields of a row, quotes undone; the first row may be a header. */
  row(fields: string[]): void;
}

/** How much of a CSV is kept. */
export interface CsvLimits {
  /** Characters of one row, quotes and commas included, its line end excluded. Default 1 MiB. */
  readonly rowLength: number;
  /** Fields of one row. Default 10,000. */
  readonly fields: number;
}

/** Options of a {@link CsvParser}. */
export interface CsvParserOptions extends Partial<CsvLimits> {
  /**
   * Whether the last row may lack its line end, as RFC 4180 section 2 allows. Default true. With false such a row is truncated, which is
   * right for senders that always write it, like {@link encodeCsvRow}: nothing else tells that a row was cut.
   */
  readonly unfinishedRow?: boolean | undefined;
}

const CSV_LIMITS: CsvLimits = { rowLength: ITEM_LIMIT, fields: 10_000 };

// States, named after what is awaited.
const FIELD_START = 0;
const FIELD = 1;
const CLOSING_QUOTE = 2;
/** Behind a quote inside quotes: it is the first of two, or the closing one. */
const SECOND_QUOTE = 3;
const ROW_LF = 4;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

/**
 * Reads CSV (RFC 4180 section 2, `text/csv`), whatever the cut of its text: the twin of {@link encodeCsvRow}.
 *
 *     file        = record *( CRLF record ) [ CRLF ]
 *     record      = field *( COMMA field )
 *     field       = escaped / non-escaped
 *     escaped     = DQUOTE *( TEXTDATA / COMMA / CR / LF / 2DQUOTE ) DQUOTE
 *     non-escaped = *TEXTDATA
 *
 * LF alone ends a row, too, since most files outside Windows are written so; CR alone is refused. Spaces belong to their field. A quote
 * stands around a whole field or nowhere. An empty line is a row of one empty field, as the grammar says. Rows may differ in length.
 *
 * `push` throws ProtocolError `ERR_SLUICE_FORMAT_SYNTAX` and `ERR_SLUICE_FORMAT_LIMIT`, `end` throws `ERR_SLUICE_FORMAT_TRUNCATED`
 * inside quotes and between CR and LF. The errors name the row, counted from 1.
 */
export class CsvParser extends TextParser {
  readonly #handler: CsvHandler;
  readonly #limits: CsvLimits;
  readonly #unfinishedRow: boolean;
  #state = FIELD_START;
  #fields: string[] = [];
  // What has been read of the current field.
  #field = "";
  #row = 1;
  // Characters of the current row in earlier texts.
  #rowLength = 0;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: CsvHandler, options: CsvParserOptions = {}) {
    super();
    this.#handler = handler;
    this.#limits = formatLimits(CSV_LIMITS, options);
    this.#unfinishedRow = options.unfinishedRow ?? true;
  }

  protected override read(text: string): void {
    // Where the current row begins in this text: before it, if it began in an earlier one.
    let rowStart = -this.#rowLength;
    let at = 0;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      switch (this.#state) {
        case CLOSING_QUOTE: {
          const quote = text.indexOf('"', at);
          const end = quote === -1 ? text.length : quote;
          this.#field += text.slice(at, end);
          if (quote !== -1) this.#state = SECOND_QUOTE;
          at = end + 1;
          continue;
        }
        case SECOND_QUOTE:
          if (code === QUOTE) {
            this.#field += '"';
            this.#state = CLOSING_QUOTE;
            at++;
            continue;
          }
          if (code !== COMMA && code !== CR && code !== LF)
            throw this.#syntax("behind a closing quote", text, at);
          break;
        case FIELD_START:
          if (code === QUOTE) {
            this.#state = CLOSING_QUOTE;
            at++;
            continue;
          }
          break;
        case ROW_LF:
          if (code !== LF) throw this.#syntax("behind CR", text, at);
          // The CR before it is no part of the row.
          this.#endRow(at - 1 - rowStart);
          rowStart = ++at;
          continue;
        default: // FIELD
          if (code === QUOTE) throw this.#syntax("inside a field without quotes", text, at);
      }

      if (code === COMMA) {
        this.#endField();
        this.#state = FIELD_START;
        at++;
      } else if (code === CR) {
        this.#state = ROW_LF;
        at++;
      } else if (code === LF) {
        this.#endRow(at - rowStart);
        rowStart = ++at;
      } else {
        const end = endOfPlain(text, at);
        this.#field += text.slice(at, end);
        this.#state = FIELD;
        at = end;
      }
    }
    this.#rowLength = text.length - rowStart;
    this.#checkLength(this.#state === ROW_LF ? this.#rowLength - 1 : this.#rowLength);
  }

  protected override finish(): void {
    if (this.#rowLength === 0) return;
    if (this.#state === CLOSING_QUOTE) throw this.#unfinished("an open quote");
    if (this.#state === ROW_LF) throw this.#unfinished("CR without LF");
    if (!this.#unfinishedRow) throw this.#unfinished("no line end");
    this.#endRow(this.#rowLength);
  }

  #endField(): void {
    if (this.#fields.length >= this.#limits.fields) {
      throw this.#refusal("ERR_SLUICE_FORMAT_LIMIT", `more than ${this.#limits.fields} fields`);
    }
    this.#fields.push(this.#field);
    this.#field = "";
  }

  #endRow(length: number): void {
    this.#checkLength(length);
    this.#endField();
    const fields = this.#fields;
    this.#fields = [];
    this.#state = FIELD_START;
    this.#handler.row(fields);
    this.#row++;
  }

  #checkLength(length: number): void {
    if (length <= this.#limits.rowLength) return;
    throw this.#refusal("ERR_SLUICE_FORMAT_LIMIT", `more than ${this.#limits.rowLength} characters`);
  }

  #syntax(where: string, text: string, at: number): ProtocolError {
    return this.#refusal("ERR_SLUICE_FORMAT_SYNTAX", `${where}: ${text.slice(at)}`);
  }

  #unfinished(what: string): TruncatedError {
    return new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", "csv", { found: `row ${this.#row}: ${what}` });
  }

  #refusal(code: ErrorCode, what: string): ProtocolError {
    return new ProtocolError(code, { found: `row ${this.#row}: ${what}` });
  }
}

/** The index of the first comma, quote, CR or LF from `start` on, or the end. */
function endOfPlain(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === QUOTE || code === LF || code === CR) break;
  }
  return at;
}
