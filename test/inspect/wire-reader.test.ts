import { describe, expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { ResponseReceiver } from "../../src/http1/index.ts";
import { WireReader, type WirePart } from "../../src/inspect/wire-reader.ts";
import { cuttings } from "../http1/cuts.ts";
import { readWireCases } from "../http1/wire-cases.ts";
import { octetsOf, ofKind, outcomeOf, rowsOf, withoutTimes } from "./rows-of.ts";

const CHUNKED =
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n" +
  '5;sig="a b"\r\nhello\r\n0006\r\n world\r\n0\r\nServer-Timing: total\r\nAge: 1\r\nX-Late: y\r\n\r\n';
const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world";
const CLOSE = "HTTP/1.0 200 OK\r\n\r\nhello world";
const EMPTY = "HTTP/1.1 204 No Content\r\n\r\n";

describe("a chunked response", () => {
  const rows = rowsOf([CHUNKED]);

  test("is a row for each thing that happens, in order", () => {
    expect(rows.map(({ kind }) => kind)).toEqual([
      "head",
      "head",
      "framing",
      "chunk",
      "chunk",
      "last-chunk",
      "trailers",
      "ending",
      "verdict",
    ]);
  });

  test("has fields with their places", () => {
    const [interim, head] = ofKind(rows, "head");
    expect([interim.interim, interim.status, interim.offset, interim.octets]).toEqual([true, 103, 0, 40]);
    expect(head.line).toBe("HTTP/1.1 200 OK");
    expect(head.fields).toEqual([
      { name: "Transfer-Encoding", value: "chunked", offset: 57, octets: 28 },
      { name: "Trailer", value: "Server-Timing", offset: 85, octets: 24 },
    ]);
    for (const { name, offset, octets } of head.fields)
      expect(CHUNKED.slice(offset, offset + octets)).toMatch(new RegExp(`^${name}: .*\r\n$`));
  });

  test("has chunks with their places", () => {
    const [first, second] = ofKind(rows, "chunk");
    expect(first).toMatchObject({
      number: 1,
      offset: 111,
      bodyOffset: 0,
      dataOffset: 124,
      digits: "5",
      size: 5,
      received: 5,
      extensions: [{ name: "sig", value: "a b" }],
    });
    expect(second).toMatchObject({ number: 2, offset: 131, bodyOffset: 20, digits: "0006", size: 6 });
    expect(second.sample).toEqual(octetsOf(" world"));
    expect(CHUNKED.slice(first.dataOffset, first.dataOffset + 5)).toBe("hello");
  });

  test("has trailers that are sorted", () => {
    const [{ fields }] = ofKind(rows, "trailers");
    expect(fields.map(({ name, declared, allowed }) => [name, declared, allowed])).toEqual([
      ["Server-Timing", true, true],
      ["Age", false, false],
      ["X-Late", false, true],
    ]);
    expect(CHUNKED.slice(fields[2].offset)).toMatch(/^X-Late: y\r\n/);
    expect(ofKind(rows, "verdict")[0].notes).toEqual([
      "Dropped, since no trailer may be one: Age (RFC 9110 section 6.5.1).",
      "Trailers that the head did not declare: X-Late.",
    ]);
  });

  test("is complete", () => {
    const [verdict] = ofKind(rows, "verdict");
    expect(verdict.outcome).toBe("complete");
    expect(verdict.sentence).toBe(
      "Complete: 2 chunks, 11 bytes, in 10 ms, first byte after 10 ms; two trailers.",
    );
    expect(verdict.totals).toMatchObject({
      octets: CHUNKED.length,
      head: 111,
      payload: 11,
      chunks: 2,
      trailers: 2,
    });
  });
});

test("times are those of first and last octets", () => {
  const rows: unknown[] = [];
  const reader = new WireReader({
    row: (row) => {
      if (row.kind === "chunk") rows.push([row.first, row.at, row.gap]);
      if (row.kind === "last-chunk") rows.push([row.first, row.at, row.gap]);
    },
  });
  reader.receive(octetsOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), 100);
  reader.receive(octetsOf("5"), 150);
  reader.receive(octetsOf("\r\nhe"), 170);
  reader.receive(octetsOf("llo"), 200);
  reader.receive(octetsOf("\r\n"), 210);
  reader.receive(octetsOf("1\r\nx\r\n0\r"), 1000);
  reader.receive(octetsOf("\n\r\n"), 1500);
  const verdict = reader.end("kept", 1500);
  expect(rows).toEqual([
    [150, 200, 50],
    [1000, 1000, 800],
    [1000, 1500, 0],
  ]);
  expect(verdict.totals.longestGap).toEqual({ ms: 800, before: 2 });
  expect(verdict.notes).toEqual(["Longest gap: 800 ms before chunk 2."]);
});

