import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import { ChunkedDecoderStream, ChunkedEncoderStream, type FieldsInit } from "../../src/http1/index.ts";

/** What comes out of a stream form: the bytes before its end or its error. */
async function run(
  pieces: Uint8Array[],
  form: ChunkedDecoderStream | ChunkedEncoderStream,
): Promise<{ text: string; error?: unknown }> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  let text = "";
  try {
    for await (const piece of source.pipeThrough(form)) text += Buffer.from(piece).toString("latin1");
  } catch (error) {
    return { text, error };
  }
  return { text };
}

const decode = (...pieces: string[]) => run(pieces.map(octets), new ChunkedDecoderStream());

describe("ChunkedDecoderStream", () => {
  test("gives the payload, then the trailers", async () => {
    const form = new ChunkedDecoderStream();
    expect(await run([octets("5\r\nhel"), octets("lo\r\n0\r\nA: 1\r\n\r\n")], form)).toEqual({
      text: "hello",
    });
    expect([...form.trailers]).toEqual([["A", "1"]]);
  });

  test.each(["", "5", "5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n"])(
    "errors where the input ends early: %j",
    async (wire) => {
      expect(await decode(wire)).toMatchObject({
        error: { code: "ERR_SLUICE_TRUNCATED", offset: wire.length },
      });
    },
  );

  test("errors at a fault", async () => {
    expect(await decode("1\r\na\r\n", "g")).toMatchObject({
      error: { code: "ERR_SLUICE_CHUNK_SIZE", offset: 6 },
    });
  });

  test.each([["0\r\n\r\nx"], ["0\r\n\r\n", "x"]])(
    "errors at bytes after the end: %j %j",
    async (...pieces) => {
      expect(await decode(...pieces)).toMatchObject({ error: { code: "ERR_SLUICE_SURPLUS", offset: 5 } });
    },
  );

  test("takes limits", async () => {
    const form = new ChunkedDecoderStream({ chunkLineBytes: 2 });
    expect(await run([octets("001\r\n")], form)).toMatchObject({
      error: { code: "ERR_SLUICE_CHUNK_LINE_TOO_LONG" },
    });
  });

  test.each([
    ["plain bytes", octets],
    ["the host's bytes", (wire: string) => Buffer.from(wire)],
  ])("leaves %s as they are", async (_name, make) => {
    const wire = "1\r\na\r\n1\r\nb\r\n0\r\n\r\n";
    const bytes = make(wire);
    expect(await run([bytes], new ChunkedDecoderStream())).toEqual({ text: "ab" });
    expect(Buffer.from(bytes).toString()).toBe(wire);
  });
});

describe("ChunkedEncoderStream", () => {
  test("makes a chunk of each piece, and asks for trailers at the end", async () => {
    const pieces = [octets("hello"), new Uint8Array(0), octets("x")];
    const form = new ChunkedEncoderStream(() => ({ "X-Pieces": pieces.length }));
    expect(await run(pieces, form)).toEqual({ text: "5\r\nhello\r\n1\r\nx\r\n0\r\nX-Pieces: 3\r\n\r\n" });
  });

  test.each<[FieldsInit, string]>([
    [{ "Content-Length": "5" }, "ERR_SLUICE_FORBIDDEN_TRAILER"],
    [{ a: "\r\n" }, "ERR_SLUICE_INVALID_FIELD"],
  ])("does not end a body whose trailers are wrong: %j", async (trailers, code) => {
    expect(await run([octets("x")], new ChunkedEncoderStream(() => trailers))).toMatchObject({
      text: "1\r\nx\r\n",
      error: { code },
    });
  });
});

test("there and back, whatever the pieces", async () => {
  const anyPieces = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(anyPieces, fc.integer({ min: 1, max: 9 }), async (pieces, size) => {
      const { text: wire } = await run(pieces, new ChunkedEncoderStream());
      const parts = wire.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(await decode(...parts)).toEqual({ text: Buffer.concat(pieces).toString("latin1") });
    }),
  );
});
