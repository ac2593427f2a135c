import { ftruncateSync, openSync, closeSync, appendFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileDescriptor } from "../../src/files/file-descriptor.ts";
import { FileSpan } from "../../src/files/file-span.ts";
import type { PieceReader } from "../../src/reply/body.ts";
import { emptyFolder, openBelow, put } from "./file-fixtures.ts";

const KIB = 1024;

/** Octets that tell where they stand. */
function pattern(length: number): Buffer {
  const octets = Buffer.alloc(length);
  for (let at = 0; at < length; at++) octets[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff;
  return octets;
}

async function open(content: Uint8Array): Promise<{ file: FileDescriptor; path: string; folder: string }> {
  const folder = emptyFolder();
  const path = join(folder, "data");
  put(path, content);
  return { file: await FileDescriptor.open(path), path, folder };
}

/** Reads as the pump does: each piece is copied before the next is asked for, and then spoilt. */
async function readLent(reader: PieceReader): Promise<{ whole: Buffer; sizes: number[] }> {
  const pieces: Buffer[] = [];
  for (;;) {
    const { done, value } = await reader.next();
    if (done === true) return { whole: Buffer.concat(pieces), sizes: pieces.map(({ length }) => length) };
    const piece = value as Uint8Array;
    pieces.push(Buffer.from(piece));
    if (reader.lent === true) piece.fill(0xee);
  }
}

async function iterate(span: FileSpan): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of span) pieces.push(piece as Uint8Array);
  return Buffer.concat(pieces);
}

describe("a span of a file", () => {
  const CONTENT = pattern(1_500 * KIB + 7);

  test.each([
    [0, 0],
    [0, 1],
    [5, 64 * KIB + 5],
    [0, 64 * KIB + 1],
    [0, 256 * KIB],
    [1, 256 * KIB + 2],
    [0, 512 * KIB],
    [3, 512 * KIB + 4],
    [0, CONTENT.length],
    [CONTENT.length - 1, CONTENT.length],
  ])("has the octets %i to %i, lent and iterated", async (start, end) => {
    const { file } = await open(CONTENT);
    const span = new FileSpan(file, start, end);
    const { whole } = await readLent(span.openPieces());
    expect(whole.equals(CONTENT.subarray(start, end))).toBe(true);
    expect((await iterate(span)).equals(CONTENT.subarray(start, end))).toBe(true);
    file.close();
  });

  test("any of them, several at a time", async () => {
    const { file } = await open(CONTENT);
    const position = fc.nat(CONTENT.length);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(position, position), { minLength: 1, maxLength: 4 }),
        async (pairs) => {
          const spans = pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
          const read = await Promise.all(
            spans.map(([start, end]) => readLent(new FileSpan(file, start, end).openPieces())),
          );
          read.forEach(({ whole }, at) => expect(whole.equals(CONTENT.subarray(...spans[at]))).toBe(true));
        },
      ),
      { numRuns: 25 },
    );
    file.close();
  });

  test("up to 64 KiB is one piece of its own, more is lent in pieces of 256 KiB", async () => {
    const { file } = await open(CONTENT);
    const small = new FileSpan(file, 0, 64 * KIB).openPieces();
    expect(small.lent).toBe(false);
    expect((await readLent(small)).sizes).toEqual([64 * KIB]);
    const large = new FileSpan(file, 0, 600 * KIB).openPieces();
    expect(large.lent).toBe(true);
    expect((await readLent(large)).sizes).toEqual([256 * KIB, 256 * KIB, 88 * KIB]);
    file.close();
  });

  test("the next piece is read while the last one is being sent, and without touching it", async () => {
    const { file } = await open(CONTENT);
    const reader = new FileSpan(file, 0, CONTENT.length).openPieces();
    const { value } = (await reader.next()) as { value: Uint8Array };
    const copy = Buffer.from(value);
    // Some other read that was begun later has come back: the one ahead has, too, or soon will.
    await new Promise((resolve) => file.read(Buffer.alloc(1), 1, 0, resolve));
    expect(copy.equals(value)).toBe(true);
    const second = reader.next();
    expect(second instanceof Promise ? (await second).done : second.done).toBe(false);
    reader.stop(undefined);
    file.close();
  });

  test("iterated pieces stay as they are", async () => {
    const { file } = await open(CONTENT);
    const pieces: Uint8Array[] = [];
    const copies: Buffer[] = [];
    for await (const piece of new FileSpan(file, 0, CONTENT.length)) {
      pieces.push(piece as Uint8Array);
      copies.push(Buffer.from(piece as Uint8Array));
    }
    expect(pieces.every((piece, at) => copies[at].equals(piece))).toBe(true);
    file.close();
  });
});

