import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { parseDictionary, serializeDictionary } from "structured-headers";
import { describe, expect, test } from "vitest";
import {
  chooseDigest,
  type DigestAlgorithm,
  formatDigests,
  parseDigests,
} from "../../src/semantics/digest-fields.ts";

// RFC 9530 appendix D: the digests of `{"hello": "world"}` with and without a line feed at its end.
const SHA_256 = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=";
const SHA_256_NO_LF = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
const SHA_512 = "YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==";

test("the values of RFC 9530", () => {
  expect(createHash("sha256").update('{"hello": "world"}\n').digest("base64")).toBe(SHA_256);
  expect(createHash("sha512").update('{"hello": "world"}\n').digest("base64")).toBe(SHA_512);
  expect(formatDigests([["sha-256", SHA_256]])).toBe(`sha-256=:${SHA_256}:`);
  expect(
    formatDigests(
      new Map([
        ["sha-256", SHA_256_NO_LF],
        ["sha-512", SHA_512],
      ]),
    ),
  ).toBe(`sha-256=:${SHA_256_NO_LF}:, sha-512=:${SHA_512}:`);
  expect(formatDigests([])).toBe("");
});

describe("parseDigests", () => {
  test.each([
    ["", {}],
    [`sha-256=:${SHA_256}:`, { "sha-256": SHA_256 }],
    [`sha-256=:${SHA_256}:,sha-512=:${SHA_512}:`, { "sha-256": SHA_256, "sha-512": SHA_512 }],
    // Algorithms of the registry that nobody here knows, and others.
    ["md5=:Sd/dVLAcvNLSq16eXua5uQ==:, x=:AA==:", { md5: "Sd/dVLAcvNLSq16eXua5uQ==", x: "AA==" }],
    // The last one counts.
    ["a=:AA==:, a=:AQ==:", { a: "AQ==" }],
    ["a=1, a=:AQ==:", { a: "AQ==" }],
    ['a=:AA==:;b="x,y";c;d=:AA==:, e=::', { a: "AA==", e: "" }],
    // Padding that is missing, and bits that mean nothing.
    ["a=:AA:, c=:AAA:", { a: "AA==", c: "AAA=" }],
    ["a=:AB==:, b=:AAB=:, c=:AP:, d=:AA/:", { a: "AA==", b: "AAA=", c: "AA==", d: "AA8=" }],
  ])("%j", (value, digests) => {
    expect(Object.fromEntries(parseDigests(value)!)).toEqual(digests);
  });

  test.each([
    `sha-256=${SHA_256}`,
    `SHA-256=:${SHA_256}:`,
    `sha-256="${SHA_256}"`,
    `sha-256=:${SHA_256}`,
    `sha-256:${SHA_256}:`,
    `sha-256=:${SHA_256}:,`,
    `sha-256=:${SHA_256}: sha-512=:${SHA_512}:`,
    `sha-256=:${SHA_256}:;`,
    `sha-256=:${SHA_256}:, sha-512`,
    `sha-256=:${SHA_256}:, a=1`,
    `a=:AA==:, a=1`,
    "a=(:AA==:)",
    "a=:A===:",
    "a=:AA=:",
    "a=:AAAA=:",
    "a=:AA==AA==:",
    "a=:=:",
    "a=:_-:",
    "a=:AA ==:",
  ])("not %j", (value) => {
    expect(parseDigests(value)).toBeUndefined();
  });

  test("agrees with structured-headers in both directions", () => {
    const digest = fc.tuple(
      fc.constantFrom("sha-256", "sha-512", "md5", "x.y_z*"),
      fc.uint8Array({ maxLength: 65 }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(digest, { selector: ([key]) => key, minLength: 1 }), (digests) => {
        const value = formatDigests(
          digests.map(([key, octets]) => [key, Buffer.from(octets).toString("base64")]),
        );
        expect(value).toBe(
          serializeDictionary(new Map(digests.map(([key, octets]) => [key, [octets, new Map()]]))),
        );
        for (const [key, octets] of digests) {
          expect(parseDigests(value)!.get(key)).toBe(Buffer.from(octets).toString("base64"));
        }
      }),
    );
  });

  test("any base64 that structured-headers reads means the same octets, canonically", () => {
    const base64 = fc.string({ unit: fc.constantFrom(..."AB/+z9=".split("")), maxLength: 10 });
    fc.assert(
      fc.property(base64, (text) => {
        const ours = parseDigests(`a=:${text}:`)?.get("a");
        if (ours === undefined) return;
        const octets = parseDictionary(`a=:${text}:`).get("a")![0] as ArrayBuffer;
        expect(ours).toBe(Buffer.from(octets).toString("base64"));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("chooseDigest", () => {
  const BOTH: DigestAlgorithm[] = ["sha-256", "sha-512"];
  test.each([
    [undefined, undefined],
    ["", undefined],
    // The examples of RFC 9530 section 4.
    ["sha-256=1", "sha-256"],
    ["sha-512=3, sha-256=10, unixsum=0", "sha-256"],
    ["sha-512=3, sha-256=2", "sha-512"],
    ["sha-512=10", "sha-512"],
    ["sha-256=5, sha-512=5", "sha-256"],
    ["sha-512=5, sha-256=5", "sha-256"],
    ["sha-256=0", undefined],
    ["sha-256=0, sha-512=1", "sha-512"],
    ["md5=10", undefined],
    ["sha-256=1;a=b, sha-512=0;c", "sha-256"],
    ["sha-256=9, sha-256=1, sha-512=2", "sha-512"],
    ["sha-256=010, sha-512=9", "sha-256"],
    ["sha-256=-0, sha-512=000", undefined],
    // Void, as a whole.
    ["sha-256=11", undefined],
    ["sha-256=-1, sha-512=1", undefined],
    ["sha-256=1.0", undefined],
    ["sha-256", undefined],
    ["sha-256=?1", undefined],
    ["sha-256=a, sha-512=1", undefined],
    ["sha-256=1,", undefined],
    ["sha-256=1;", undefined],
    ["SHA-256=1", undefined],
    ["sha-256 = 1", undefined],
    ["sha-256;q=1", undefined],
    ["sha-256=(1)", undefined],
    ["sha-256=1, b=@1", undefined],
  ])("%j: %j", (want, algorithm) => {
    expect(chooseDigest(want, BOTH)).toBe(algorithm);
  });

  test("among equals the first on offer, and none that isn't", () => {
    expect(chooseDigest("sha-256=5, sha-512=5", ["sha-512", "sha-256"])).toBe("sha-512");
    expect(chooseDigest("sha-256=5, sha-512=9", ["sha-256"])).toBe("sha-256");
    expect(chooseDigest("sha-256=5", [])).toBeUndefined();
  });
});
