import { createHash, randomUUID } from "node:crypto";
import type { CheckedEntry } from "./archive-entry.ts";
import { awaited, Coalescer } from "./archive-output.ts";
import { discardSource, type EntryRange, isBlob, isRangeSource, type RangeSource } from "./archive-source.ts";
import { ArchiveStream, readEntry, Underway } from "./archive-stream.ts";
import type { Representation } from "../representation.ts";

/** An entry whose octets can be read at any time, from any offset. */
export interface PlannedEntry extends CheckedEntry {
  readonly size: number;
}

/** Looks on while an entry is read as a whole. */
export interface EntryWatch {
  readonly piece: (octets: Uint8Array) => void;
  end(): void;
}

/** What an archive puts around its entries. Everything but octets is known before anything is read. */
export interface ArchiveLayout {
  readonly entries: readonly PlannedEntry[];
  headSize(index: number): number;
  head(index: number): Uint8Array;
  tailSize(index: number): number;
  tail(index: number, underway: Underway): Uint8Array | Promise<Uint8Array>;
  /** The size of what stands behind the last entry. */
  endSize(): number;
  /** What stands behind the last entry, from one offset in it to another. */
  end(start: number, end: number, underway: Underway): AsyncGenerator<Uint8Array, void>;
  /** Called where the whole of an entry is about to be read. */
  watch?(index: number): EntryWatch | undefined;
}

/** Whether an entry can be planned: its octets are in memory, or can be read from any offset and have a size. */
export function isPlanned(entry: CheckedEntry): entry is PlannedEntry {
  return entry.content !== undefined || (isAnywhere(entry.source) && entry.size !== undefined);
}

const isAnywhere = (source: unknown): source is RangeSource | Blob => isRangeSource(source) || isBlob(source);

/** The offset at which each entry begins, and behind them the one at which the last ends. */
export function entryOffsets(layout: ArchiveLayout): Float64Array {
  const { entries } = layout;
  const offsets = new Float64Array(entries.length + 1);
  for (const [index, { size }] of entries.entries()) {
    offsets[index + 1] = offsets[index] + layout.headSize(index) + size + layout.tailSize(index);
  }
  return offsets;
}

/** The last index whose offset isn't behind the one that is sought: offsets rise, and the first is 0. */
export function findOffset(offsets: Float64Array, sought: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (offsets[middle] <= sought) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** An archive of which any part can be made at any time, without the parts before it. */
export function plannedArchive(
  layout: ArchiveLayout,
  offsets: Float64Array,
  type: string,
  etag: string,
): Representation {
  const entries = offsets[layout.entries.length];
  const size = entries + layout.endSize();
  const closing = layout.entries.filter(({ source }) => isRangeSource(source) && source.close !== undefined);
  return {
    size,
    type,
    etag,
    read(start, end) {
      const last = Math.min(end, size);
      return new ArchiveStream(new Underway(), (underway) =>
        readPlan(layout, offsets, start, last, underway),
      );
    },
    close() {
      for (const { source } of closing) discardSource(source);
    },
  };
}

async function* readPlan(
  layout: ArchiveLayout,
  offsets: Float64Array,
  start: number,
  end: number,
  underway: Underway,
): AsyncGenerator<Uint8Array, void> {
  const out = new Coalescer();
  const count = layout.entries.length;
  for (let index = findOffset(offsets, start); index < count && offsets[index] < end; index++) {
    const head = offsets[index];
    const data = head + layout.headSize(index);
    const entry = layout.entries[index];
    const tail = data + entry.size;
    if (start < data) out.add(layout.head(index).subarray(Math.max(start - head, 0), end - head));
    const from = Math.max(start, data);
    const to = Math.min(end, tail);
    if (from < to && entry.content !== undefined) {
      out.add(entry.content.subarray(from - data, to - data));
    } else if (from < to) {
      const watch = from === data && to === tail ? layout.watch?.(index) : undefined;
      const range: EntryRange = { ...entry, start: from - data, end: to - data };
      yield* readEntry(range, out, underway, watch?.piece);
      if (underway.stopped) return;
      watch?.end();
    }
    if (tail < end && start < offsets[index + 1] && layout.tailSize(index) > 0) {
      const octets = yield* awaited(layout.tail(index, underway), out);
      if (underway.stopped) return;
      out.add(octets.subarray(Math.max(start - tail, 0), end - tail));
    }
    yield* out.pieces();
  }
  yield* out.flushed();
  const behind = offsets[count];
  if (end > behind) yield* layout.end(Math.max(start - behind, 0), end - behind, underway);
}

/** Stands for what nothing is known about: as long as it is the same object, it has the same octets. */
const IDENTITIES = new WeakMap<object, string>();

/**
 * The entity tag of an archive: a hash of everything that decides its octets. Octets in memory count themselves; other sources by
 * their tag or else by their time, and where they have neither by being the same object. A weak tag among them makes this one weak.
 * @param parts what the archive has beside its entries: its format, its comment
 * @param extra what entries of this format have beside the common properties
 */
export function archiveTag<Entry extends PlannedEntry>(
  parts: readonly unknown[],
  entries: readonly Entry[],
  extra: (entry: Entry) => readonly unknown[],
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(parts));
  let weak = false;
  for (const entry of entries) {
    const { name, mode, modified, size, content, source } = entry;
    const pin = content === undefined ? pinOf(source) : "";
    weak ||= pin.startsWith("W/");
    const name64 = Buffer.from(name.buffer, name.byteOffset, name.length).toString("base64");
    hash.update(JSON.stringify([name64, mode, modified, size, pin, ...extra(entry)]));
    if (content !== undefined) hash.update(content);
  }
  return `${weak ? "W/" : ""}"${hash.digest("base64url").slice(0, 32)}"`;
}

function pinOf(source: unknown): string {
  const { etag, lastModified } = source as { readonly etag?: string; readonly lastModified?: number };
  if (etag !== undefined) return etag;
  // A File is a Blob with a time, but what it is of, nobody knows.
  if (lastModified !== undefined && !isBlob(source)) return String(lastModified);
  const known = IDENTITIES.get(source as object);
  if (known !== undefined) return known;
  const fresh = randomUUID();
  IDENTITIES.set(source as object, fresh);
  return fresh;
}
