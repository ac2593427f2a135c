import { crc32 } from "node:zlib";
import { isThenable } from "../../reply/piece.ts";
import { ArchiveNames } from "./archive-names.ts";
import { awaited, Coalescer, reallyWaits } from "./archive-output.ts";
import { discardSource, EntryReader, isRangeSource, mismatch } from "./archive-source.ts";
import { ArchiveStream, type Entries, EntryList, Underway } from "./archive-stream.ts";
import { Deflater, deflateBound, deflateWhole } from "./zip-deflate.ts";
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
  DEFLATED,
  descriptor,
  endRecords,
  FULL32,
  localHeader,
  STORED,
  type ZipHead,
  type ZipSums,
} from "./zip-records.ts";

/** Up to this size an entry is read before its header is written, which then has its sizes. */
const SMALL = 65_536;
/** What is in memory is compressed in one go up to this size, so that its header has its sizes. */
const WHOLE = 16_777_216;

/**
 * A ZIP archive, made while it is read: one entry at a time, and no faster than somebody reads.
 *
 * Small entries leave together, in pieces of about 64 KiB, but nothing is held back while a source waits. Whoever leaves early stops
 * the source that is being read. Sizes and checksums stand in the local header where they are known before the data, which they are
 * for entries in memory (compressed ones up to 16 MiB) and for those of up to 64 KiB; otherwise behind the data. An entry whose size
 * isn't known is announced as ZIP64, so it may have any.
 * @throws UsageError `ERR_SLUICE_ARCHIVE_ENTRY` for options; reading it throws what {@link checkZipEntry} does,
 * `ERR_SLUICE_ARCHIVE_MISMATCH`, `ERR_SLUICE_BODY_SOURCE`, and what a source throws
 */
export function zipStream(
  entries: Entries<ZipEntry>,
  options: ZipOptions = {},
): AsyncIterableIterator<Uint8Array> {
  const checked = checkZipOptions(options);
  const underway = new Underway();
  const list = underway.add(new EntryList(entries));
  return new ArchiveStream(underway, () => new ZipWriter(list, checked, underway).write());
}

class ZipWriter {
  readonly #list: EntryList<ZipEntry>;
  readonly #options: CheckedZipOptions;
  readonly #underway: Underway;
  readonly #names = new ArchiveNames();
  readonly #out = new Coalescer();
  /** The central directory as it grows: octets, since objects for each entry would fill the memory. */
  readonly #central = new Coalescer();
  #count = 0;

  constructor(list: EntryList<ZipEntry>, options: CheckedZipOptions, underway: Underway) {
    this.#list = list;
    this.#options = options;
    this.#underway = underway;
  }

