import { paintGauge } from "./river.ts";
import { Raster } from "./raster.ts";

// A film of one day at the river, as MP4 (ISO 14496-12) with H.264 (ITU-T H.264). Its pictures are not compressed (I_PCM), so that each
// has the same size: where a picture lies in the file follows from its number, and the file exists nowhere. It is drawn wherever
// somebody reads it.

const WIDTH = 320;
const HEIGHT = 192;
const FRAMES_PER_SECOND = 12;
const SECONDS = 60;
const FRAMES = FRAMES_PER_SECOND * SECONDS;
const HOURS = 24;

const BLOCK = 16;
const BLOCKS_ACROSS = WIDTH / BLOCK;
const BLOCKS = BLOCKS_ACROSS * (HEIGHT / BLOCK);
/** 256 octets of luma, 64 of each chroma. */
const BLOCK_OCTETS = 384;
/** What stands before the data of every macroblock but the first: mb_type 25, I_PCM, as ue(v), and zero bits up to the octet. */
const BLOCK_HEAD = Buffer.from([0x0d, 0x00]);
/**
 * An IDR slice of the picture (7.3.2.8, 7.3.3): its NAL header, slice header and the mb_type of its first macroblock. Those beside each
 * other differ in idr_pic_id, which is an even number here, or an odd one.
 */
const SLICE_HEADS = [
  octetsOf("01100101 10001000 10000100 10000110 10000000"),
  octetsOf("01100101 10001000 10000010 00100001 10100000"),
];
/** The stop bit. */
const SLICE_END = 0x80;
const SLICE_OCTETS =
  SLICE_HEADS[0].length + BLOCKS * (BLOCK_OCTETS + BLOCK_HEAD.length) - BLOCK_HEAD.length + 1;
/** A length of four octets stands before each. */
const SAMPLE_OCTETS = 4 + SLICE_OCTETS;

/** Constrained baseline at level 3.1, pictures of 20 by 12 macroblocks (7.3.2.1). */
const SEQUENCE = bits(
  "01100111 01000010 11000000 00011111",
  ue(0) + ue(0) + ue(2) + ue(1) + "0" + ue(BLOCKS_ACROSS - 1) + ue(HEIGHT / BLOCK - 1) + "1100",
);
/** CAVLC, one slice group, nothing predicted (7.3.2.2). */
const PICTURE = bits(
  "01101000",
  ue(0) + ue(0) + "00" + ue(0) + ue(0) + ue(0) + "000" + ue(0) + ue(0) + ue(0) + "000",
);

/** No turning, no scaling. */
const MATRIX = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32));

const START = fileStart();

export const FILM_SIZE: number = START.length + FRAMES * SAMPLE_OCTETS;
export const FILM_WIDTH: number = WIDTH;
export const FILM_HEIGHT: number = HEIGHT;

/** The octets of the film from `start` up to, and without, `end`; each picture is drawn when its turn comes. */
export function* readFilm(start: number, end: number): Generator<Uint8Array, void> {
  if (start < START.length) yield START.subarray(start, end);
  let frame = Math.max(0, Math.floor((start - START.length) / SAMPLE_OCTETS));
  for (; frame < FRAMES; frame++) {
    const at = START.length + frame * SAMPLE_OCTETS;
    if (at >= end) return;
    yield sample(frame).subarray(Math.max(0, start - at), end - at);
  }
}

/** One picture of the film, as it lies in the file. */
function sample(frame: number): Buffer {
  const hour = (frame / FRAMES) * HOURS;
  const picture = new Raster(WIDTH, HEIGHT);
  const minutes = String(Math.floor((hour % 1) * 60)).padStart(2, "0");
  const level = 2.1 - 1.3 * Math.cos((hour / 12.4) * 2 * Math.PI);
  paintGauge(
    picture,
    { hour, level, drift: frame / 10 },
    `${String(Math.floor(hour)).padStart(2, "0")}:${minutes}`,
  );

  const octets = Buffer.alloc(SAMPLE_OCTETS);
  octets.writeUInt32BE(SLICE_OCTETS);
  const head = SLICE_HEADS[frame % 2];
  octets.set(head, 4);
  let at = 4 + head.length;
  for (let block = 0; block < BLOCKS; block++) {
    if (block > 0) {
      octets.set(BLOCK_HEAD, at);
      at += BLOCK_HEAD.length;
    }
    const left = (block % BLOCKS_ACROSS) * BLOCK;
    writeBlock(octets, at, picture, left, Math.floor(block / BLOCKS_ACROSS) * BLOCK);
    at += BLOCK_OCTETS;
  }
  octets[at] = SLICE_END;
  return octets;
}

