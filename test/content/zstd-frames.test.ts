import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ZstdFrames } from "../../src/content/zstd-frames.ts";
import { noise } from "./codings-by-zlib.ts";

// Frames by hand, by RFC 8878 section 3.1: not every runtime of these tests has zstd.

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

function block(type: number, size: number, last: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([header, noise(type === RLE ? 1 : size, size + 1)]);
}

/** @param fields octets of the header behind its descriptor */
function frame(descriptor: number, fields: number, blocks: readonly Buffer[], checksum = 0): Buffer {
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor]),
    noise(fields, 7),
    ...blocks,
    noise(checksum, 9),
  ]);
}

function skippable(low: number, length: number): Buffer {
  const head = Buffer.from([0x50 | low, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, noise(length, 5)]);
}

const LAST = [block(RAW, 5, true)];

const FRAMES: readonly [string, Buffer][] = [
  ["a window alone", frame(0x00, 1, LAST)],
  ["a single segment, whose size is always there", frame(0x20, 1, LAST)],
  ["a size of 2", frame(0x40, 3, LAST)],
  ["a size of 4", frame(0x80, 5, LAST)],
  ["a size of 8", frame(0xc0, 9, LAST)],
  ["a single segment with a size of 2", frame(0x60, 2, LAST)],
  ["a single segment with a size of 8", frame(0xe0, 8, LAST)],
  ["a dictionary of 1", frame(0x01, 2, LAST)],
  ["a dictionary of 2", frame(0x02, 3, LAST)],
  ["a dictionary of 4", frame(0x03, 5, LAST)],
  ["all that a header can have", frame(0xc7, 13, LAST, 4)],
  ["a checksum", frame(0x24, 1, LAST, 4)],
  ["the bits that mean nothing here", frame(0x38, 1, LAST)],
  ["an empty block", frame(0x20, 1, [block(RAW, 0, true)])],
  ["an empty block and a checksum", frame(0x24, 1, [block(RAW, 0, true)], 4)],
  ["a block of one octet repeated", frame(0x20, 1, [block(RLE, 100_000, true)])],
  [
    "blocks of each kind",
    frame(0x20, 1, [
      block(RAW, 3, false),
      block(RLE, 0, false),
      block(COMPRESSED, 300, false),
      block(RAW, 0, false),
      block(COMPRESSED, 40, true),
    ]),
  ],
  ["nothing to be skipped", skippable(0, 0)],
  ["something to be skipped", skippable(15, 300)],
];

/** Where frames end in a piece, and where reading stops for good. */
function walk(frames: ZstdFrames, piece: Uint8Array, start = 0): { ends: number[]; stop: number } {
  const ends: number[] = [];
  let at = start;
  while (at < piece.length) {
    const stop = frames.take(piece, at);
    if (stop === at) break;
    at = stop;
    if (frames.whole) ends.push(at);
  }
  return { ends, stop: at };
}

describe.each(FRAMES)("a frame with %s", (_name, octets) => {
  test("ends where it ends, and at no octet before", () => {
    for (let length = 0; length <= octets.length; length++) {
      const frames = new ZstdFrames();
      const { stop } = walk(frames, octets.subarray(0, length));
      expect([length, stop, frames.whole]).toEqual([length, length, length === octets.length]);
    }
  });

  test("ends there octet by octet, too, and with another one behind it", () => {
    const two = Buffer.concat([octets, octets]);
    const ends: number[] = [];
    const single = new ZstdFrames();
    for (let at = 0; at < two.length; at++) {
      expect(single.take(two.subarray(at, at + 1), 0)).toBe(1);
      if (single.whole) ends.push(at + 1);
    }
    expect(ends).toEqual([octets.length, two.length]);
  });
});

test("frames end at the same places, whatever the cut", () => {
  const whole = Buffer.concat(FRAMES.map(([, octets]) => octets));
  let end = 0;
  const expected = FRAMES.map(([, octets]) => (end += octets.length));
  expect(walk(new ZstdFrames(), whole)).toEqual({ ends: expected, stop: whole.length });
  fc.assert(
    fc.property(fc.array(fc.nat({ max: whole.length }), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const frames = new ZstdFrames();
      const ends = places.slice(1).flatMap((to, index) => {
        const from = places[index];
        return walk(frames, whole.subarray(from, to)).ends.map((at) => from + at);
      });
      expect(ends).toEqual(expected);
    }),
  );
});

test("the largest sizes are no negative ones", () => {
  const frames = new ZstdFrames();
  const head = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff]);
  expect(walk(frames, head).stop).toBe(8);
  const much = Buffer.alloc(2 ** 20);
  for (let given = 0; given + much.length < 2 ** 32; given += much.length)
    expect(frames.take(much, 0)).toBe(much.length);
  expect([frames.take(much.subarray(1), 0), frames.whole]).toEqual([2 ** 20 - 1, true]);
  const largest = new ZstdFrames();
  const blocks = frame(0x20, 1, [block(RAW, 2 ** 21 - 1, true)]);
  expect(walk(largest, blocks)).toEqual({ ends: [blocks.length], stop: blocks.length });
});

describe("what begins no frame", () => {
  const first = FRAMES[1][1];

  test.each([
    ["text", "x"],
    ["a zero", "\0"],
    ["gzip", "\x1f\x8b\x08"],
    ["a magic number with another last octet", "\x28\xb5\x2f\xfc"],
    ["one that is half of each kind", "\x50\xb5\x2f\xfd"],
    ["one beside the skippable ones", "\x4f\x2a\x4d\x18"],
    ["one above the skippable ones", "\x60\x2a\x4d\x18"],
  ])("%s is not read on, first or behind a frame, whole or octet by octet", (_name, text) => {
    const stray = Buffer.from(text, "latin1");
    for (const before of [Buffer.alloc(0), first]) {
      const octets = Buffer.concat([before, stray, first]);
      const { stop } = walk(new ZstdFrames(), octets);
      expect(stop).toBeGreaterThanOrEqual(before.length);
      expect(stop).toBeLessThan(before.length + stray.length);
      const single = new ZstdFrames();
      let at = 0;
      while (at < octets.length && single.take(octets.subarray(at, at + 1), 0) === 1) at++;
      expect(at).toBe(stop);
    }
  });
});

test("nothing at all is no frame", () => {
  expect(new ZstdFrames().whole).toBe(false);
});
