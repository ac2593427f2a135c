import { type ArchiveFolderOptions, folderEntries } from "./archive-folder.ts";
import { type Entries, streamedArchive } from "./archive-stream.ts";
import type { Resource } from "../../reply/resource.ts";
import type { Representation } from "../representation.ts";
import { resource, type ResourceOptions } from "../resource.ts";
import type { TarEntry, TarOptions } from "./tar-entry.ts";
import { planTar, TAR_TYPE } from "./tar-plan.ts";
import { tarStream } from "./tar-stream.ts";

/** How a folder becomes a tar archive. */
export interface TarFolderOptions extends TarOptions, ArchiveFolderOptions {}

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

/**
 * A tar archive of everything below a folder, which is listed first, so that the archive has a size, an entity tag and ranges.
 * @throws what {@link folderEntries} and {@link tarRepresentation} throw
 */
export async function tarFolderRepresentation(
  path: string,
  options: TarFolderOptions = {},
): Promise<Representation> {
  const listed: TarEntry[] = [];
  for await (const entry of folderEntries(path, options)) listed.push(entry);
  return tarRepresentation(listed, options);
}

/**
 * A tar archive as the answer to a request. Sources with a `close` are closed when it has been sent.
 * @throws what {@link tarRepresentation} throws
 */
export function tar(entries: Entries<TarEntry>, options: TarOptions & ResourceOptions = {}): Resource {
  const representation = tarRepresentation(entries, options);
  return resource(() => representation, options);
}

/** A tar archive of everything below a folder as the answer to a request; it is listed anew for each. */
export function tarFolder(path: string, options: TarFolderOptions & ResourceOptions = {}): Resource {
  return resource(() => tarFolderRepresentation(path, options), options);
}
