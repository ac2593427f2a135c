/**
 * Body formats as pure codecs, each encoder beside its parser: server-sent events, NDJSON, JSON text sequences, JSON arrays, CSV and
 * multipart. They do no I/O and run anywhere.
 * @module
 */
export { encodeEvent, HEARTBEAT, type ServerEvent } from "./sse-encoder.ts";
export {
  type ReceivedEvent,
  type SseHandler,
  type SseLimits,
  SseParser,
  type SseParserOptions,
} from "./sse-parser.ts";
export { encodeLine, type NdjsonHandler, NdjsonParser, type NdjsonParserOptions } from "./ndjson.ts";
export { encodeSequenceElement, type JsonSeqHandler, JsonSeqParser } from "./json-seq.ts";
export { type JsonElementLimits } from "./json-value-scanner.ts";
export { JsonArrayEncoder, type JsonArrayHandler, JsonArrayParser } from "./json-array.ts";
export { type CsvEncoderOptions, encodeCsvRow } from "./csv-encoder.ts";
export { type CsvHandler, type CsvLimits, CsvParser, type CsvParserOptions } from "./csv-parser.ts";
export { MultipartEncoder } from "./multipart-encoder.ts";
export { type MultipartHandler, type MultipartLimits, MultipartParser } from "./multipart-parser.ts";
export {
  type ErrorCode,
  ERRORS,
  type Layer,
  ProtocolError,
  SluiceError,
  TruncatedError,
  UsageError,
} from "../errors.ts";
