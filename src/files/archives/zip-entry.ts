import { crc32 } from "node:zlib";
import {
  type ArchiveEntry,
  type CheckedEntry,
  checkEntry,
  FILE,
  isWhole,
  NO_TIME,
  timeOf,
  wrong,
} from "./archive-entry.ts";
import type { ArchiveNames } from "./archive-names.ts";
import { mismatch } from "./archive-source.ts";
import { FULL16, FULL32 } from "./zip-records.ts";

/** One entry of a ZIP archive. */
export interface ZipEntry extends ArchiveEntry {
  /** Shown by whoever lists the archive; at most 65,535 octets of UTF-8. */
  readonly comment?: string | undefined;
  /** Whether it is stored as it is, and not compressed. Default: the archive's `store`. */
  readonly store?: boolean | undefined;
  /** The CRC-32 of its octets, where it is known. An entry that has another is an error, and the archive is broken off. */
  readonly crc32?: number | undefined;
}

/** How a ZIP archive is made. */
export interface ZipOptions {
  /**
   * Whether entries are stored as they are, and not compressed. Where all are, and their sizes are known, the archive has a size, an
   * entity tag and ranges. Default: false
   */
  readonly store?: boolean | undefined;
  /** How hard deflate tries, from 0 to 9. Default: 6 */
  readonly level?: number | undefined;
  /** Shown by whoever opens the archive; at most 65,535 octets of UTF-8. */
  readonly comment?: string | undefined;
  /**
   * The time of entries that have none, and whose source has none. Default: the beginning of 1980, so that equal entries make an equal
   * archive.
   */
  readonly modified?: Date | number | undefined;
}

/** Options whose values hold. */
export interface CheckedZipOptions {
  readonly store: boolean;
  readonly level: number;
  readonly comment: Uint8Array;
  readonly modified: number;
}

/** An entry of a ZIP archive whose name and properties hold. */
export interface CheckedZipEntry extends CheckedEntry {
  readonly comment: Uint8Array;
  readonly store: boolean;
  readonly crc32: number | undefined;
}

const NO_COMMENT = new Uint8Array(0);
/** What the end of the central directory begins with: readers look for it from the end of the archive. */
const END_SIGNATURE = "PK\u0005\u0006";

/** @throws UsageError `ERR_SLUICE_ARCHIVE_ENTRY` */
export function checkZipOptions(options: ZipOptions): CheckedZipOptions {
  const { store = false, level = 6, comment, modified = NO_TIME } = options;
  if (typeof store !== "boolean") throw wrong("store", store);
  if (!isWhole(level, 9)) throw wrong("level", level);
  if (comment?.includes?.(END_SIGNATURE) === true) throw wrong("comment", comment);
  return { store, level, comment: checkComment(comment), modified: timeOf(modified) };
}

/**
 * Checks one entry; the CRC-32 of what is in memory is computed.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_MISMATCH`
 */
export function checkZipEntry(
  entry: ZipEntry,
  names: ArchiveNames,
  options: CheckedZipOptions,
): CheckedZipEntry {
  const { name, mode, type, modified, content, source, size } = checkEntry(entry, names, options.modified);
  const { store = options.store, crc32: announced } = entry;
  if (typeof store !== "boolean") throw wrong("store", store);
  if (announced !== undefined && !isWhole(announced, FULL32)) throw wrong("crc32", announced);
  const sum = content === undefined ? announced : crc32(content);
  if (announced !== undefined && sum !== announced) throw mismatch("another CRC-32", name);
  return {
    name,
    mode,
    type,
    modified,
    content,
    source,
    size,
    comment: checkComment(entry.comment),
    // There is nothing to gain in directories and links.
    store: store || type !== FILE || size === 0,
    crc32: sum,
  };
}

function checkComment(comment: string | undefined): Uint8Array {
  if (comment === undefined) return NO_COMMENT;
  if (typeof comment !== "string") throw wrong("comment", comment);
  const octets = Buffer.from(comment);
  if (octets.length > FULL16) throw wrong("comment", `${octets.length} octets`);
  return octets;
}
