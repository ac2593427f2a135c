import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatBytes, formatPercent, formatRate, formatSecondsLeft } from "../../src/cli/quantities.ts";
import { readBytes, readDuration, readRate } from "../../src/cli/units.ts";

describe("octets", () => {
  test.each([
    ["0", 0],
    ["4096", 4096],
    ["4096b", 4096],
    ["4kb", 4000],
    ["4 kB", 4000],
    ["4K", 4000],
    ["4ki", 4096],
    ["10MiB", 10_485_760],
    ["1.5m", 1_500_000],
    ["1.1kb", 1100],
    ["2g", 2e9],
    ["1TiB", 2 ** 40],
    ["9007199254740991", 2 ** 53 - 1],
    ["8191TiB", 8191 * 2 ** 40],
  ])("%s", (text, octets) => {
    expect(readBytes(text)).toBe(octets);
  });

  test.each([
    "",
    "k",
    "b",
    ".5k",
    "5.",
    "1.5.2k",
    "-1",
    "+1",
    "1e3",
    "0x10",
    "1 k b",
    "1kib/s",
    "5p",
    "4ib",
    "9007199254740992",
    "8192TiB",
    "٣",
    "1,5k",
    " 1",
    "1 ",
  ])("%j is none", (text) => {
    expect(readBytes(text)).toBeUndefined();
  });

  test("in a second", () => {
    expect(readRate("50kb/s")).toBe(50_000);
    expect(readRate("50kb /S")).toBe(50_000);
    expect(readRate("2MiB")).toBe(2_097_152);
    expect(readRate("50/kb/s")).toBeUndefined();
    expect(readRate("/s")).toBeUndefined();
    expect(readRate("5kb/s/s")).toBeUndefined();
  });
});

describe("spans of time", () => {
  test.each([
    ["0", 0],
    ["0s", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["1.5m", 90_000],
    ["1h30m", 5_400_000],
    ["1H", 3_600_000],
    ["2d", 172_800_000],
    ["366d", 366 * 86_400_000],
  ])("%s", (text, span) => {
    expect(readDuration(text)).toBe(span);
  });

  test.each([
    "",
    "10",
    "s",
    "-1s",
    "1 s",
    "1.s",
    ".5s",
    "1s2",
    "1y",
    "367d",
    "366d1ms",
    "1e3s",
    "1s 2s",
    "1m1m1m1m1m1m",
  ])("%j is none", (text) => {
    expect(readDuration(text)).toBeUndefined();
  });
});

test("hostile input is read in linear time", () => {
  const start = performance.now();
  for (const reader of [readBytes, readRate, readDuration])
    for (const part of ["1", "1.", "1m", " ", "/s", " /s"])
      expect(reader(part.repeat(200_000))).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(1_000);
});

describe("shown", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [9994, "9.99 kB"],
    [9995, "10.0 kB"],
    [99_949, "99.9 kB"],
    [99_950, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [12_345_678, "12.3 MB"],
    [2e18, "2000 PB"],
    [-1, "0 B"],
  ])("%d octets", (octets, text) => {
    expect(formatBytes(octets)).toBe(text);
  });

  test("no number of octets is longer than its column", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), (octets) => {
        expect(formatBytes(octets)).toMatch(/^(\d{1,3} B|(\d\.\d\d|\d\d\.\d|\d{3}) [kMG]B)$/);
      }),
    );
  });

  test("rates, what is left, and shares", () => {
    expect(formatRate(1_200_000)).toBe("1.20 MB/s");
    expect(formatSecondsLeft(0.1)).toBe("1s");
    expect(formatSecondsLeft(59)).toBe("59s");
    expect(formatSecondsLeft(59.1)).toBe("1m 00s");
    expect(formatPercent(0.999_999)).toBe("99 %");
    expect(formatPercent(1)).toBe("100 %");
    expect(formatPercent(2)).toBe("100 %");
  });
});
