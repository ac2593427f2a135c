import { MEDIA_TYPES } from "./media-types-table.ts";

const UNKNOWN = "application/octet-stream";

let types: ReadonlyMap<string, string> | undefined;

/** The table as a map, made when it's first asked for. */
function typesByExtension(): ReadonlyMap<string, string> {
  const byExtension = new Map<string, string>();
  for (const line of MEDIA_TYPES.trim().split("\n")) {
    const [type, ...extensions] = line.split(" ");
    for (const extension of extensions) byExtension.set(extension, type);
  }
  return byExtension;
}

/**
 * The media type of a file by the extension of its name, in any case; `application/octet-stream` where that says nothing. Without
 * a charset. `.ts` is TypeScript, and not an MPEG transport stream.
 */
export function mediaTypeOf(path: string): string {
  const extension = extensionOf(path);
  return extension === "" ? UNKNOWN : ((types ??= typesByExtension()).get(extension) ?? UNKNOWN);
}

/** What stands behind the last dot of a name, in lower case; nothing where the name begins with its only dot, e.g. `.profile`. */
export function extensionOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot + 1).toLowerCase();
}
