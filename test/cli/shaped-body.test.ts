import { describe, expect, test } from "vitest";
import { Pace } from "../../src/cli/serve/pace.ts";
import { ShapedBody } from "../../src/cli/serve/shaped-body.ts";
import type { PieceReader } from "../../src/reply/body.ts";
import { FakeIo } from "./fake-io.ts";

/** The next piece, with its time; the clock is moved until it comes. */
async function next(reader: PieceReader, io: FakeIo): Promise<[text: string, at: number] | "end"> {
  let result: IteratorResult<unknown> | undefined;
  void Promise.resolve(reader.next()).then((each) => {
    result = each;
  });
  for (let turn = 0; turn < 10_000; turn++) {
    await Promise.resolve();
    if (turn % 20 === 19 && result === undefined && io.timers > 0) io.pass(1);
    if (result !== undefined) return result.done === true ? "end" : [String(result.value), io.time];
  }
  throw new Error("no piece comes");
}

async function all(reader: PieceReader, io: FakeIo): Promise<[string, number][]> {
  const pieces: [string, number][] = [];
  for (let piece = await next(reader, io); piece !== "end"; piece = await next(reader, io))
    pieces.push(piece);
  return pieces;
}

const texts = (pieces: [string, number][]): string[] => pieces.map(([text]) => text);

describe("pieces of one size", () => {
  test.each([
    [["abcdef"], ["abc", "def"]],
    [["abcdefg"], ["abc", "def", "g"]],
    [
      ["a", "", "bc", "d"],
      ["abc", "d"],
    ],
    [
      ["ä", "ö"],
      ["äö".slice(0, 1) + "\ufffd", "\ufffd"],
    ],
    [[], []],
  ])("%j", async (source, pieces) => {
    const io = new FakeIo();
    const reader = new ShapedBody(source, { chunkSize: 3, pace: undefined }, io).openPieces();
    expect(texts(await all(reader, io))).toEqual(pieces);
  });

  test("are copies, of a buffer that is lent too", async () => {
    const buffer = Buffer.from("ab");
    function* lent(): Generator<Uint8Array> {
      yield buffer;
      buffer.write("cd");
      yield buffer;
    }
    const io = new FakeIo();
    const reader = new ShapedBody(lent(), { chunkSize: 4, pace: undefined }, io).openPieces();
    expect(reader.lent).toBe(false);
    expect(texts(await all(reader, io))).toEqual(["abcd"]);
  });
});

describe("a pace", () => {
  test("comes to its rate, whatever the pieces", async () => {
    const io = new FakeIo();
    const pace = new Pace(1000, () => io.clock());
    expect(pace.piece).toBe(50);
    const source = ["x".repeat(120), "y".repeat(80)];
    const pieces = await all(new ShapedBody(source, { chunkSize: undefined, pace }, io).openPieces(), io);
    expect(pieces.map(([text, at]) => [text.length, at])).toEqual([
      [50, 0],
      [50, 0],
      [20, 50],
      [50, 70],
      [30, 120],
    ]);
  });

  test("makes up for a late timer, and for no more than that", () => {
    let now = 0;
    const pace = new Pace(1000, () => now);
    expect(pace.take(100)).toBe(0);
    expect(pace.take(100)).toBe(50);
    now = 90; // 40 late
    expect(pace.take(100)).toBe(60);
    now = 10_000; // nothing was ready for long
    expect(pace.take(100)).toBe(0);
    expect(pace.take(100)).toBe(50);
  });

  test.each([
    [1, 1],
    [20, 1],
    [40, 2],
    [1e9, 65_536],
  ])("of %d octets a second sends %d at a time", (rate, piece) => {
    expect(new Pace(rate, () => 0).piece).toBe(piece);
  });

  test("waits longer than one timer can", async () => {
    const io = new FakeIo();
    const waits: number[] = [];
    const timers = {
      setTimer(callback: () => void, milliseconds: number) {
        waits.push(milliseconds);
        queueMicrotask(callback);
        return () => {};
      },
    };
    const pace = new Pace(1, () => io.clock());
    const source = ["x".repeat(5_000_000), "y"];
    const reader = new ShapedBody(source, { chunkSize: 5_000_000, pace }, timers).openPieces();
    await reader.next();
    await reader.next();
    expect(waits.reduce((sum, each) => sum + each, 0)).toBe(5_000_000_000 - 50);
    expect(Math.max(...waits)).toBeLessThan(2 ** 31);
  });

  test("a reader that leaves while it waits stops the source and the timer", async () => {
    const io = new FakeIo();
    let closed = false;
    function* source(): Generator<string> {
      try {
        yield "x".repeat(1000);
      } finally {
        closed = true;
      }
    }
    const pace = new Pace(1000, () => io.clock());
    const reader = new ShapedBody(source(), { chunkSize: 500, pace }, io).openPieces();
    expect(await next(reader, io)).toEqual(["x".repeat(500), 0]);
    const waiting = reader.next();
    while (io.timers === 0) await Promise.resolve();
    reader.stop(undefined);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect([closed, io.timers]).toEqual([true, 0]);
  });

  test("a source that fails says so", async () => {
    const io = new FakeIo();
    function* source(): Generator<string> {
      yield "x";
      throw new Error("no");
    }
    const reader = new ShapedBody(source(), { chunkSize: 10, pace: undefined }, io).openPieces();
    await expect(reader.next()).rejects.toThrow("no");
  });
});
