import { writeJson } from "../formats/json-text.ts";
import { Fields } from "../semantics/fields.ts";
import { chooseMediaType } from "../semantics/media-type.ts";
import { addVary } from "../semantics/vary.ts";
import { discardSource } from "./body.ts";
import { cellsOf, columnsOf, CSV_OPTIONS, csvFormat, type CsvOptions, type Row } from "./csv.ts";
import { html } from "./html/html.ts";
import { JSON_SEQ_FORMAT, jsonArrayFormat, NDJSON_FORMAT } from "./json-streams.ts";
import { refusal } from "./refusal.ts";
import { checkReplyOptions, NO_OPTIONS, type Reply } from "./reply.ts";
import type { RequestView } from "./resource.ts";
import { eventStream } from "./sse.ts";
import { formatted, type ValueFormat, type ValueSource } from "./value-source.ts";

/** What {@link rows} takes. */
export type RowsOptions = CsvOptions;

/** In the order of preference where the reader has none, such as curl's. */
const OFFERED: readonly string[] = [
  "application/x-ndjson",
  "application/json",
  "text/event-stream",
  "application/json-seq",
  "text/csv",
  "text/html",
  // Other names of the first.
  "application/ndjson",
  "application/jsonl",
];

/**
 * A reply of rows, such as a database cursor gives, in the format that the reader prefers: NDJSON, a JSON array, server-sent events, a
 * JSON text sequence, CSV or an HTML table, by Accept (RFC 9110 section 12.5.1). 406 names them all where none fits.
 * @throws UsageError `ERR_SLUICE_OPTION`; as {@link ndjson} and {@link sse} do, and `ERR_SLUICE_INVALID_ROW` while sending
 */
export function rows(
  request: RequestView,
  source: ValueSource<Row>,
  options: RowsOptions = NO_OPTIONS,
): Reply {
  checkReplyOptions(options, CSV_OPTIONS);
  const { columns, formulas, ...rest } = options;
  const headers = Fields.from(rest.headers ?? {});
  addVary(headers, "Accept");
  const type = chooseMediaType(request.headers.get("accept"), OFFERED);
  const more = { ...rest, headers };
  switch (type) {
    case undefined:
      discardSource(source);
      return {
        ...refusal(406, "Not Acceptable", headers),
        body: `406 Not Acceptable\nThere is ${OFFERED.join(", ")}.\n`,
      };
    case "application/json":
      return formatted(type, source, jsonArrayFormat, more);
    case "application/json-seq":
      return formatted(type, source, () => JSON_SEQ_FORMAT, more);
    case "text/event-stream":
      return eventStream(source, (data) => ({ data }), more);
    case "text/csv":
      return formatted(type, source, () => csvFormat(columns, { formulas }), more);
    case "text/html":
      return formatted(type, source, () => tableFormat(columns), more);
    default:
      return formatted(type, source, () => NDJSON_FORMAT, more);
  }
}

/** Rows of one HTML table. */
function tableFormat(columns: readonly string[] | undefined): ValueFormat {
  let names = columns;
  const heading = (): string =>
    names === undefined
      ? ""
      : `<thead>${html`<tr>${names.map((name) => html`<th>${name}</th>`)}</tr>`.body}</thead>\n`;
  let begun = false;
  const START = `<!doctype html>\n<meta charset="utf-8">\n<table>\n`;
  return {
    item(row) {
      let before = "";
      if (!begun) {
        begun = true;
        names ??= columnsOf(row as Row);
        before = `${START}${heading()}<tbody>\n`;
      }
      const cells = cellsOf(row as Row, names).map((cell) => html`<td>${cellText(cell)}</td>`);
      return `${before}${html`<tr>${cells}</tr>`.body}\n`;
    },
    end: () => (begun ? "</tbody>\n</table>\n" : `${START}${heading()}</table>\n`),
  };
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? "" : cell.toISOString();
  return typeof cell === "string" ? cell : writeJson(cell);
}
