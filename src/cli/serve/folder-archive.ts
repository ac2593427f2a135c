import { realpath } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { SluiceError } from "../../errors.ts";
import { zipFolder } from "../../files/archives/zip.ts";
import type { FilesRequest } from "../../files/folder.ts";
import { isServable, readFolderPath } from "../../files/folder-path.ts";
import { FolderRoot } from "../../files/folder-root.ts";
import type { Resource } from "../../reply/resource.ts";
import { contentDisposition } from "../../semantics/content-disposition.ts";

const ZIP = ".zip";

/**
 * Folders as ZIP archives: `/photos.zip` and `/photos/?zip` are what `/photos/` holds, stored, so with a size and ranges. What is not
 * served is not in it: names that begin with a dot, and symbolic links.
 */
export class FolderArchives {
  readonly #path: string;
  readonly #root: FolderRoot;

  /** @throws as `files` */
  constructor(path: string) {
    this.#path = resolve(path);
    this.#root = new FolderRoot(path, "inside");
  }

  /** The archive that a request means; undefined where it means something else: a file of that name comes first. */
  async find(request: FilesRequest): Promise<Resource | undefined> {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const path = readFolderPath(request.path, "", false);
    if ("refusal" in path) return undefined;
    const { names, slash } = path;
    if (asksForZip(request.target)) return this.#archive(names);
    const last = names.at(-1);
    if (slash || last === undefined || !last.endsWith(ZIP)) return undefined;
    const folder = last.slice(0, -ZIP.length);
    // On Windows a name may become one that isn't served when its end is taken away.
    if (!isServable(folder, false) || (await this.#isFolder(names)) !== undefined) return undefined;
    return this.#archive([...names.slice(0, -1), folder]);
  }

  async #archive(names: readonly string[]): Promise<Resource | undefined> {
    if ((await this.#isFolder(names)) !== true) return undefined;
    // No link is in this path any more, and none is followed below it.
    const [place, root] = await Promise.all([realpath(join(this.#path, ...names)), realpath(this.#path)]);
    if (place !== root && !place.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
    const name = names.at(-1) ?? (basename(root) || "root");
    return zipFolder(place, {
      store: true,
      filter: (path) => isServable(basename(path), false),
      headers: { "Content-Disposition": contentDisposition("attachment", name + ZIP) },
    });
  }

  /** Undefined where there is nothing that may be served. */
  async #isFolder(names: readonly string[]): Promise<boolean | undefined> {
    try {
      const file = await this.#root.open(names);
      file.close();
      return file.stats.isDirectory();
    } catch (error) {
      if (error instanceof SluiceError) return undefined;
      throw error;
    }
  }
}

/** `?zip`, alone or among others. */
function asksForZip(target: string): boolean {
  const mark = target.indexOf("?");
  return mark !== -1 && new URLSearchParams(target.slice(mark + 1)).has("zip");
}
