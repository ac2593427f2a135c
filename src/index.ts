/**
 * HTTP streaming for Node.js: a server that sends the first byte before it knows the last, and always says truthfully how it ended.
 * @module
 */
export { serve } from "./server/serve.ts";
export { type CloseOptions, type Server, type ServerStats } from "./server/server.ts";
export {
  type Answer,
  type Handler,
  type ServeOptions,
  SERVER_LIMITS,
  SERVER_TIMEOUTS,
  type ServerLimits,
  type ServerTimeouts,
} from "./server/options.ts";
export { type Remote, type Request } from "./server/request.ts";
export { type RequestBody } from "./server/request-body.ts";
export {
  json,
  type DeliveryOptions,
  type Reply,
  type ReplyOptions,
  type ReplyTrailers,
  stream,
  text,
} from "./reply/reply.ts";
export { type Html, html, type HtmlValue } from "./reply/html.ts";
export { type Body, type BodySource } from "./reply/body.ts";
export { type BodyPiece } from "./reply/piece.ts";
export { type RequestView, type Resource } from "./reply/resource.ts";
export { type ContentCoding } from "./content/codings.ts";
export { type DigestAlgorithm } from "./semantics/digest-fields.ts";
export { type StreamWriter } from "./reply/stream-writer.ts";
export { type ReceivedTrailers } from "./semantics/trailers.ts";
export { Fields, type FieldsInit } from "./semantics/fields.ts";
export { ERRORS, EndedError, type ErrorCode, ProtocolError, SluiceError, UsageError } from "./errors.ts";
