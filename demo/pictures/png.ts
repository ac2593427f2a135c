import { constants, crc32, createDeflate, type Deflate, deflateSync } from "node:zlib";
import type { Raster } from "./raster.ts";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Each octet is the difference to the one a pixel to the left (PNG section 9.2). */
const FILTER_SUB = 1;
const TRUECOLOUR = 2;
const OCTETS_PER_PIXEL = 3;

interface Pass {
  readonly left: number;
  readonly top: number;
  readonly across: number;
  readonly down: number;
}

/** Adam7 (PNG section 8.1): from one pixel of 64 to every second row, each pass has the pixels between those before it. */
const ADAM7: readonly Pass[] = [
  { left: 0, top: 0, across: 8, down: 8 },
  { left: 4, top: 0, across: 8, down: 8 },
  { left: 0, top: 4, across: 4, down: 8 },
  { left: 2, top: 0, across: 4, down: 4 },
  { left: 0, top: 2, across: 2, down: 4 },
  { left: 1, top: 0, across: 2, down: 2 },
  { left: 0, top: 1, across: 1, down: 2 },
];

const WHOLE: Pass = { left: 0, top: 0, across: 1, down: 1 };

/** A picture as PNG, at once. */
export function encodePng(picture: Raster, level: number): Buffer {
  const data = deflateSync(scanLines(picture, WHOLE), { level });
  return Buffer.concat([SIGNATURE, header(picture, false), chunk("IDAT", data), chunk("IEND", EMPTY)]);
}

/**
 * An interlaced PNG, pass by pass. The coder is flushed behind each, so that all of its pixels can be read, and painted, before the
 * next one is made.
 */
export async function* encodeInterlacedPng(picture: Raster): AsyncGenerator<Buffer, void> {
  const deflate = createDeflate();
  const packed: Buffer[] = [];
  deflate.on("data", (octets: Buffer) => packed.push(octets));
  let before = Buffer.concat([SIGNATURE, header(picture, true)]);
  for (const pass of ADAM7) {
    deflate.write(scanLines(picture, pass));
    await flushed(deflate);
    yield Buffer.concat([before, chunk("IDAT", Buffer.concat(packed.splice(0)))]);
    before = EMPTY;
  }
  deflate.end();
  await new Promise((resolve) => deflate.once("end", resolve));
  yield Buffer.concat([chunk("IDAT", Buffer.concat(packed)), chunk("IEND", EMPTY)]);
}

const EMPTY = Buffer.alloc(0);

function flushed(deflate: Deflate): Promise<void> {
  return new Promise((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
}

/** The rows of one pass, each behind its filter type. */
function scanLines({ width, height, octets }: Raster, { left, top, across, down }: Pass): Buffer {
  const columns = Math.ceil((width - left) / across);
  const rows = Math.ceil((height - top) / down);
  const lines = Buffer.alloc(rows * (1 + columns * OCTETS_PER_PIXEL));
  let at = 0;
  for (let y = top; y < height; y += down) {
    lines[at++] = FILTER_SUB;
    let before = -1;
    for (let x = left; x < width; x += across) {
      const from = (y * width + x) * OCTETS_PER_PIXEL;
      for (let octet = 0; octet < OCTETS_PER_PIXEL; octet++) {
        lines[at++] = octets[from + octet] - (before === -1 ? 0 : octets[before + octet]);
      }
      before = from;
    }
  }
  return lines;
}

function header({ width, height }: Raster, interlaced: boolean): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([8, TRUECOLOUR, 0, 0, interlaced ? 1 : 0], 8);
  return chunk("IHDR", data);
}

/** Length, type, data, and the CRC-32 of type and data (PNG section 5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, "latin1");
  whole.set(data, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}
