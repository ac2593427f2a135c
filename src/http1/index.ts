/**
 * HTTP/1.1 without I/O: octets in, messages out, and back. Runs on any JavaScript host.
 * @module
 */
export { ChunkedDecoder, type ChunkedHandler } from "./chunked-decoder.ts";
export { ChunkedEncoder } from "./chunked-encoder.ts";
export { ChunkedDecoderStream, ChunkedEncoderStream } from "./chunked-streams.ts";
export { type ChunkExtension } from "./chunk-extensions.ts";
export { HeadParser, HeadParsers } from "./head-parser.ts";
export { RequestHead, ResponseHead } from "./head.ts";
export { reasonPhrase } from "./head-writer.ts";
export { type BodyFraming, type FramedMessage, bodyFraming } from "./body-framing.ts";
export { RequestReceiver, ResponseReceiver, type ReceiverHandler } from "./receiver.ts";
export { Sender, type AnsweredRequest, type OutgoingResponse, type WireOutput } from "./sender.ts";
export { type Lenience } from "./lenience.ts";
export { WIRE_LIMITS, type WireLimits } from "./limits.ts";
export { Fields, type FieldsInit } from "../semantics/fields.ts";
export { type ReceivedTrailers } from "../semantics/trailers.ts";
export {
  EndedError,
  type ErrorCode,
  ERRORS,
  type Layer,
  ProtocolError,
  SluiceError,
  TruncatedError,
  UsageError,
} from "../errors.ts";
