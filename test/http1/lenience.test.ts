import { describe, expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import { bodyFraming } from "../../src/http1/body-framing.ts";
import { ChunkedDecoder } from "../../src/http1/chunked-decoder.ts";
import { HeadParser, HeadParsers } from "../../src/http1/head-parser.ts";
import type { Lenience } from "../../src/http1/lenience.ts";
import { ResponseReceiver } from "../../src/http1/receiver.ts";
import { Sender } from "../../src/http1/sender.ts";
import { codeOf } from "./errors.ts";

/** The fields of a head, fed in two parts that are cut at this place. */
function parse(text: string, cut: number, lenient: Lenience): [string, string][] {
  const parser = new HeadParser("response", {}, lenient);
  const bytes = octets(text);
  let at = parser.read(bytes.slice(0, cut), 0, cut);
  // What was read is the parser's own: it may have been changed, and the next read has another buffer.
  if (!parser.complete) at = cut + parser.read(bytes.slice(cut), 0, bytes.length - cut);
  expect([parser.complete, at]).toEqual([true, bytes.length]);
  return [...parser.takeResponse().fields];
}

test("folded lines are unfolded wherever they are cut", () => {
  const head = "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nD:\r\n\t e\r\n \r\nF: g\r\n\r\n";
  const expected = parse(head, head.length, { foldedLines: true });
  expect(expected.map(([name, value]) => [name, value.replaceAll(/\s+/g, " ")])).toEqual([
    ["A", "b c"],
    ["D", "e"],
    ["F", "g"],
  ]);
  for (let cut = 0; cut <= head.length; cut++)
    expect(parse(head, cut, { foldedLines: true })).toEqual(expected);
});

test("a field that decides about framing can be folded, and decides", () => {
  const receiver = new ResponseReceiver(
    { head: (_head, framing) => void (seen = framing), data() {}, end() {} },
    new HeadParsers("response", {}, { foldedLines: true }),
  );
  let seen: unknown;
  receiver.expect("GET");
  receiver.receive(octets("HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"));
  expect(seen).toEqual({ kind: "chunked" });
});

test("a request is never read leniently", () => {
  const parser = new HeadParser(
    "request",
    {},
    { foldedLines: true, statusWithoutSpace: true, equalLengths: true },
  );
  const head = octets("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n");
  expect(codeOf(() => parser.read(head, 0, head.length))).toBe("ERR_SLUICE_OBS_FOLD");
  const lengths = { transferEncoding: undefined, contentLength: "1, 1" };
  expect(codeOf(() => bodyFraming({ role: "request", minor: 1 }, lengths))).toBe("ERR_SLUICE_CONTENT_LENGTH");
});

describe("where a chunk begins", () => {
  const body = "3\r\nabc\r\n0002;a=1\r\nde\r\n00f\r\n0123456789abcde\r\n0;z\r\nX: 1\r\n\r\n";
  const expected = [
    [3, 0],
    [2, 8],
    [15, 22],
    [0, 44],
  ];
  test("is told in one read, in many, and wherever it is cut", () => {
    for (const start of [0, 5])
      for (let cut = 0; cut <= body.length; cut++) {
        const seen: [number, number][] = [];
        const decoder = new ChunkedDecoder({
          data() {},
          chunk: (size, _extensions, offset) => void seen.push([size, offset]),
        });
        const bytes = octets("#".repeat(start) + body);
        decoder.write(bytes.slice(), start, start + cut);
        decoder.write(bytes.slice(), start + cut, bytes.length);
        expect([cut, seen]).toEqual([cut, expected]);
      }
  });

  test("begins with 0 again for the next body, whether or not somebody asked before", () => {
    const seen: number[] = [];
    const handler: { data(): void; chunk: any } = { data() {}, chunk: undefined };
    const decoder = new ChunkedDecoder(handler);
    decoder.write(octets(body));
    handler.chunk = (_size: number, extensions: unknown[], offset: number) =>
      void seen.push(offset, extensions.length);
    decoder.reset();
    decoder.write(octets(body));
    expect(seen).toEqual([0, 0, 8, 1, 22, 0, 44, 1]);
  });
});

describe("a receiver says what was cut", () => {
  const cases: [string, string, number][] = [
    ["HTTP/1.1 2", "head", 10],
    ["HTTP/1.1 100 \r\n\r\nHT", "head", 2],
    ["HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nabc", "length", 3],
    ["HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "chunked", 5],
    ["HTTP/1.1 200 \r\n\r\nabcd", "close", 4],
  ];
  test.each(cases)("%j is cut in %s after %i", (text, layer, offset) => {
    for (let split = 0; split <= text.length; split++) {
      const receiver = new ResponseReceiver({ head() {}, data() {}, end() {} });
      receiver.expect("GET");
      const bytes = octets(text);
      for (let at = 0, end = split; at < bytes.length; end = bytes.length)
        at = end === 0 ? 0 : receiver.receive(bytes.slice(), at, end);
      expect(receiver.truncation()).toMatchObject({ code: "ERR_SLUICE_TRUNCATED", layer, offset });
      const cause = new Error("mine");
      expect(receiver.truncation(cause, "tls")).toMatchObject({ layer: "tls", offset, cause });
      if (layer === "close") expect(receiver.end()).toBeUndefined();
      else expect(codeOf(() => receiver.end())).toBe("ERR_SLUICE_TRUNCATED");
    }
  });
});

describe("TE is for the next hop alone, and Connection says so", () => {
  const sent = (fields: Record<string, string>): string => {
    let text = "";
    const sender = new Sender({ text: (latin1) => void (text += latin1), bytes() {} });
    sender.request("GET", "/", { Host: "a", ...fields });
    return text.split("Host: a\r\n")[1];
  };
  test.each([
    [{}, "\r\n"],
    [{ TE: "trailers" }, "TE: trailers\r\nConnection: TE\r\n\r\n"],
    [{ te: "" }, "te: \r\nConnection: TE\r\n\r\n"],
    [{ TE: "trailers", Connection: "close" }, "TE: trailers\r\nConnection: close, TE\r\n\r\n"],
    [{ Connection: "close" }, "Connection: close\r\n\r\n"],
  ])("%j", (fields, expected) => {
    expect(sent(fields)).toBe(expected);
  });
});
