import { expect, test } from "vitest";
import { bytesOf, duration } from "../../src/inspect/wording.ts";

test.each([
  [0, "0 ms"],
  [0.049, "0 ms"],
  [0.254, "0.3 ms"],
  [2, "2 ms"],
  [9.94, "9.9 ms"],
  [9.95, "10 ms"],
  [12.34, "12 ms"],
  [999.4, "999 ms"],
  [999.5, "1.0 s"],
  [65_000, "65.0 s"],
  [99_949, "99.9 s"],
  [99_950, "1 min 40 s"],
  [3_599_499, "59 min 59 s"],
  [3_599_500, "1 h 0 min"],
  [3_600_000 * 1234, "1,234 h 0 min"],
])("%d ms", (span, text) => {
  expect(duration(span)).toBe(text);
});

test("bytes, exactly", () => {
  expect([0, 1, 999, 1000, 12_345_678].map(bytesOf)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1,000 bytes",
    "12,345,678 bytes",
  ]);
});
