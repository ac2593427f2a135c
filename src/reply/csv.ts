import { type CsvEncoderOptions, encodeCsvRow } from "../formats/csv-encoder.ts";
import { checkReplyOptions, NO_OPTIONS, REPLY_OPTIONS, type Reply, type ReplyOptions } from "./reply.ts";
import { formatted, type ValueFormat, type ValueSource } from "./value-source.ts";

/** A row: an object whose properties are its columns, or an array. */
export type Row = object;

/** What {@link csv} takes. */
export interface CsvOptions extends ReplyOptions, CsvEncoderOptions {
  /** The columns of CSV and of an HTML table, in order. Default: those of the first row, where it is an object. */
  readonly columns?: readonly string[] | undefined;
}

/** The names of {@link CsvOptions}. */
export const CSV_OPTIONS: ReadonlySet<keyof CsvOptions> = new Set([...REPLY_OPTIONS, "columns", "formulas"]);

/**
 * A reply of CSV (RFC 4180), below a row of names where rows are objects. Where the source throws, its last field is unfinished.
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_INVALID_ROW` while sending
 */
export function csv(source: ValueSource<Row>, options: CsvOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options, CSV_OPTIONS);
  const { columns, formulas, ...rest } = options;
  return formatted("text/csv", source, () => csvFormat(columns, { formulas }), rest);
}

/** Rows of CSV, below a row of names where there are any. */
export function csvFormat(columns: readonly string[] | undefined, options: CsvEncoderOptions): ValueFormat {
  let names = columns;
  let begun = false;
  return {
    item(row) {
      let heading = "";
      if (!begun) {
        begun = true;
        names ??= columnsOf(row as Row);
        if (names !== undefined) heading = encodeCsvRow(names, options);
      }
      return heading + encodeCsvRow(cellsOf(row as Row, names), options);
    },
    end: () => (begun || columns === undefined ? "" : encodeCsvRow(columns, options)),
    // A quoted field that never ends.
    broken: '"',
  };
}

/** The names of a row's columns; undefined where they have none. */
export function columnsOf(row: Row): readonly string[] | undefined {
  return typeof row !== "object" || row === null || Array.isArray(row) ? undefined : Object.keys(row);
}

/** The cells of a row, in the order of the names. */
export function cellsOf(row: Row, names: readonly string[] | undefined): readonly unknown[] {
  if (typeof row !== "object" || row === null) return [row];
  if (Array.isArray(row)) return row;
  return (names ?? Object.keys(row)).map((name) => (row as Readonly<Record<string, unknown>>)[name]);
}
