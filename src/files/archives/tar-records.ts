// The records of a tar archive, octet by octet: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format".
// Nothing here reads or waits.

/** Everything is padded to a multiple of it. */
const BLOCK = 512;
/** Two blocks of zeros end an archive. */
export const END_SIZE: number = 2 * BLOCK;

/** The type flags of files, links, directories and of an extended header that holds for the next entry. */
const TYPES = { file: "0", symlink: "2", directory: "5", extended: "x" } as const;
const NAME = 100;
const PREFIX = 155;
/** Eleven octal digits: sizes to 8 GiB, times to the year 2242. */
const MOST = 0o77777777777;
const NOTHING = new Uint8Array(0);
const SLASH = 0x2f;

/** What stands in front of the octets of an entry. */
export interface TarHead {
  /** UTF-8; a directory's has a slash at its end. */
  readonly name: Uint8Array;
  readonly kind: "file" | "directory" | "symlink";
  /** Permission bits. */
  readonly mode: number;
  /** Milliseconds since 1970; fractions of a second are dropped. */
  readonly modified: number;
  readonly size: number;
  /** The target of a link. */
  readonly target: Uint8Array | undefined;
}

/** The zeros between an entry and the next block. */
export function paddingSize(size: number): number {
  const over = size % BLOCK;
  return over === 0 ? 0 : BLOCK - over;
}

export function tarHeadSize(head: TarHead): number {
  const extended = extendedRecords(head).length;
  return extended === 0 ? BLOCK : BLOCK + extended + paddingSize(extended) + BLOCK;
}

/** The header of an entry, with an extended header in front of it where it can't say all in its own fields. */
export function tarHead(head: TarHead): Buffer {
  const { kind, mode, size, target = NOTHING } = head;
  const extended = extendedRecords(head);
  const time = Math.floor(head.modified / 1000);
  const fields = {
    ...(splitName(head.name) ?? { name: shortened(head.name), prefix: NOTHING }),
    mode,
    type: TYPES[kind],
    size: size > MOST ? 0 : size,
    time: Math.min(Math.max(time, 0), MOST),
    target: fits(target) ? target : shortened(target),
  };
  const own = ustarHeader(fields);
  if (extended.length === 0) return own;
  const before = ustarHeader({
    name: Buffer.from("PaxHeader"),
    prefix: NOTHING,
    mode: 0o644,
    type: TYPES.extended,
    size: extended.length,
    time: fields.time,
    target: NOTHING,
  });
  return Buffer.concat([before, extended, Buffer.alloc(paddingSize(extended.length)), own]);
}

interface UstarFields {
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly mode: number;
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  readonly size: number;
  readonly time: number;
  readonly target: Uint8Array;
}

/** Owner and group are 0 and have no names: who owns the files here is nobody's business there. */
function ustarHeader({ name, prefix, mode, type, size, time, target }: UstarFields): Buffer {
  const octets = Buffer.alloc(BLOCK);
  octets.set(name, 0);
  octets.write(octal(mode, 7), 100, "latin1");
  octets.write(octal(0, 7), 108, "latin1");
  octets.write(octal(0, 7), 116, "latin1");
  octets.write(octal(size, 11), 124, "latin1");
  octets.write(octal(time, 11), 136, "latin1");
  // The checksum is taken with spaces in its own place.
  octets.fill(0x20, 148, 156);
  octets.write(type, 156, "latin1");
  octets.set(target, 157);
  octets.write("ustar\x0000", 257, "latin1");
  octets.write(octal(0, 7), 329, "latin1");
  octets.write(octal(0, 7), 337, "latin1");
  octets.set(prefix, 345);
  let sum = 0;
  for (const octet of octets) sum += octet;
  octets.write(`${octal(sum, 6)}\0 `, 148, "latin1");
  return octets;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");

const isAscii = (octets: Uint8Array): boolean => octets.every((octet) => octet < 0x80);

const fits = (target: Uint8Array): boolean => target.length <= NAME && isAscii(target);

/** A name in ASCII that fits, or fits when it is cut at a slash; undefined for any other. */
function splitName(name: Uint8Array): { name: Uint8Array; prefix: Uint8Array } | undefined {
  if (name.length <= NAME) return isAscii(name) ? { name, prefix: NOTHING } : undefined;
  if (name.length > NAME + PREFIX + 1 || !isAscii(name)) return undefined;
  // The slash at the cut is not written, and the one at the end of a directory is no cut.
  const cut = name.subarray(0, Math.min(PREFIX + 1, name.length - 1)).lastIndexOf(SLASH);
  if (cut <= 0 || name.length - cut - 1 > NAME) return undefined;
  return { name: name.subarray(cut + 1), prefix: name.subarray(0, cut) };
}

/** What readers show that don't know extended headers. */
function shortened(name: Uint8Array): Uint8Array {
  return name.subarray(0, NAME).map((octet) => (octet < 0x80 ? octet : 0x5f));
}

function extendedRecords(head: TarHead): Uint8Array {
  const { name, target = NOTHING, size } = head;
  const time = Math.floor(head.modified / 1000);
  const records: Buffer[] = [];
  if (splitName(name) === undefined) records.push(record("path", name));
  if (!fits(target)) records.push(record("linkpath", target));
  if (size > MOST) records.push(record("size", Buffer.from(String(size))));
  if (time < 0 || time > MOST) records.push(record("mtime", Buffer.from(String(time))));
  return records.length === 0 ? NOTHING : Buffer.concat(records);
}

/** `"%d %s=%s\n", <length>, <keyword>, <value>`, where the length counts its own digits. */
function record(keyword: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), value, Buffer.from("\n")]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
