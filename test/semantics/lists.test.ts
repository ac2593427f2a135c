import { describe, expect, test } from "vitest";
import { listElements, listHas, quotedListElements } from "../../src/semantics/lists.ts";

describe("listElements", () => {
  test.each([
    ["a", ["a"]],
    ["a, b", ["a", "b"]],
    ["a\t ,\tb ", ["a", "b"]],
    ["", [""]],
    [", a,,", ["", "a", "", ""]],
    ["a b", ["a b"]],
    // White space is spaces and tabs, not what Unicode calls so.
    ["\xa0a\x0b", ["\xa0a\x0b"]],
  ])("%j", (value, elements) => {
    expect(listElements(value)).toEqual(elements);
  });
});

describe("listHas", () => {
  test.each([
    [undefined, "close", false],
    ["", "close", false],
    ["close", "close", true],
    ["CLOSE", "close", true],
    ["keep-alive, Close", "close", true],
    ["closed", "close", false],
    ["not-close", "close", false],
    ["close;q=1", "close", true],
    ["trailers ; q=0.5, deflate", "trailers", true],
    ["a;b=close", "close", false],
    ["clo\u017fe", "close", false],
  ])("%j has %j: %j", (value, member, expected) => {
    expect(listHas(value, member)).toBe(expected);
  });
});

describe("quotedListElements", () => {
  test.each([
    ["", [""]],
    ["a, b,", ["a", "b", ""]],
    ['a="1,2" , b', ['a="1,2"', "b"]],
    ['"," , ",,"', ['","', '",,"']],
    // An escaped quote doesn't end a string; outside of one a backslash escapes nothing.
    ['"a\\",b",c', ['"a\\",b"', "c"]],
    ['"a\\\\",b', ['"a\\\\"', "b"]],
    ['a\\,"b"', ["a\\", '"b"']],
    ['a\\"b,c",d', ['a\\"b,c"', "d"]],
    // Open to the end.
    ['a, "b, c', ["a", '"b, c']],
    ['"a\\', ['"a\\']],
  ])("%j", (value, elements) => {
    expect(quotedListElements(value)).toEqual(elements);
  });
});
