import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { columnsOf } from "../../src/inspect/display-width.ts";
import { TextView, renderText } from "../../src/inspect/text-view.ts";
import { chunkOf, inspected, octetsOf, rowsOf } from "./rows-of.ts";

const RESPONSE =
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" +
  '5;sig="a b"\r\nhello\r\n6\r\n w\r\n\x1b[\r\n0\r\nServer-Timing: total\r\n\r\n';

test("a response as text", () => {
  expect(renderText(rowsOf([RESPONSE]))).toBe(`\
HTTP/1.1 200 OK                                                    10 ms, byte 0
  Content-Type: text/plain
  Transfer-Encoding: chunked

Chunked: Transfer-Encoding says so, and the last chunk ends the body (RFC 9112
  section 6.3, step 4).

    #   offset   bytes   hex   +time timeline    what it carried
    1       73       5     5     0ms ·····■····  ;sig="a b" hello
    2       93       6     6     0ms ·····■····   w␍␊␛[
  end      104       0     0     0ms ·····■····  last chunk

Trailers
  Server-Timing: total (not declared)

Complete: 2 chunks, 11 bytes, in 10 ms, first byte after 10 ms; one trailer.
• Trailers that the head did not declare: Server-Timing.
`);
});

test("a fault as text", () => {
  expect(
    renderText(rowsOf([RESPONSE.replace("6\r\n", "3\r\n")]))
      .split("\n")
      .slice(7),
  ).toEqual([
    "    #   offset   bytes   hex   +time timeline    what it carried",
    '    1       73       5     5     0ms ·····■····  ;sig="a b" hello',
    "    2       93       3     3     0ms ·····■····   w␍",
    "",
    "✗ byte 99: Chunk data is followed by CR LF (RFC 9112 section 7.1); found",
    '  "\\n\\u001b[\\r\\n0\\r\\nServer-T" [ERR_SLUICE_CHUNK_DATA_END]',
    "  from byte 91: 0d 0a 33 0d 0a 20 77 0d [0a] 1b 5b 0d 0a 30 0d 0a",
    "",
    "Broken at byte 99: chunk 2 announces 3 bytes and carries 6, which is 6 in hex.",
    "",
  ]);
});

describe("live", () => {
  test("each row is its lines at once, and the timeline grows", () => {
    const view = new TextView({ width: 80 });
    const rows = rowsOf(["HTTP/1.1 200 OK\r\n\r\n", "a"]);
    expect(rows.flatMap((row) => view.lines(row))).toEqual(
      expect.arrayContaining([expect.stringContaining("1 ")]),
    );
    const [piece] = rows.filter((row) => row.kind === "piece");
    expect(view.lines({ ...piece, at: 500 })).toEqual(["    1       19       1          10ms ·····■····  a"]);
    expect(view.lines({ ...piece, at: 3000, gap: 2500 })).toEqual([
      "      the timeline is 5.0 s long from here on",
      "    1       19       1          2.5s ······■···  a",
    ]);
  });
});

test("decoded chunks show what they say, and how many events", async () => {
  const rows = await inspected([
    [
      1,
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    [2, chunkOf(gzipSync("data: 1\n\ndata: 2\n\n"))],
    [3, "0\r\n\r\n"],
  ]);
  expect(renderText(rows)).toContain("2× data: 1␊␊data: 2␊␊");
});

test("no line is wider than the view, whatever comes", () => {
  const nasty = [
    "HTTP/1.1 200 " + "R".repeat(200),
    "X-Long: " + "y".repeat(300),
    "X-\u0080: no".replace("\u0080", "Obs"),
    "X-Obs: \xe4\xf6\x85\x9b",
    "Transfer-Encoding: chunked\r\n\r\n",
  ].join("\r\n");
  const chunks = [
    "你好，世界".repeat(20),
    "👩‍👩‍👧‍👦👍🏽".repeat(20),
    "e\u0301\u0301".repeat(90),
    "\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe",
    "\0\x01\x02\xff",
  ].map((text) => Buffer.from(chunkOf(Buffer.from(text), `;name=${"v".repeat(100)}`)).toString("latin1"));
  const rows = rowsOf([nasty, ...chunks, "0\r\nX-T: 1\r\n\r\nsurplus"]);
  const large = rowsOf([`${nasty}ffffffff\r\n`, "x".repeat(20)]);
  for (let width = 40; width <= 130; width++) {
    for (const each of [rows, large]) {
      const text = renderText(each, { width });
      for (const line of text.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      // oxlint-disable-next-line no-control-regex -- That none is left is the point.
      expect(text.replaceAll("\n", "")).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]/);
    }
  }
  expect(renderText(rows, { width: 1 })).toBe(renderText(rows, { width: 40 }));
});

test("a style is put around parts, and takes no room", () => {
  const rows = rowsOf([RESPONSE]);
  const styled = renderText(rows, { style: (name, text) => `<${name}>${text}</${name}>` });
  expect(styled).toContain("<bold><green>Complete: 2 chunks");
  expect(styled.replace(/<\/?(?:bold|dim|red|green|yellow|cyan)>/g, "")).toBe(renderText(rows));
});

test("octets that are no text are shown in hex", () => {
  const rows = rowsOf([`HTTP/1.1 200 OK\r\n\r\n\x1f\x8b\x08\x00\xff`]);
  expect(renderText(rows)).toContain("1f 8b 08 00 ff");
  expect(octetsOf("x")).toHaveLength(1);
});

test("the example in docs/inspect.md is what comes out", async () => {
  const event = (text: string) => `data: ${text}\n\n`;
  const rows = await inspected([
    [
      180,
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n",
    ],
    [190, chunkOf(octetsOf(event("one")), ';sig="a b"')],
    [890, chunkOf(octetsOf(event("two") + event("three") + event("four")))],
    [940, chunkOf(octetsOf(event("five")))],
    [943, "0\r\nServer-Timing: total;dur=12\r\n\r\n"],
  ]);
  const docs = readFileSync(fileURLToPath(new URL("../../docs/inspect.md", import.meta.url)), "utf8");
  expect(/^```\n(HTTP[^]*?)^```$/m.exec(docs)![1]).toBe(renderText(rows));
});
