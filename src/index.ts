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
export { type IncomingBody as RequestBody } from "./socket/incoming-body.ts";
export {
  json,
  type DeliveryOptions,
  type Reply,
  type ReplyOptions,
  type ReplyTrailers,
  stream,
  text,
} from "./reply/reply.ts";
export { jsonArray, jsonSeq, ndjson } from "./reply/json-streams.ts";
export { sse, type SseOptions } from "./reply/sse.ts";
export { type ServerEvent } from "./formats/sse-encoder.ts";
export { rows, type RowsOptions } from "./reply/rows.ts";
export { csv, type CsvOptions, type Row } from "./reply/csv.ts";
export { multipart, type MultipartOptions, type Part } from "./reply/multipart.ts";
export { type ValueSource } from "./reply/value-source.ts";
export { content, type ContentOptions } from "./files/content.ts";
export { type Representation } from "./files/representation.ts";
export { resource } from "./files/resource.ts";
export { file, type FileOptions } from "./files/file.ts";
export { type OpenedFile, openFile, type OpenFileOptions } from "./files/file-representation.ts";
export { files, type FilesOptions, type FilesRequest } from "./files/folder.ts";
export { type SymlinkPolicy } from "./files/folder-root.ts";
export { mediaTypeOf } from "./files/media-types.ts";
export { zip, zipFolder, type ZipFolderOptions } from "./files/archives/zip.ts";
export { type ZipEntry, type ZipOptions } from "./files/archives/zip-entry.ts";
export { tar, tarFolder, type TarFolderOptions } from "./files/archives/tar.ts";
export { type TarEntry, type TarOptions } from "./files/archives/tar-entry.ts";
export { type ArchiveEntry } from "./files/archives/archive-entry.ts";
export { type ArchiveFolderOptions } from "./files/archives/archive-folder.ts";
export { type Entries } from "./files/archives/archive-stream.ts";
export { type EntrySource, type RangeSource } from "./files/archives/archive-source.ts";
export { type ContentBody } from "./content/content-body.ts";
export { type DecodingLimits } from "./content/decoder.ts";
export {
  type Html,
  html,
  type HtmlContent,
  type HtmlTag,
  type HtmlValue,
  type JsonData,
  type Slot,
  type StreamedHtml,
} from "./reply/html/html.ts";
export { page, type PageOptions, PATCH_SCRIPT_HASH } from "./reply/html/page.ts";
export { slot, type SlotFailureOptions, type SlotOptions, type SlotSource } from "./reply/html/slot.ts";
export { progress, type ProgressOptions, type ProgressSource } from "./reply/html/progress.ts";
export { type Body, type BodySource } from "./reply/body.ts";
export { type BodyPiece } from "./reply/piece.ts";
export { type RequestView, type Resource } from "./reply/resource.ts";
export { type ContentCoding } from "./content/codings.ts";
export { type DigestAlgorithm } from "./semantics/digest-fields.ts";
export { type StreamWriter } from "./reply/stream-writer.ts";
export { type ReceivedTrailers } from "./semantics/trailers.ts";
export { Fields, type FieldsInit } from "./semantics/fields.ts";
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
} from "./errors.ts";
