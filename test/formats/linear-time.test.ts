import { describe, expect, test } from "vitest";
import { CsvParser } from "../../src/formats/csv-parser.ts";
import { JsonArrayParser } from "../../src/formats/json-array.ts";
import { JsonSeqParser } from "../../src/formats/json-seq.ts";
import { MultipartParser } from "../../src/formats/multipart-parser.ts";
import { NdjsonParser } from "../../src/formats/ndjson.ts";
import { SseParser } from "../../src/formats/sse-parser.ts";
import { type Feedable, timeOf } from "./feeding.ts";

/** Input that would take minutes, were the work to grow with the square of its length. */
const LENGTH = 2_000_000;
/** The same for what comes a character at a time. */
const SINGLY = 300_000;
/** Far above what any of these takes on a busy machine, far below what the square would. */
const MILLISECONDS = 6_000;

const NO_LIMIT = { lineLength: Infinity, dataLength: Infinity, itemLength: Infinity, depth: Infinity };
const sse = () => new SseParser({ event: () => {} }, NO_LIMIT);
const ndjson = () => new NdjsonParser({ item: () => {} }, NO_LIMIT);
const seq = () => new JsonSeqParser({ item: () => {}, malformed: () => {} }, NO_LIMIT);
const array = () => new JsonArrayParser({ item: () => {} }, NO_LIMIT);
const csv = () => new CsvParser({ row: () => {} }, { rowLength: Infinity, fields: Infinity });

const repeated = (text: string) => text.repeat(Math.ceil(LENGTH / text.length));

describe("one long text", { timeout: 60_000 }, () => {
  test.each<[string, () => Feedable, string]>([
    ["event stream: lines by CR", sse, repeated("a\r")],
    ["event stream: lines by LF, a CR at the end", sse, `${repeated("a\n")}\r`],
    ["event stream: lines by CR, an LF at the end", sse, `${repeated("a\r")}\n`],
    ["event stream: no colon but at the end", sse, `${repeated("a\n")}:`],
    ["event stream: lines of data", sse, `${repeated("data\n")}\n`],
    ["event stream: one line of colons", sse, `${repeated(":")}\n\n`],
    ["NDJSON: empty lines", ndjson, repeated("\n")],
    ["NDJSON: white space", ndjson, `${repeated(" ")}\n`],
    ["NDJSON: numbers", ndjson, repeated("1\n")],
    ["JSON sequence: RS", seq, repeated("\u001e")],
    ["JSON sequence: numbers", seq, repeated("\u001e1\n")],
    ["JSON sequence: an element of many lines", seq, `\u001e[${repeated("1,\n")}1]\n`],
    ["JSON sequence: nothing but white space", seq, `\u001e1${repeated(" ")}`],
    ["JSON array: numbers", array, `[${repeated("1,")}1]`],
    ["JSON array: brackets", array, `[${repeated("[],")}1]`],
    ["JSON array: escapes", array, `["${repeated("\\n")}"]`],
    ["CSV: empty lines", csv, repeated("\r\n")],
    ["CSV: fields", csv, repeated(",")],
    ["CSV: quotes", csv, repeated('""')],
    ["CSV: lines by LF in quotes", csv, `"${repeated("\n")}"`],
  ])("%s", (_, parserFor, text) => {
    const parser = parserFor();
    const time = timeOf(() => {
      parser.push(text);
      try {
        parser.end();
      } catch {
        // What counts is how long it took.
      }
    });
    expect(time).toBeLessThan(MILLISECONDS);
  });
});

describe("one item, a character at a time", { timeout: 60_000 }, () => {
  test.each<[string, () => Feedable, string, string, string]>([
    ["event stream", sse, "data: ", "x", "\n\n"],
    ["event stream, by CR LF", sse, "data: ", "x", "\r\n\r\n"],
    ["NDJSON", ndjson, '"', "x", '"\n'],
    ["JSON sequence", seq, '\u001e"', "x", '"\n'],
    ["JSON array", array, '["', "x", '"]'],
    ["CSV", csv, "", "x", "\r\n"],
    ["CSV in quotes", csv, '"', ",", '"\r\n'],
  ])("%s", (_, parserFor, before, character, after) => {
    const parser = parserFor();
    const time = timeOf(() => {
      parser.push(before);
      for (let count = 0; count < SINGLY; count++) parser.push(character);
      for (const each of after) parser.push(each);
    });
    parser.end();
    expect(time).toBeLessThan(MILLISECONDS);
  });
});

describe("multipart", { timeout: 60_000 }, () => {
  const boundary = "-".repeat(70);
  test.each([
    ["CR", "\r"],
    ["LF", "\n"],
    ["line ends", "\r\n"],
    ["dashes", "-"],
    ["all of a delimiter but its last octet", `\r\n--${boundary.slice(1)}x`],
  ])("data of %s, at once and an octet at a time", (_, data) => {
    for (const [size, payload] of [
      [2 * LENGTH, `.${repeated(data)}`],
      [1, `.${data.repeat(SINGLY / data.length)}`],
    ] as const) {
      const octets = Buffer.from(`--${boundary}\r\n\r\n${payload}\r\n--${boundary}--`);
      let length = 0;
      const parser = new MultipartParser(boundary, {
        partBegin: () => {},
        partData: (view) => (length += view.length),
      });
      const time = timeOf(() => {
        for (let at = 0; at < octets.length; at += size) parser.push(octets.subarray(at, at + size));
      });
      parser.end();
      expect(length).toBe(payload.length);
      expect(time).toBeLessThan(MILLISECONDS);
    }
  });
});
