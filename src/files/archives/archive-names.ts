import { UsageError } from "../../errors.ts";

/** The most octets that a name has: the length field of a ZIP header has 16 bits. */
const LONGEST_NAME = 65_535;

/** Control characters, halves of a surrogate pair, and the backslash, which separates folders for some readers only. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\\]/u;
const DRIVE = /^[A-Za-z]:/;

/** What a name stands for. A folder is implied where only something inside it was named. */
type Standing = "leaf" | "folder" | "implied";

/**
 * The names of one archive: each is a relative path that stays inside the folder it is unpacked in, and each stands once.
 *
 * Names that differ only by Unicode normalisation are the same name; names that differ by case are two, though not on every disk.
 * Nothing stands beneath a file or a symbolic link, since whoever unpacks would write through the link.
 */
export class ArchiveNames {
  readonly #standings = new Map<string, Standing>();

  /**
   * Takes one name.
   * @param folder whether it is a directory, with or without the slash at its end
   * @returns the name in UTF-8, with a slash at its end for a directory
   * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`
   */
  take(name: string, folder: boolean): Buffer {
    checkPath(name);
    const path = name.endsWith("/") ? name.slice(0, -1) : name;
    const octets = Buffer.from(folder ? `${path}/` : path);
    if (octets.length > LONGEST_NAME) throw refused(name);
    const key = path.normalize("NFC");
    const standing = this.#standings.get(key);
    if (standing !== undefined && !(folder && standing === "implied")) throw duplicate(name);
    this.#standings.set(key, folder ? "folder" : "leaf");
    // A parent that is known has parents that are known.
    for (let slash = key.lastIndexOf("/"); slash !== -1; slash = key.lastIndexOf("/", slash - 1)) {
      const parent = key.slice(0, slash);
      const above = this.#standings.get(parent);
      if (above === "leaf") throw duplicate(name);
      if (above !== undefined) break;
      this.#standings.set(parent, "implied");
    }
    return octets;
  }
}

/**
 * The target of a symbolic link, in UTF-8. It's relative and stays inside the archive; `..` only stands at its beginning, because
 * behind the name of another link it would lead anywhere.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`
 */
export function linkTarget(name: string, target: string): Buffer {
  const octets = Buffer.from(target);
  if (target === "" || FORBIDDEN.test(target) || DRIVE.test(target) || octets.length > LONGEST_NAME)
    throw refused(target);
  let depth = name.split("/").length - 1;
  let descends = false;
  for (const segment of target.split("/")) {
    if (segment === "") throw refused(target);
    if (segment === "..") {
      depth -= 1;
      if (descends || depth < 0) throw refused(target);
    } else if (segment !== ".") {
      descends = true;
    }
  }
  return octets;
}

function checkPath(name: string): void {
  if (typeof name !== "string") throw refused(`a ${typeof name}`);
  if (name === "" || FORBIDDEN.test(name) || DRIVE.test(name)) throw refused(name);
  // An empty segment is also what stands before a slash at the beginning; the one behind the last slash marks a directory.
  const path = name.endsWith("/") ? name.slice(0, -1) : name;
  for (const segment of path.split("/")) {
    if (segment === "" || segment === "." || segment === "..") throw refused(name);
  }
}

function refused(name: string): UsageError {
  return new UsageError("ERR_SLUICE_ARCHIVE_NAME", { found: name });
}

function duplicate(name: string): UsageError {
  return new UsageError("ERR_SLUICE_ARCHIVE_DUPLICATE", { found: name });
}
