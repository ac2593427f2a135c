import * as fc from "fast-check";
import parseRange from "range-parser";
import { describe, expect, test } from "vitest";
import {
  contentRange,
  parseContentRange,
  selectRanges,
  unsatisfiedRange,
} from "../../src/semantics/ranges.ts";

/** Ranges as `first-last`, to be read like the field. */
function select(value: string | undefined, size: number): string {
  const ranges = selectRanges(value, size);
  return typeof ranges === "string"
    ? ranges
    : ranges.map(({ start, end }) => `${start}-${end - 1}`).join(" ");
}

describe("selectRanges", () => {
  // The examples of RFC 9110 section 14.1.2, for 10000 octets.
  test.each([
    ["bytes=0-499", "0-499"],
    ["bytes=500-999", "500-999"],
    ["bytes=-500", "9500-9999"],
    ["bytes=9500-", "9500-9999"],
    ["bytes=0-0,-1", "0-0 9999-9999"],
    ["bytes= 0-0, -1", "0-0 9999-9999"],
    ["bytes=0-999, 4500-5499, -1000", "0-999 4500-5499 9000-9999"],
    ["bytes=500-600,601-999", "500-999"],
    ["bytes=500-700,601-999", "500-999"],
  ])("%j", (value, ranges) => {
    expect(select(value, 10_000)).toBe(ranges);
  });

  const DIGITS = "9".repeat(400);
  test.each([
    ["bytes=0-", "0-99"],
    ["bytes=99-", "99-99"],
    ["bytes=0-98", "0-98"],
    ["bytes=0-99", "0-99"],
    ["bytes=0-100", "0-99"],
    ["bytes=-99", "1-99"],
    ["bytes=-100", "0-99"],
    ["bytes=-101", "0-99"],
    ["bytes=007-0000000000000000000000009", "7-9"],
    ["BYTES=1-2", "1-2"],
    ["Bytes=1-2", "1-2"],
    ["bytes=,1-2", "1-2"],
    ["bytes=1-2,", "1-2"],
    ["bytes=,,\t, 1-2 ,\t,", "1-2"],
    // Positions of any length.
    ["bytes=9-9007199254740991", "9-99"],
    ["bytes=9-9007199254740993", "9-99"],
    ["bytes=9-18446744073709551616", "9-99"],
    [`bytes=9-${DIGITS}`, "9-99"],
    [`bytes=-${DIGITS}`, "0-99"],
    [`bytes=${DIGITS}-`, "unsatisfiable"],
    [`bytes=${DIGITS}-${DIGITS}`, "unsatisfiable"],
    [`bytes=${DIGITS}-5`, "whole"],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=100-200", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=-000,100-", "unsatisfiable"],
    ["bytes=4294967296-4294967300", "unsatisfiable"],
    // What cannot be satisfied is left out.
    ["bytes=-0,5-6", "5-6"],
    ["bytes=100-200,5-6", "5-6"],
  ])("%j of 100 octets", (value, ranges) => {
    expect(select(value, 100)).toBe(ranges);
  });

  test.each([
    undefined,
    "",
    "bytes",
    "bytes=",
    "bytes= ",
    "bytes=,",
    "bytes=, ,",
    "bytes=-",
    "bytes=--1",
    "bytes=-1-",
    "bytes=-1-2",
    "bytes=1",
    "bytes=1-2-3",
    "bytes=1--2",
    "bytes=2-1",
    "bytes=0-1,2-1",
    "bytes=200-100",
    "bytes=a-b",
    "bytes=0-a",
    "bytes=0x0-0x1",
    "bytes=1e1-2e1",
    "bytes=+1-2",
    "bytes=1-+2",
    "bytes=1.0-2",
    "bytes=1_0-2_0",
    "bytes=0 -1",
    "bytes=0- 1",
    "bytes=0-1 2-3",
    "bytes=0-1;2-3",
    "bytes=0-1, abc",
    "bytes=*",
    "bytes=0-*",
    'bytes="0-1"',
    "bytes=\u0661-\u0662",
    "bytes=\xa01-2",
    "bytes =0-1",
    "bytes:0-1",
    "bytes 0-1",
    " bytes=0-1",
    "byte=0-1",
    "bytess=0-1",
    "xbytes=0-1",
    "items=0-1",
    "seconds=1-2",
    "0-1",
    "=0-1",
    "none",
  ])("%j asks for nothing that can be understood", (value) => {
    expect(select(value, 100)).toBe("whole");
  });

  test.each([
    ["bytes=0-", "unsatisfiable"],
    ["bytes=0-0", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    // Satisfiable, and nothing that a 206 could carry.
    ["bytes=-1", "whole"],
    ["bytes=0-0,-1", "whole"],
  ])("%j of nothing", (value, ranges) => {
    expect(select(value, 0)).toBe(ranges);
  });

  test("a representation of one octet", () => {
    expect(select("bytes=0-", 1)).toBe("0-0");
    expect(select("bytes=-1", 1)).toBe("0-0");
    expect(select("bytes=1-", 1)).toBe("unsatisfiable");
  });

  test("the last octet of the largest representation", () => {
    expect(selectRanges("bytes=-1", 2 ** 53 - 1)).toEqual([{ start: 2 ** 53 - 2, end: 2 ** 53 - 1 }]);
    expect(selectRanges("bytes=0-9007199254740993", 2 ** 53 - 1)).toEqual([{ start: 0, end: 2 ** 53 - 1 }]);
  });

  describe("several ranges", () => {
    test.each([
      // In the order asked.
      ["bytes=5000-5999,1000-1999", "5000-5999 1000-1999"],
      ["bytes=-10,0-9", "9990-9999 0-9"],
      // A gap of 79 octets is sent along, one of 80 is not.
      ["bytes=0-99,179-199", "0-199"],
      ["bytes=0-99,180-199", "0-99 180-199"],
      ["bytes=179-199,0-99", "0-199"],
      // A merged range stands where its first one did.
      ["bytes=5000-5999,1000-1999,3000-3999,2000-2100", "5000-5999 1000-2100 3000-3999"],
      ["bytes=1000-1999,5000-5999,2000-2100", "1000-2100 5000-5999"],
      ["bytes=2000-2100,5000-5999,1000-1999", "1000-2100 5000-5999"],
      // Two that overlap are merged; of three that do, none is sent by itself.
      ["bytes=0-99,50-149", "0-149"],
      ["bytes=0-999,10-19", "0-999"],
      ["bytes=0-999,0-999", "0-999"],
      ["bytes=0-99,50-149,100-199", "whole"],
      ["bytes=0-999,10-19,500-599", "whole"],
      ["bytes=0-0,0-0,0-0", "whole"],
      ["bytes=0-,0-,0-", "whole"],
      ["bytes=0-9,5-14,5000-5009,5005-5014", "whole"],
      // Ranges that touch do not overlap.
      ["bytes=0-99,100-199,200-299,300-399", "0-399"],
      // One that cannot be satisfied overlaps nothing.
      ["bytes=0-99,50-149,20000-,20000-", "0-149"],
    ])("%j", (value, ranges) => {
      expect(select(value, 10_000)).toBe(ranges);
    });

    const each = (count: number, length: number) =>
      `bytes=${Array.from({ length: count }, (_, at) => `${at * 1000}-${at * 1000 + length - 1}`).join(",")}`;

    test("sixteen and no more", () => {
      expect(selectRanges(each(16, 100), 1e6)).toHaveLength(16);
      expect(select(each(17, 100), 1e6)).toBe("whole");
      // Those that cannot be satisfied count, too; empty elements don't.
      expect(selectRanges(each(16, 100), 5000)).toHaveLength(5);
      expect(select(each(17, 100), 5000)).toBe("whole");
      expect(selectRanges(each(16, 100).replaceAll(",", ",,,"), 1e6)).toHaveLength(16);
    });

    test("eight small ones and no more", () => {
      expect(selectRanges(each(8, 79), 1e6)).toHaveLength(8);
      expect(select(each(9, 79), 1e6)).toBe("whole");
      expect(selectRanges(each(9, 80), 1e6)).toHaveLength(9);
    });

    test.each([
      `bytes=${"0-,".repeat(300_000)}`,
      `bytes=${",".repeat(1e6)}0-1`,
      `bytes=${" ".repeat(1e6)}x`,
      `bytes=${"9".repeat(1e6)}-${"9".repeat(1e6)}`,
      `bytes=${"-".repeat(1e6)}`,
    ])("in linear time", { timeout: 5000 }, (value) => {
      selectRanges(value, 1e6);
    });
  });

  const spec = fc.oneof(
    fc.tuple(fc.nat(12_000), fc.nat(3000)).map(([first, more]) => `${first}-${first + more}`),
    fc.nat(12_000).map((first) => `${first}-`),
    fc.nat(12_000).map((length) => `-${length}`),
  );
  const specs = fc.array(spec, { minLength: 1, maxLength: 5 });
  const sizes = fc.nat(11_000);

  test("ranges lie inside, are not empty, don't overlap, and hold every octet asked for", () => {
    fc.assert(
      fc.property(specs, sizes, (asked, size) => {
        const ranges = selectRanges(`bytes=${asked.join(",")}`, size);
        if (typeof ranges === "string") return;
        expect(ranges.length).toBeGreaterThan(0);
        const sorted = ranges.toSorted((a, b) => a.start - b.start);
        let before = -80;
        let sum = 0;
        for (const { start, end } of sorted) {
          expect(start).toBeGreaterThanOrEqual(ranges.length === 1 ? 0 : before + 80);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(size);
          before = end;
          sum += end - start;
        }
        expect(sum).toBeLessThanOrEqual(size);
        // Each satisfiable range, as another parser reads it, lies inside one of ours.
        const theirs = parseRange(size, `bytes=${asked.join(",")}`);
        if (typeof theirs === "number") return;
        for (const { start, end } of theirs) {
          expect(ranges.some((range) => range.start <= start && end < range.end)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("one range is what range-parser reads", () => {
    // It takes a suffix longer than the representation for unsatisfiable, against RFC 9110 section 14.1.2.
    const tooLong = (one: string, size: number) => one.startsWith("-") && -Number(one) > size;
    fc.assert(
      fc.property(spec, sizes, (one, size) => {
        fc.pre(size > 0 && !tooLong(one, size));
        const theirs = parseRange(size, `bytes=${one}`);
        if (theirs === -1) expect(select(`bytes=${one}`, size)).toBe("unsatisfiable");
        else if (typeof theirs === "object") {
          expect(selectRanges(`bytes=${one}`, size)).toEqual([
            { start: theirs[0].start, end: theirs[0].end + 1 },
          ]);
        } else expect(theirs).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  test("what range-parser refuses is refused", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0129-,= \tbx".split("")), maxLength: 12 });
    fc.assert(
      fc.property(text, (set) => {
        const theirs = parseRange(100, `bytes=${set}`);
        const emptyElements = set.split(",").some((element) => element.trim() === "");
        if (theirs === -2 && !emptyElements) expect(select(`bytes=${set}`, 100)).toBe("whole");
        const ours = selectRanges(`bytes=${set}`, 100);
        if (typeof ours === "object")
          for (const { start, end } of ours) expect(start < end && end <= 100).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Content-Range", () => {
  test("is written", () => {
    expect(contentRange({ start: 0, end: 10 }, 100)).toBe("bytes 0-9/100");
    expect(contentRange({ start: 99, end: 100 }, undefined)).toBe("bytes 99-99/*");
    expect(unsatisfiedRange(100)).toBe("bytes */100");
    expect(unsatisfiedRange(0)).toBe("bytes */0");
  });

  test.each([
    ["bytes 0-9/100", { start: 0, end: 10, size: 100 }],
    ["bytes 0-99/100", { start: 0, end: 100, size: 100 }],
    ["bytes 42-1233/*", { start: 42, end: 1234, size: undefined }],
    ["Bytes 0-0/1", { start: 0, end: 1, size: 1 }],
    ["bytes 00-009/0010", { start: 0, end: 10, size: 10 }],
    ["bytes */100", { size: 100 }],
    ["bytes */0", { size: 0 }],
    [
      "bytes 9007199254740989-9007199254740990/9007199254740991",
      { start: 2 ** 53 - 3, end: 2 ** 53 - 1, size: 2 ** 53 - 1 },
    ],
    ["bytes */9007199254740991", { size: 2 ** 53 - 1 }],
  ])("%j is read", (value, expected) => {
    expect(parseContentRange(value)).toEqual(expected);
  });

  test.each([
    "",
    "bytes",
    "bytes 0-9",
    "bytes 0-9/",
    "bytes 0/100",
    "bytes -9/100",
    "bytes 0-/100",
    "bytes -/100",
    "bytes 9-0/100",
    "bytes 9-8/100",
    "bytes 0-100/100",
    "bytes 0-9/9",
    "bytes 0-0/0",
    "bytes */*",
    "bytes */",
    "bytes *-9/100",
    "bytes 0-*/100",
    "bytes  0-9/100",
    "bytes=0-9/100",
    "bytes0-9/100",
    " bytes 0-9/100",
    "bytes 0-9/100 ",
    "bytes 0-9/100\n",
    "bytes 0 - 9/100",
    "bytes 0-9 / 100",
    "bytes 0-9/100, 10-19/100",
    "bytes +0-9/100",
    "bytes 0x0-0x9/100",
    "bytes 0-9/1e2",
    "bytes \u0660-9/100",
    "items 0-9/100",
    "bytes 9007199254740990-9007199254740991/*",
    "bytes 9007199254740992-9007199254740993/*",
    "bytes */9007199254740992",
    "bytes 0-9/9007199254740992",
    `bytes 0-${"9".repeat(400)}/*`,
    `bytes */${"9".repeat(400)}`,
  ])("%j is not", (value) => {
    expect(parseContentRange(value)).toBeUndefined();
  });

  test("what is written is read", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean(), (a, b, c, known) => {
        const [start, end, size] = [a, b, c].toSorted((x, y) => x - y);
        fc.pre(start < end);
        const total = known ? size : undefined;
        expect(parseContentRange(contentRange({ start, end }, total))).toEqual({ start, end, size: total });
        expect(parseContentRange(unsatisfiedRange(size))).toEqual({ size });
      }),
    );
  });
});
