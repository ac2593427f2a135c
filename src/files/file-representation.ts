import { hash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.ts";
import type { Pieces } from "../reply/body.ts";
import { FileDescriptor } from "./file-descriptor.ts";
import { FileSpan } from "./file-span.ts";
import { mediaTypeOf } from "./media-types.ts";
import { checkNames } from "../options.ts";
import type { Representation } from "./representation.ts";

/**
 * Milliseconds for which a file that has changed gets a weak tag. Two changes within one tick of the clock that stamps files look
 * the same, so a tag made in between would name two contents. The coarsest clock in use is FAT's, 2 s; ext3 and HFS+ have 1 s, and
 * Linux stamps from a clock that ticks every 1 to 10 ms, whatever the file system could hold.
 */
const YOUNG = 2000;

/** What {@link openFile} takes. */
export interface OpenFileOptions {
  /** The media type. Default: by the extension of the path. */
  readonly type?: string | undefined;
  /** An entity tag with its quotes in the place of the one that is made; false for none. */
  readonly etag?: string | false | undefined;
}

const OPTIONS = new Set<keyof OpenFileOptions>(["type", "etag"]);

/** A file that is open. */
export interface OpenedFile extends Representation {
  readonly size: number;
  readonly lastModified: number;
  close(): void;
}

/**
 * Opens a regular file as a {@link Representation}; every read is of the file that was opened, wherever its path leads later.
 *
 * Its entity tag is strong: a digest of its size, its times of modification and of change in nanoseconds, and its inode. A file
 * that has changed within the last two seconds, or in the future by this clock, gets a weak tag, which is another one. What the
 * tag can't see is a change without a trace: of a file that is mapped into memory and not yet written back, or on a server in the
 * network with a clock more than two seconds slow. Replace files by renaming, and whoever reads the old one gets all of it.
 *
 * A file that becomes shorter while it is read ends its body as incomplete (`ERR_SLUICE_SOURCE_SHORT`); of one that becomes longer
 * the announced octets are read. `close` must be called, once nothing more is read.
 * @param path a path, or a `file:` URL
 * @throws UsageError `ERR_SLUICE_FILE_NOT_FOUND`, `ERR_SLUICE_FILE_FORBIDDEN`, `ERR_SLUICE_FILE_KIND` where it's no regular file,
 * `ERR_SLUICE_OPTION`; Node's error for anything else, such as too many open files
 */
export async function openFile(path: string | URL, options: OpenFileOptions = {}): Promise<OpenedFile> {
  checkNames("", options, OPTIONS);
  const text = typeof path === "string" ? path : fileURLToPath(path);
  return represent(await FileDescriptor.open(text), text, options);
}

/** The representation of a file that is open, which is closed where it's no regular one. @throws UsageError `ERR_SLUICE_FILE_KIND` */
export function represent(file: FileDescriptor, path: string, { type, etag }: OpenFileOptions): OpenedFile {
  if (!file.stats.isFile()) {
    file.close();
    throw new UsageError("ERR_SLUICE_FILE_KIND", { found: path });
  }
  return new FileRepresentation(file, type ?? mediaTypeOf(path), etag);
}

class FileRepresentation implements OpenedFile {
  readonly size: number;
  readonly type: string;
  readonly etag: string | undefined;
  readonly lastModified: number;
  readonly local = true;
  readonly #file: FileDescriptor;

  constructor(file: FileDescriptor, type: string, etag: string | false | undefined) {
    const now = file.statsTime;
    this.#file = file;
    this.size = Number(file.stats.size);
    this.type = type;
    this.etag = etag === false ? undefined : (etag ?? fileTag(file.stats, now));
    // Last-Modified is never later than Date (RFC 9110 section 8.8.2.1).
    this.lastModified = Math.min(Number(file.stats.mtimeMs), now);
  }

  read(start: number, end: number): Pieces {
    return new FileSpan(this.#file, start, end);
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * The entity tag of a file: a digest, since inodes are nobody's business. The time of change is in it because, unlike the time of
 * modification, no program can set it back after it has written. Weak where the file is young.
 * @param now milliseconds since 1970, not later than when it was asked for its stats
 */
export function fileTag(stats: BigIntStats, now: number): string {
  const { size, mtimeNs, ctimeNs, ino } = stats;
  const digest = hash("sha256", BigInt64Array.of(size, mtimeNs, ctimeNs, ino), "base64url").slice(0, 22);
  const changed = stats.ctimeMs > stats.mtimeMs ? stats.ctimeMs : stats.mtimeMs;
  // Weak comparison sees the opaque tag alone, so the one of a young file must differ from the strong one that follows.
  return now - Number(changed) < YOUNG ? `W/"${digest}-new"` : `"${digest}"`;
}
