import * as fc from "fast-check";
import type { JsonElementLimits } from "../../src/formats/json-value-scanner.ts";
import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { JsonArrayEncoder, JsonArrayParser } from "../../src/formats/json-array.ts";
import { anyCuts, errorOf, feed, feedAnyhow, hostileText, inPieces, type Log } from "./feeding.ts";

const parserFor = (limits?: Partial<JsonElementLimits>) => (log: Log) =>
  new JsonArrayParser({ item: (value, index) => log.push([index, value]) }, limits);
const whole = ["end", undefined];
const syntax = "ERR_SLUICE_FORMAT_SYNTAX";
const truncated = "ERR_SLUICE_FORMAT_TRUNCATED";
const limit = "ERR_SLUICE_FORMAT_LIMIT";

function encode(values: readonly unknown[]): string {
  const encoder = new JsonArrayEncoder();
  return values.map((value) => encoder.item(value)).join("") + encoder.end();
}

describe("JsonArrayEncoder", () => {
  test("writes an item a line", () => {
    expect(encode([1, { a: "\n" }])).toBe('[1,\n{"a":"\\n"}]\n');
    expect(encode([])).toBe("[]\n");
  });

  test("refuses what JSON cannot write, and goes on without it", () => {
    const encoder = new JsonArrayEncoder();
    expect(errorOf(() => encoder.item(undefined)).code).toBe("ERR_SLUICE_NO_JSON");
    expect(encoder.item(1) + encoder.end()).toBe("[1]\n");
  });

  test("refuses what comes after the end", () => {
    const encoder = new JsonArrayEncoder();
    encoder.end();
    expect(errorOf(() => encoder.item(1)).code).toBe("ERR_SLUICE_OUT_OF_ORDER");
    expect(errorOf(() => encoder.end()).code).toBe("ERR_SLUICE_OUT_OF_ORDER");
  });

  test("is JSON when it is complete, and at no place before", () => {
    const text = encode([12, "x", [], { a: [1] }, null]);
    expect(JSON.parse(text)).toEqual([12, "x", [], { a: [1] }, null]);
    for (let end = 0; end < text.length - 1; end++) {
      expect(() => JSON.parse(text.slice(0, end))).toThrow(SyntaxError);
      expect(feed([text.slice(0, end)], parserFor()).at(-1)).toBe(truncated);
    }
  });
});

