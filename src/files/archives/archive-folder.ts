import { type BigIntStats, constants } from "node:fs";
import { lstat, open, opendir, readlink } from "node:fs/promises";
import { join, resolve } from "node:path";
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

/** How much of a file is read in one go. */
const PIECE = 262_144;
/** Opens no link that has taken the place of a file, and doesn't wait for the writer of a pipe that has. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Everything below a folder, as entries of an archive: directories before what is in them, empty ones too, in the order of their
 * names' code units; one directory is held in memory at a time for each level. Files are opened when their turn comes. Devices,
 * sockets and pipes are left out.
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
    const stats = await lstat(place, { bigint: true });
    const shown = stats.isDirectory() ? `${name}/` : name;
    if (filter !== undefined && !filter(shown)) continue;
    const shared = { name: shown, modified: Number(stats.mtimeMs), mode: Number(stats.mode) & 0o777 };
    if (stats.isDirectory()) {
      yield shared;
      levels.push({ prefix: shown, names: await namesIn(place) });
    } else if (stats.isFile()) {
      yield { ...shared, source: fileOctets(place, name, stats) };
    } else if (stats.isSymbolicLink() && symlinks === "store") {
      yield { ...shared, symlink: await readlink(place) };
    }
  }
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

/** A file as it was when it was listed: one that has another size by the time it is read is an error. */
function fileOctets(path: string, name: string, stats: BigIntStats): RangeSource {
  const state = [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs, name].join();
  const listed = LISTED.get(path);
  LISTED.delete(path);
  const source = listed?.state === state ? listed.source : newSource(path, name, stats);
  LISTED.set(path, { state, source });
  if (LISTED.size > LISTED_LIMIT) LISTED.delete(LISTED.keys().next().value!);
  return source;
}

function newSource(path: string, name: string, stats: BigIntStats): RangeSource {
  const size = Number(stats.size);
  return {
    size,
    etag: `"${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}"`,
    lastModified: Number(stats.mtimeMs),
    read: (start, end) => readFile(path, name, size, start, end),
  };
}

async function* readFile(
  path: string,
  name: string,
  size: number,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, FLAGS);
  try {
    const check = async (): Promise<void> => {
      const now = await file.stat();
      if (!now.isFile() || now.size !== size)
        throw mismatch(`${now.size} octets instead of ${size}`, Buffer.from(name));
    };
    await check();
    for (let at = start; at < end;) {
      const octets = Buffer.allocUnsafeSlow(Math.min(end - at, PIECE));
      const { bytesRead } = await file.read(octets, 0, octets.length, at);
      if (bytesRead === 0) throw mismatch(`${at} octets instead of ${size}`, Buffer.from(name));
      at += bytesRead;
      yield octets.subarray(0, bytesRead);
    }
    // It may have grown meanwhile.
    if (end === size && size > PIECE) await check();
  } finally {
    await file.close();
  }
}
