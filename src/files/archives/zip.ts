import type { Resource } from "../../reply/resource.ts";
import { checkNames } from "../../options.ts";
import type { Representation } from "../representation.ts";
import { resource } from "../resource.ts";
import { REPLY_OPTIONS, type ReplyOptions } from "../../reply/reply.ts";
import { type ArchiveFolderOptions, checkFolderOptions, folderEntries } from "./archive-folder.ts";
import { type Entries, streamedArchive } from "./archive-stream.ts";
import { checkZipOptions, type ZipEntry, type ZipOptions } from "./zip-entry.ts";
import { planZip, ZIP_TYPE } from "./zip-plan.ts";
import { zipStream } from "./zip-stream.ts";

/** How a folder becomes a ZIP archive. */
export interface ZipFolderOptions extends ZipOptions, ArchiveFolderOptions {}

const OPTIONS = new Set<keyof ZipOptions | keyof ReplyOptions>([
  ...REPLY_OPTIONS,
  "store",
  "level",
  "comment",
  "modified",
]);
const FOLDER_OPTIONS = new Set<keyof ZipFolderOptions | keyof ReplyOptions>([
  ...OPTIONS,
  "symlinks",
  "filter",
]);

/**
 * A ZIP archive of these entries, made while it is sent. It has a size, an entity tag and ranges where {@link planZip} can plan it, for
 * which the entries are an array and each of them is stored; any other can be read once.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_MISMATCH` at once for the entries of an array, and while they are read for others
 */
export function zipRepresentation(entries: Entries<ZipEntry>, options: ZipOptions = {}): Representation {
  const planned = Array.isArray(entries) ? planZip(entries as readonly ZipEntry[], options) : undefined;
  return planned ?? streamedArchive(ZIP_TYPE, zipStream(entries, options));
}

/** A ZIP archive of everything below a folder, which is listed first where nothing is compressed, and else while it is sent. */
export async function zipFolderRepresentation(
  path: string,
  options: ZipFolderOptions = {},
): Promise<Representation> {
  const entries = folderEntries(path, options);
  if (options.store !== true) return zipRepresentation(entries, options);
  const listed: ZipEntry[] = [];
  for await (const entry of entries) listed.push(entry);
  return zipRepresentation(listed, options);
}

/**
 * A ZIP archive of these entries as the answer to a request, made while it is sent. Where the entries are an array, each is stored, and
 * each is in memory or can be read from any offset (a Blob, or something with a `size` and `read`), it has a size, an entity tag and
 * ranges; any other can be read once. Sources with a `close` are closed when it has been sent.
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_MISMATCH` at once for the entries of an array, which stay the caller's then, and while they are read for others
 */
export function zip(entries: Entries<ZipEntry>, options: ZipOptions & ReplyOptions = {}): Resource {
  checkNames("", options, OPTIONS);
  const { store, level, comment, modified, ...rest } = options;
  const representation = zipRepresentation(entries, { store, level, comment, modified });
  return resource(() => representation, rest);
}

/**
 * A ZIP archive of everything below a folder as the answer to a request. Where nothing is compressed (`store`), the folder is listed
 * first, and the archive has a size, an entity tag and ranges; otherwise it is listed while the archive is sent. It is listed anew for
 * each request, which fails with Node's error where that can't be done.
 * @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_ARCHIVE_ENTRY` for options
 */
export function zipFolder(path: string, options: ZipFolderOptions & ReplyOptions = {}): Resource {
  checkNames("", options, FOLDER_OPTIONS);
  const { store, level, comment, modified, symlinks, filter, ...rest } = options;
  const making: ZipFolderOptions = { store, level, comment, modified, symlinks, filter };
  checkZipOptions(making);
  checkFolderOptions(making);
  return resource(() => zipFolderRepresentation(path, making), rest);
}
