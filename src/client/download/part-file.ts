import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { UsageError } from "../../errors.ts";
import { diskFailure, pathRefusal } from "./disk-errors.ts";

/** What is asked of an open file. */
export type WritableHandle = Pick<
  FileHandle,
  "writev" | "read" | "stat" | "truncate" | "datasync" | "sync" | "close"
>;

/** Opens a file; in tests one that fails as a full disk does. */
export type OpenHandle = (path: string, flags: number, mode: number) => Promise<WritableHandle>;

// A link in its place could lead anywhere, and a pipe would take a thread of the pool for ever. Windows has neither flag.
const NOFOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const NONBLOCK = (constants.O_NONBLOCK as number | undefined) ?? 0;
const FLAGS = constants.O_RDWR | constants.O_CREAT | NOFOLLOW | NONBLOCK;

/** More would only fill the memory: a disk that two writes don't keep busy is not waiting for a third. */
const WRITES_IN_FLIGHT = 2;

/** A file that is written at any position, by a few writers at a time. Everything it throws has a code. */
export class PartFile {
  readonly #handle: WritableHandle;
  #writes = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(handle: WritableHandle) {
    this.#handle = handle;
  }

  /**
   * Opens a file, and makes it where it isn't there.
   * @throws UsageError `ERR_SLUICE_DOWNLOAD_FOLDER`, `ERR_SLUICE_DOWNLOAD_FORBIDDEN`, `ERR_SLUICE_DOWNLOAD_KIND` where it is no regular file
   */
  static async open(path: string, openHandle: OpenHandle = open): Promise<PartFile> {
    let handle;
    try {
      handle = await openHandle(path, FLAGS, 0o666);
      if (!(await handle.stat()).isFile()) throw new UsageError("ERR_SLUICE_DOWNLOAD_KIND", { found: path });
      return new PartFile(handle);
    } catch (error) {
      await handle?.close();
      throw pathRefusal(error);
    }
  }

  /** Octets from its first to its last one, those that were never written included. */
  size(): Promise<number> {
    return guarded(async () => (await this.#handle.stat()).size);
  }

  /** Makes it that long; what is added takes no room before it is written. */
  truncate(size: number): Promise<void> {
    return guarded(() => this.#handle.truncate(size));
  }

  /** Writes pieces one behind the other; they may not change until then. Waits for its turn where two writes are under way. */
  async write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    // Whoever ends a write hands its place on.
    if (this.#writes === WRITES_IN_FLIGHT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#writes++;
    try {
      await guarded(() => this.#writeAll(pieces, position));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#writes--;
      else next();
    }
  }

  /** Reads up to the length of the buffer; how many octets that were, 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number> {
    return guarded(async () => (await this.#handle.read(buffer, 0, buffer.length, position)).bytesRead);
  }

  /** What was written before survives the power's failing. */
  datasync(): Promise<void> {
    return guarded(() => this.#handle.datasync());
  }

  /** The same, with all that the folder says of it. */
  sync(): Promise<void> {
    return guarded(() => this.#handle.sync());
  }

  close(): Promise<void> {
    return guarded(() => this.#handle.close());
  }

  async #writeAll(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let rest = pieces;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest as Uint8Array[], position);
      position += bytesWritten;
      rest = behind(rest, bytesWritten);
    }
  }
}

/** The pieces without their first octets. */
function behind(pieces: readonly Uint8Array[], octets: number): readonly Uint8Array[] {
  let at = 0;
  while (at < pieces.length && octets >= pieces[at].length) octets -= pieces[at++].length;
  const rest = pieces.slice(at);
  if (octets > 0) rest[0] = rest[0].subarray(octets);
  return rest;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFailure(error);
  }
}