describe("a file that changes while it is read", () => {
  test.each([10 * KIB, 300 * KIB, 1024 * KIB])(
    "and is shorter than its %i octets: an error, and no padding",
    async (size) => {
      const { file, path } = await open(pattern(size));
      truncateSync(path, size - 1);
      const whole = new FileSpan(file, 0, size);
      await expect(readLent(whole.openPieces())).rejects.toMatchObject({ code: "ERR_SLUICE_SOURCE_SHORT" });
      await expect(iterate(whole)).rejects.toMatchObject({ code: "ERR_SLUICE_SOURCE_SHORT" });
      file.close();
    },
  );

  test("the error comes behind what was there, and again if it is asked for", async () => {
    const { file, path } = await open(pattern(600 * KIB));
    truncateSync(path, 300 * KIB);
    const reader = new FileSpan(file, 0, 600 * KIB).openPieces();
    const sizes = [];
    for (let at = 0; at < 2; at++) sizes.push(((await reader.next()).value as Uint8Array).length);
    expect(sizes).toEqual([256 * KIB, 44 * KIB]);
    await expect((async () => reader.next())()).rejects.toMatchObject({ code: "ERR_SLUICE_SOURCE_SHORT" });
    await expect((async () => reader.next())()).rejects.toMatchObject({ code: "ERR_SLUICE_SOURCE_SHORT" });
    file.close();
  });

  test("and is longer: what was announced", async () => {
    const { file, path } = await open(pattern(300 * KIB));
    appendFileSync(path, "more");
    expect(
      (await readLent(new FileSpan(file, 0, 300 * KIB).openPieces())).whole.equals(pattern(300 * KIB)),
    ).toBe(true);
    file.close();
  });
});

describe("a descriptor", () => {
  test("is closed once, after the reads under way", async () => {
    const { file, folder } = await open(pattern(600 * KIB));
    const reader = new FileSpan(file, 0, 600 * KIB).openPieces();
    const first = reader.next();
    const left = new Error("left");
    reader.stop(left);
    file.close();
    file.close();
    expect(openBelow(folder)).toHaveLength(1);
    await expect(first).rejects.toBe(left);
    expect(await reader.next()).toMatchObject({ done: true });
    await expect.poll(() => openBelow(folder), { interval: 1 }).toEqual([]);
  });

  test("that was closed is not read, whoever has its number by now", async () => {
    const { file, path } = await open(pattern(10));
    const { number } = file;
    file.close();
    const other = openSync(path, "r+");
    expect(other).toBe(number);
    await expect(readLent(new FileSpan(file, 0, 10).openPieces())).rejects.toMatchObject({
      code: "ERR_SLUICE_OUT_OF_ORDER",
    });
    ftruncateSync(other, 0);
    closeSync(other);
  });

  test("readers that leave at any time leave nothing open", async () => {
    const folder = emptyFolder();
    const path = join(folder, "large");
    put(path, pattern(2048 * KIB));
    for (let round = 0; round < 200; round++) {
      const file = await FileDescriptor.open(path);
      const reader = new FileSpan(file, 0, 2048 * KIB).openPieces();
      for (let taken = 0; taken < round % 5; taken++) await reader.next();
      const under = round % 2 === 0 ? reader.next() : undefined;
      reader.stop("left");
      file.close();
      await (under as Promise<unknown> | undefined)?.catch?.((reason: unknown) =>
        expect(reason).toBe("left"),
      );
    }
    await expect.poll(() => openBelow(folder), { interval: 1 }).toEqual([]);
  });
});
