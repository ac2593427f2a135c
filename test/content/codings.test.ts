import { describe, expect, test } from "vitest";
import { codecOf, codingNamed, CONTENT_CODINGS } from "../../src/content/codings.ts";
import { encodeWhole } from "../../src/content/encoder.ts";
import { EACH_CODING, prose, unpack } from "./codings-by-zlib.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const HAS_ZSTD = major > 22 || (major === 22 && minor >= 15);

test("the codings are those of the runtime, the densest first", () => {
  expect(CONTENT_CODINGS).toEqual([...(HAS_ZSTD ? ["zstd"] : []), "br", "gzip", "deflate"]);
});

test.each([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", HAS_ZSTD ? "zstd" : undefined],
  ["compress", undefined],
  ["identity", undefined],
  ["", undefined],
  ["GZIP", undefined],
  ["constructor", undefined],
  ["__proto__", undefined],
])("%j is %s", (name, coding) => {
  expect(codingNamed(name)).toBe(coding);
});

describe.each(EACH_CODING)("%s", (coding) => {
  test.each([0, 1, 1023, 200_000])("a body of %i octets, whole, is what zlib reads", (length) => {
    const body = Buffer.from(prose(length));
    expect(unpack(coding, encodeWhole(coding, body)).equals(body)).toBe(true);
  });

  test("makes prose at least three times smaller", () => {
    expect(encodeWhole(coding, Buffer.from(prose(100_000))).length).toBeLessThan(100_000 / 3);
  });

  test("has an encoder and a decoder that can be closed", () => {
    for (const stream of [codecOf(coding).encoder(), codecOf(coding).decoder()]) {
      expect(stream.destroyed).toBe(false);
      stream.destroy();
      expect(stream.destroyed).toBe(true);
    }
  });
});

test("deflate is in the format of zlib, as the RFC says and not as its name does", () => {
  const [first, second] = encodeWhole("deflate", Buffer.from("a"));
  expect(first & 0x0f).toBe(8);
  expect((first * 256 + second) % 31).toBe(0);
});
