import { randomBytes } from "node:crypto";
import type { Gunzip } from "node:zlib";
import { afterEach, describe, expect, test, vi } from "vitest";
import { codecOf, CONTENT_CODINGS, type ContentCoding } from "../../src/content/codings.ts";
import { ContentDecoder } from "../../src/inspect/content-decoder.ts";

const MIB = 1024 * 1024;
/** What an engine gives at a time. */
const PIECE = 64 * 1024;
const BOMB = new Uint8Array(16 * MIB);

afterEach(() => vi.restoreAllMocks());

/** The engines that are made for a coding from now on, each with what has come out of it. */
function watched(coding: ContentCoding): { readonly engine: Gunzip; octets: number }[] {
  const engines: { readonly engine: Gunzip; octets: number }[] = [];
  const codec = codecOf(coding);
  const make = codec.decoder.bind(codec);
  vi.spyOn(codec, "decoder").mockImplementation(() => {
    const one = { engine: make(), octets: 0 };
    one.engine.on("data", (piece: Uint8Array) => (one.octets += piece.length));
    engines.push(one);
    return one.engine;
  });
  return engines;
}

describe.each(CONTENT_CODINGS)("%s", (coding) => {
  const whole = (input: Uint8Array): Uint8Array => codecOf(coding).whole(input);

  test("a bomb in one write is stopped as it goes off", async () => {
    const engines = watched(coding);
    let octets = 0;
    const decoder = new ContentDecoder([coding], (piece) => (octets += piece.length));
    const bomb = whole(BOMB);
    await decoder.write(bomb);
    expect(decoder.failure?.code).toBe("ERR_SLUICE_DECODED_TOO_LARGE");
    const allowed = Math.max(MIB, 100 * bomb.length);
    expect(octets).toBeLessThanOrEqual(allowed);
    expect(engines[0].octets).toBeLessThanOrEqual(allowed + PIECE);
    expect(engines[0].engine.destroyed).toBe(true);
    // What follows is no more decoded.
    await decoder.write(bomb);
    expect((await decoder.end())?.code).toBe("ERR_SLUICE_DECODED_TOO_LARGE");
    expect(octets).toBe(decoder.decoded);
    expect(octets).toBeLessThanOrEqual(allowed);
  });

  test("a bomb in a bomb is stopped, too, and neither engine runs ahead", async () => {
    const engines = watched(coding);
    let octets = 0;
    const decoder = new ContentDecoder([coding, coding], (piece) => (octets += piece.length));
    await decoder.write(whole(whole(BOMB)));
    expect(decoder.failure?.code).toBe("ERR_SLUICE_DECODED_TOO_LARGE");
    expect(octets).toBeLessThanOrEqual(MIB);
    for (const engine of engines) expect(engine.octets).toBeLessThanOrEqual(MIB + PIECE);
    for (const { engine } of engines) expect(engine.destroyed).toBe(true);
  });

  test("between two engines only a few pieces wait, however much one write comes to", async () => {
    const content = randomBytes(4 * MIB);
    const coded = whole(whole(content));
    const engines = watched(coding);
    let octets = 0;
    let most = 0;
    const decoder = new ContentDecoder([coding, coding], (piece) => {
      octets += piece.length;
      // The engines are made last one first.
      const [last, first] = engines;
      most = Math.max(most, first.octets - last.engine.bytesWritten + first.engine.readableLength);
    });
    await decoder.write(coded);
    expect(await decoder.end()).toBeUndefined();
    expect(octets).toBe(content.length);
    expect(most).toBeLessThanOrEqual(8 * PIECE);
  });

  test.each([0, 1, 255, PIECE, 3 * PIECE + 1])("%d octets through two codings are whole", async (length) => {
    const content = randomBytes(length);
    const pieces: Uint8Array[] = [];
    const decoder = new ContentDecoder([coding, coding], (piece) => pieces.push(Buffer.from(piece)));
    const coded = whole(whole(content));
    const middle = coded.length >> 1;
    await decoder.write(coded.subarray(0, middle));
    await decoder.write(coded.subarray(middle));
    expect(await decoder.end()).toBeUndefined();
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  test("the limit: 1 MiB passes, and one octet more does not", async () => {
    for (const [length, code] of [
      [MIB, undefined],
      [MIB + 1, "ERR_SLUICE_DECODED_TOO_LARGE"],
    ] as const) {
      const decoder = new ContentDecoder([coding], () => {});
      const coded = whole(new Uint8Array(length));
      expect(coded.length * 100).toBeLessThan(MIB);
      await decoder.write(coded);
      expect((await decoder.end())?.code).toBe(code);
    }
  });

  test("closing it in the middle of its work ends that", async () => {
    const decoder = new ContentDecoder([coding, coding], () => {});
    const writing = decoder.write(whole(whole(randomBytes(MIB))));
    decoder.close();
    await writing;
    expect(decoder.failure).toBeUndefined();
  });
});
