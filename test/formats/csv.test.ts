import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CsvEncoderOptions, encodeCsvRow } from "../../src/formats/csv-encoder.ts";
import { CsvParser, type CsvParserOptions } from "../../src/formats/csv-parser.ts";
import { anyCuts, errorOf, feed, feedAnyhow, hostileText, inPieces, type Log } from "./feeding.ts";

const parserFor = (options?: CsvParserOptions) => (log: Log) =>
  new CsvParser({ row: (fields) => log.push(fields) }, options);
const whole = ["end", undefined];
const syntax = "ERR_SLUICE_FORMAT_SYNTAX";
const truncated = "ERR_SLUICE_FORMAT_TRUNCATED";
const limit = "ERR_SLUICE_FORMAT_LIMIT";

describe("encodeCsvRow", () => {
  test.each<[unknown[], string]>([
    [["a", "b"], "a,b\r\n"],
    [["a,b", 'say "hi"', "x\ny", "x\ry"], '"a,b","say ""hi""","x\ny","x\ry"\r\n'],
    [[" a", "a ", "\ta", "a b"], '" a","a ","\ta",a b\r\n'],
    [[null, undefined, ""], ",,\r\n"],
    [[""], '""\r\n'],
    [[null], '""\r\n'],
    [["", ""], ",\r\n"],
    [[1, -2.5, 10n, true, Number.NaN], "1,-2.5,10,true,NaN\r\n"],
    [[new Date(0)], "1970-01-01T00:00:00.000Z\r\n"],
    [[{ a: 1, b: "x" }, [1, 2]], '"{""a"":1,""b"":""x""}","[1,2]"\r\n'],
    [["=1+1", "-5 °C"], "=1+1,-5 °C\r\n"],
  ])("%o", (values, row) => {
    expect(encodeCsvRow(values)).toBe(row);
  });

  test.each<[unknown, string]>([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@a", "'@a"],
    ["\t=1", '"\'\t=1"'],
    ["\u00a0=1", "'\u00a0=1"],
    ["\ufeff=1", "'\ufeff=1"],
    ["x;=1+1", '"x;=1+1"'],
    ["x\t=1+1", '"x\t=1+1"'],
    ["\r=1", '"\'\r=1"'],
    ["\n=1", '"\'\n=1"'],
    ["  =1", "'  =1"],
    ["＝1", "'＝1"],
    ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
    ["a=1", "a=1"],
    ["'=1", "'=1"],
    [-1, "-1"],
    [-1n, "-1"],
  ])("escapes what a spreadsheet takes for a formula, where it is asked to: %o", (value, field) => {
    expect(encodeCsvRow([value, "x"], { formulas: "escape" })).toBe(`${field},x\r\n`);
  });

  test.each<[string, unknown, string]>([
    ["no values", [], "ERR_SLUICE_INVALID_ROW"],
    ["text", "abc", "ERR_SLUICE_INVALID_ROW"],
    ["null", null, "ERR_SLUICE_INVALID_ROW"],
    ["a function", [() => 1], "ERR_SLUICE_INVALID_ROW"],
    ["a symbol", [Symbol("a")], "ERR_SLUICE_INVALID_ROW"],
    ["an invalid date", [new Date(Number.NaN)], "ERR_SLUICE_INVALID_ROW"],
    ["a bigint inside an object", [{ a: 1n }], "ERR_SLUICE_NO_JSON"],
  ])("refuses %s", (_, values, code) => {
    expect(errorOf(() => encodeCsvRow(values as unknown[]))).toMatchObject({ name: "UsageError", code });
  });

  test("refuses a misspelt option", () => {
    const options = { formulas: "escaped" } as unknown as CsvEncoderOptions;
    expect(errorOf(() => encodeCsvRow(["a"], options)).code).toBe("ERR_SLUICE_OPTION");
  });
});

