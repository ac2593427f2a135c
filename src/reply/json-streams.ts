import { JsonArrayEncoder } from "../formats/json-array.ts";
import { encodeSequenceElement } from "../formats/json-seq.ts";
import { encodeLine } from "../formats/ndjson.ts";
import { checkReplyOptions, NO_OPTIONS, type Reply, type ReplyOptions } from "./reply.ts";
import { formatted, type ValueFormat, type ValueSource } from "./value-source.ts";

/** Lines of JSON. */
export const NDJSON_FORMAT: ValueFormat = { item: encodeLine, broken: '{"incomplete":' };

/** Elements of a JSON text sequence. */
export const JSON_SEQ_FORMAT: ValueFormat = { item: encodeSequenceElement, broken: '\x1e{"incomplete":' };

/** Items of one JSON array, which is JSON once it is complete and never before. */
export function jsonArrayFormat(): ValueFormat {
  const encoder = new JsonArrayEncoder();
  return { item: (value) => encoder.item(value), end: () => encoder.end() };
}

/**
 * A reply of newline-delimited JSON, a value a line, in `application/x-ndjson`. Where the source throws, its last line is unfinished:
 * every parser can tell, even where nobody has kept how the connection ended.
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_NO_JSON` while sending, for a value without a JSON form
 */
export function ndjson(source: ValueSource<unknown>, options: ReplyOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options);
  return formatted("application/x-ndjson", source, () => NDJSON_FORMAT, options);
}

/** A reply of a JSON text sequence (RFC 7464), in `application/json-seq`. Errors as for {@link ndjson}. */
export function jsonSeq(source: ValueSource<unknown>, options: ReplyOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options);
  return formatted("application/json-seq", source, () => JSON_SEQ_FORMAT, options);
}

/** A reply of one JSON array, item by item: valid JSON when it is complete, and never when it is not. Errors as for {@link ndjson}. */
export function jsonArray(source: ValueSource<unknown>, options: ReplyOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options);
  return formatted("application/json", source, jsonArrayFormat, options);
}
