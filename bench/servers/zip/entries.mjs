const MIB = 1024 ** 2;
const PIECE = Buffer.alloc(64 * 1024, "what a file may hold, again and again. ");
const MANY = 70_000;
const FILES = 16;

/** The octets of one large entry. */
export function* pieces(mib) {
  for (let index = 0; index < mib * 16; index += 1) yield PIECE;
}

let filled;
let small;

/** Entries that are in memory, by the target of the request: 16 large ones, or 70,000 small ones. */
export function entriesOf(target) {
  const { path, mib } = readTarget(target);
  if (path === "/many") {
    small ??= Array.from({ length: MANY }, (_, index) => ({
      name: `folder-${index % 100}/file-${index}.txt`,
      content: Buffer.from(`This is the file with the number ${index}.\n`.repeat(3)),
    }));
    return small;
  }
  const length = (mib * MIB) / FILES;
  if (filled?.length !== length) filled = Buffer.alloc(length, PIECE);
  return Array.from({ length: FILES }, (_, index) => ({ name: `file-${index}.bin`, content: filled }));
}

export function readTarget(target) {
  const [path, query] = target.split("?");
  return { path, mib: Number(new URLSearchParams(query).get("mib")) };
}

export const LARGE_NAME = "file.bin";
