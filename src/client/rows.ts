import { wrongOption } from "../options.ts";
import { ProtocolError } from "../errors.ts";
import { Fields } from "../semantics/fields.ts";
import { deferred, type Deferred } from "../deferred.ts";
import { request, type SharedRequestOptions } from "./client.ts";
import { type Batches, batchesOf } from "./items/batches.ts";
import { ItemStream } from "./items/item-stream.ts";
import {
  ROW_TYPES,
  type RowFormat,
  rowFormatOf,
  RowParser,
  type RowParserOptions,
} from "./items/row-parser.ts";
import { statusErrorOf } from "./retrying/status-error.ts";
import { checkRequest } from "./options.ts";
import type { ClientResponse } from "./response.ts";
import { targetOf } from "./target.ts";

/** What {@link rows} takes: what a request does, and more. */
export interface RowStreamOptions extends SharedRequestOptions, RowParserOptions {
  /** How the rows are written, whatever Content-Type says. Default: as Content-Type says. */
  readonly format?: RowFormat | undefined;
}

/** CSV only where there is nothing else: it has neither types nor names. */
const WEIGHTS: { readonly [format in RowFormat]: string } = {
  ndjson: "",
  "json-seq": ";q=0.9",
  "json-array": ";q=0.8",
  csv: ";q=0.1",
};

const NO_ROWS = 204;

const ACCEPTED = Object.entries(WEIGHTS)
  .flatMap(([format, weight]) => ROW_TYPES[format as RowFormat].slice(0, 3).map((type) => type + weight))
  .join(", ");

/**
 * Reads rows out of a response as they arrive: NDJSON (JSON Lines), JSON text sequences (RFC 7464), one JSON array element by element,
 * or CSV (RFC 4180), each row of which is a list of texts, the header too. The request is sent when somebody reads.
 *
 *     for await (const reading of rows<Reading>("https://example.org/readings")) ...
 *
 * Type parameter `T` is what you know of the rows; nobody checks it.
 *
 * @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_URL`, `ERR_SLUICE_INVALID_FIELD`
 * @throws StatusError `ERR_SLUICE_STATUS` while reading, for a status that is not of success
 * @throws ProtocolError while reading: `ERR_SLUICE_MEDIA_TYPE`; `ERR_SLUICE_FORMAT_SYNTAX` and `ERR_SLUICE_FORMAT_LIMIT` name the row
 * @throws TruncatedError while reading, where the body ends before its message does, or before its last row
 */
export function rows<T = unknown>(url: string | URL, options: RowStreamOptions = {}): RowStream<T> {
  return new RowStream<T>(new RowResponse<T>(url, options), options.signal);
}

/** The rows of {@link rows}: iterate it, once. */
export class RowStream<T = unknown> extends ItemStream<T> {
  readonly #response: RowResponse<T>;

  /** @internal */
  constructor(response: RowResponse<T>, signal: AbortSignal | undefined) {
    super(response.batches(), response.gone, signal);
    this.#response = response;
  }

  /**
   * The response that the rows stand in; asking for it sends the request. Its body is read by this stream. Rejects, never unhandled, with
   * what reading the rows would throw.
   */
  get response(): Promise<ClientResponse> {
    this.begin();
    return this.#response.open();
  }
}

/** One response, and the rows in it. */
class RowResponse<T> {
  /** Aborted where nobody reads any more. */
  readonly gone: AbortController = new AbortController();
  readonly #url: string | URL;
  readonly #format: RowFormat | undefined;
  readonly #parsing: RowParserOptions;
  readonly #request: SharedRequestOptions & { readonly headers: Fields };
  #opened: Deferred<ClientResponse> | undefined;

  /** @throws UsageError */
  constructor(url: string | URL, options: RowStreamOptions) {
    const { format, rowLength, depth, unfinishedLine, onMalformed, client, ...ofRequest } = options;
    targetOf(url);
    checkRequest(ofRequest);
    if (format !== undefined && !Object.hasOwn(ROW_TYPES, format))
      throw wrongOption("format", format, `one of ${Object.keys(ROW_TYPES).join(", ")}`);
    if (onMalformed !== undefined && typeof onMalformed !== "function")
      throw wrongOption("onMalformed", onMalformed, "a function");
    // Here, since they say what is wrong with the limits.
    this.#parsing = { rowLength, depth, unfinishedLine, onMalformed };
    for (const each of ["ndjson", "json-seq"] as const) void new RowParser(each, () => {}, this.#parsing);
    const headers = Fields.from(ofRequest.headers ?? {});
    if (!headers.has("accept"))
      headers.append("Accept", format === undefined ? ACCEPTED : ROW_TYPES[format].join(", "));
    this.#url = url;
    this.#format = format;
    this.#request = { ...ofRequest, client, headers, signal: this.gone.signal };
  }

  open(): Promise<ClientResponse> {
    if (this.#opened === undefined) {
      this.#opened = deferred();
      this.#send().then(this.#opened.resolve, this.#opened.reject);
    }
    return this.#opened.promise;
  }

  async *batches(): Batches<T> {
    const response = await this.open();
    if (response.status === NO_ROWS) return undefined;
    const format = this.#format ?? formatOf(response);
    yield* batchesOf<T>(
      response.body,
      (take) => new RowParser(format!, (row) => take(row as T), this.#parsing),
    );
    return undefined;
  }

  async #send(): Promise<ClientResponse> {
    const response = await request(this.#url, this.#request);
    // A part that nobody has asked for would look like the whole.
    const unasked = response.status === 206 && !this.#request.headers.has("range");
    if (!response.ok || unasked) throw await statusErrorOf(response);
    if (response.status === NO_ROWS) await response.body.discard();
    else if (this.#format === undefined && formatOf(response) === undefined) {
      await response.body.discard();
      const found = response.headers.get("content-type") ?? "no Content-Type";
      throw new ProtocolError("ERR_SLUICE_MEDIA_TYPE", { found });
    }
    return response;
  }
}

function formatOf({ headers }: ClientResponse): RowFormat | undefined {
  return rowFormatOf(headers.get("content-type") ?? "");
}