describe("JsonArrayParser", () => {
  test.each<[string, Log]>([
    ["[]", [whole]],
    ["\ufeff [ \r\n\t] \n", [whole]],
    ["[1]", [[0, 1], whole]],
    [
      '[1,"a",true,null,[2,[3]],{"b":{}}]',
      [[0, 1], [1, "a"], [2, true], [3, null], [4, [2, [3]]], [5, { b: {} }], whole],
    ],
    [' [ -1.5e+3 , "]" ] ', [[0, -1500], [1, "]"], whole]],
    ['["\\"","\\\\","[{","\\u0041"]', [[0, '"'], [1, "\\"], [2, "[{"], [3, "A"], whole]],
    ['[{"__proto__":1}]', [[0, JSON.parse('{"__proto__":1}')], whole]],
    ["", [truncated]],
    ["[", [truncated]],
    ["[1", [truncated]],
    ["[1,", [[0, 1], truncated]],
    ['[{"a":1}', [[0, { a: 1 }], truncated]],
    ["x", [syntax]],
    ['{"a":1}', [syntax]],
    ["[,1]", [syntax]],
    ["[1,]", [[0, 1], syntax]],
    ["[1,,2]", [[0, 1], syntax]],
    ["[}", [syntax]],
    ["[1}", [[0, 1], syntax]],
    ["[[1}]", [syntax]],
    ['[{"a":1]]', [syntax]],
    ["[1 2]", [[0, 1], syntax]],
    ['["a""b"]', [[0, "a"], syntax]],
    ["[1:2]", [[0, 1], syntax]],
    ["[x]", [syntax]],
    ["[01]", [syntax]],
    ["['a']", [syntax]],
    ['["\n"]', [syntax]],
    ["[1]x", [[0, 1], syntax]],
    ["[1][2]", [[0, 1], syntax]],
    ["[1]\u00a0", [[0, 1], syntax]],
    ["[\u00a01]", [syntax]],
  ])("%j", (text, log) => {
    expect(feedAnyhow(text, parserFor())).toEqual(log);
  });

  test.each<[Partial<JsonElementLimits>, string, Log]>([
    [{ itemLength: 4 }, "[1234, 1234 ]", [[0, 1234], [1, 1234], whole]],
    [{ itemLength: 4 }, "[1,12345]", [[0, 1], limit]],
    [{ itemLength: 4 }, '[1,"123', [[0, 1], truncated]],
    [{ itemLength: 4 }, '[1,"1234', [[0, 1], limit]],
    [{ depth: 2 }, "[[[]]]", [[0, [[]]], whole]],
    [{ depth: 2 }, "[[[[", [limit]],
    [{ depth: 0 }, '[1,"[[",{}]', [[0, 1], [1, "[["], limit]],
  ])("limits: %j %j", (limits, text, log) => {
    expect(feedAnyhow(text, parserFor(limits))).toEqual(log);
  });

  test("has limits of 1 MiB and 128 levels where nothing else is said", () => {
    const nested = (depth: number) => `[${"[".repeat(depth)}${"]".repeat(depth)}]`;
    expect(feed([nested(128)], parserFor())).toHaveLength(2);
    expect(feed([nested(129)], parserFor())).toEqual([limit]);
    const long = (length: number) => `["${"x".repeat(length - 2)}"]`;
    expect(feed([long(1_048_576)], parserFor())).toHaveLength(2);
    expect(feed([long(1_048_577)], parserFor())).toEqual([limit]);
  });

  test("delivers an element with its last character, where it has one", () => {
    const log: Log = [];
    const parser = parserFor()(log);
    for (const [text, items] of [
      ['[{"a":1}', 1],
      [',"b"', 2],
      [",[1]", 3],
      [",12", 3],
      [",", 4],
    ] as const) {
      parser.push(text);
      expect(log).toHaveLength(items);
    }
  });

  test.each<[string, string]>([
    ["[1,2,oops]", "element 2: oops"],
    ["[1,,2]", "in place of element 1: ,2]"],
    ["[1 2]", "after element 0: 2]"],
    ["[1]]", "after the array: ]"],
    ["{}", "where the array begins: {}"],
    ["[1,2", "1 elements before it"],
  ])("names the element: %j", (text, found) => {
    const parser = new JsonArrayParser({ item: () => {} });
    const error = errorOf(() => {
      parser.push(text);
      parser.end();
    });
    expect(error.message).toContain(found);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ status: 400 });
  });
});

test("reads any array that JSON.stringify or the encoder has written", () => {
  const space = fc.constantFrom(undefined, 1, "\t");
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), space, anyCuts, (values, indent, cuts) => {
      const items = values.map((value, index) => [index, JSON.parse(JSON.stringify(value))]);
      for (const text of [JSON.stringify(values, undefined, indent), encode(values)]) {
        expect(feed(inPieces(text, cuts), parserFor())).toEqual([...items, whole]);
      }
    }),
    { numRuns: 300 },
  );
});

test("reads whole what JSON.parse reads as an array, and nothing else", () => {
  const part = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    ",",
    ":",
    "1",
    "-",
    "null",
    " ",
    "\n",
    '"a":',
    "[]",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), anyCuts, (parts, cuts) => {
      const text = `[${parts.join("")}]`;
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expected = undefined;
      }
      const log = feed(inPieces(text, cuts), parserFor());
      if (Array.isArray(expected)) expect(log).toEqual([...expected.map((value, at) => [at, value]), whole]);
      else expect(log.at(-1)).toMatch(/^ERR_SLUICE_FORMAT_(SYNTAX|TRUNCATED)$/);
    }),
    { numRuns: 3000 },
  );
});

test("any text is read, or refused with an error of ours, alike however it is cut", () => {
  const text = hostileText("{", "}", "[", "]", '"', "\\", ",", ":", "1", "null", "\n", " ");
  fc.assert(
    fc.property(text, anyCuts, (rest, cuts) => {
      const wire = `[${rest}`;
      expect(feed(inPieces(wire, cuts), parserFor())).toEqual(feed([wire], parserFor()));
    }),
    { numRuns: 300 },
  );
});
