import { describe, expect, test } from "vitest";
import { parseParameters } from "../../src/semantics/parameters.ts";

describe("parseParameters", () => {
  const read = (text: string) =>
    parseParameters(text, 0)?.map(({ name, value, quoted }) => `${name}=${quoted ? "quoted " : ""}${value}`);

  test.each([
    ["", []],
    [";a=1", ["a=1"]],
    [" \t;\t A=B", ["a=B"]],
    [";a=1;b=2", ["a=1", "b=2"]],
    [";a=1;a=2", ["a=1", "a=2"]],
    // Empty ones are allowed.
    [";;a=1; ;", ["a=1"]],
    [";", []],
    [';a=""', ["a=quoted "]],
    [';a="b;c=d, e"', ["a=quoted b;c=d, e"]],
    [';a="\\"\\\\\\b"', ['a=quoted "\\b']],
    [';a="\t\x80\xff"', ["a=quoted \t\x80\xff"]],
  ])("%j", (text, parameters) => {
    expect(read(text)).toEqual(parameters);
  });

  test.each([
    "a=1",
    ";a",
    ";a=",
    ";=1",
    ";a =1",
    ";a= 1",
    ";a=1 b",
    ";a=1,b=2",
    ";a=1\xa0;b=2",
    ";a=b/c",
    ';a="b',
    ';a="b\\"',
    ';a="b"c',
    ';a=b"c"',
    ';"a"=b',
    ';a="\n"',
    ';a="\x7f"',
    ";a='b c'",
    ";\xe9=1",
  ])("not %j", (text) => {
    expect(parseParameters(text, 0)).toBeUndefined();
  });

  test("begins where it is told to", () => {
    expect(parseParameters("a/b;c=d", 3)).toEqual([{ name: "c", value: "d", quoted: false }]);
    expect(parseParameters("a/b;c=d", 2)).toBeUndefined();
  });

  test.each([
    ";".repeat(1e6),
    "; ".repeat(5e5),
    ";a=1".repeat(2e5),
    `;${"a".repeat(1e6)}`,
    `;a="${"b".repeat(1e6)}`,
    `;a="${"\\b".repeat(5e5)}`,
  ])("in linear time", { timeout: 5000 }, (text) => {
    parseParameters(text, 0);
  });
});
