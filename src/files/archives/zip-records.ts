// The records of a ZIP archive, octet by octet: APPNOTE.TXT 6.3.10, to which the sections below belong. Nothing here reads or waits.

/** Bit 11 of the general purpose flags: names and comments are UTF-8. Bit 3: sizes and checksum stand behind the data. */
const UTF8 = 0x0800;
const DESCRIPTOR = 0x0008;
/** What a field of 16 or 32 bits says when the value stands in a ZIP64 field. */
export const FULL16 = 0xffff;
export const FULL32 = 0xffffffff;
/** Made on Unix (3), after version 6.3 of the specification. */
const MADE_BY = 0x033f;
/** Versions that a reader needs: 2.0 for directories and deflate, 4.5 for ZIP64. */
const VERSION_20 = 20;
const VERSION_45 = 45;
/** The attribute that says directory on MS-DOS. */
const DOS_DIRECTORY = 0x10;

/** The compression methods (section 4.4.5). */
export const STORED = 0;
export const DEFLATED = 8;

/** What is known about an entry before its data. */
export interface ZipHead {
  readonly name: Uint8Array;
  /** File type and permission bits of Unix. */
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly comment: Uint8Array;
  readonly method: typeof STORED | typeof DEFLATED;
  /** Whether sizes and checksum stand in a descriptor behind the data, and not in the local header. */
  readonly descriptor: boolean;
  /** Whether sizes have 64 bits in the local header and the descriptor. */
  readonly zip64: boolean;
}

/** What is known about an entry after its data. */
export interface ZipSums {
  readonly crc32: number;
  /** Octets of the entry. */
  readonly size: number;
  /** Octets of it in the archive. */
  readonly packed: number;
}

/**
 * Time and date of MS-DOS (section 4.4.6), which know no time zone: this is UTC, so that the same entry has the same octets
 * everywhere. They count in two seconds from 1980 to 2107; what lies outside is moved to the next end.
 */
