import { UsageError } from "../errors.ts";
import { writeJson } from "./json-text.ts";

/** Options of {@link encodeCsvRow}. */
export interface CsvEncoderOptions {
  /**
   * What becomes of text that a spreadsheet would take for a formula: text that begins, spaces aside, with `=`, `+`, `-`, `@` (or their
   * full-width forms), a tab or a line end. `keep`, the default, writes it as it is, so that a reader gets what was given. `escape`
   * puts an apostrophe before it: **choose it where people open in a spreadsheet what strangers have written**, since a formula can
   * send the sheet's cells away. It changes the data, `-5 °C` among them; numbers and dates that are not text stay as they are.
   */
  readonly formulas?: "keep" | "escape" | undefined;
}

/** What has to be quoted, and spaces at the ends, which some readers would take away. */
const TO_QUOTE = /[",\r\n]|^[ \t]|[ \t]$/;
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
/** Where a semicolon or a tab parts the cells, what follows it is a cell of its own unless it stands in quotes. */
const SEPARATOR = /[;\t]/;

/**
 * A row of CSV (RFC 4180 section 2), its CR LF included: the twin of {@link CsvParser}.
 *
 *     record  = field *( COMMA field )
 *     escaped = DQUOTE *( TEXTDATA / COMMA / CR / LF / 2DQUOTE ) DQUOTE
 *
 * null and undefined are empty fields, dates are in ISO 8601, other objects are JSON, the rest is as `String` has it. A row of one empty
 * field is `""`, since an empty line would be no row to many readers.
 * @throws UsageError `ERR_SLUICE_INVALID_ROW`, `ERR_SLUICE_NO_JSON`, `ERR_SLUICE_OPTION`
 */
export function encodeCsvRow(values: readonly unknown[], options: CsvEncoderOptions = {}): string {
  const { formulas = "keep" } = options;
  if (formulas !== "keep" && formulas !== "escape")
    throw new UsageError("ERR_SLUICE_OPTION", { found: `formulas: ${String(formulas)}` });
  if (!Array.isArray(values) || values.length === 0)
    throw refusal(Array.isArray(values) ? "no values" : `a row of type ${typeof values}`);
  const escape = formulas === "escape";
  let row = field(values[0], escape);
  if (values.length === 1 && row === "") return '""\r\n';
  for (let index = 1; index < values.length; index++) row += `,${field(values[index], escape)}`;
  return `${row}\r\n`;
}

function field(value: unknown, escape: boolean): string {
  switch (typeof value) {
    case "string":
      return escape ? guarded(value) : quoted(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    case "undefined":
      return "";
    case "object":
      return value === null ? "" : quoted(value instanceof Date ? dateText(value) : writeJson(value));
    default:
      throw refusal(`a ${typeof value}`);
  }
}

/** Text that no spreadsheet takes for a formula, whichever separator it goes by. */
function guarded(text: string): string {
  const guardedText = FORMULA.test(text) ? `'${text}` : text;
  return SEPARATOR.test(text) ? inQuotes(guardedText) : quoted(guardedText);
}

function quoted(text: string): string {
  return TO_QUOTE.test(text) ? inQuotes(text) : text;
}

function inQuotes(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw refusal("an invalid date");
  return date.toISOString();
}

function refusal(found: string): UsageError {
  return new UsageError("ERR_SLUICE_INVALID_ROW", { found });
}
