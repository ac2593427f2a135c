import { ArchiveNames } from "./archive-names.ts";
import { awaited, Coalescer } from "./archive-output.ts";
import {
  type ArchiveLayout,
  archiveTag,
  entryOffsets,
  type EntryWatch,
  findOffset,
  isPlanned,
  plannedArchive,
} from "./archive-plan.ts";
import type { Underway } from "./archive-stream.ts";
import type { Representation } from "../representation.ts";
import { Checksums } from "./zip-checksums.ts";
import {
  type CheckedZipEntry,
  type CheckedZipOptions,
  checkZipEntry,
  checkZipOptions,
  type ZipEntry,
  type ZipOptions,
} from "./zip-entry.ts";
import {
  centralRecord,
  centralRecordSize,
  descriptor,
  descriptorSize,
  endRecords,
  FULL32,
  localHeader,
  localHeaderSize,
  STORED,
  type ZipHead,
} from "./zip-records.ts";

/** The media type that IANA has registered for ZIP archives. */
export const ZIP_TYPE = "application/zip";

type PlannedZipEntry = CheckedZipEntry & { readonly size: number };

/**
 * Plans an archive whose size, entity tag and ranges are known before an entry is read: where each entry is stored, and is in memory
 * or can be read from any offset (a Blob, or something with a `size` and `read`). Any range is then made without the entries outside
 * of it, except that the CRC-32 of each entry stands behind its data and in the central directory at the end: one that isn't given
 * and hasn't been seen yet takes a pass over its entry.
 * @returns undefined where an entry can't be planned; {@link zipStream} makes the archive then
 * @throws UsageError `ERR_SLUICE_ARCHIVE_NAME`, `ERR_SLUICE_ARCHIVE_DUPLICATE`, `ERR_SLUICE_ARCHIVE_ENTRY`,
 * `ERR_SLUICE_ARCHIVE_MISMATCH`; reading throws the last of these, and what a source throws
 */
export function planZip(entries: readonly ZipEntry[], options: ZipOptions = {}): Representation | undefined {
  const checked = checkZipOptions(options);
  const names = new ArchiveNames();
  const planned: PlannedZipEntry[] = [];
  let plannable = true;
  for (const entry of entries) {
    // All are checked, so that a mistake is known before an octet is out.
    const next = checkZipEntry(entry, names, checked);
    if (plannable && next.store && isPlanned(next)) planned.push(next);
    else plannable = false;
  }
  if (!plannable) return undefined;
  const layout = new ZipLayout(planned, checked);
  const comment = Buffer.from(checked.comment).toString("base64");
  const tag = archiveTag(["zip 1", comment], planned, (entry) => [
    entry.crc32,
    Buffer.from(entry.comment).toString("base64"),
  ]);
  return plannedArchive(layout, layout.offsets, ZIP_TYPE, tag);
}

class ZipLayout implements ArchiveLayout {
  readonly entries: readonly PlannedZipEntry[];
  readonly offsets: Float64Array;
  readonly #options: CheckedZipOptions;
  readonly #checksums: Checksums;
  /** Where each record of the central directory begins, counted from its beginning; and behind them, where it ends. */
  readonly #records: Float64Array;

  constructor(entries: readonly PlannedZipEntry[], options: CheckedZipOptions) {
    this.entries = entries;
    this.#options = options;
    this.#checksums = new Checksums(entries, (index) => entries[index].crc32);
    this.offsets = entryOffsets(this);
    this.#records = new Float64Array(entries.length + 1);
    for (const [index, entry] of entries.entries()) {
      const size = centralRecordSize(headOf(entry), entry.size, entry.size, this.offsets[index]);
      this.#records[index + 1] = this.#records[index] + size;
    }
  }

  headSize(index: number): number {
    return localHeaderSize(headOf(this.entries[index]));
  }

  head(index: number): Uint8Array {
    const entry = this.entries[index];
    const { crc32, size } = entry;
    return localHeader(headOf(entry), crc32 === undefined ? undefined : { crc32, size, packed: size });
  }

  tailSize(index: number): number {
    return descriptorSize(headOf(this.entries[index]));
  }

  tail(index: number, underway: Underway): Uint8Array | Promise<Uint8Array> {
    const entry = this.entries[index];
    const { size } = entry;
    const write = (sum: number): Uint8Array => descriptor(headOf(entry), { crc32: sum, size, packed: size });
    const sum = this.#checksums.get(index, underway);
    return typeof sum === "number" ? write(sum) : sum.then(write);
  }

  watch(index: number): EntryWatch {
    return this.#checksums.watch(index);
  }

  endSize(): number {
    return this.#directorySize + this.#endRecords().length;
  }

  async *end(start: number, end: number, underway: Underway): AsyncGenerator<Uint8Array, void> {
    const out = new Coalescer();
    const records = this.#records;
    for (
      let index = findOffset(records, start);
      index < this.entries.length && records[index] < end;
      index++
    ) {
      const crc32 = yield* awaited(this.#checksums.get(index, underway), out);
      if (underway.stopped) return;
      const entry = this.entries[index];
      const { size } = entry;
      const record = centralRecord(headOf(entry), { crc32, size, packed: size }, this.offsets[index]);
      out.add(record.subarray(Math.max(start - records[index], 0), end - records[index]));
      yield* out.pieces();
    }
    const behind = this.#directorySize;
    if (end > behind) out.add(this.#endRecords().subarray(Math.max(start - behind, 0), end - behind));
    yield* out.flushed();
  }

  get #directorySize(): number {
    return this.#records[this.entries.length];
  }

  #endRecords(): Uint8Array {
    const count = this.entries.length;
    return endRecords(count, this.#directorySize, this.offsets[count], this.#options.comment);
  }
}

/** It decides the layout, so it depends on nothing that is found out later. */
function headOf(entry: PlannedZipEntry): ZipHead {
  const { name, mode, modified, comment, size } = entry;
  return {
    name,
    mode,
    modified,
    comment,
    method: STORED,
    descriptor: entry.crc32 === undefined,
    zip64: size >= FULL32,
  };
}
