import { array, assert, boolean, integer, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { Coalescer } from "../../../src/files/archives/archive-output.ts";

const drained = (out: Coalescer): Uint8Array[] => {
  const pieces: Uint8Array[] = [];
  for (let piece = out.shift(); piece !== undefined; piece = out.shift()) pieces.push(piece);
  return pieces;
};

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
        if (flush) out.flush();
        came.push(...drained(out));
      }
      out.flush();
      expect(out.holds).toBe(false);
      came.push(...drained(out));
      expect(Buffer.concat(came).equals(Buffer.concat(went))).toBe(true);
      expect(out.total).toBe(Buffer.concat(went).length);
    }),
  );
});

test("10,000 small runs leave in pieces of 64 KiB", () => {
  const out = new Coalescer();
  for (let index = 0; index < 10_000; index++) out.add(Buffer.alloc(100));
  expect(drained(out).map(({ length }) => length)).toEqual(Array.from({ length: 15 }, () => 65_536));
  out.flush();
  expect(drained(out).map(({ length }) => length)).toEqual([1_000_000 - 15 * 65_536]);
});

test("from 16 KiB on octets are passed on uncopied, and not below", () => {
  const out = new Coalescer();
  const [large, small] = [Buffer.alloc(16_384), Buffer.alloc(16_383)];
  out.add(Buffer.from("before"));
  out.add(large);
  out.add(small);
  out.flush();
  const pieces = drained(out);
  expect(pieces.map(({ length }) => length)).toEqual([6, 16_384, 16_383]);
  expect(pieces[1]).toBe(large);
  expect(pieces[2].buffer).not.toBe(small.buffer);
});
