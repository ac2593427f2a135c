import { describe, expect, test } from "vitest";
import { decodeAllTexts, OCTETS } from "./exhaustive.ts";

const LENGTH = 5;

describe("every short text over the octets of framing", () => {
  // Behind the prefixes the decoder is in the middle of something. Length 6 and 7 belong to `npm run fuzz -- --target exhaustive`.
  const prefixes = ["", "5;a", '5;a="', "0\r\n", "0\r\nX", "1\r\nx\r\n", "a\r\n123456789"];

  test.each(prefixes)("behind %j", { timeout: 60_000 }, (prefix) => {
    const length = prefix === "" ? LENGTH : LENGTH - 1;
    let texts = 0;
    for (let at = 1; at <= length; at++) texts += OCTETS.length ** at;
    expect(decodeAllTexts(length, prefix)).toBe(texts);
  });
});
