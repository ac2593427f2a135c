import { ArchiveNames } from "./archive-names.ts";
import { type ArchiveLayout, archiveTag, entryOffsets, isPlanned, plannedArchive } from "./archive-plan.ts";
import type { Representation } from "../representation.ts";
import {
  type CheckedTarEntry,
  checkTarEntry,
  tarHeadOf,
  type TarEntry,
  type TarOptions,
} from "./tar-entry.ts";
import { END_SIZE, paddingSize, tarHead, tarHeadSize } from "./tar-records.ts";

/** IANA has no type for tar archives; this is the customary one. */
export const TAR_TYPE = "application/x-tar";

/**
 * Plans an archive whose size, entity tag and ranges are known before an entry is read: where each entry is in memory or can be read
 * from any offset (a Blob, or something with a `size` and `read`). Any range is then made without the entries outside of it.
 * @returns undefined where an entry can't be planned; {@link tarStream} makes the archive then
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_SIZE`, `ERR_SLUICE_ARCHIVE_MISMATCH`; reading throws the last of these, and what a source throws
 */
export function planTar(entries: readonly TarEntry[], options: TarOptions = {}): Representation | undefined {
  const names = new ArchiveNames();
  // All are checked, so that a mistake is known before an octet is out.
  const checked = entries.map((entry) => checkTarEntry(entry, names, options));
  if (!checked.every(isPlanned)) return undefined;
  const layout = new TarLayout(checked);
  const tag = archiveTag(["tar 1"], checked, ({ target }) => [
    target && Buffer.from(target).toString("base64"),
  ]);
  return plannedArchive(layout, entryOffsets(layout), TAR_TYPE, tag);
}

class TarLayout implements ArchiveLayout {
  readonly entries: readonly CheckedTarEntry[];

  constructor(entries: readonly CheckedTarEntry[]) {
    this.entries = entries;
  }

  headSize(index: number): number {
    return tarHeadSize(tarHeadOf(this.entries[index]));
  }

  head(index: number): Uint8Array {
    return tarHead(tarHeadOf(this.entries[index]));
  }

  tailSize(index: number): number {
    return paddingSize(this.entries[index].size);
  }

  tail(index: number): Uint8Array {
    return new Uint8Array(this.tailSize(index));
  }

  endSize(): number {
    return END_SIZE;
  }

  async *end(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    yield new Uint8Array(end - start);
  }
}