test("a body with a length, and one until the close, are pieces", () => {
  const rows = rowsOf(["HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhel", "lo wo", "rld"]);
  expect(
    ofKind(rows, "piece").map(({ number, size, bodyOffset, gap }) => [number, size, bodyOffset, gap]),
  ).toEqual([
    [1, 3, 0, 0],
    [2, 5, 3, 10],
    [3, 3, 8, 10],
  ]);
  expect(ofKind(rows, "framing")[0]).toMatchObject({ framing: "length", length: 11, step: 6 });
  const until = rowsOf([CLOSE]);
  expect(ofKind(until, "framing")[0]).toMatchObject({ framing: "close", step: 8 });
  expect(ofKind(until, "verdict")[0]).toMatchObject({
    outcome: "complete",
    sentence: expect.stringContaining("nobody can tell whether that was all"),
  });
});

test("it says when nothing more is awaited", () => {
  const reader = new WireReader({ row: () => {} });
  reader.receive(octetsOf(LENGTH.slice(0, -1)), 1);
  expect(reader.done).toBe(false);
  reader.receive(octetsOf(LENGTH.slice(-1)), 2);
  expect(reader.done).toBe(true);
  expect(reader.whole).toBe(true);
  expect(reader.end("kept", 3).outcome).toBe("complete");
  expect(() => reader.receive(octetsOf("x"), 4)).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_OUT_OF_ORDER" }),
  );
  expect(() => reader.end("kept", 4)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OUT_OF_ORDER" }));
});

test("behind a fault it has seen enough after 8 KiB", () => {
  const reader = new WireReader({ row: () => {} });
  reader.receive(octetsOf(`SSH-2.0-x\r\n${"x".repeat(8180)}`), 1);
  expect(reader.done).toBe(false);
  reader.receive(octetsOf("x"), 2);
  expect(reader.done).toBe(true);
});

test("a sample is no longer than asked for", () => {
  const [chunk] = ofKind(rowsOf([CHUNKED], "closed", { sampleBytes: 3 }), "chunk");
  expect(chunk.sample).toEqual(octetsOf("hel"));
  expect(() => new WireReader({ row: () => {} }, { sampleBytes: -1 })).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
  );
});

describe("whatever the cut", () => {
  const responses = {
    CHUNKED,
    LENGTH,
    EMPTY,
    SURPLUS: `${LENGTH}surplus`,
    BROKEN: CHUNKED.replace("0006", "6 6"),
  };
  test.each(Object.entries(responses))("%s has the same rows", (_, octets) => {
    const whole = withoutTimes(rowsOf([octets]));
    for (const pieces of cuttings(octets)) expect(withoutTimes(rowsOf(pieces))).toEqual(whole);
  });

  test.each(Object.entries(responses))("each octet of %s is told of once", (_, octets) => {
    for (const pieces of cuttings(octets)) {
      let told = "";
      const parts: Partial<Record<WirePart, string>> = {};
      const reader = new WireReader({
        row: () => {},
        octets: (part, view, offset) => {
          expect(offset).toBe(told.length);
          const text = Buffer.from(view).toString("latin1");
          told += text;
          parts[part] = (parts[part] ?? "") + text;
        },
      });
      for (const piece of pieces) reader.receive(octetsOf(piece), 1);
      reader.end("closed", 2);
      expect(told).toBe(octets);
      if (octets === CHUNKED) expect(parts.payload).toBe("hello world");
    }
  });
});

