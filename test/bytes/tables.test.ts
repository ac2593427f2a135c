import { expect, test } from "vitest";
import { FIELD_VALUE, HEX, QUOTED_TEXT, TARGET, TOKEN } from "../../src/bytes/tables.ts";

const octets = Array.from({ length: 256 }, (_, octet) => octet);
const membersOf = (table: Uint8Array) => octets.filter((octet) => table[octet] === 1);
const matching = (pattern: RegExp) => octets.filter((octet) => pattern.test(String.fromCharCode(octet)));

test.each([
  ["tchar", TOKEN, /[!#$%&'*+.^_`|~0-9A-Za-z-]/],
  ["field-vchar, SP and HTAB", FIELD_VALUE, /[\t\x20-\x7e\x80-\xff]/],
  ["qdtext", QUOTED_TEXT, /[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]/],
  ["what a target is made of", TARGET, /[\x21\x22\x24-\x7e]/],
])("%s", (_name, table, pattern) => {
  expect(table).toHaveLength(256);
  expect(membersOf(table)).toEqual(matching(pattern));
});

test("hex digits", () => {
  for (const octet of octets) {
    const digit = "0123456789abcdef".indexOf(String.fromCharCode(octet).toLowerCase());
    expect(HEX[octet]).toBe(digit === -1 ? 255 : digit);
  }
});
