import type { Resource } from "../../reply/resource.ts";
import type { Representation } from "../representation.ts";
import { resource, type ResourceOptions } from "../resource.ts";
import { type ArchiveFolderOptions, folderEntries } from "./archive-folder.ts";
import { type Entries, streamedArchive } from "./archive-stream.ts";
import type { ZipEntry, ZipOptions } from "./zip-entry.ts";
import { planZip, ZIP_TYPE } from "./zip-plan.ts";
import { zipStream } from "./zip-stream.ts";

/** How a folder becomes a ZIP archive. */
export interface ZipFolderOptions extends ZipOptions, ArchiveFolderOptions {}

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

/**
 * A ZIP archive of everything below a folder. Where nothing is compressed (`store`), the folder is listed first, and the archive has
 * a size, an entity tag and ranges; otherwise it is listed while the archive is sent.
 * @throws what {@link folderEntries} and {@link zipRepresentation} throw
 */
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
 * A ZIP archive as the answer to a request. Sources with a `close` are closed when it has been sent.
 * @throws what {@link zipRepresentation} throws
 */
export function zip(entries: Entries<ZipEntry>, options: ZipOptions & ResourceOptions = {}): Resource {
  const representation = zipRepresentation(entries, options);
  return resource(() => representation, options);
}

/** A ZIP archive of everything below a folder as the answer to a request; it is listed anew for each. */
export function zipFolder(path: string, options: ZipFolderOptions & ResourceOptions = {}): Resource {
  return resource(() => zipFolderRepresentation(path, options), options);
}
