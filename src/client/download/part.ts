import { open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../../errors.ts";
import { type Claim, claim } from "./claim.ts";
import { diskFailure, pathRefusal } from "./disk-errors.ts";
import { formatJournal, type Journal, parseJournal } from "./journal.ts";
import { PartFile } from "./part-file.ts";
import type { Tuning } from "./tuning.ts";

/** A journal and the file that goes with it, or why there is none of use; undefined where nothing was left behind. */
export type Leftover = Journal | { readonly fault: string } | undefined;

/**
 * What a download keeps beside its path until it is complete: the octets in `path.part`, what is known of them in
 * `path.part.journal`, and in `path.part.lock` who is at it.
 */
export class Part {
  readonly #path: string;
  readonly #tuning: Tuning;
  readonly #claim: Claim;
  #file: PartFile | undefined;
  // What the journal on the disk says, so that it isn't written twice.
  #journaled = "";

  private constructor(path: string, tuning: Tuning, held: Claim) {
    this.#path = path;
    this.#tuning = tuning;
    this.#claim = held;
  }

  /** @throws UsageError `ERR_SLUICE_DOWNLOAD_LOCKED`, `_FOLDER`, `_FORBIDDEN`, `_KIND`; EndedError `ERR_SLUICE_DISK_FULL`, `ERR_SLUICE_DISK` */
  static async claim(path: string, tuning: Tuning): Promise<Part> {
    await checkPath(path);
    return new Part(path, tuning, await claim(`${path}.part.lock`));
  }

  /** The file, once there is one. */
  get file(): PartFile {
    return this.#file!;
  }

  get #journal(): string {
    return `${this.#path}.part.journal`;
  }

  get #partPath(): string {
    return `${this.#path}.part`;
  }

  /** What an earlier download has left, with its file opened. @param url where this one goes to */
  async load(url: string): Promise<Leftover> {
    const text = await readFile(this.#journal, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw pathRefusal(error);
    });
    const size = await stat(this.#partPath).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (text === undefined || size === undefined) return undefined;
    const journal = parseJournal(text);
    if ("fault" in journal) return journal;
    if (journal.url !== url) return { fault: "it was begun from another URL" };
    const { done } = journal;
    if (done.length === 0) return undefined;
    if (size < done[done.length - 1].end) return { fault: "its part file is shorter than its journal says" };
    this.#file = await PartFile.open(this.#partPath, this.#tuning.open);
    this.#journaled = text;
    return journal;
  }

  /**
   * Begins with an empty file of this size, sparse until it is written.
   * @param journal undefined where nothing could be taken up again: then there is none
   */
  async begin(journal: Journal | undefined, size: number | undefined): Promise<void> {
    this.#file ??= await PartFile.open(this.#partPath, this.#tuning.open);
    // A journal first, and on the disk: one that stands beside other octets than its own would lie. Where there is none it can wait.
    if (await isThere(this.#journal)) {
      if (journal !== undefined) await this.#writeJournal(formatJournal(journal));
      else {
        await this.#removeJournal();
        await syncFolder(dirname(this.#path));
      }
    }
    await this.#file.truncate(0);
    if (size !== undefined) await this.#file.truncate(size);
  }

  /**
   * Writes a journal down, where it says more than the one that is there. All that it says is there has been written before; now it is on the
   * disk, and then the journal is.
   */
  async flush(journal: Journal): Promise<void> {
    const text = formatJournal(journal);
    if (text === this.#journaled || (this.#journaled === "" && journal.done.length === 0)) return;
    await this.file.datasync();
    await this.#writeJournal(text);
  }

  /** It is complete, and moves to its path at once. The file is on the disk before its name is. */
  async complete(): Promise<void> {
    await this.file.sync();
    await this.#close();
    try {
      await this.#tuning.rename(this.#partPath, this.#path);
      await this.#removeJournal();
    } catch (error) {
      throw pathRefusal(error);
    }
    await syncFolder(dirname(this.#path));
  }

  /** It is complete and not what it should be: kept for whoever wants to look, where nobody takes it for what it is not. */
  async setAside(): Promise<void> {
    await this.#close();
    await this.#removeJournal();
    await this.#tuning.rename(this.#partPath, `${this.#path}.corrupt`);
  }

  /** Nothing of it is of use. */
  async discard(): Promise<void> {
    await this.#close();
    await this.#removeJournal();
    await rm(this.#partPath, { force: true });
  }

  /** Lets go of everything. Never rejects. */
  async release(): Promise<void> {
    await this.#close().catch(() => {});
    await this.#claim.release();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #removeJournal(): Promise<void> {
    this.#journaled = "";
    await rm(this.#journal, { force: true });
    await rm(`${this.#journal}.new`, { force: true });
  }

  /** Replaces it as a whole. Private, since a URL can hold what nobody else should know. */
  async #writeJournal(text: string): Promise<void> {
    const name = `${this.#journal}.new`;
    try {
      await rm(name, { force: true });
      const handle = await open(name, "wx", 0o600);
      try {
        await handle.writeFile(text);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await this.#tuning.rename(name, this.#journal);
      this.#journaled = text;
    } catch (error) {
      throw pathRefusal(error);
    }
  }
}

/** @throws UsageError where no file can be at this path */
async function checkPath(path: string): Promise<void> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new UsageError("ERR_SLUICE_DOWNLOAD_KIND", { found: path });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw pathRefusal(error);
    // A file that is not there yet; or its folder is not, which the claim will find.
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The names in a folder are on the disk, too. Some systems have no such thing for folders, and Windows refuses to open them. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EIO") throw diskFailure(error);
  }
}
