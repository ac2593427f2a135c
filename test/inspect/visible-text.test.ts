import { expect, test } from "vitest";
import { visible } from "../../src/inspect/visible-text.ts";

test.each([
  ["\0\n\x1b\x7f", "␀␊␛␡"],
  ["\x85\u2028\u2029\u202e\u2066", "\\u0085\\u2028\\u2029\\u202e\\u2066"],
  ["\u00ad\u200b\u2060\u3164\ufeff\ufff9\ufffc", "\\u00ad\\u200b\\u2060\\u3164\\ufeff\\ufff9\\ufffc"],
  // What looks like nothing, and spells a text all the same.
  ["a\u{e0041}\u{e0100}\ufe00", "a\\u{e0041}\\u{e0100}\\ufe00"],
  ["a\ud800b\udc00", "a\\ud800b\\udc00"],
  ["a\u200db\u200d👧", "a\\u200db\\u200d👧"],
])("%j", (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test.each(["äöü 漢字 ✓", "👨‍👩‍👧 ⚠️ 🇩🇪 👍🏽 🧑🏻‍❤️‍💋‍🧑🏼 🏳️‍🌈", "\ufffd"])("%s is left as it is", (text) => {
  expect(visible(text)).toBe(text);
});
