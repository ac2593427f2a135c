import { setImmediate as turn } from "node:timers/promises";
import { deflateRawSync, type Gunzip, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { codecOf, type ContentCoding } from "../../src/content/codings.ts";
import { codingsOf, decode, type DecodingLimits } from "../../src/content/decoder.ts";
import { bombOfTwoCodings, EACH_CODING, noise, pack, prose } from "./codings-by-zlib.ts";

async function* eachOf(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for (const piece of pieces) {
    await turn();
    yield piece;
  }
  return undefined;
}

function iterate(pieces: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  return pieces[Symbol.asyncIterator]();
}

/** What came out, and the code of the error after it. */
async function decoded(
  coded: Iterable<Uint8Array> | Uint8Array,
  coding: ContentCoding | readonly ContentCoding[],
  limits?: DecodingLimits,
): Promise<{ body: Buffer; code: string | undefined }> {
  const pieces: Uint8Array[] = [];
  const source = eachOf(coded instanceof Uint8Array ? [coded] : coded);
  try {
    for await (const piece of decode(source, typeof coding === "string" ? [coding] : coding, limits))
      pieces.push(piece);
  } catch (error) {
    const { code } = error as { code: string };
    return { body: Buffer.concat(pieces), code };
  }
  return { body: Buffer.concat(pieces), code: undefined };
}

const SMALL = Buffer.from("small, but not so small: small small small");

describe.each(EACH_CODING)("%s", (coding) => {
  test.each([0, 1, 5000, 500_000])("a body of %i octets arrives", async (length) => {
    const body = length === 5000 ? noise(length) : Buffer.from(prose(length));
    const { body: result, code } = await decoded(pack(coding, body), coding);
    expect(code).toBe(undefined);
    expect(result.equals(body)).toBe(true);
  });

  test("whatever the cut of its pieces", async () => {
    const body = Buffer.from(prose(3000));
    const coded = pack(coding, body);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: coded.length }), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), coded.length];
        const pieces = places.slice(1).map((end, at) => coded.subarray(places[at], end));
        const { body: result, code } = await decoded(pieces, coding);
        expect(code).toBe(undefined);
        expect(result.equals(body)).toBe(true);
      }),
      { numRuns: 50 },
    );
    const single = await decoded(
      [...coded].map((octet) => Buffer.from([octet])),
      coding,
    );
    expect(single.body.equals(body)).toBe(true);
  });

  test("cut anywhere, it is truncated, and never a shorter body", async () => {
    const coded = pack(coding, SMALL);
    for (let length = 0; length < coded.length; length++) {
      const { body, code } = await decoded(coded.subarray(0, length), coding);
      expect([length, code]).toEqual([length, "ERR_SLUICE_CODED_TRUNCATED"]);
      expect(SMALL.subarray(0, body.length).equals(body)).toBe(true);
    }
  });

  test.each([
    ["an octet", [Buffer.from("x")]],
    ["a zero", [Buffer.from([0])]],
    ["much", [noise(100_000)]],
    ["much, in many pieces", Array.from({ length: 50 }, () => noise(10_000))],
  ])("with %s behind its end it is not whole", async (_name, garbage) => {
    const source = (async function* () {
      yield pack(coding, SMALL);
      for (const piece of garbage) yield await Promise.resolve(piece);
    })();
    const pieces: Uint8Array[] = [];
    const reading = (async () => {
      for await (const piece of decode(source as AsyncIterable<Uint8Array>, [coding])) pieces.push(piece);
    })();
    // Behind a member of gzip may stand another one, of which this could be the beginning.
    const code = expect.stringMatching(coding === "gzip" ? /_(CORRUPT|TRUNCATED)$/ : /_CORRUPT$/) as string;
    await expect(reading).rejects.toMatchObject({ code, status: 400 });
    expect(SMALL.subarray(0, Buffer.concat(pieces).length).equals(Buffer.concat(pieces))).toBe(true);
  });

  test("any bit flipped is an error, or a bit that the format gives no meaning", async () => {
    const coded = pack(coding, SMALL);
    let undetected = 0;
    let quietlyWrong = 0;
    for (let bit = 0; bit < coded.length * 8; bit++) {
      const flipped = Buffer.from(coded);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const { body, code } = await decoded(flipped, coding);
      if (code === undefined) {
        undetected++;
        if (!body.equals(SMALL)) quietlyWrong++;
      } else expect(code).toMatch(/^ERR_SLUICE_CODED_(TRUNCATED|CORRUPT)$|^ERR_SLUICE_DECODED_TOO_LARGE$/);
    }
    // Brotli has no checksum, and zstd need not have one: what they can't detect, a digest does.
    if (coding === "br" || coding === "zstd") return;
    expect(quietlyWrong).toBe(0);
    expect(undetected).toBeLessThan(coded.length * 8 * 0.35);
  });

  test("garbage is corrupt, or truncated, and nothing else", async () => {
    for (let seed = 1; seed < 50; seed++) {
      const { code } = await decoded(noise(seed * 7, seed * 99), coding);
      expect(code).toMatch(/^ERR_SLUICE_CODED_(TRUNCATED|CORRUPT)$/);
    }
  });

  test("an error of the source is the error, behind what came before it", async () => {
    const source = (async function* () {
      yield pack(coding, prose(500_000)).subarray(0, 50_000);
      await turn();
      throw new Error("of the source");
    })();
    const reading = (async () => {
      for await (const piece of decode(source as AsyncIterable<Uint8Array>, [coding])) void piece;
    })();
    await expect(reading).rejects.toThrow("of the source");
  });

  test("left early, the source is given up at once, although it waits", async () => {
    let left = false;
    let pulled = 0;
    const whole = pack(coding, noise(400_000));
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          pulled++ === 0
            ? Promise.resolve({ done: false, value: whole.subarray(0, 300_000) })
            : new Promise(() => {}),
        return: () => {
          left = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    for await (const piece of decode(source, [coding])) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(left).toBe(true);
  });

  test("what the source says to being left is nobody's business", async () => {
    let pulled = 0;
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          pulled++ === 0
            ? Promise.resolve({ done: false, value: Buffer.alloc(1000, 0xfe) })
            : new Promise(() => {}),
        return: () => Promise.reject(new Error("left")),
      }),
    };
    await expect(iterate(decode(source, ["gzip"])).next()).rejects.toMatchObject({
      name: "CorruptError",
      layer: "gzip",
    });
    await turn();
  });

  test("what had arrived when the source failed is passed on before its error", async () => {
    const text = noise(400_000);
    const coded = pack(coding, text);
    const source = (async function* () {
      for (let at = 0; at < coded.length / 2; at += 10_000)
        yield await Promise.resolve(coded.subarray(at, at + 10_000));
      throw new Error("the source has failed");
    })();
    const pieces: Uint8Array[] = [];
    const reading = async (): Promise<void> => {
      for await (const piece of decode(source as AsyncIterable<Uint8Array>, [coding])) pieces.push(piece);
    };
    await expect(reading()).rejects.toThrow("the source has failed");
    const body = Buffer.concat(pieces);
    expect(body.length).toBeGreaterThan(130_000);
    expect(body.equals(text.subarray(0, body.length))).toBe(true);
  });

  test("a slow reader holds the source up", async () => {
    let pulled = 0;
    const coded = pack(coding, noise(8_000_000));
    const source = (async function* () {
      for (let at = 0; at < coded.length; at += 16_384) {
        pulled++;
        yield await Promise.resolve(coded.subarray(at, at + 16_384));
      }
    })();
    const pieces = iterate(decode(source as AsyncIterable<Uint8Array>, [coding]));
    await pieces.next();
    let before = -1;
    while (pulled !== before) {
      before = pulled;
      for (let at = 0; at < 50; at++) await turn();
    }
    expect(pulled * 16_384).toBeLessThan(1_000_000);
    await pieces.return!(undefined);
  });
});