  async *write(): AsyncGenerator<Uint8Array, void> {
    const out = this.#out;
    const list = this.#list;
    const check = (entry: ZipEntry): CheckedZipEntry => checkZipEntry(entry, this.#names, this.#options);
    for (;;) {
      const entry = list.take(yield* awaited(list.next(), out), check);
      if (this.#underway.stopped) return;
      if (entry === undefined) break;
      if (!this.#atOnce(entry)) yield* this.#entry(entry);
      yield* out.pieces();
    }
    this.#underway.delete(list);
    yield* this.#end();
  }

  /** Writes an entry for which nothing has to be awaited, if it is one. */
  #atOnce(entry: CheckedZipEntry): boolean {
    const { content, crc32: sum } = entry;
    if (content === undefined || sum === undefined) return false;
    if (!entry.store) {
      if (content.length > SMALL) return false;
      const packed = deflateWhole(content, this.#options.level);
      if (isThenable(packed)) return false;
      this.#whole(entry, content, sum, packed);
    } else {
      this.#whole(entry, content, sum, content);
    }
    return true;
  }

  /** Any other entry. */
  async *#entry(entry: CheckedZipEntry): AsyncGenerator<Uint8Array, void> {
    const { content, source, crc32: sum, size } = entry;
    if (content !== undefined && sum !== undefined && content.length <= WHOLE) {
      yield* this.#out.flushed();
      const packed = await deflateWhole(content, this.#options.level);
      this.#whole(entry, content, sum, packed);
      return;
    }
    const reader = this.#underway.add(new EntryReader({ source: content ?? source, name: entry.name, size }));
    try {
      yield* this.#read(entry, reader);
      // It has come to its end: whoever stops the archive from here on leaves it alone.
      this.#underway.delete(reader);
    } finally {
      if (isRangeSource(source)) discardSource(source);
    }
  }

  /** An entry with all it has, its sizes in its local header; stored if deflate gains nothing. */
  #whole(entry: CheckedZipEntry, content: Uint8Array, sum: number, packed: Uint8Array): void {
    const data = packed.length < content.length ? packed : content;
    const size = content.length;
    const head: ZipHead = {
      name: entry.name,
      mode: entry.mode,
      modified: entry.modified,
      comment: entry.comment,
      method: data === content ? STORED : DEFLATED,
      descriptor: false,
      zip64: size >= FULL32,
    };
    const sums = { crc32: sum, size, packed: data.length };
    const offset = this.#out.total;
    this.#out.add(localHeader(head, sums));
    this.#out.add(data);
    this.#record(head, sums, offset);
  }

  /** An entry that has to be read: as a whole where it turns out to be small. */
  async *#read(entry: CheckedZipEntry, reader: EntryReader): AsyncGenerator<Uint8Array, void> {
    const out = this.#out;
    const pieces: Uint8Array[] = [];
    let pending: Promise<Uint8Array | undefined> | undefined;
    while (reader.octets <= SMALL) {
      const next = reader.next();
      // Deflate holds octets back for longer than this does, so just stored ones are not to wait here.
      if (entry.store && pieces.length > 0 && isThenable(next) && (await reallyWaits(next))) {
        pending = Promise.resolve(next);
        break;
      }
      const octets = yield* awaited(next, out);
      if (this.#underway.stopped) return;
      if (octets === undefined) {
        const content = joined(pieces);
        const sum = crc32(content);
        verify(entry, sum);
        this.#whole(
          entry,
          content,
          sum,
          entry.store ? content : await deflateWhole(content, this.#options.level),
        );
        return;
      }
      if (octets.length > 0) pieces.push(octets);
    }
    yield* this.#large(entry, reader, joined(pieces), pending);
  }

  /** An entry whose header leaves before the rest of its data has come: `pending` is the piece that is awaited. */
  async *#large(
    entry: CheckedZipEntry,
    reader: EntryReader,
    first: Uint8Array,
    pending: Promise<Uint8Array | undefined> | undefined,
  ): AsyncGenerator<Uint8Array, void> {
    const out = this.#out;
    const { head, announced } = announce(entry);
    const offset = out.total;
    out.add(localHeader(head, announced));
    const begin = out.total;
    const deflater = entry.store ? undefined : this.#underway.add(new Deflater(this.#options.level));
    let sum = 0;
    let next: Uint8Array | undefined | Promise<Uint8Array | undefined> = first;
    for (;;) {
      const octets: Uint8Array | undefined = yield* awaited(next, out);
      if (this.#underway.stopped) return;
      if (octets === undefined) break;
      sum = crc32(octets, sum);
      if (deflater === undefined) out.add(octets);
      else for (const packed of await deflater.write(octets)) out.add(packed);
      yield* out.pieces();
      next = pending ?? reader.next();
      pending = undefined;
    }
    verify(entry, sum);
    if (deflater !== undefined) {
      for (const packed of await deflater.end()) out.add(packed);
      this.#underway.delete(deflater);
    }
    const sums = { crc32: sum, size: reader.octets, packed: out.total - begin };
    if (head.descriptor) out.add(descriptor(head, sums));
    this.#record(head, sums, offset);
  }

  #record(head: ZipHead, sums: ZipSums, offset: number): void {
    this.#central.add(centralRecord(head, sums, offset));
    this.#count += 1;
  }

  /** The central directory, and the end. */
  *#end(): Generator<Uint8Array, void> {
    const offset = this.#out.total;
    for (const records of this.#central.flushed()) {
      this.#out.add(records);
      yield* this.#out.pieces();
    }
    this.#out.add(endRecords(this.#count, this.#central.total, offset, this.#options.comment));
    yield* this.#out.flushed();
  }
}

/** What stands before data that is still to come. */
function announce(entry: CheckedZipEntry): { head: ZipHead; announced: ZipSums | undefined } {
  const { name, mode, modified, comment, store, size, crc32: sum } = entry;
  const most = size === undefined ? Infinity : store ? size : deflateBound(size);
  const announced =
    store && size !== undefined && sum !== undefined ? { crc32: sum, size, packed: size } : undefined;
  const method = store ? STORED : DEFLATED;
  const zip64 = most >= FULL32;
  return {
    head: { name, mode, modified, comment, method, descriptor: announced === undefined, zip64 },
    announced,
  };
}

function verify(entry: CheckedZipEntry, sum: number): void {
  if (entry.crc32 !== undefined && entry.crc32 !== sum) throw mismatch("another CRC-32", entry.name);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}
