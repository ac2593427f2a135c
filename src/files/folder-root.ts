import { type Dir, opendir, readlinkSync, realpath, realpathSync, stat, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { UsageError } from "../errors.ts";
import { FileDescriptor, fileRefusal } from "./file-descriptor.ts";

/**
 * What a symbolic link below a folder may do: lead to anything inside the folder, lead anywhere, or nothing. Whoever may write into a
 * folder whose links are followed can publish every file that the server can read.
 */
export type SymlinkPolicy = "inside" | "follow" | "refuse";

const realPath = promisify(realpath.native);
const status = promisify(stat);
const openFolder = promisify(opendir);

/** Entries that are read from the disk at once. */
const ENTRIES = 256;

/** A folder that nothing leads out of. */
export class FolderRoot {
  readonly #path: string;
  readonly #policy: SymlinkPolicy;
  /** Where the folder really is; it changes where its path has a link in it that is put in the place of another one. */
  #real: string;

  /** @throws UsageError `ERR_SLUICE_FILE_NOT_FOUND`, `ERR_SLUICE_FILE_KIND` where it's no folder */
  constructor(path: string | URL, policy: SymlinkPolicy) {
    this.#path = resolve(typeof path === "string" ? path : fileURLToPath(path));
    this.#policy = policy;
    try {
      this.#real = realpathSync.native(this.#path);
    } catch (cause) {
      throw new UsageError("ERR_SLUICE_FILE_NOT_FOUND", { found: this.#path, cause });
    }
    if (!statSync(this.#real).isDirectory())
      throw new UsageError("ERR_SLUICE_FILE_KIND", { found: this.#path });
  }

  /**
   * Opens a file or folder below. It is opened first, and then asked where it is: a check before would say nothing about what a link
   * leads to a moment later. Hard links can't be told from the file itself.
   * @param names servable names, see `isServable`
   * @throws UsageError `ERR_SLUICE_FILE_NOT_FOUND`, where the policy forbids it too, `ERR_SLUICE_FILE_FORBIDDEN`,
   * `ERR_SLUICE_FILE_KIND`
   */
  async open(names: readonly string[]): Promise<FileDescriptor> {
    const path = join(this.#path, ...names);
    const file = await FileDescriptor.open(path);
    if (this.#policy === "follow") return file;
    try {
      const place = placeOf(file) ?? (await searchedPlaceOf(file, path));
      if (this.#allows(place, names)) return file;
      // The folder itself may have been replaced by another one since it was looked at.
      this.#real = await realPath(this.#path);
      if (this.#allows(place, names)) return file;
    } catch (error) {
      // Where its path is asked for, it may be gone by now.
      file.close();
      throw fileRefusal(error as Error);
    }
    file.close();
    throw new UsageError("ERR_SLUICE_FILE_NOT_FOUND", {
      found: "a symbolic link that the option symlinks forbids",
    });
  }

  /**
   * Begins to read a folder that {@link FolderRoot.open} has opened, which is closed by it. By its descriptor where the system allows
   * it; elsewhere by its path, which may lead to another folder by now.
   * @throws as {@link FolderRoot.open}
   */
  async read(folder: FileDescriptor, names: readonly string[]): Promise<Dir> {
    try {
      const path = placeOf(folder) === undefined ? join(this.#path, ...names) : byDescriptor(folder);
      return await openFolder(path, { bufferSize: ENTRIES });
    } catch (error) {
      throw fileRefusal(error as Error);
    } finally {
      folder.close();
    }
  }

  #allows(place: string | undefined, names: readonly string[]): boolean {
    if (place === undefined) return false;
    if (this.#policy === "refuse") return place === join(this.#real, ...names);
    const real = this.#real;
    return place === real || place.startsWith(real.endsWith(sep) ? real : real + sep);
  }
}

const byDescriptor = (file: FileDescriptor): string => `/proc/self/fd/${file.number}`;

/** Where an open file is, as the kernel knows it: exact and without a wait. Undefined where there is no `/proc`. */
function placeOf(file: FileDescriptor): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    return readlinkSync(byDescriptor(file));
  } catch {
    return undefined;
  }
}

/** Where an open file is, on other systems: where its path leads now, if that is still the same file. */
async function searchedPlaceOf(file: FileDescriptor, path: string): Promise<string | undefined> {
  const place = await realPath(path);
  const { dev, ino } = await status(place, { bigint: true });
  return dev === file.stats.dev && ino === file.stats.ino ? place : undefined;
}
