import * as fc from "fast-check";
import type { JsonElementLimits } from "../../src/formats/json-value-scanner.ts";
import { describe, expect, test } from "vitest";
import { encodeSequenceElement, JsonSeqParser } from "../../src/formats/json-seq.ts";
import { anyCuts, errorOf, feed, feedAnyhow, hostileText, inPieces, type Log } from "./feeding.ts";

const strict = (limits?: Partial<JsonElementLimits>) => (log: Log) =>
  new JsonSeqParser({ item: (value, index) => log.push([index, value]) }, limits);
const recovering = (limits?: Partial<JsonElementLimits>) => (log: Log) =>
  new JsonSeqParser(
    {
      item: (value, index) => log.push([index, value]),
      malformed: ({ code }, index) => log.push([index, code]),
    },
    limits,
  );
const whole = ["end", undefined];
const syntax = "ERR_SLUICE_FORMAT_SYNTAX";
const truncated = "ERR_SLUICE_FORMAT_TRUNCATED";
const limit = "ERR_SLUICE_FORMAT_LIMIT";

test("encodeSequenceElement", () => {
  expect(encodeSequenceElement({ a: "\u001e\n" })).toBe('\u001e{"a":"\\u001e\\n"}\n');
  expect(errorOf(() => encodeSequenceElement(undefined)).code).toBe("ERR_SLUICE_NO_JSON");
});

describe("JsonSeqParser", () => {
  test.each<[string, Log]>([
    ["", [whole]],
    ["\u001e", [whole]],
    ["\u001e1\n\u001e2\n", [[0, 1], [1, 2], whole]],
    ["\ufeff\u001e1\n", [[0, 1], whole]],
    ["\u001e\u001e\u001e1\n", [[0, 1], whole]],
    ['\u001e{"a":\n[1,\n2]}\n', [[0, { a: [1, 2] }], whole]],
    ['\u001e "a" \t\r\n \n\u001etrue ', [[0, "a"], [1, true], whole]],
    // Values that end by themselves need nothing behind them; RFC 7464 section 2.4.
    ['\u001e{"a":1}\u001e[2]\u001e"b"', [[0, { a: 1 }], [1, [2]], [2, "b"], whole]],
    ["\u001e1 \u001e2\t", [[0, 1], [1, 2], whole]],
  ])("reads %j", (text, log) => {
    expect(feedAnyhow(text, strict())).toEqual(log);
    expect(feedAnyhow(text, recovering())).toEqual(log);
  });

  test.each<[string, Log]>([
    // A number could go on.
    ["\u001e1\u001e2\n", [[0, truncated], [1, 2], whole]],
    ["\u001etrue\u001enull", [[0, truncated], [1, truncated], whole]],
    ['\u001e{"a":\u001e2\n', [[0, truncated], [1, 2], whole]],
    ['\u001e"a\u001e2\n', [[0, truncated], [1, 2], whole]],
    ["\u001e2\n\u001e[1,", [[0, 2], [1, truncated], whole]],
    ["\u001ex\n\u001e2\n", [[0, syntax], [1, 2], whole]],
    ["\u001e}\n\u001e2\n", [[0, syntax], [1, 2], whole]],
    ["\u001e[1}\n\u001e2\n", [[0, syntax], [1, 2], whole]],
    ["\u001e1 2\n\u001e2\n", [[0, syntax], [1, 2], whole]],
    ['\u001e{"a":1}{"b":2}\n\u001e2\n', [[0, syntax], [1, 2], whole]],
    ["\u001e\n\u001e2\n", [[0, syntax], [1, 2], whole]],
    // The LF has ended the element: what follows is none.
    ["\u001e1\n2\n3\n\u001e4\n", [[0, 1], [1, syntax], [2, 4], whole]],
  ])("goes on after what is malformed in %j, or throws", (text, log) => {
    expect(feedAnyhow(text, recovering())).toEqual(log);
    const first = log.findIndex((entry) => String((entry as unknown[])[1]).startsWith("ERR_"));
    expect(feedAnyhow(text, strict())).toEqual([...log.slice(0, first), (log[first] as unknown[])[1]]);
  });

  test.each(["1\n", ' {"a":1}\n\u001e1\n', "\n"])("takes nothing before the first RS: %j", (text) => {
    expect(feedAnyhow(text, recovering())).toEqual([syntax]);
    expect(feedAnyhow(text, strict())).toEqual([syntax]);
  });

  test.each<[Partial<JsonElementLimits>, string, Log]>([
    [{ itemLength: 4 }, "\u001e1234\n", [[0, 1234], whole]],
    [{ itemLength: 4 }, "\u001e12345\n\u001e1\n", [[0, limit], [1, 1], whole]],
    [{ itemLength: 4 }, '\u001e"12345', [[0, limit], whole]],
    [{ depth: 2 }, "\u001e[[1]]\n", [[0, [[1]]], whole]],
    [{ depth: 2 }, '\u001e[{"a":[]}]\n\u001e1\n', [[0, limit], [1, 1], whole]],
    [{ depth: 0 }, "\u001e1\n\u001e[]\n", [[0, 1], [1, limit], whole]],
  ])("limits: %j %j", (limits, text, log) => {
    expect(feedAnyhow(text, recovering(limits))).toEqual(log);
  });

  test("delivers an element with its LF, before the next one begins", () => {
    const log: Log = [];
    const parser = strict()(log);
    parser.push('\u001e{"a":1}');
    expect(log).toEqual([]);
    parser.push("\n");
    expect(log).toEqual([[0, { a: 1 }]]);
  });

  test("names the element", () => {
    const parser = new JsonSeqParser({ item: () => {} });
    const error = errorOf(() => parser.push("\u001e1\n\u001enope\n"));
    expect(error.message).toContain("element 1: nope");
    expect(error).toMatchObject({ name: "ProtocolError", status: 400 });
    expect(errorOf(() => parser.end())).toBe(error);
  });

  test("what a handler throws is not taken for a malformed element", () => {
    const thrown = new Error("mine");
    const malformed: unknown[] = [];
    const parser = new JsonSeqParser({
      item: () => {
        throw thrown;
      },
      malformed: (error) => malformed.push(error),
    });
    expect(() => parser.push("\u001e1\n")).toThrow(thrown);
    expect(malformed).toEqual([]);
  });
});

