import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Utf8Text } from "../../../src/client/items/utf8-text.ts";

/** What is read of octets in pieces, and what is thrown. */
function read(
  fatal: boolean,
  pieces: readonly Uint8Array[],
): { text: string; whole: boolean; error: unknown } {
  const reader = new Utf8Text(fatal);
  let text = "";
  try {
    for (const piece of pieces) {
      reader.push(piece, (more) => {
        expect(more).not.toBe("");
        text += more;
      });
    }
    return { text, whole: reader.whole, error: undefined };
  } catch (error) {
    return { text, whole: reader.whole, error };
  }
}

function cut(octets: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) pieces.push(octets.subarray(at, (at += size)));
  pieces.push(octets.subarray(at));
  return pieces;
}

const SIZES = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });

describe("text in UTF-8", () => {
  test("is the same whatever its cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), SIZES, (text, sizes) => {
        expect(read(true, cut(Buffer.from(text), sizes))).toEqual({ text, whole: true, error: undefined });
      }),
    );
  });

  test("octet by octet", () => {
    const text = "\ufeffaü日🌊z";
    expect(
      read(
        true,
        [...Buffer.from(text)].map((octet) => Uint8Array.of(octet)),
      ).text,
    ).toBe(text);
  });

  test("is whole where no character is cut", () => {
    for (const text of ["ü", "日", "🌊"]) {
      const octets = Buffer.from(text);
      for (let end = 1; end < octets.length; end++)
        expect(read(true, [octets.subarray(0, end)])).toEqual({ text: "", whole: false, error: undefined });
    }
  });
});

describe("octets that are not UTF-8", () => {
  // Enough of them to be beyond the three that may wait for more.
  const OCTETS = fc.array(
    fc.constantFrom(0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xf0, 0x9f, 0xf4, 0xf5, 0xff),
    {
      maxLength: 20,
    },
  );

  test("become what TextDecoder makes of them", () => {
    fc.assert(
      fc.property(OCTETS, SIZES, (octets, sizes) => {
        const all = Uint8Array.from([...octets, 0x41, 0x41, 0x41]);
        expect(read(false, cut(all, sizes)).text).toBe(new TextDecoder().decode(all));
      }),
    );
  });

  test("are refused where they must not be, after what stands before them", () => {
    fc.assert(
      fc.property(OCTETS, SIZES, (octets, sizes) => {
        const all = Uint8Array.from([...octets, 0x41, 0x41, 0x41]);
        const lossy = new TextDecoder().decode(all);
        const { text, error } = read(true, cut(all, sizes));
        const before = lossy.split("\ufffd", 1)[0];
        expect(text).toBe(before);
        if (before === lossy) expect(error).toBeUndefined();
        else
          expect(error).toMatchObject({
            code: "ERR_SLUICE_FORMAT_SYNTAX",
            offset: Buffer.byteLength(before),
          });
      }),
    );
  });

  test("are found soon in a megabyte", () => {
    const octets = Buffer.alloc(1_048_576, "ü");
    octets[1_000_000] = 0xff;
    const begun = performance.now();
    expect(read(true, [octets]).error).toMatchObject({ offset: 1_000_000 });
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
