import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeLine, NdjsonParser, type NdjsonParserOptions } from "../../src/formats/ndjson.ts";
import { anyCuts, errorOf, feed, feedAnyhow, hostileText, inPieces, type Log } from "./feeding.ts";

const parserFor = (options?: NdjsonParserOptions) => (log: Log) =>
  new NdjsonParser({ item: (value) => log.push(value) }, options);
const whole = ["end", undefined];

describe("encodeLine", () => {
  test.each([
    [{ a: "x\ny\r" }, '{"a":"x\\ny\\r"}\n'],
    [null, "null\n"],
    ["\u2028\ud800", '"\u2028\\ud800"\n'],
    [[undefined, Number.NaN], "[null,null]\n"],
    [new Date(0), '"1970-01-01T00:00:00.000Z"\n'],
  ])("%j", (value, line) => {
    expect(encodeLine(value)).toBe(line);
  });

  test.each([[undefined], [() => 1], [Symbol("a")], [1n], [{ toJSON: () => undefined }]])(
    "refuses %s",
    (value) => {
      expect(errorOf(() => encodeLine(value))).toMatchObject({
        name: "UsageError",
        code: "ERR_SLUICE_NO_JSON",
      });
    },
  );
});

describe("NdjsonParser", () => {
  test.each<[string, Log]>([
    ["", [whole]],
    ["1\n", [1, whole]],
    ['{"a":1}\r\n[2]\n', [{ a: 1 }, [2], whole]],
    [" 1 \n\t2\t\n", [1, 2, whole]],
    ["\n\r\n \t\n1\n\n", [1, whole]],
    ["\ufeff1\n", [1, whole]],
    ["\ufeff", [whole]],
    ['"\u2028\u2029\u0085"\n', ["\u2028\u2029\u0085", whole]],
    ["1\n\ufeff2\n", [1, "ERR_SLUICE_FORMAT_SYNTAX"]],
    ["1\r2\n", ["ERR_SLUICE_FORMAT_SYNTAX"]],
    ["1\n2 3\n4\n", [1, "ERR_SLUICE_FORMAT_SYNTAX"]],
    ["{\n}\n", ["ERR_SLUICE_FORMAT_SYNTAX"]],
    ["\u00a0\n", ["ERR_SLUICE_FORMAT_SYNTAX"]],
    ["1\n23", [1, "ERR_SLUICE_FORMAT_TRUNCATED"]],
    ["1\n ", [1, "ERR_SLUICE_FORMAT_TRUNCATED"]],
    ["1\n\r", [1, "ERR_SLUICE_FORMAT_TRUNCATED"]],
  ])("%j", (text, log) => {
    expect(feedAnyhow(text, parserFor())).toEqual(log);
  });

  test.each<[NdjsonParserOptions, string, Log]>([
    [{ emptyLines: false }, "1\n", [1, whole]],
    [{ emptyLines: false }, "1\n\n", [1, "ERR_SLUICE_FORMAT_SYNTAX"]],
    [{ emptyLines: false }, " \r\n", ["ERR_SLUICE_FORMAT_SYNTAX"]],
    [{ unfinishedLine: true }, "1\n23", [1, 23, whole]],
    [{ unfinishedLine: true }, "1\n ", [1, whole]],
    [{ unfinishedLine: true }, '1\n{"a"', [1, "ERR_SLUICE_FORMAT_SYNTAX"]],
    [{ lineLength: 4 }, "1234\n", [1234, whole]],
    [{ lineLength: 4 }, "123\r\n", [123, whole]],
    [{ lineLength: 4 }, "12345\n", ["ERR_SLUICE_FORMAT_LIMIT"]],
    [{ lineLength: 4 }, "1\n12345", [1, "ERR_SLUICE_FORMAT_LIMIT"]],
    [{ lineLength: 4 }, "1\n1234", [1, "ERR_SLUICE_FORMAT_TRUNCATED"]],
  ])("%j %j", (options, text, log) => {
    expect(feedAnyhow(text, parserFor(options))).toEqual(log);
  });

  test("has a limit of 1 MiB where nothing else is said", () => {
    const most = 1_048_576;
    expect(feed([`"${"x".repeat(most - 2)}"\n`], parserFor())).toHaveLength(2);
    expect(feed([`"${"x".repeat(most - 1)}"\n`], parserFor())).toEqual(["ERR_SLUICE_FORMAT_LIMIT"]);
  });

  test.each(['{"a":1}\n\noh dear\n', '{"a":1}\n\noh dear'])(
    "names the line and where it begins: %j",
    (text) => {
      for (const size of [1, 2, 100]) {
        const parser = new NdjsonParser({ item: () => {} }, { unfinishedLine: true });
        const error = errorOf(() => {
          for (let at = 0; at < text.length; at += size) parser.push(text.slice(at, at + size));
          parser.end();
        });
        expect(error).toMatchObject({ name: "ProtocolError", code: "ERR_SLUICE_FORMAT_SYNTAX", status: 400 });
        expect(error.message).toContain("line 3 at character 9: oh dear");
        expect(error.cause).toBeInstanceOf(SyntaxError);
        expect(parser.line).toBe(3);
        expect(errorOf(() => parser.push("1\n"))).toBe(error);
      }
    },
  );
});

test("goes on behind a line that is malformed, where somebody is told of it", () => {
  const seen: unknown[] = [];
  const handler = {
    item: (value: unknown) => seen.push(value),
    malformed: ({ code }: { code: string }, index: number) => seen.push([index, code]),
  };
  const parser = new NdjsonParser(handler, { lineLength: 9 });
  parser.push('1\n{"a"\n2\n');
  expect(seen).toEqual([1, [1, "ERR_SLUICE_FORMAT_SYNTAX"], 2]);
  expect(errorOf(() => parser.push("0123456789\n")).code).toBe("ERR_SLUICE_FORMAT_LIMIT");
});

test("what the encoder writes the parser reads; what is cut is truncated", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), anyCuts, fc.nat(), (values, cuts, end) => {
      const text = values.map(encodeLine).join("");
      const expected = values.map((value): unknown => JSON.parse(JSON.stringify(value)));
      expect(feed(inPieces(text, cuts), parserFor())).toEqual([...expected, whole]);
      const part = text.slice(0, end % (text.length + 1));
      const complete = part.split("\n").length - 1;
      expect(feed([part], parserFor())).toEqual([
        ...expected.slice(0, complete),
        part === "" || part.endsWith("\n") ? whole : "ERR_SLUICE_FORMAT_TRUNCATED",
      ]);
    }),
  );
});

test("any text is read, or refused with an error of ours, alike however it is cut", () => {
  const text = hostileText("{", "}", "[", "]", '"', "\\", ",", ":", "1", "null", "\n", "\r\n", " ");
  fc.assert(
    fc.property(text, anyCuts, (wire, cuts) => {
      expect(feed(inPieces(wire, cuts), parserFor())).toEqual(feed([wire], parserFor()));
    }),
    { numRuns: 300 },
  );
});
