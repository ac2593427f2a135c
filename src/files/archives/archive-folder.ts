import type { BigIntStats } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "../../errors.ts";
import type { BodyPiece } from "../../reply/piece.ts";
import { FileDescriptor } from "../file-descriptor.ts";
import { fileTag } from "../file-representation.ts";
import { FileSpan } from "../file-span.ts";
import type { ArchiveEntry } from "./archive-entry.ts";
import { mismatch, type RangeSource } from "./archive-source.ts";

/** What of a folder goes into an archive. */
export interface ArchiveFolderOptions {
  /**
   * What becomes of symbolic links: `"skip"` leaves them out, `"store"` keeps them as links, which is an error for one that leads out
   * of the folder. None is ever followed. Default: `"skip"`
   */
  readonly symlinks?: "skip" | "store" | undefined;
  /** Says for each name, a directory's with a slash at its end, whether it goes in; what is in a directory that doesn't stays out, too. */
  readonly filter?: ((name: string) => boolean) | undefined;
}

/** @throws UsageError `ERR_SLUICE_OPTION` */
export function checkFolderOptions({ symlinks = "skip", filter }: ArchiveFolderOptions): void {
  if (symlinks !== "skip" && symlinks !== "store")
    throw new UsageError("ERR_SLUICE_OPTION", { found: `symlinks: ${String(symlinks)}` });
  if (filter !== undefined && typeof filter !== "function")
    throw new UsageError("ERR_SLUICE_OPTION", { found: `filter: a ${typeof filter}` });
}

/**
 * Everything below a folder, as entries of an archive: directories before what is in them, empty ones too, in the order of their
 * names' code units; one directory is held in memory at a time for each level. Files are opened when their turn comes. Devices,
 * sockets and pipes are left out, and so is what goes away meanwhile, or has a name that is not UTF-8.
 * @throws what node:fs throws, e.g. for a folder that doesn't exist
 */
export async function* folderEntries(
  path: string,
  options: ArchiveFolderOptions = {},
): AsyncGenerator<ArchiveEntry, void> {
  const { symlinks = "skip", filter } = options;
  const root = resolve(path);
  const levels: { readonly prefix: string; readonly names: string[] }[] = [
    { prefix: "", names: await namesIn(root) },
  ];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const own = level.names.pop();
    if (own === undefined) {
      levels.pop();
      continue;
    }
    const name = level.prefix + own;
    const place = join(root, name);
    const now = Date.now();
    const stats = await lstat(place, { bigint: true }).catch(ifGone);
    if (stats === undefined) continue;
    const shown = stats.isDirectory() ? `${name}/` : name;
    if (filter !== undefined && !filter(shown)) continue;
    const shared = { name: shown, modified: Number(stats.mtimeMs), mode: Number(stats.mode) & 0o777 };
    if (stats.isDirectory()) {
      yield shared;
      levels.push({ prefix: shown, names: await namesIn(place) });
    } else if (stats.isFile()) {
      yield { ...shared, source: fileOctets(place, name, stats, now) };
    } else if (stats.isSymbolicLink() && symlinks === "store") {
      yield { ...shared, symlink: await readlink(place) };
    }
  }
}

/** What has gone since its directory was read, or has a name that is no UTF-8 and can't be asked for, is left out. */
function ifGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** The names in a directory, the last first, so that the next is taken from the end. */
async function namesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(path)) names.push(name);
  return names.toSorted((one, other) => (one < other ? 1 : -1));
}

/**
 * The sources of files that were listed before, the latest used last. What has been found out about a source, such as its checksum,
 * is known to whoever gets the same object: so a download can be resumed without all files being read again.
 */
const LISTED = new Map<string, { readonly state: string; readonly source: RangeSource }>();
/** How many of them are kept: some 10 MB. */
const LISTED_LIMIT = 20_000;

/** A file as it was when it was listed: one that is another by the time it is read is an error. */
function fileOctets(path: string, name: string, stats: BigIntStats, now: number): RangeSource {
  const etag = fileTag(stats, now);
  // The tag is in it, since nothing that was found out about a young file holds for one that has the same times later.
  const state = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, etag, name].join();
  const listed = LISTED.get(path);
  LISTED.delete(path);
  const source = listed?.state === state ? listed.source : newSource(path, name, stats, etag);
  LISTED.set(path, { state, source });
  if (LISTED.size > LISTED_LIMIT) LISTED.delete(LISTED.keys().next().value!);
  return source;
}

function newSource(path: string, name: string, stats: BigIntStats, etag: string): RangeSource {
  return {
    size: Number(stats.size),
    etag,
    lastModified: Number(stats.mtimeMs),
    read: (start, end) => readListed(path, name, stats, start, end),
  };
}

/** What is sent is what was listed, or else an error: other octets would go out under a tag that isn't theirs. */
async function* readListed(
  path: string,
  name: string,
  listed: BigIntStats,
  start: number,
  end: number,
): AsyncGenerator<BodyPiece, void> {
  const file = await FileDescriptor.open(path, { nofollow: true });
  try {
    checkUnchanged(name, listed, file.stats);
    yield* new FileSpan(file, start, end);
    checkUnchanged(name, listed, file.statsNow());
  } finally {
    file.close();
  }
}

/**
 * The time of change may be another one where the file has fewer links than it had: who deletes it, or puts another one in its place,
 * changes its state and not its octets, and whoever is reading the old one gets all of it.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_MISMATCH`
 */
function checkUnchanged(name: string, listed: BigIntStats, now: BigIntStats): void {
  const { size, mtimeNs, ctimeNs, ino, dev, nlink } = listed;
  if (now.size !== size) throw mismatch(`${now.size} octets instead of ${size}`, Buffer.from(name));
  const same = now.mtimeNs === mtimeNs && now.ino === ino && now.dev === dev;
  if (!same || (now.ctimeNs !== ctimeNs && now.nlink >= nlink))
    throw mismatch("a file changed since it was listed", Buffer.from(name));
}
