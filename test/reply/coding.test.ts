import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { Encoder, encodeWhole } from "../../src/content/encoder.ts";
import type { BodySource } from "../../src/reply/body.ts";
import { stream } from "../../src/reply/reply.ts";
import { EACH_CODING, noise, prose, unpack, unpackSoFar } from "../content/codings-by-zlib.ts";
import { SOURCES, WHOLE } from "../support/sources.ts";
import { collected, CollectingSink } from "./collecting-sink.ts";

const PLAIN = Buffer.from(prose(1_200_000));

/** Parts of the text, of this size. */
function* parts(size: number): Generator<Buffer> {
  for (let at = 0; at < PLAIN.length; at += size) yield PLAIN.subarray(at, at + size);
}

/** Sources that do not pause. */
const STEADY: Readonly<Record<string, () => BodySource>> = {
  "a generator of 100 octets": () => parts(100),
  "a generator of 64 KiB": () => parts(65_536),
  "one piece": () => [PLAIN],
  "an async generator that never waits": () =>
    (async function* () {
      yield* parts(1000);
    })(),
  "an async generator that lets others in": () =>
    (async function* () {
      for (const part of parts(4000)) {
        await turn();
        yield part;
      }
    })(),
  "an async generator of big buffers": () =>
    (async function* () {
      for (const part of parts(200_000)) {
        await turn();
        yield part;
      }
    })(),
  "a writer that awaits": () => async (out) => {
    for (const part of parts(3000)) await out.write(part);
  },
  "a writer that doesn't": () => (out) => {
    for (const part of parts(3000)) void out.write(part);
  },
  "a Blob": () => new Blob([PLAIN]),
};

describe.each(EACH_CODING)("%s", (coding) => {
  const how = { fields: { "Accept-Encoding": coding } };

  describe.each([true, false])("with the shortcut: %s", (immediate) => {
    const pumped = async (source: BodySource): Promise<CollectingSink> => {
      const shortcut = vi.spyOn(Encoder.prototype, "immediate", "get");
      const encodeNow = vi.spyOn(Encoder.prototype, "encodeNow");
      if (!immediate) shortcut.mockReturnValue(false);
      try {
        const sink = await collected(stream("text/plain", source), how);
        if (!immediate) expect(encodeNow).not.toHaveBeenCalled();
        return sink;
      } finally {
        shortcut.mockRestore();
        encodeNow.mockRestore();
      }
    };

    // The size of a Blob is known, and this one is too small to be coded.
    const kinds = Object.entries(SOURCES).filter(([name]) => name !== "Blob");

    test.each(kinds)("a source of every kind arrives: %s", async (_name, source) => {
      const sink = await pumped(source());
      expect([sink.failure, sink.ended, sink.headers.get("content-encoding")]).toEqual([
        undefined,
        true,
        coding,
      ]);
      expect(unpack(coding, sink.body).toString()).toBe(WHOLE);
    });

    test.each(Object.entries(STEADY))("%s is coded as densely as at once", async (_name, source) => {
      const sink = await pumped(source());
      expect(unpack(coding, sink.body).equals(PLAIN)).toBe(true);
      expect(sink.body.length).toBeLessThan(encodeWhole(coding, PLAIN).length * 1.03);
    });

    test("what does not compress arrives, too", async () => {
      const plain = noise(700_000);
      const sink = await pumped([plain.subarray(0, 5), plain.subarray(5, 400_000), plain.subarray(400_000)]);
      expect(unpack(coding, sink.body).equals(plain)).toBe(true);
    });

    test("each piece can be read before the next one is made", async () => {
      const sink = new CollectingSink();
      const shortcut = vi.spyOn(Encoder.prototype, "immediate", "get");
      if (!immediate) shortcut.mockReturnValue(false);
      const { pump } = await import("../../src/reply/pump.ts");
      const { Fields } = await import("../../src/semantics/fields.ts");
      let plain = "";
      const source = async function* (): AsyncGenerator<string> {
        for (const piece of ["one", "two", prose(100_000), "four"]) {
          yield piece;
          plain += piece;
          // The reader has it before the source goes on, or this never ends.
          while (unpackSoFar(coding, sink.body).toString() !== plain) await turn();
        }
      };
      await pump(stream("text/plain", source), { method: "GET", headers: Fields.from(how.fields) }, sink, [
        coding,
      ]);
      shortcut.mockRestore();
      expect(sink.failure).toBe(undefined);
      expect(unpack(coding, sink.body).toString()).toBe(plain);
    });

    test.each([
      ["little", ["a", "b"]],
      ["a block", [prose(70_000)]],
      ["many blocks", [...parts(65_536)]],
    ])("what was written before an error is the reader's, and not whole: %s", async (_name, pieces) => {
      const source = async function* (): AsyncGenerator<string | Uint8Array> {
        for (const piece of pieces) {
          await turn();
          yield piece;
        }
        throw new Error("on purpose");
      };
      const sink = await pumped(source());
      await vi.waitFor(() => expect(sink.failure).toEqual(new Error("on purpose")), { interval: 2 });
      expect(sink.ended).toBe(false);
      expect(() => unpack(coding, sink.body)).toThrow();
      const plain = Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array)));
      expect(unpackSoFar(coding, sink.body).equals(plain)).toBe(true);
    });
  });

  test("a piece that is lent may change as soon as the next one is asked for", async () => {
    const { PieceSource } = await import("../../src/reply/body.ts");
    const lent = Buffer.alloc(100_000);
    class Lending extends PieceSource {
      override openPieces() {
        let at = 0;
        return {
          lent: true,
          next: () => ({ done: at++ === 5, value: lent.fill(at) }),
          stop: () => {},
        };
      }
    }
    const sink = await collected(stream("text/plain", new Lending()), how);
    const plain = Buffer.concat([1, 2, 3, 4, 5].map((value) => Buffer.alloc(100_000, value)));
    expect(unpack(coding, sink.body).equals(plain)).toBe(true);
  });
});

test("a writer that doesn't wait for its coding is stopped at 16 MiB, and no sooner", async () => {
  const piece = noise(1024 * 1024);
  let written = 0;
  const source = stream("text/plain", (out) => {
    for (;;) {
      void out.write(piece);
      written++;
    }
  });
  const sink = await collected(source, { fields: { "Accept-Encoding": "gzip" } });
  await vi.waitFor(() => expect(sink.failure).toMatchObject({ code: "ERR_SLUICE_BACKLOG" }), 5000);
  expect(sink.ended).toBe(false);
  expect(written).toBeGreaterThan(16);
  expect(written).toBeLessThan(20);
});

test("what an encoder throws ends the body as incomplete", async () => {
  const encodeNow = vi.spyOn(Encoder.prototype, "encodeNow").mockImplementation(() => {
    throw new Error("of the encoder");
  });
  try {
    const sink = await collected(stream("text/plain", ["a"]), { fields: { "Accept-Encoding": "gzip" } });
    expect([sink.failure, sink.ended]).toEqual([new Error("of the encoder"), false]);
  } finally {
    encodeNow.mockRestore();
  }
});