function dosTime(modified: number): { time: number; date: number } {
  const last = Date.UTC(2107, 11, 31, 23, 59, 58);
  const moment = new Date(Math.min(Math.max(modified, Date.UTC(1980, 0, 1)), last));
  return {
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
    date: ((moment.getUTCFullYear() - 1980) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
  };
}

/** The extended timestamp (extra field 0x5455) has 32 bits with a sign: to 2038. Readers take it before the time of MS-DOS. */
function hasTimestamp(modified: number): boolean {
  const seconds = Math.floor(modified / 1000);
  return seconds >= -0x80000000 && seconds <= 0x7fffffff;
}

const timestampSize = (modified: number): number => (hasTimestamp(modified) ? 9 : 0);

function writeTimestamp(octets: Buffer, at: number, modified: number): number {
  if (!hasTimestamp(modified)) return at;
  octets.writeUInt16LE(0x5455, at);
  octets.writeUInt16LE(5, at + 2);
  // Of the three times just the first: that of the last change.
  octets[at + 4] = 1;
  octets.writeInt32LE(Math.floor(modified / 1000), at + 5);
  return at + 9;
}

function writeUInt64(octets: Buffer, value: number, at: number): void {
  octets.writeUInt32LE(value % 0x100000000, at);
  octets.writeUInt32LE(Math.floor(value / 0x100000000), at + 4);
}

/** The fields that the local header and the central directory share, from the flags to the sizes. */
function writeShared(octets: Buffer, at: number, head: ZipHead): void {
  const { time, date } = dosTime(head.modified);
  octets.writeUInt16LE(UTF8 | (head.descriptor ? DESCRIPTOR : 0), at);
  octets.writeUInt16LE(head.method, at + 2);
  octets.writeUInt16LE(time, at + 4);
  octets.writeUInt16LE(date, at + 6);
}

export function localHeaderSize(head: ZipHead): number {
  return 30 + head.name.length + timestampSize(head.modified) + (head.zip64 ? 20 : 0);
}

/** The local header (section 4.3.7). The sums are those of an entry without a descriptor. */
export function localHeader(head: ZipHead, sums: ZipSums | undefined): Buffer {
  const octets = Buffer.allocUnsafe(localHeaderSize(head));
  const { crc32 = 0, size = 0, packed = 0 } = sums ?? {};
  octets.writeUInt32LE(0x04034b50, 0);
  octets.writeUInt16LE(head.zip64 ? VERSION_45 : VERSION_20, 4);
  writeShared(octets, 6, head);
  octets.writeUInt32LE(crc32, 14);
  octets.writeUInt32LE(head.zip64 ? FULL32 : packed, 18);
  octets.writeUInt32LE(head.zip64 ? FULL32 : size, 22);
  octets.writeUInt16LE(head.name.length, 26);
  octets.writeUInt16LE(octets.length - 30 - head.name.length, 28);
  octets.set(head.name, 30);
  let at = 30 + head.name.length;
  if (head.zip64) {
    // In a local header the ZIP64 field has both sizes (section 4.5.3); with a descriptor they aren't known yet.
    octets.writeUInt16LE(0x0001, at);
    octets.writeUInt16LE(16, at + 2);
    writeUInt64(octets, size, at + 4);
    writeUInt64(octets, packed, at + 12);
    at += 20;
  }
  writeTimestamp(octets, at, head.modified);
  return octets;
}

export function descriptorSize(head: ZipHead): number {
  return head.descriptor ? (head.zip64 ? 24 : 16) : 0;
}

/** The data descriptor behind the data (section 4.3.9), with its customary signature. */
export function descriptor(head: ZipHead, sums: ZipSums): Buffer {
  const octets = Buffer.allocUnsafe(descriptorSize(head));
  octets.writeUInt32LE(0x08074b50, 0);
  octets.writeUInt32LE(sums.crc32, 4);
  if (head.zip64) {
    writeUInt64(octets, sums.packed, 8);
    writeUInt64(octets, sums.size, 16);
  } else {
    octets.writeUInt32LE(sums.packed, 8);
    octets.writeUInt32LE(sums.size, 12);
  }
  return octets;
}

/** The values that the central directory has to say in 64 bits, in the order that section 4.5.3 gives them. */
function wideValues(size: number, packed: number, offset: number): number[] {
  return [size, packed, offset].filter((value) => value >= FULL32);
}

export function centralRecordSize(head: ZipHead, size: number, packed: number, offset: number): number {
  const wide = wideValues(size, packed, offset).length;
  const extra = timestampSize(head.modified) + (wide === 0 ? 0 : 4 + 8 * wide);
  return 46 + head.name.length + extra + head.comment.length;
}

/** One record of the central directory (section 4.3.12). `offset` is that of the local header. */
export function centralRecord(head: ZipHead, sums: ZipSums, offset: number): Buffer {
  const { crc32, size, packed } = sums;
  const octets = Buffer.allocUnsafe(centralRecordSize(head, size, packed, offset));
  const wide = wideValues(size, packed, offset);
  const isDirectory = (head.mode & 0o170000) === 0o040000;
  octets.writeUInt32LE(0x02014b50, 0);
  octets.writeUInt16LE(MADE_BY, 4);
  octets.writeUInt16LE(head.zip64 || wide.length > 0 ? VERSION_45 : VERSION_20, 6);
  writeShared(octets, 8, head);
  octets.writeUInt32LE(crc32, 16);
  octets.writeUInt32LE(Math.min(packed, FULL32), 20);
  octets.writeUInt32LE(Math.min(size, FULL32), 24);
  octets.writeUInt16LE(head.name.length, 28);
  octets.writeUInt16LE(octets.length - 46 - head.name.length - head.comment.length, 30);
  octets.writeUInt16LE(head.comment.length, 32);
  // The first disk; no internal attributes.
  octets.writeUInt32LE(0, 34);
  octets.writeUInt32LE(head.mode * 0x10000 + (isDirectory ? DOS_DIRECTORY : 0), 38);
  octets.writeUInt32LE(Math.min(offset, FULL32), 42);
  octets.set(head.name, 46);
  let at = 46 + head.name.length;
  if (wide.length > 0) {
    octets.writeUInt16LE(0x0001, at);
    octets.writeUInt16LE(8 * wide.length, at + 2);
    for (const [index, value] of wide.entries()) writeUInt64(octets, value, at + 4 + 8 * index);
    at += 4 + 8 * wide.length;
  }
  at = writeTimestamp(octets, at, head.modified);
  octets.set(head.comment, at);
  return octets;
}

const isWide = (entries: number, size: number, offset: number): boolean =>
  entries >= FULL16 || size >= FULL32 || offset >= FULL32;

/**
 * The end of the central directory (section 4.3.16), with the ZIP64 records before it (4.3.14, 4.3.15) where it can't hold a value.
 * @param size octets of the central directory
 * @param offset where it begins
 */
export function endRecords(entries: number, size: number, offset: number, comment: Uint8Array): Buffer {
  const wide = isWide(entries, size, offset);
  const octets = Buffer.alloc((wide ? 76 : 0) + 22 + comment.length);
  let at = 0;
  if (wide) {
    octets.writeUInt32LE(0x06064b50, 0);
    // The size of this record, without the twelve octets up to here.
    writeUInt64(octets, 44, 4);
    octets.writeUInt16LE(MADE_BY, 12);
    octets.writeUInt16LE(VERSION_45, 14);
    writeUInt64(octets, entries, 24);
    writeUInt64(octets, entries, 32);
    writeUInt64(octets, size, 40);
    writeUInt64(octets, offset, 48);
    octets.writeUInt32LE(0x07064b50, 56);
    writeUInt64(octets, offset + size, 64);
    // There is one disk.
    octets.writeUInt32LE(1, 72);
    at = 76;
  }
  octets.writeUInt32LE(0x06054b50, at);
  octets.writeUInt16LE(Math.min(entries, FULL16), at + 8);
  octets.writeUInt16LE(Math.min(entries, FULL16), at + 10);
  octets.writeUInt32LE(Math.min(size, FULL32), at + 12);
  octets.writeUInt32LE(Math.min(offset, FULL32), at + 16);
  octets.writeUInt16LE(comment.length, at + 20);
  octets.set(comment, at + 22);
  return octets;
}
