// Bodies as they stand on the wire, made once, so that whoever sends them does no more than write.
import { deflateRawSync, constants, crc32 } from "node:zlib";
import { eventBlock, MIB, octetBlock, rowBlock, textBlock } from "./contents.mjs";

const CRLF = Buffer.from("\r\n");
export const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const CHUNK = 64 * 1024;

const frame = (piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF];

/** Content in chunks of one size; the last one is what is left. */
export function inChunks(content, size) {
  const parts = [];
  for (let start = 0; start < content.length; start += size)
    parts.push(...frame(content.subarray(start, start + size)));
  return Buffer.concat(parts);
}

const kept = new Map();
/** Made when it is asked for first, and kept. */
function keep(name, make) {
  if (!kept.has(name)) kept.set(name, make());
  return kept.get(name);
}

export const octetsInChunks = (size) => keep(`octets ${size}`, () => inChunks(octetBlock(), size));
export const rowsInChunks = () => keep("rows", () => inChunks(rowBlock(), CHUNK));
/** A chunk for each event, as servers send them. */
export const eventsInChunks = () => keep("events", () => Buffer.concat(eventBlock().flatMap(frame)));

// RFC 1952, section 2.3: ID1 ID2 CM FLG MTIME XFL OS.
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
// RFC 1951, section 3.2.3: the last block, with fixed codes, and nothing in it but its end.
const LAST_BLOCK = Buffer.from([3, 0]);

/**
 * Text as one member of gzip, chunked. What is flushed in full refers to nothing before it, so one piece can be sent any
 * number of times.
 */
export function gzipInChunks(mib) {
  return keep(`gzip ${mib}`, () => {
    const text = textBlock();
    const piece = keep("deflated", () => deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH }));
    let sum = 0;
    for (let index = 0; index < mib; index += 1) sum = crc32(text, sum);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(sum, 0);
    trailer.writeUInt32LE((mib * MIB) % 2 ** 32, 4);
    return {
      first: inChunks(GZIP_HEADER, CHUNK),
      piece: inChunks(piece, CHUNK),
      last: inChunks(Buffer.concat([LAST_BLOCK, trailer]), CHUNK),
    };
  });
}