test.each([CHUNKED, LENGTH])("no prefix is complete", (octets) => {
  for (let length = 0; length < octets.length; length++) {
    for (const how of ["closed", "cut", "reset", "kept", "timeout", "left"] as const) {
      const { verdict } = outcomeOf(octets.slice(0, length), how);
      expect(verdict.outcome).not.toBe("complete");
      expect(verdict.sentence).not.toMatch(/^Complete/);
    }
  }
  expect(outcomeOf(octets).verdict.outcome).toBe("complete");
});

test.each([CHUNKED, LENGTH, CLOSE])("no octet that is changed makes it throw", (octets) => {
  for (let at = 0; at < octets.length; at++) {
    for (const other of ["\0", "\n", "\r", " ", ":", "f", "\xff", ""]) {
      const changed = octets.slice(0, at) + other + octets.slice(at + 1);
      const { verdict } = outcomeOf(changed);
      expect(verdict.sentence).toMatch(/\.$/);
      expect(verdict.sentence).not.toMatch(/undefined|NaN|Infinity/);
    }
  }
});

// The client reads with ResponseReceiver: what it refuses is refused here, at the same octet and by the same code.
const answered = readWireCases().filter(({ seam, answers }) => seam === "response" && answers.length === 1);
test.each(answered)("the verdict is the client's: $name", ({ octets, limits, answers }) => {
  const { fault, verdict } = outcomeOf(octets, "closed", { limits, method: answers[0] });
  let error: unknown;
  const messages: unknown[] = [];
  const receiver = new ResponseReceiver(
    { head: () => {}, data: () => {}, chunk: () => {}, end: (trailers) => messages.push(trailers) },
    limits,
  );
  receiver.expect(answers[0]);
  try {
    const bytes = octetsOf(octets);
    let at = 0;
    while (at < bytes.length && messages.length === 0) at = receiver.receive(bytes, at);
    if (messages.length === 0) receiver.end();
  } catch (thrown) {
    error = thrown;
  }
  if (error instanceof ProtocolError) {
    expect(fault?.code).toBe(error.code);
    expect(verdict.outcome).not.toBe("complete");
  } else expect(verdict.outcome).toBe("complete");
});

test("100,000 chunks of one octet take little time and memory", () => {
  const chunks = 100_000;
  let count = 0;
  const reader = new WireReader({ row: (row) => (count += row.kind === "chunk" ? 1 : 0) });
  const started = performance.now();
  reader.receive(octetsOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), 1);
  const piece = octetsOf("1\r\nx\r\n".repeat(1000));
  const before = process.memoryUsage().heapUsed;
  for (let times = 0; times < chunks / 1000; times++) reader.receive(piece, times);
  reader.receive(octetsOf("0\r\n\r\n"), 1000);
  expect(reader.end("kept", 1000).outcome).toBe("complete");
  expect(count).toBe(chunks);
  expect(performance.now() - started).toBeLessThan(3000);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024);
});

test("octets that come one by one take linear time", () => {
  const body = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${`3fff\r\n${"x".repeat(0x3fff)}\r\n`.repeat(6)}0\r\n\r\n`;
  const octets = octetsOf(body);
  const reader = new WireReader({ row: () => {} });
  const started = performance.now();
  for (let at = 0; at < octets.length; at++) reader.receive(octets.subarray(at, at + 1), at);
  expect(reader.end("kept", 1).outcome).toBe("complete");
  expect(performance.now() - started).toBeLessThan(3000);
});
