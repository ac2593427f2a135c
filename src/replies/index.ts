/**
 * What a handler can return, and what it gets: the part of `sluice` that runs on any host, without Node's modules.
 * @module
 */
export { type Answer, type ErrorListener, type Handler } from "../exchange/handler.ts";
export { type HttpVersion, type Request } from "../exchange/request.ts";
export { type Remote } from "../socket/remote.ts";
export { type IncomingBody as RequestBody } from "../content/incoming-body.ts";
export {
  json,
  type DeliveryOptions,
  type Reply,
  type ReplyOptions,
  type ReplyTrailers,
  stream,
  text,
} from "../reply/reply.ts";
export { jsonArray, jsonSeq, ndjson } from "../reply/json-streams.ts";
export { sse, type SseOptions } from "../reply/sse.ts";
export { type ServerEvent } from "../formats/sse-encoder.ts";
export { rows, type RowsOptions } from "../reply/rows.ts";
export { csv, type CsvOptions, type Row } from "../reply/csv.ts";
export { multipart, type MultipartOptions, type Part } from "../reply/multipart.ts";
export { type ValueSource } from "../reply/value-source.ts";
export { content, type ContentOptions } from "../files/content.ts";
export { type Representation } from "../files/representation.ts";
export { resource } from "../files/resource.ts";
export { type ContentBody } from "../content/content-body.ts";
export { type DecodingLimits } from "../content/decoder.ts";
export {
  type Html,
  html,
  type HtmlContent,
  type HtmlTag,
  type HtmlValue,
  type JsonData,
  type Slot,
  type StreamedHtml,
} from "../reply/html/html.ts";
export { page, type PageOptions, PATCH_SCRIPT_HASH } from "../reply/html/page.ts";
export { slot, type SlotFailureOptions, type SlotOptions, type SlotSource } from "../reply/html/slot.ts";
export { progress, type ProgressOptions, type ProgressSource } from "../reply/html/progress.ts";
export { type Body, type BodySource } from "../reply/body.ts";
export { type BodyPiece } from "../reply/piece.ts";
export { type RequestView, type Resource } from "../reply/resource.ts";
export { type ContentCoding } from "../content/codings.ts";
export { type DigestAlgorithm } from "../semantics/digest-fields.ts";
export { type StreamWriter } from "../reply/stream-writer.ts";
export { type ReceivedTrailers } from "../semantics/trailers.ts";
export { Fields, type FieldsInit } from "../semantics/fields.ts";
export {
  AbortedError,
  CorruptError,
  EndedError,
  type ErrorCode,
  ERRORS,
  type Layer,
  ProtocolError,
  SluiceError,
  TruncatedError,
  UsageError,
} from "../errors.ts";
