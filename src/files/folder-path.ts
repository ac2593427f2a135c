/** What a path says about a file below a folder: its names in order, or why it says nothing. */
export type FolderPath =
  | { readonly names: readonly string[]; readonly slash: boolean }
  /**
   * 400: no client that keeps to the rules of URLs sends it. 404: there is no such file, whatever the folder holds. `outside`: it
   * doesn't begin with the prefix, so the folder has nothing to say of it.
   */
  | { readonly refusal: 400 | 404 | "outside" };

const BAD: FolderPath = { refusal: 400 };
const NONE: FolderPath = { refusal: 404 };
const OUTSIDE: FolderPath = { refusal: "outside" };

// Separators of any system, drives and alternate streams of Windows, control characters, halves of characters.
const UNSAFE = /[/\\:\p{Cc}\p{Cs}]/u;
// Windows opens these without looking at the folder, whatever the extension, and drops dots and spaces at the end of a name.
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
const DROPPED_END = /[. ]$/;
// Short names of the old file systems: GIT~1 is .git.
const SHORT_NAME = /~\d/;

/**
 * Reads the path of a request, with the prefix taken off.
 *
 * ```
 * path-absolute = "/" [ segment-nz *( "/" segment ) ]
 * pchar         = unreserved / pct-encoded / sub-delims / ":" / "@"
 * ```
 *
 * Stricter than RFC 3986 section 3.3: each segment is decoded once and must be UTF-8; dot segments, which clients take out before
 * they ask, are refused in any spelling; empty segments name nothing, so a path has one spelling and `//` never begins a redirect.
 * @param dotfiles whether names that begin with a dot are served
 */
export function readFolderPath(path: string, prefix: string, dotfiles: boolean): FolderPath {
  if (!path.startsWith(prefix)) return OUTSIDE;
  const rest = path.slice(prefix.length);
  if (rest === "" && prefix !== "") return { names: [], slash: false };
  if (!rest.startsWith("/")) return OUTSIDE;
  const segments = rest.slice(1).split("/");
  const slash = segments.at(-1) === "";
  if (slash) segments.pop();
  const names: string[] = [];
  let servable = true;
  for (const segment of segments) {
    const name = decoded(segment);
    if (name === undefined || name === "." || name === "..") return BAD;
    servable &&= isServable(name, dotfiles);
    names.push(name);
  }
  return servable ? { names, slash } : NONE;
}

/** Whether a file of this name is ever served, so also whether it is listed. */
export function isServable(
  name: string,
  dotfiles: boolean,
  windows: boolean = process.platform === "win32",
): boolean {
  if (name === "" || UNSAFE.test(name)) return false;
  if (name.startsWith(".") && (!dotfiles || name === "." || name === "..")) return false;
  return !windows || !(DEVICE.test(name) || DROPPED_END.test(name) || SHORT_NAME.test(name));
}

/** Undefined for a percent sign without two hex digits, and for what is not UTF-8. */
function decoded(segment: string): string | undefined {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
