import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { codecOf, CONTENT_CODINGS, type ContentCoding } from "../../src/content/codings.ts";
import { inspectWire, type InspectOptions, type WireArrival } from "../../src/inspect/inspect.ts";
import type { VerdictRow } from "../../src/inspect/rows.ts";
import { chunkOf, inspected, octetsOf, ofKind } from "./rows-of.ts";

const head = (fields: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${fields}\r\n`;
const LAST = "0\r\n\r\n";

/** Each part as it comes out of a coder that is flushed behind it, and what comes at the end. */
async function flushed(coding: ContentCoding, parts: readonly string[]): Promise<Uint8Array[]> {
  const codec = codecOf(coding);
  const engine = codec.encoder();
  let out: Uint8Array[] = [];
  engine.on("data", (piece: Uint8Array) => out.push(piece));
  const coded: Uint8Array[] = [];
  for (const part of parts) {
    engine.write(part);
    await new Promise<void>((resolve) => engine.flush(codec.flush, resolve));
    coded.push(Buffer.concat(out));
    out = [];
  }
  engine.end();
  await new Promise((resolve) => engine.once("end", resolve));
  coded.push(Buffer.concat(out));
  return coded;
}

describe.each(CONTENT_CODINGS)("%s", (coding) => {
  const parts = ["first änd\n", "second\n", "third".repeat(2000)];

  test("shows what each chunk carried, once it is decoded", async () => {
    const coded = await flushed(coding, parts);
    const rows = await inspected([
      [1, head(`Content-Encoding: ${coding}\r\n`)],
      ...coded.map((octets, index) => [10 * index, chunkOf(octets)] as const),
      [100, LAST],
    ]);
    const chunks = ofKind(rows, "chunk");
    const texts = chunks.map(({ decoded }) => Buffer.from(decoded!.sample).toString());
    expect(texts.slice(0, 2)).toEqual(parts.slice(0, 2));
    expect(texts[2]).toBe(parts[2].slice(0, 256));
    expect(chunks[2].decoded!.octets).toBe(10_000);
    expect(ofKind(rows, "verdict")[0]).toMatchObject({
      outcome: "complete",
      totals: { decoded: 10_018 },
    });
  });

  test("that is not finished is not complete, though its chunks are", async () => {
    const coded = (await flushed(coding, parts)).slice(0, -1);
    const rows = await inspected([
      [1, head(`Content-Encoding: ${coding}\r\n`)],
      ...coded.map((octets) => [2, chunkOf(octets)] as const),
      [3, LAST],
    ]);
    expect(ofKind(rows, "fault")[0].code).toBe("ERR_SLUICE_CODED_TRUNCATED");
    expect(ofKind(rows, "verdict")[0]).toMatchObject({
      outcome: "truncated",
      sentence: expect.stringMatching(
        /^The framing is whole \(3 chunks, .*\), but the content is not: its content coding breaks off before its end/,
      ),
    });
  });

  test("that is something else is corrupt", async () => {
    const rows = await inspected([
      [1, head(`Content-Encoding: ${coding}\r\n`)],
      [2, chunkOf(octetsOf("this is no such thing, and never was one"))],
      [3, LAST],
    ]);
    expect(ofKind(rows, "fault").map(({ code }) => code)).toEqual(["ERR_SLUICE_CODED_CORRUPT"]);
    expect(ofKind(rows, "verdict")[0].outcome).toBe("corrupt");
  });

  test("with octets behind its end is corrupt", async () => {
    const whole = Buffer.concat(await flushed(coding, ["x"]));
    const rows = await inspected([
      [1, head(`Content-Encoding: ${coding}\r\n`)],
      [2, chunkOf(Buffer.concat([whole, Buffer.from("more")]))],
      [2, chunkOf(octetsOf("and more"))],
      [3, LAST],
    ]);
    expect(ofKind(rows, "fault").map(({ code }) => code)).toEqual(["ERR_SLUICE_CODED_CORRUPT"]);
  });
});

test("two codings are both undone", async () => {
  const body = zlib.brotliCompressSync(zlib.gzipSync("hello"));
  const rows = await inspected([
    [1, head("Content-Encoding: gzip, br\r\n")],
    [2, chunkOf(body)],
    [3, LAST],
  ]);
  expect(Buffer.from(ofKind(rows, "chunk")[0].decoded!.sample).toString()).toBe("hello");
  expect(ofKind(rows, "verdict")[0].outcome).toBe("complete");
});

test("what grows out of all proportion is refused", async () => {
  const bomb = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(64 * 1024 * 1024)));
  const rows = await inspected([
    [1, head("Content-Encoding: gzip, gzip\r\n")],
    [2, chunkOf(bomb)],
    [3, LAST],
  ]);
  expect(ofKind(rows, "fault").map(({ code }) => code)).toEqual(["ERR_SLUICE_DECODED_TOO_LARGE"]);
});

test("a coding that nobody knows is a fault, as in the client", async () => {
  const arrivals = [
    [1, head("Content-Encoding: compress\r\n")],
    [2, chunkOf(octetsOf("x"))],
    [3, LAST],
  ] as const;
  const rows = await inspected(arrivals);
  expect(ofKind(rows, "fault").map(({ code }) => code)).toEqual(["ERR_SLUICE_CONTENT_CODING"]);
  const asSent = await inspected(arrivals, { decode: false });
  expect(ofKind(asSent, "verdict")[0].outcome).toBe("complete");
});

test("digests are checked, in headers and trailers", async () => {
  const digest = createHash("sha256").update("hello").digest("base64");
  const body = chunkOf(octetsOf("hello"));
  const trailer = `0\r\nContent-Digest: sha-256=:${digest}:\r\n\r\n`;
  const good = await inspected([
    [1, head("Trailer: Content-Digest\r\n")],
    [2, body],
    [3, trailer],
  ]);
  expect(ofKind(good, "verdict")[0].outcome).toBe("complete");
  const other = await inspected([
    [1, head("Trailer: Content-Digest\r\n")],
    [2, chunkOf(octetsOf("jello"))],
    [3, trailer],
  ]);
  expect(ofKind(other, "fault")[0].code).toBe("ERR_SLUICE_DIGEST_MISMATCH");
  expect(ofKind(other, "verdict")[0].outcome).toBe("corrupt");
  const unreadable = await inspected([
    [1, head("Content-Digest: ???\r\n")],
    [2, body],
    [3, LAST],
  ]);
  expect(ofKind(unreadable, "fault")[0].code).toBe("ERR_SLUICE_DIGEST");
});

test("many events in one chunk look like buffering", async () => {
  const events = (count: number) => octetsOf("data: x\r\n\r\n".repeat(count));
  const type = head("Content-Type: text/event-stream; charset=utf-8\r\n");
  const rows = await inspected([
    [1, type],
    [2, chunkOf(events(1))],
    [3, chunkOf(events(14))],
    [4, LAST],
  ]);
  expect(ofKind(rows, "chunk").map((row) => row.events)).toEqual([1, 14]);
  expect(ofKind(rows, "verdict")[0].notes.join()).toMatch(/^Chunk 2 brought 14 events at once: .*buffering/);
  const one = await inspected([
    [1, type],
    [2, chunkOf(events(1))],
    [4, LAST],
  ]);
  expect(ofKind(one, "verdict")[0].notes).toEqual([]);
});

test("all chunks at once after a wait look like buffering", async () => {
  const chunk = chunkOf(octetsOf("x"));
  const rows = await inspected([
    [1, head("")],
    [2000, Buffer.concat([chunk, chunk, chunk])],
    [2001, LAST],
  ]);
  expect(ofKind(rows, "verdict")[0].notes).toEqual([
    "Longest gap: 2.0 s before chunk 1.",
    "All 3 chunks came within 5 ms, after a wait: something may have gathered them (buffering).",
  ]);
});

test("rows come as they happen, and it says when nothing more is awaited", async () => {
  const seen: string[] = [];
  async function* source(): AsyncGenerator<WireArrival, undefined> {
    yield { at: 1, bytes: octetsOf(head("")) };
    seen.push("head is out");
    yield { at: 2, bytes: octetsOf("1\r\nx\r\n") };
    seen.push("chunk is out");
    yield { at: 3, bytes: octetsOf(LAST) };
    yield { at: 4, end: "kept" };
    return undefined;
  }
  for await (const { kind } of inspectWire(source(), { onDone: () => seen.push("done") })) seen.push(kind);
  expect(seen).toEqual([
    "head",
    "framing",
    "head is out",
    "chunk",
    "chunk is out",
    "last-chunk",
    "done",
    "ending",
    "verdict",
  ]);
});

test("who leaves early ends the source", async () => {
  let ended = false;
  async function* source(): AsyncGenerator<WireArrival, undefined> {
    try {
      for (;;) yield { at: 1, bytes: octetsOf(head("Content-Encoding: gzip\r\n")) };
    } finally {
      ended = true;
    }
  }
  for await (const _ of inspectWire(source())) break;
  expect(ended).toBe(true);
});

describe("the verdict", () => {
  const BEGUN = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab";
  const verdictOf = async (
    source: readonly WireArrival[],
    options?: InspectOptions,
  ): Promise<VerdictRow | undefined> => {
    async function* arrivals(): AsyncGenerator<WireArrival, void> {
      yield* source;
    }
    for await (const row of inspectWire(arrivals(), options)) if (row.kind === "verdict") return row;
    return undefined;
  };
  const begun = (at: number): WireArrival => ({ at, bytes: octetsOf(BEGUN) });

  test.each([
    [{ at: 2100, end: "left" }, "Left after 2.1 s: 2 of 5 bytes have come, 3 are missing."],
    [
      { at: 2100, end: "left", why: "Interrupted by you" },
      "Interrupted by you after 2.1 s: 2 of 5 bytes have come, 3 are missing.",
    ],
    [
      { at: 2100, end: "timeout", why: "Interrupted by you" },
      "Timed out after 2.1 s: 2 of 5 bytes have come, 3 are missing.",
    ],
  ] as const)("says why this side left: %j", async (end, sentence) => {
    expect((await verdictOf([begun(1), end]))?.sentence).toBe(sentence);
  });

  test.each([
    [{ at: 9000, end: "left" }, "Left: 2 of 5 bytes have come, 3 are missing."],
    [{ at: 9000, end: "timeout" }, "Timed out: 2 of 5 bytes have come, 3 are missing."],
  ] as const)("says nothing of times that nobody has taken: %j", async (end, sentence) => {
    expect(await verdictOf([begun(0), end], { timed: false })).toMatchObject({ sentence, notes: [] });
  });

  test("of a whole response without times is what it came to", async () => {
    const whole = await verdictOf(
      [
        { at: 0, bytes: octetsOf(`${head("")}1\r\na\r\n`) },
        { at: 9000, bytes: octetsOf(LAST) },
      ],
      { timed: false },
    );
    expect(whole).toMatchObject({ sentence: "Complete: 1 chunk, 1 byte.", notes: [] });
  });
});
