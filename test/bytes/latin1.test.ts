import { expect, test } from "vitest";
import { latin1, octets } from "../../src/bytes/latin1.ts";

const every = Uint8Array.from({ length: 256 }, (_, octet) => octet);

test.each([
  ["plain bytes", every],
  ["the host's bytes", Buffer.from(every)],
])("octets become one character each: %s", (_name, bytes) => {
  const text = latin1(bytes, 0, 256);
  expect(Array.from(text, (character) => character.charCodeAt(0))).toEqual([...every]);
});

test.each([0, 1, 4095, 4096, 4097, 100_000])("%i plain bytes, which need several calls", (length) => {
  const bytes = Uint8Array.from({ length: length + 2 }, (_, at) => at % 251);
  expect(latin1(bytes, 1, length + 1)).toBe(Buffer.from(bytes).toString("latin1", 1, length + 1));
});

test("a part of a view on a larger array", () => {
  const view = new Uint8Array([...every, ...every].slice(60, 80)).subarray(5, 15);
  expect(latin1(view, 1, 3)).toBe("BC");
});

test("text becomes octets, and comes back", () => {
  const text = latin1(every, 0, 256);
  expect(octets(text)).toEqual(every);
  expect(octets("")).toEqual(new Uint8Array(0));
});
