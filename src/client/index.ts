/**
 * An HTTP client that reads responses as they arrive, never takes a broken body for a whole one, and shows what was on the wire.
 * @module
 */
export { Client, request, type SharedRequestOptions } from "./client.ts";
export { events, type EventReconnect, type EventStream, type EventStreamOptions } from "./events.ts";
export { type RowStream, type RowStreamOptions, rows } from "./rows.ts";
export { download, type DownloadResult } from "./download/download.ts";
export { type DownloadOptions, type DownloadTimeouts } from "./download/options.ts";
export { type DownloadProgress, type SegmentProgress } from "./download/progress.ts";
export { type VerifiedDigest } from "./download/verification.ts";
export { type Checksum, type ChecksumAlgorithm } from "./download/checksum.ts";
export { type ReconnectOptions } from "./retrying/backoff.ts";
export { type ItemStream } from "./items/item-stream.ts";
export { type RowFormat, type RowParserOptions } from "./items/row-parser.ts";
export { type ReceivedEvent } from "../formats/sse-parser.ts";
export {
  CLIENT_LIMITS,
  CLIENT_TIMEOUTS,
  type ClientLenience,
  type ClientLimits,
  type ClientOptions,
  type ClientTimeouts,
  type RequestOptions,
} from "./options.ts";
export { type ClientResponse } from "./response.ts";
export { type Remote } from "../socket/remote.ts";
export { type HttpVersion } from "./received-head.ts";
export { type ResponseBody } from "./response-body.ts";
export { type WireChunk } from "./wire-chunks.ts";
export { type Ending } from "./ending.ts";
export { type ContentBody } from "../content/content-body.ts";
export { type DecodingLimits } from "../content/decoder.ts";
export { type Lenience } from "../http1/lenience.ts";
export { type ChunkExtension } from "../http1/chunk-extensions.ts";
export { type Body, type BodySource } from "../reply/body.ts";
export { type ReplyTrailers } from "../reply/reply.ts";
export { type ReceivedTrailers } from "../semantics/trailers.ts";
export { type DigestAlgorithm } from "../semantics/digest-fields.ts";
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
  StatusError,
  TruncatedError,
  UsageError,
} from "../errors.ts";
