import { type BigIntStats, close, closeSync, constants, fstatSync, open, read } from "node:fs";
import { UsageError } from "../errors.ts";

/** Without O_NONBLOCK, opening a FIFO that nobody writes to takes a thread of the pool for ever. Windows has neither flag. */
const FLAGS = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);
const NOFOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;

/** Octets up to which a file is closed at once; the last close of a file that was deleted meanwhile frees its blocks, which takes time. */
const QUICK_CLOSE = 1024 * 1024;

/** Nothing has this name, or nothing can have it. */
const NOT_FOUND = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);
const FORBIDDEN = new Set(["EACCES", "EPERM"]);
/** A socket, or a device without a driver: opening it fails before anybody can ask what it is. */
const NO_FILE = new Set(["ENXIO", "ENODEV", "EOPNOTSUPP"]);

/** How something is opened. */
export interface OpenOptions {
  /** Whether a symbolic link at the end of the path is not found, in the place of what it leads to. Default false. */
  readonly nofollow?: boolean | undefined;
}

/** What a read calls back with: an error, or how many octets it got, 0 at the end of the file. */
export type ReadDone = (error: Error | null, octets: number) => void;

/**
 * Something open for reading, and what it was when it was opened. Everything is asked of the descriptor and not of the path, so
 * what is read is what was looked at, even where the path leads elsewhere meanwhile.
 *
 * The descriptor is closed exactly once: at {@link FileDescriptor.close}, or after the last read that is under way then.
 */
export class FileDescriptor {
  readonly stats: BigIntStats;
  /** When that was asked, in milliseconds since 1970. */
  readonly statsTime: number;
  #descriptor: number;
  #reads = 0;
  #closed = false;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.statsTime = Date.now();
    // The kernel has just read what this asks for, so it does not wait, and a second trip through the pool costs ten times more.
    this.stats = this.statsNow();
  }

  /**
   * Opens a file or a folder.
   * @throws UsageError `ERR_SLUICE_FILE_NOT_FOUND`, `ERR_SLUICE_FILE_FORBIDDEN`, `ERR_SLUICE_FILE_KIND`; Node's error for anything
   * else, such as too many open files
   */
  static open(path: string, { nofollow = false }: OpenOptions = {}): Promise<FileDescriptor> {
    return new Promise((resolve, reject) => {
      open(path, nofollow ? FLAGS | NOFOLLOW : FLAGS, (error, descriptor) => {
        if (error !== null) {
          reject(fileRefusal(error));
          return;
        }
        try {
          resolve(new FileDescriptor(descriptor));
        } catch (failure) {
          closeSync(descriptor);
          reject(failure);
        }
      });
    });
  }

  /** The number by which the system knows it, as long as it is open. */
  get number(): number {
    return this.#descriptor;
  }

  /** What it is now; not to be asked once it was closed. @throws Node's error */
  statsNow(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  /** Reads up to `length` octets at `position` to the beginning of `buffer`. */
  read(buffer: Uint8Array, length: number, position: number, done: ReadDone): void {
    if (this.#closed) {
      // Its number may be another file's by now.
      const error = new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a read of a file that was closed" });
      process.nextTick(done, error, 0);
      return;
    }
    this.#reads++;
    read(this.#descriptor, buffer, 0, length, position, (error, octets) => {
      this.#reads--;
      if (this.#closed && this.#reads === 0) this.#release();
      done(error, octets);
    });
  }

  /** Lets go of it, after the reads under way. Further calls do nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#reads === 0) this.#release();
  }

  #release(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    // Nothing was written, so a close that fails loses nothing.
    if (this.stats.size > QUICK_CLOSE) {
      close(descriptor, () => {});
      return;
    }
    try {
      closeSync(descriptor);
    } catch {}
  }
}

/** Why something could not be opened, or looked for. The path stands in the cause alone: it is nobody's business on the other side. */
export function fileRefusal(error: NodeJS.ErrnoException): Error {
  const { code = "" } = error;
  if (NOT_FOUND.has(code)) return new UsageError("ERR_SLUICE_FILE_NOT_FOUND", { cause: error });
  if (FORBIDDEN.has(code)) return new UsageError("ERR_SLUICE_FILE_FORBIDDEN", { cause: error });
  if (NO_FILE.has(code)) return new UsageError("ERR_SLUICE_FILE_KIND", { cause: error });
  return error;
}
