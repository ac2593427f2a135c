import { UsageError } from "../../errors.ts";
import { type ArchiveNames, linkTarget } from "./archive-names.ts";
import { announcedSize, type EntrySource, isBlob, isRangeSource, octetsInMemory } from "./archive-source.ts";

/** One entry of an archive: a file, a directory or a symbolic link. */
export interface ArchiveEntry {
  /** A relative path with slashes; one at the end makes it a directory. */
  readonly name: string;
  /** What a file holds; a directory and a link have none. */
  readonly source?: EntrySource | undefined;
  /** True for a directory. Default: whether the name ends with a slash. */
  readonly directory?: boolean | undefined;
  /** The target of a symbolic link: a relative path that stays inside the archive. */
  readonly symlink?: string | undefined;
  /** When it last changed; a number counts milliseconds since 1970. Default: what the source says, or the archive's `modified`. */
  readonly modified?: Date | number | undefined;
  /** The permission bits. Default: 0o644, for a directory 0o755, for a link 0o777. */
  readonly mode?: number | undefined;
  /** How many octets the source has. An entry that has another number is an error, and the archive is broken off. */
  readonly size?: number | undefined;
}

/** The kinds of entries, as the file type bits of a Unix mode. */
export const FILE = 0o100000;
export const DIRECTORY = 0o040000;
export const SYMLINK = 0o120000;

/** The time of entries that have none: the same octets come out of the same entries, whenever that is. */
export const NO_TIME: number = Date.UTC(1980, 0, 1);

/** An entry whose name and properties hold. */
export interface CheckedEntry {
  /** UTF-8. */
  readonly name: Uint8Array;
  /** File type and permission bits. */
  readonly mode: number;
  readonly type: typeof FILE | typeof DIRECTORY | typeof SYMLINK;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** The octets, where they are in memory; of a link its target. */
  readonly content: Uint8Array | undefined;
  /** Where they come from otherwise. */
  readonly source: unknown;
  /** How many octets it has, where that is known. */
  readonly size: number | undefined;
}

const NOTHING = new Uint8Array(0);

/**
 * Checks one entry.
 * @param modified the time of an entry that has none
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_MISMATCH` where the source is known to have another size than the entry says
 */
export function checkEntry(entry: ArchiveEntry, names: ArchiveNames, modified: number): CheckedEntry {
  if (typeof entry !== "object" || entry === null) throw wrong("an entry", entry);
  const { name, source, symlink } = entry;
  if (typeof name !== "string") throw wrong("name", name);
  const directory = entry.directory ?? name.endsWith("/");
  if (typeof directory !== "boolean") throw wrong("directory", directory);
  if (!directory && name.endsWith("/")) throw wrong("directory", "false for a name with a slash at its end");
  const type = directory ? DIRECTORY : symlink === undefined ? FILE : SYMLINK;
  if (type === FILE && (source === undefined || source === null)) throw wrong("source", source);
  if (type !== FILE && source !== undefined) throw wrong("source", "one of a directory or a link");
  if (directory && symlink !== undefined) throw wrong("symlink", "one of a directory");
  const { mode = type === FILE ? 0o644 : type === DIRECTORY ? 0o755 : 0o777 } = entry;
  if (!isWhole(mode, 0o177777)) throw wrong("mode", mode);
  const octets = names.take(name, directory);
  const content =
    type === FILE ? octetsInMemory(source) : type === DIRECTORY ? NOTHING : target(name, symlink);
  const known = content?.length ?? announcedSize(source);
  return {
    name: octets,
    mode: type | (mode & 0o7777),
    type,
    modified: timeOf(entry.modified ?? ownTime(source) ?? modified),
    content,
    source: content === undefined ? source : undefined,
    size: checkSize(name, known, entry.size),
  };
}

/** A moment in milliseconds since 1970. @throws UsageError `ERR_SLUICE_ARCHIVE_ENTRY` */
export function timeOf(moment: Date | number): number {
  const time = Number(moment);
  if ((typeof moment !== "number" && !(moment instanceof Date)) || !Number.isFinite(time))
    throw wrong("modified", moment);
  return time;
}

/** Whether it is a whole number from 0 to a limit. */
export function isWhole(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= limit;
}

/** A property that an entry, or an archive, can't have. */
export function wrong(property: string, found: unknown): UsageError {
  const shown = typeof found === "object" && found !== null ? "an object" : String(found);
  return new UsageError("ERR_SLUICE_ARCHIVE_ENTRY", { found: `${property}: ${shown}` });
}

function target(name: string, symlink: unknown): Uint8Array {
  if (typeof symlink !== "string") throw wrong("symlink", symlink);
  return linkTarget(name, symlink);
}

/** When the source says that it last changed. */
function ownTime(source: unknown): number | undefined {
  // A File is a Blob with a time.
  return isRangeSource(source) || isBlob(source)
    ? (source as { readonly lastModified?: number | undefined }).lastModified
    : undefined;
}

function checkSize(name: string, known: number | undefined, said: number | undefined): number | undefined {
  if (said !== undefined && !isWhole(said, Number.MAX_SAFE_INTEGER)) throw wrong("size", said);
  if (known !== undefined && !isWhole(known, Number.MAX_SAFE_INTEGER))
    throw wrong("size of the source", known);
  if (known !== undefined && said !== undefined && known !== said) {
    throw new UsageError("ERR_SLUICE_ARCHIVE_MISMATCH", {
      found: `${known} octets instead of ${said}: ${name}`,
    });
  }
  return known ?? said;
}
