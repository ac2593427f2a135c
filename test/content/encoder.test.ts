import { describe, expect, test } from "vitest";
import { Encoder, type Upto } from "../../src/content/encoder.ts";
import { EACH_CODING, noise, prose, unpack, unpackSoFar } from "./codings-by-zlib.ts";

type Way = (encoder: Encoder, input: Uint8Array, upto: Upto) => Promise<Uint8Array>;

/** The two ways of encoding, which may take turns. */
const WAYS: Readonly<Record<string, Way>> = {
  "on this thread": (encoder, input, upto) => Promise.resolve(encoder.encodeNow(input, upto)),
  "in the thread pool": async (encoder, input, upto) => Buffer.concat(await encoder.encode(input, upto)),
};
const ALL = Object.entries(WAYS);
const TURNS: Way = (encoder, input, upto) => ALL[input.length % 2][1](encoder, input, upto);

/** Nothing, one octet, and more than the encoder's own buffers; what compresses and what doesn't. */
const PIECES: readonly Uint8Array[] = [
  Buffer.from("a"),
  Buffer.alloc(0),
  Buffer.from(prose(1001)),
  noise(200_000),
  Buffer.from(prose(300_001)),
  Buffer.alloc(1_000_000, "a"),
];

describe.each(EACH_CODING)("%s", (coding) => {
  describe.each([...ALL, ["by turns", TURNS] as const])("%s", (_name, encode) => {
    test("what was flushed can be read, and the end makes it whole", async () => {
      const encoder = new Encoder(coding);
      let coded = Buffer.alloc(0);
      let plain = Buffer.alloc(0);
      for (const piece of PIECES) {
        coded = Buffer.concat([coded, await encode(encoder, piece, "flush")]);
        plain = Buffer.concat([plain, piece]);
        expect(unpackSoFar(coding, coded).equals(plain)).toBe(true);
        expect(() => unpack(coding, coded)).toThrow();
      }
      coded = Buffer.concat([coded, await encode(encoder, new Uint8Array(), "finish")]);
      expect(unpack(coding, coded).equals(plain)).toBe(true);
      encoder.close();
    });

    test("what was not flushed is there at the end", async () => {
      const encoder = new Encoder(coding);
      const coded: Uint8Array[] = [];
      for (const piece of PIECES) coded.push(await encode(encoder, piece, "more"));
      coded.push(await encode(encoder, Buffer.from("the last"), "finish"));
      const plain = Buffer.concat([...PIECES, Buffer.from("the last")]);
      expect(unpack(coding, Buffer.concat(coded)).equals(plain)).toBe(true);
      encoder.close();
    });

    test("nothing at all is a body, too", async () => {
      const encoder = new Encoder(coding);
      const coded = await encode(encoder, new Uint8Array(), "finish");
      expect(coded.length).toBeGreaterThan(0);
      expect(unpack(coding, coded).length).toBe(0);
      encoder.close();
    });

    test("encodes to the same octets as the other way does", async () => {
      const coded = await Promise.all(
        [encode, ALL[0][1]].map(async (way) => {
          const encoder = new Encoder(coding);
          const pieces: Uint8Array[] = [];
          for (const piece of PIECES.slice(0, 3)) pieces.push(await way(encoder, piece, "flush"));
          pieces.push(await way(encoder, new Uint8Array(), "finish"));
          encoder.close();
          return Buffer.concat(pieces).toString("hex");
        }),
      );
      expect(coded[0]).toBe(coded[1]);
    });

    test("once closed it refuses, and nothing crashes", async () => {
      const encoder = new Encoder(coding);
      await encode(encoder, Buffer.from("abc"), "flush");
      encoder.close();
      encoder.close();
      const late = async (): Promise<Uint8Array> => encode(encoder, Buffer.from("abc"), "flush");
      await expect(late()).rejects.toThrow("closed");
    });
  });

  test("closed while the thread pool is at it, it rejects", async () => {
    const encoder = new Encoder(coding);
    const pending = encoder.encode(noise(2_000_000), "flush");
    encoder.close();
    await expect(pending).rejects.toThrow("closed");
  });

  test("what it gave is not overwritten by what it gives next", () => {
    const encoder = new Encoder(coding);
    const first = encoder.encodeNow(noise(5000), "flush");
    const before = Buffer.from(first);
    encoder.encodeNow(noise(5000, 7), "flush");
    expect(before.equals(first)).toBe(true);
    encoder.close();
  });

  test("two at a time don't mix", () => {
    const encoders = [new Encoder(coding), new Encoder(coding)];
    const plain = [noise(150_000, 3), Buffer.from(prose(150_000))];
    const coded: Uint8Array[][] = [[], []];
    for (let at = 0; at < 150_000; at += 1000) {
      for (const which of [0, 1])
        coded[which].push(encoders[which].encodeNow(plain[which].subarray(at, at + 1000), "more"));
    }
    for (const which of [0, 1]) {
      coded[which].push(encoders[which].encodeNow(new Uint8Array(), "finish"));
      expect(unpack(coding, Buffer.concat(coded[which])).equals(plain[which])).toBe(true);
      encoders[which].close();
    }
  });

  test("this runtime can encode on this thread", () => {
    const encoder = new Encoder(coding);
    expect(encoder.immediate).toBe(true);
    encoder.close();
  });
});
