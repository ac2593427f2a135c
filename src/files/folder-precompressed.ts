import { chooseCoding } from "../semantics/content-coding.ts";
import type { FileDescriptor } from "./file-descriptor.ts";
import type { FolderRoot } from "./folder-root.ts";

/** Content codings, the smallest result first, with the extension of the files that hold it. */
const EXTENSIONS: Readonly<Record<string, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };

/**
 * Milliseconds by which a compressed file may be older than its original. More, and it has been left over from an earlier build;
 * less happens when both are copied in any order.
 */
const OLDER = 60_000n;

/** One of the files that hold the same, and the content coding in which it holds it. */
export interface Variant {
  readonly file: FileDescriptor;
  /** Undefined for the original. */
  readonly coding: string | undefined;
}

/**
 * The best variant that this client accepts, of a file and the compressed ones beside it. The others are closed.
 *
 * A client that accepts none of them gets the original also where it refuses identity: a text-like type may still be coded while it is
 * sent, and becomes a 406 there if it can't be; any other is sent as it is, in place of a 406 (RFC 9110 section 12.5.3 leaves the choice).
 */
export async function openVariant(
  root: FolderRoot,
  names: readonly string[],
  original: FileDescriptor,
  acceptEncoding: string | undefined,
): Promise<Variant> {
  const offered = Object.keys(EXTENSIONS);
  for (;;) {
    const coding = chooseCoding(acceptEncoding, offered);
    if (coding === undefined || coding === "identity") return { file: original, coding: undefined };
    const file = await openCompressed(root, [...names.slice(0, -1), names.at(-1)! + EXTENSIONS[coding]]);
    if (file !== undefined && original.stats.mtimeMs - file.stats.mtimeMs <= OLDER) {
      original.close();
      return { file, coding };
    }
    file?.close();
    offered.splice(offered.indexOf(coding), 1);
  }
}

/** Undefined where there is no such file, or where anything else is wrong with it, since the original can be sent. */
async function openCompressed(
  root: FolderRoot,
  names: readonly string[],
): Promise<FileDescriptor | undefined> {
  const file = await root.open(names).catch(() => undefined);
  if (file === undefined || file.stats.isFile()) return file;
  file.close();
  return undefined;
}
