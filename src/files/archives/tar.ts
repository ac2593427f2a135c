import type { Resource } from "../../reply/resource.ts";
import { checkNames } from "../../options.ts";
import type { Representation } from "../representation.ts";
import { resource } from "../resource.ts";
import { REPLY_OPTIONS, type ReplyOptions } from "../../reply/reply.ts";
import { timeOf } from "./archive-entry.ts";
import { type ArchiveFolderOptions, checkFolderOptions, folderEntries } from "./archive-folder.ts";
import { type Entries, streamedArchive } from "./archive-stream.ts";
import type { TarEntry, TarOptions } from "./tar-entry.ts";
import { planTar, TAR_TYPE } from "./tar-plan.ts";
import { tarStream } from "./tar-stream.ts";

/** How a folder becomes a tar archive. */
export interface TarFolderOptions extends TarOptions, ArchiveFolderOptions {}

const OPTIONS = new Set<keyof TarOptions | keyof ReplyOptions>([...REPLY_OPTIONS, "modified"]);
const FOLDER_OPTIONS = new Set<keyof TarFolderOptions | keyof ReplyOptions>([
  ...OPTIONS,
  "symlinks",
  "filter",
]);

/**
 * A tar archive of these entries, made while it is sent. It has a size, an entity tag and ranges where {@link planTar} can plan it, for
 * which the entries are an array; any other can be read once.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_SIZE`, `ERR_SLUICE_ARCHIVE_MISMATCH` at once for the entries of an array, and while they are read for others
 */
export function tarRepresentation(entries: Entries<TarEntry>, options: TarOptions = {}): Representation {
  const planned = Array.isArray(entries) ? planTar(entries as readonly TarEntry[], options) : undefined;
  return planned ?? streamedArchive(TAR_TYPE, tarStream(entries, options));
}

/** A tar archive of everything below a folder, which is listed first. */
export async function tarFolderRepresentation(
  path: string,
  options: TarFolderOptions = {},
): Promise<Representation> {
  const listed: TarEntry[] = [];
  for await (const entry of folderEntries(path, options)) listed.push(entry);
  return tarRepresentation(listed, options);
}

/**
 * A tar archive of these entries as the answer to a request, made while it is sent. Where the entries are an array, and each is in
 * memory or can be read from any offset (a Blob, or something with a `size` and `read`), it has a size, an entity tag and ranges; any
 * other can be read once. Sources with a `close` are closed when it has been sent.
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_SIZE`, `ERR_SLUICE_ARCHIVE_MISMATCH` at once for the entries of an array, which stay the caller's then, and while
 * they are read for others
 */
export function tar(entries: Entries<TarEntry>, options: TarOptions & ReplyOptions = {}): Resource {
  checkNames("", options, OPTIONS);
  const { modified, ...rest } = options;
  const representation = tarRepresentation(entries, { modified });
  return resource(() => representation, rest);
}

/**
 * A tar archive of everything below a folder as the answer to a request, with a size, an entity tag and ranges. The folder is listed
 * anew for each request, which fails with Node's error where that can't be done.
 * @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_ARCHIVE_ENTRY` for options
 */
export function tarFolder(path: string, options: TarFolderOptions & ReplyOptions = {}): Resource {
  checkNames("", options, FOLDER_OPTIONS);
  const { modified, symlinks, filter, ...rest } = options;
  if (modified !== undefined) timeOf(modified);
  checkFolderOptions({ symlinks, filter });
  return resource(() => tarFolderRepresentation(path, { modified, symlinks, filter }), rest);
}