test("several members of gzip are one body, as RFC 1952 says", async () => {
  const members = [gzipSync("one "), gzipSync("two "), gzipSync("three")];
  expect((await decoded(Buffer.concat(members), "gzip")).body.toString()).toBe("one two three");
  const piecewise = await decoded(members, "gzip");
  expect(piecewise).toEqual({ body: Buffer.from("one two three"), code: undefined });
  const cut = await decoded(Buffer.concat(members).subarray(0, -5), "gzip");
  expect(cut.code).toBe("ERR_SLUICE_CODED_TRUNCATED");
});

// Of runtimes that have it; elsewhere there is nothing to be skipped.
describe.each(EACH_CODING.filter((coding) => coding === "zstd"))("frames of %s", () => {
  const SKIPPABLE = Buffer.from("502a4d1803000000616263", "hex");

  test("several are one body, as RFC 8878 says, and skippable ones are skipped", async () => {
    const frames = ["one ", "", "two ", "three"].map((text) => pack("zstd", text));
    const together = Buffer.concat([SKIPPABLE, ...frames, SKIPPABLE, SKIPPABLE]);
    const outcome = { body: Buffer.from("one two three"), code: undefined };
    expect(await decoded(together, "zstd")).toEqual(outcome);
    expect(await decoded(frames, "zstd")).toEqual(outcome);
    const single = [...together].map((octet) => Buffer.from([octet]));
    expect(await decoded(single, "zstd")).toEqual(outcome);
    expect(await decoded(SKIPPABLE, "zstd")).toEqual({ body: Buffer.alloc(0), code: undefined });
  });

  test.each([
    ["a frame", () => pack("zstd", SMALL)],
    ["one to be skipped", () => SKIPPABLE],
  ])("cut anywhere inside a second one, %s, it is truncated", async (_name, second) => {
    const first = pack("zstd", SMALL);
    const both = Buffer.concat([first, second()]);
    for (let length = first.length + 1; length < both.length; length++) {
      const { code } = await decoded(both.subarray(0, length), "zstd");
      expect([length, code]).toEqual([length, "ERR_SLUICE_CODED_TRUNCATED"]);
    }
  });

  test("behind one that stands alone, what begins no frame is corrupt, and all before it arrives", async () => {
    for (const behind of ["x", "\x28x", "\x28\xb5\x2f\xfc", "\x50\x2a\x4d\x19", "\0\0\0\0\0"]) {
      const coded = Buffer.concat([pack("zstd", SMALL), Buffer.from(behind, "latin1")]);
      expect(await decoded(coded, "zstd")).toEqual({ body: SMALL, code: "ERR_SLUICE_CODED_CORRUPT" });
    }
  });
});