describe("CsvParser", () => {
  test.each<[string, Log]>([
    ["", [whole]],
    ["\ufeffa\r\n", [["a"], whole]],
    ["a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"], whole]],
    ["a,b\nc,d", [["a", "b"], ["c", "d"], whole]],
    ["a,\r\n,\r\n,", [["a", ""], ["", ""], ["", ""], whole]],
    ["\r\n\r\na", [[""], [""], ["a"], whole]],
    ['""', [[""], whole]],
    ['"a,b","c""d","e\r\nf\ng\rh"\r\n', [["a,b", 'c"d', "e\r\nf\ng\rh"], whole]],
    ['"""",""""""\n', [['"', '""'], whole]],
    ['"a"\r\n"b"', [["a"], ["b"], whole]],
    [" a , b \n", [[" a ", " b "], whole]],
    ["a\ufeff\u2028b\n", [["a\ufeff\u2028b"], whole]],
    ['a"b\n', [syntax]],
    ['a""\n', [syntax]],
    [' "a"\n', [syntax]],
    ['"a"b\n', [syntax]],
    ['"a" ,b\n', [syntax]],
    ["x\na\rb\n", [["x"], syntax]],
    ["a\r\r\n", [syntax]],
    ["a\r", [truncated]],
    ['x\n"a', [["x"], truncated]],
    ['"', [truncated]],
    ['"a""', [truncated]],
  ])("%j", (text, log) => {
    expect(feedAnyhow(text, parserFor())).toEqual(log);
  });

  test.each<[CsvParserOptions, string, Log]>([
    [{ unfinishedRow: false }, "a\r\n", [["a"], whole]],
    [{ unfinishedRow: false }, "a\r\nb", [["a"], truncated]],
    [{ unfinishedRow: false }, "a\r\nb,", [["a"], truncated]],
    [{ unfinishedRow: false }, 'a\r\n"b"', [["a"], truncated]],
    [{ rowLength: 5 }, "ab,cd\r\nab,cd\nab,cd", [["ab", "cd"], ["ab", "cd"], ["ab", "cd"], whole]],
    [{ rowLength: 5 }, 'a\n"abc"\r\n', [["a"], ["abc"], whole]],
    [{ rowLength: 5 }, "a\nab,cde\r\n", [["a"], limit]],
    [{ rowLength: 5 }, "a\r\nab,cde", [["a"], limit]],
    [{ rowLength: 5 }, 'a\r\n"abcd', [["a"], truncated]],
    [{ rowLength: 5 }, 'a\r\n"abcde', [["a"], limit]],
    [{ fields: 2 }, "a,b\r\nc,d", [["a", "b"], ["c", "d"], whole]],
    [{ fields: 2 }, "a,b\r\nc,d,e", [["a", "b"], limit]],
  ])("%j %j", (options, text, log) => {
    expect(feedAnyhow(text, parserFor(options))).toEqual(log);
  });

  test("has limits of 1 MiB and 10,000 fields where nothing else is said", () => {
    expect(feed(["x".repeat(1_048_576)], parserFor())).toHaveLength(2);
    expect(feed(["x".repeat(1_048_577)], parserFor())).toEqual([limit]);
    expect(feed([",".repeat(9_999)], parserFor())).toHaveLength(2);
    expect(feed([",".repeat(10_000)], parserFor())).toEqual([limit]);
  });

  test("names the row", () => {
    const parser = new CsvParser({ row: () => {} });
    const error = errorOf(() => parser.push('a\n"b\n"\nc"d\n'));
    expect(error.message).toContain(`row 3: inside a field without quotes: `);
    expect(error).toMatchObject({ name: "ProtocolError", status: 400 });
  });
});

test("what the encoder writes the parser reads, however it is cut", () => {
  const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\r", "\n", " ", "=", "é", "\ufeff") });
  const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(rows, anyCuts, (values, cuts) => {
      // A byte order mark at the very start would be skipped.
      const text = encodeCsvRow(["start"]) + values.map((row) => encodeCsvRow(row)).join("");
      const log = feed(inPieces(text, cuts), parserFor({ unfinishedRow: false }));
      expect(log).toEqual([["start"], ...values, whole]);
    }),
    { numRuns: 1000 },
  );
});

test("any text is read, or refused with an error of ours, alike however it is cut", () => {
  fc.assert(
    fc.property(hostileText("a", ",", '"', '""', "\r", "\n", "\r\n", " "), anyCuts, (text, cuts) => {
      expect(feed(inPieces(text, cuts), parserFor())).toEqual(feed([text], parserFor()));
    }),
    { numRuns: 300 },
  );
});
