import { array, assert, boolean, integer, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { awaited, Coalescer } from "../../../src/files/archives/archive-output.ts";

test("what comes out is what went in, also when earlier pieces are kept", () => {
  assert(
    property(array(tuple(integer({ min: 0, max: 40_000 }), boolean())), (steps) => {
      const out = new Coalescer();
      const went: Buffer[] = [];
      const came: Uint8Array[] = [];
      for (const [index, [size, flush]] of steps.entries()) {
        const octets = Buffer.alloc(size, index + 1);
        out.add(octets);
        went.push(octets);
        came.push(...(flush ? out.flushed() : out.pieces()));
        if (flush) expect(out.holds).toBe(false);
      }
      came.push(...out.flushed());
      expect(Buffer.concat(came).equals(Buffer.concat(went))).toBe(true);
      expect(out.total).toBe(Buffer.concat(went).length);
    }),
  );
});

test("10,000 small runs leave in pieces of 64 KiB", () => {
  const out = new Coalescer();
  for (let index = 0; index < 10_000; index++) out.add(Buffer.alloc(100));
  const sizes = (pieces: Iterable<Uint8Array>): number[] => Array.from(pieces, ({ length }) => length);
  expect(sizes(out.pieces())).toEqual(Array.from({ length: 15 }, () => 65_536));
  expect(sizes(out.flushed())).toEqual([1_000_000 - 15 * 65_536]);
});

test("from 16 KiB on octets are passed on uncopied, and not below", () => {
  const out = new Coalescer();
  const [large, small] = [Buffer.alloc(16_384), Buffer.alloc(16_383)];
  out.add(Buffer.from("before"));
  out.add(large);
  out.add(small);
  const pieces = [...out.flushed()];
  expect(pieces.map(({ length }) => length)).toEqual([6, 16_384, 16_383]);
  expect(pieces[1]).toBe(large);
  expect(pieces[2].buffer).not.toBe(small.buffer);
});

describe("what is awaited", () => {
  const held = (): Coalescer => {
    const out = new Coalescer();
    out.add(Buffer.from("held"));
    return out;
  };
  const taken = async (next: string | Promise<string>): Promise<[string[], string]> => {
    const generator = awaited(next, held());
    const pieces: string[] = [];
    for (;;) {
      const { done, value } = await generator.next();
      if (done === true) return [pieces, value];
      pieces.push(Buffer.from(value).toString());
    }
  };

  test("leaves nothing behind, and sends nothing ahead that need not go", async () => {
    expect(await taken("value")).toEqual([[], "value"]);
    expect(await taken(Promise.resolve("value"))).toEqual([[], "value"]);
    const later = new Promise<string>((resolve) => setImmediate(resolve, "value"));
    expect(await taken(later)).toEqual([["held"], "value"]);
  });

  test("may fail, and is nobody's failure where the reader has left", async () => {
    await expect(taken(Promise.reject(new Error("no")))).rejects.toThrow("no");
    let fail!: (reason: Error) => void;
    const failing = new Promise<string>((_, reject) => (fail = reject));
    const generator = awaited(failing, held());
    expect((await generator.next()).done).toBe(false);
    await generator.return("");
    fail(new Error("for nobody"));
    await new Promise(setImmediate);
  });
});