describe("left early", () => {
  /** Gives a piece, and then nothing: what reads on, waits. */
  function stalled(first: Uint8Array): AsyncIterable<Uint8Array> & { left: () => boolean } {
    let pulled = 0;
    let wake: (() => void) | undefined;
    return {
      left: () => wake === undefined,
      [Symbol.asyncIterator]: () => ({
        next: () =>
          pulled++ === 0
            ? Promise.resolve({ done: false, value: first })
            : new Promise((resolve) => (wake = () => resolve({ done: true, value: undefined }))),
        return: () => {
          wake?.();
          wake = undefined;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  test.each(EACH_CODING)("%s leaves nothing running: no engine, no listener, no wait", async (coding) => {
    const made: Gunzip[] = [];
    const codec = codecOf(coding);
    const making = vi.spyOn(codec, "decoder").mockImplementation(function (this: typeof codec) {
      making.mockRestore();
      const engine = codec.decoder();
      made.push(engine);
      return engine;
    });
    const source = stalled(pack(coding, noise(400_000)).subarray(0, 300_000));
    const pieces = iterate(decode(source, [coding]));
    expect((await pieces.next()).done).toBe(false);
    const [engine] = made;
    const closed = new Promise((resolve) => engine.once("close", resolve));
    await pieces.return!();
    await closed;
    await turn();
    expect([engine.destroyed, engine.closed, source.left()]).toEqual([true, true, true]);
    expect(engine.listenerCount("drain")).toBe(0);
    expect(process.getActiveResourcesInfo().filter((name) => /zlib/i.test(name))).toEqual([]);
  });

  test("a source that can't be read leaves no engine behind", async () => {
    const making = vi.spyOn(codecOf("gzip"), "decoder");
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => {
        throw new Error("used");
      },
    };
    await expect(iterate(decode(source, ["gzip"])).next()).rejects.toThrow("used");
    expect(making).not.toHaveBeenCalled();
    making.mockRestore();
  });
});

test("deflate without the format of zlib is corrupt", async () => {
  const { code } = await decoded(deflateRawSync(SMALL), "deflate");
  expect(code).toBe("ERR_SLUICE_CODED_CORRUPT");
});

describe("bombs", () => {
  const MEGABYTE = 2 ** 20;

  test.each(EACH_CODING)("%s: 100 MB of zeros in little are too large by their ratio", async (coding) => {
    const bomb = pack(coding, Buffer.alloc(100 * MEGABYTE));
    const before = process.memoryUsage.rss();
    let length = 0;
    const reading = (async () => {
      for await (const piece of decode(eachOf([bomb]), [coding])) length += piece.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: "ERR_SLUICE_DECODED_TOO_LARGE", status: 413 });
    expect(length).toBeLessThanOrEqual(Math.max(MEGABYTE, bomb.length * 100));
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * MEGABYTE);
  });

  test("the limit of octets has two sides", async () => {
    const coded = gzipSync(prose(50_000));
    expect(await decoded(coded, "gzip", { bytes: 50_000 })).toMatchObject({ code: undefined });
    expect(await decoded(coded, "gzip", { bytes: 49_999 })).toMatchObject({
      code: "ERR_SLUICE_DECODED_TOO_LARGE",
    });
    expect(await decoded(gzipSync("a"), "gzip", { bytes: 0 })).toMatchObject({
      code: "ERR_SLUICE_DECODED_TOO_LARGE",
    });
    expect(await decoded(gzipSync(""), "gzip", { bytes: 0 })).toMatchObject({ code: undefined });
  });

  test("up to 1 MiB any ratio is fine, one octet more is too much", async () => {
    expect(await decoded(gzipSync(Buffer.alloc(MEGABYTE)), "gzip", { ratio: 2 })).toMatchObject({
      code: undefined,
    });
    expect(await decoded(gzipSync(Buffer.alloc(MEGABYTE + 1)), "gzip", { ratio: 2 })).toMatchObject({
      code: "ERR_SLUICE_DECODED_TOO_LARGE",
    });
  });

  test("the limit of the ratio has two sides", async () => {
    const body = Buffer.from(prose(3 * MEGABYTE));
    const coded = gzipSync(body);
    const ratio = body.length / coded.length;
    expect(await decoded(coded, "gzip", { ratio: ratio * 1.1 })).toMatchObject({ code: undefined });
    expect(await decoded(coded, "gzip", { ratio: ratio * 0.9 })).toMatchObject({
      code: "ERR_SLUICE_DECODED_TOO_LARGE",
    });
  });

  test("two codings share what the coded octets allow, and do not multiply it", async () => {
    const bomb = bombOfTwoCodings();
    expect(bomb.length * 100).toBeLessThan(MEGABYTE);
    const { body, code } = await decoded(bomb, ["br", "gzip"]);
    expect(code).toBe("ERR_SLUICE_DECODED_TOO_LARGE");
    expect(body.length).toBeLessThanOrEqual(MEGABYTE);
  });

  test.each([
    [MEGABYTE, undefined],
    [MEGABYTE + 1, "ERR_SLUICE_DECODED_TOO_LARGE"],
  ])("two codings: %i octets of any ratio are %s", async (length, code) => {
    const coded = pack("br", gzipSync(Buffer.alloc(length)));
    const { code: found } = await decoded(coded, ["br", "gzip"], { ratio: 2 });
    expect(found).toBe(code);
  });

  test("two codings: the limit of the ratio is that of the octets that arrive", async () => {
    const body = Buffer.from(prose(3 * MEGABYTE));
    const coded = pack("br", gzipSync(body, { level: 1 }));
    const ratio = body.length / coded.length;
    expect(await decoded(coded, ["br", "gzip"], { ratio: ratio * 1.1 })).toMatchObject({ code: undefined });
    expect(await decoded(coded, ["br", "gzip"], { ratio: ratio * 0.9 })).toMatchObject({
      code: "ERR_SLUICE_DECODED_TOO_LARGE",
    });
  });

  test("two codings: the limit of octets is for what comes out, not for what is between them", async () => {
    const body = noise(50_000);
    const between = gzipSync(body);
    expect(between.length).toBeGreaterThan(body.length);
    const coded = pack("br", between);
    expect(await decoded(coded, ["br", "gzip"], { bytes: 50_000 })).toEqual({ body, code: undefined });
    expect(await decoded(coded, ["br", "gzip"], { bytes: 49_999 })).toMatchObject({
      code: "ERR_SLUICE_DECODED_TOO_LARGE",
    });
  });

  test("two codings: what is between them is bounded, although nothing comes of it", async () => {
    // An empty body of gzip is ten octets of header; its blocks hold nothing, and are as many as one likes.
    const nothing = Buffer.concat(Array.from({ length: 400_000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));
    const between = Buffer.concat([gzipSync("").subarray(0, 10), nothing]);
    const coded = pack("br", between);
    const { code } = await decoded(coded, ["br", "gzip"], { bytes: 1000, ratio: Infinity });
    expect(code).toBe("ERR_SLUICE_DECODED_TOO_LARGE");
  });

  test("without a coding the limit of octets has two sides, too", async () => {
    const source = [noise(600), noise(400)];
    expect(await decoded(source, [], { bytes: 1000 })).toMatchObject({ code: undefined });
    expect(await decoded(source, [], { bytes: 999 })).toMatchObject({ code: "ERR_SLUICE_DECODED_TOO_LARGE" });
  });

  test("a ratio of Infinity takes everything", async () => {
    const coded = gzipSync(Buffer.alloc(20 * MEGABYTE));
    const { body, code } = await decoded(coded, "gzip", { ratio: Infinity });
    expect([body.length, code]).toEqual([20 * MEGABYTE, undefined]);
  });
});

describe("codingsOf", () => {
  test.each([
    [undefined, []],
    ["", []],
    ["identity", []],
    ["gzip", ["gzip"]],
    ["GZip", ["gzip"]],
    ["x-gzip", ["gzip"]],
    ["gzip, identity", ["gzip"]],
    [", gzip ,", ["gzip"]],
    ["gzip, br", ["br", "gzip"]],
    ["identity, deflate,gzip", ["gzip", "deflate"]],
  ])("%j is undone as %j", (value, codings) => {
    expect(codingsOf(value)).toEqual(codings);
  });

  test.each(["compress", "gzip, what", "gzip;q=1", '"gzip"', "gzip gzip", "gzip, gzip, gzip", "*", "gzip\0"])(
    "%j is refused with 415",
    (value) => {
      const refusal = expect.objectContaining({ code: "ERR_SLUICE_CONTENT_CODING", status: 415 }) as Error;
      expect(() => codingsOf(value)).toThrow(refusal);
    },
  );
});