/**
 * One macroblock in the colours of BT.601: luma from 16 to 235, one chroma sample for four pixels. No octet is 0, so there is nothing
 * that looks like a start code.
 */
function writeBlock(out: Buffer, start: number, { width, octets }: Raster, left: number, top: number): void {
  let at = start;
  let chroma = start + BLOCK * BLOCK;
  for (let y = top; y < top + BLOCK; y++) {
    for (let x = left; x < left + BLOCK; x++) {
      const from = (y * width + x) * 3;
      const [red, green, blue] = [octets[from], octets[from + 1], octets[from + 2]];
      out[at++] = 16.5 + 0.257 * red + 0.504 * green + 0.098 * blue;
      if (y % 2 === 0 && x % 2 === 0) {
        out[chroma] = 128.5 - 0.148 * red - 0.291 * green + 0.439 * blue;
        out[chroma + 64] = 128.5 + 0.439 * red - 0.368 * green - 0.071 * blue;
        chroma++;
      }
    }
  }
}

/** Everything before the pictures: since all of them have one size and stand side by side, there is no table of them. */
function fileStart(): Buffer {
  const media = box("ftyp", "isom", u32(0x200), "isomiso2avc1mp41");
  const movie = (offset: number): Buffer =>
    box(
      "moov",
      box(
        "mvhd",
        zeros(12),
        u32(1000),
        u32(SECONDS * 1000),
        u32(0x10000),
        u16(0x100),
        zeros(10),
        MATRIX,
        zeros(24),
        u32(2),
      ),
      box(
        "trak",
        box(
          "tkhd",
          u32(3),
          zeros(8),
          u32(1),
          zeros(4),
          u32(SECONDS * 1000),
          zeros(16),
          MATRIX,
          u32(WIDTH << 16),
          u32(HEIGHT << 16),
        ),
        box(
          "mdia",
          box("mdhd", zeros(12), u32(FRAMES_PER_SECOND), u32(FRAMES), u16(0x55c4), u16(0)),
          box("hdlr", zeros(8), "vide", zeros(12), "river\0"),
          box(
            "minf",
            box("vmhd", u32(1), zeros(8)),
            box("dinf", box("dref", zeros(4), u32(1), box("url ", u32(1)))),
            box(
              "stbl",
              box("stsd", zeros(4), u32(1), sampleEntry()),
              box("stts", zeros(4), u32(1), u32(FRAMES), u32(1)),
              box("stsc", zeros(4), u32(1), u32(1), u32(FRAMES), u32(1)),
              box("stsz", zeros(4), u32(SAMPLE_OCTETS), u32(FRAMES)),
              box("stco", zeros(4), u32(1), u32(offset)),
            ),
          ),
        ),
      ),
    );
  const offset = media.length + movie(0).length + 8;
  return Buffer.concat([media, movie(offset), u32(8 + FRAMES * SAMPLE_OCTETS), Buffer.from("mdat")]);
}

function sampleEntry(): Buffer {
  const settings = box(
    "avcC",
    Buffer.from([1, ...SEQUENCE.subarray(1, 4), 0xff, 0xe1]),
    u16(SEQUENCE.length),
    SEQUENCE,
    Buffer.from([1]),
    u16(PICTURE.length),
    PICTURE,
  );
  const size = [u16(WIDTH), u16(HEIGHT), u32(0x480000), u32(0x480000)];
  return box(
    "avc1",
    zeros(6),
    u16(1),
    zeros(16),
    ...size,
    zeros(4),
    u16(1),
    zeros(32),
    u16(24),
    u16(0xffff),
    settings,
  );
}

function box(type: string, ...content: readonly (string | Uint8Array)[]): Buffer {
  const data = Buffer.concat(content.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  return Buffer.concat([u32(8 + data.length), Buffer.from(type), data]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u32(value: number): Buffer {
  return Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
}

function zeros(octets: number): Buffer {
  return Buffer.alloc(octets);
}

/** An Exp-Golomb code: as many zero bits as the number has behind its first one (9.1). */
function ue(value: number): string {
  const code = (value + 1).toString(2);
  return "0".repeat(code.length - 1) + code;
}

/** Octets, and bits with their stop bit. */
function bits(octets: string, rest: string): Buffer {
  return octetsOf(`${octets}${rest}1`);
}

/** Octets from bits, filled up with zero bits; spaces don't count. */
function octetsOf(bitText: string): Buffer {
  const whole = bitText.replaceAll(" ", "");
  const filled = whole.padEnd(Math.ceil(whole.length / 8) * 8, "0");
  return Buffer.from(filled.match(/.{8}/g)!.map((octet) => Number.parseInt(octet, 2)));
}
