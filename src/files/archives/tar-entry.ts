import { UsageError } from "../../errors.ts";
import { type ArchiveEntry, checkEntry, DIRECTORY, NO_TIME, SYMLINK, timeOf } from "./archive-entry.ts";
import type { ArchiveNames } from "./archive-names.ts";
import type { PlannedEntry } from "./archive-plan.ts";
import type { TarHead } from "./tar-records.ts";

/** One entry of a tar archive. A file has a `size`, or a source that has one: bytes, a string, a Blob, something with `read`. */
export type TarEntry = ArchiveEntry;

/** How a tar archive is made. */
export interface TarOptions {
  /**
   * The time of entries that have none, and whose source has none. Default: the beginning of 1980, so that equal entries make an equal
   * archive.
   */
  readonly modified?: Date | number | undefined;
}

/** An entry of a tar archive whose name and properties hold. */
export interface CheckedTarEntry extends PlannedEntry {
  /** Of a link: it stands in the header, and no octets behind it. */
  readonly target: Uint8Array | undefined;
}

const NOTHING = new Uint8Array(0);

/**
 * Checks one entry.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_MISMATCH`, `ERR_SLUICE_ARCHIVE_SIZE`
 */
export function checkTarEntry(entry: TarEntry, names: ArchiveNames, options: TarOptions): CheckedTarEntry {
  const checked = checkEntry(entry, names, timeOf(options.modified ?? NO_TIME));
  const { type, size, content } = checked;
  if (type === SYMLINK) return { ...checked, content: NOTHING, size: 0, target: content };
  if (size === undefined) throw new UsageError("ERR_SLUICE_ARCHIVE_SIZE", { found: entry.name });
  return { ...checked, size, target: undefined };
}

export function tarHeadOf({ name, type, mode, modified, size, target }: CheckedTarEntry): TarHead {
  const kind = type === SYMLINK ? "symlink" : type === DIRECTORY ? "directory" : "file";
  return { name, kind, mode: mode & 0o7777, modified, size, target };
}
