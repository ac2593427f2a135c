import { expect, test } from "vitest";
import { columnsOf, cutToColumns, wrap } from "../../src/inspect/display-width.ts";

test.each([
  ["", 0],
  ["abc", 3],
  ["äöü", 3],
  ["a\u0308", 1],
  ["漢字", 4],
  ["한글", 4],
  ["한", 2],
  ["ｆｕｌｌ", 8],
  ["\u2329\u232a\u3008", 6],
  ["━─…", 3],
  ["क्षा", 3],
  ["👍", 2],
  ["👍🏽", 2],
  ["👨‍👩‍👧", 2],
  ["🧑🏻‍❤️‍💋‍🧑🏼", 2],
  ["👨‍👨‍👨‍👨‍👨‍👨‍👨‍👨", 16],
  ["🇩🇪", 2],
  ["❤️", 2],
  ["⚠️", 2],
  ["⚠", 1],
  ["\u200b", 0],
  ["\ufe0f", 0],
  ["\x1b[31mred\x1b[39m", 3],
])("%j", (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test("what is drawn in one place is known at any place of a long text", () => {
  for (let before = 0; before < 300; before++) expect(columnsOf(`${"ä".repeat(before)}👨‍👩‍👧`)).toBe(before + 2);
});

test("a text is cut between graphemes, on both sides of its width", () => {
  expect(cutToColumns("abc", 3)).toBe("abc");
  expect(cutToColumns("abcd", 3)).toBe("ab…");
  expect(cutToColumns("漢字漢", 5)).toBe("漢字…");
  expect(cutToColumns("漢字漢", 4)).toBe("漢…");
  expect(cutToColumns("漢字漢", 6)).toBe("漢字漢");
  expect(cutToColumns("👨‍👩‍👧👨‍👩‍👧", 3)).toBe("👨‍👩‍👧…");
  expect(cutToColumns("👨‍👩‍👧👨‍👩‍👧", 4)).toBe("👨‍👩‍👧👨‍👩‍👧");
  expect(cutToColumns("abc", 1)).toBe("…");
  expect(cutToColumns("abc", 0)).toBe("");
});

test("lines are broken between words, and inside words that are too long", () => {
  expect(wrap("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
  expect(wrap("aa bb cc", 4, "  ")).toEqual(["aa", "  bb", "  cc"]);
  expect(wrap("abcdefgh ij", 4, "  ")).toEqual(["abcd", "  ef", "  gh", "  ij"]);
  expect(wrap("a abcdef", 4, "  ")).toEqual(["a", "  ab", "  cd", "  ef"]);
  expect(wrap("漢字漢字", 5)).toEqual(["漢字", "漢字"]);
  expect(wrap("👨‍👩‍👧👨‍👩‍👧", 2)).toEqual(["👨‍👩‍👧", "👨‍👩‍👧"]);
  // No line is so narrow that nothing goes into it.
  expect(wrap("漢字", 1, "  ")).toEqual(["漢", "  字"]);
});

test.each(["ä", "漢", "\u0301", "👨\u200d", "🇩", "ä "])("%j, very often, takes linear time", (part) => {
  const text = part.repeat(20_000);
  const started = performance.now();
  columnsOf(text);
  cutToColumns(text, 80);
  wrap(text, 80, "  ");
  expect(performance.now() - started).toBeLessThan(2000);
});