test("what the encoder writes the parser reads", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), anyCuts, (values, cuts) => {
      const text = values.map(encodeSequenceElement).join("");
      const items = values.map((value, index) => [index, JSON.parse(JSON.stringify(value))]);
      expect(feed(inPieces(text, cuts), strict())).toEqual([...items, whole]);
    }),
  );
});

/** The elements between the RS, each taken by itself. */
function reference(text: string): Log {
  const log: Log = [];
  for (const element of text.split("\u001e").slice(1)) {
    if (element === "") continue;
    try {
      const value: unknown = JSON.parse(element);
      const selfDelimited = /["\]}][ \t\n\r]*$/.test(element) || /[ \t\n\r]$/.test(element);
      log.push([log.length, selfDelimited ? value : "malformed"]);
    } catch {
      log.push([log.length, "malformed"]);
    }
  }
  return log;
}

test("finds the elements that stand between RS, whatever they are", () => {
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    ",",
    ":",
    "1",
    "null",
    " ",
    "\t",
    "[1]",
    '{"a":2}',
  );
  // An LF ends an element here and not in the reference: it stands at the end of elements alone.
  const element = fc.tuple(fc.array(piece, { maxLength: 6 }), fc.constantFrom("", "\n"));
  fc.assert(
    fc.property(fc.array(element, { maxLength: 5 }), anyCuts, (elements, cuts) => {
      const text = elements.map(([parts, end]) => `\u001e${parts.join("")}${end}`).join("");
      const log = feed(inPieces(text, cuts), recovering()).map((entry) =>
        Array.isArray(entry) && String(entry[1]).startsWith("ERR_") ? [entry[0], "malformed"] : entry,
      );
      expect(log).toEqual([...reference(text), whole]);
    }),
    { numRuns: 2000 },
  );
});

test("any text is read, or refused with an error of ours, alike however it is cut", () => {
  const text = hostileText("\u001e", "{", "}", "[", "]", '"', "\\", ",", "1", "null", "\n", " ");
  fc.assert(
    fc.property(text, anyCuts, (rest, cuts) => {
      const wire = `\u001e${rest}`;
      expect(feed(inPieces(wire, cuts), recovering())).toEqual(feed([wire], recovering()));
    }),
    { numRuns: 300 },
  );
});
