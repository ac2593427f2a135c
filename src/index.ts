/**
 * HTTP streaming for Node.js: a server that sends the first byte before it knows the last, and always says truthfully how it ended.
 * @module
 */
export { serve } from "./server/serve.ts";
export { type CloseOptions, type Server, type ServerStats } from "./server/server.ts";
export {
  type ServeOptions,
  SERVER_LIMITS,
  SERVER_TIMEOUTS,
  type ServerLimits,
  type ServerTimeouts,
} from "./server/options.ts";
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
export * from "./replies/index.ts";
