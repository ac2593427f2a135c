import { type Layer, type ProtocolError, TruncatedError } from "../../errors.ts";
import { CsvParser } from "../../formats/csv-parser.ts";
import { JsonArrayParser } from "../../formats/json-array.ts";
import { JsonSeqParser } from "../../formats/json-seq.ts";
import { NdjsonParser } from "../../formats/ndjson.ts";
import type { TextParser } from "../../formats/text-parser.ts";
import { essenceOf } from "../../semantics/media-type.ts";
import { Utf8Text } from "./utf8-text.ts";

/** How rows are written in a body. */
export type RowFormat = "ndjson" | "json-seq" | "json-array" | "csv";

/** The media types of each format; the first is its usual name, NDJSON has no registered one. */
export const ROW_TYPES: { readonly [format in RowFormat]: readonly string[] } = {
  ndjson: [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonl",
    "application/jsonlines",
    "application/x-jsonlines",
    "application/stream+json",
  ],
  "json-seq": ["application/json-seq"],
  "json-array": ["application/json"],
  csv: ["text/csv"],
};

const FORMATS = Object.keys(ROW_TYPES) as RowFormat[];

/** The format of a media type, suffixes of RFC 6839 and RFC 8091 included; undefined for all others. */
export function rowFormatOf(contentType: string): RowFormat | undefined {
  const essence = essenceOf(contentType);
  const named = FORMATS.find((format) => ROW_TYPES[format].includes(essence));
  if (named !== undefined) return named;
  if (essence.endsWith("+json-seq")) return "json-seq";
  return essence.endsWith("+json") ? "json-array" : undefined;
}

/** How much of a body is kept, and what becomes of rows that are none. */
export interface RowParserOptions {
  /** Characters of one row. Default 1 MiB. */
  readonly rowLength?: number | undefined;
  /** How deep arrays and objects may be nested in a row of a JSON array or a JSON text sequence. Default 128. */
  readonly depth?: number | undefined;
  /** Whether the last line of NDJSON may lack its LF. Default false, since what is cut can still be JSON: of 1234 the first half is 12. */
  readonly unfinishedLine?: boolean | undefined;
  /** Gets what is wrong with a row, and which one it is, counted from 0; reading goes on behind it. Default: it is thrown. */
  readonly onMalformed?: ((error: ProtocolError, index: number) => void) | undefined;
}

/** Reads rows out of octets, in any cut. */
export class RowParser {
  readonly #layer: Layer;
  readonly #text: Utf8Text = new Utf8Text(true);
  readonly #parser: TextParser;
  readonly #take = (text: string): void => this.#parser.push(text);

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(format: RowFormat, item: (row: unknown) => void, options: RowParserOptions) {
    this.#layer = format;
    this.#parser = parserOf(format, item, options);
  }

  /** @throws ProtocolError `ERR_SLUICE_FORMAT_SYNTAX`, `ERR_SLUICE_FORMAT_LIMIT`; what was whole before has been delivered */
  push(octets: Uint8Array): void {
    this.#text.push(octets, this.#take);
  }

  /** @throws TruncatedError `ERR_SLUICE_FORMAT_TRUNCATED` where the format tells that something is missing */
  end(): void {
    if (!this.#text.whole) {
      const found = "a character that is not whole";
      throw new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", this.#layer, { found });
    }
    this.#parser.end();
  }
}

function parserOf(format: RowFormat, item: (row: unknown) => void, options: RowParserOptions): TextParser {
  const { rowLength, depth, unfinishedLine, onMalformed } = options;
  const handler = { item, ...(onMalformed === undefined ? {} : { malformed: onMalformed }) };
  const ofJson = {
    ...(rowLength === undefined ? {} : { itemLength: rowLength }),
    ...(depth === undefined ? {} : { depth }),
  };
  switch (format) {
    case "ndjson":
      return new NdjsonParser(handler, { lineLength: rowLength, unfinishedLine });
    case "json-seq":
      return new JsonSeqParser(handler, ofJson);
    case "json-array":
      return new JsonArrayParser({ item }, ofJson);
    default: // csv
      return new CsvParser({ row: item }, rowLength === undefined ? {} : { rowLength });
  }
}
