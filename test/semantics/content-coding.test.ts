import * as fc from "fast-check";
import Negotiator from "negotiator";
import { describe, expect, test } from "vitest";
import { chooseCoding } from "../../src/semantics/content-coding.ts";

/** What the types of negotiator don't know yet: its way of letting the server's order decide among equals. */
interface WithPreferred {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[];
}

const OFFERED = ["br", "gzip"];

describe("chooseCoding", () => {
  test.each([
    [undefined, "identity"],
    ["", "identity"],
    // The examples of RFC 9110 section 12.5.3.
    ["compress, gzip", "gzip"],
    ["*", "br"],
    ["compress;q=0.5, gzip;q=1.0", "gzip"],
    ["gzip;q=1.0, identity; q=0.5, *;q=0", "gzip"],
    // A browser's.
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["x-gzip", "gzip"],
    ["X-GZip;q=0.2, br;q=0.1", "gzip"],
    ["deflate", "identity"],
    ["identity", "identity"],
    ["gzip, br", "br"],
    ["gzip;q=0.9, br;q=0.8", "gzip"],
    ["gzip;q=0.9, br;q=0.900", "br"],
    ["gzip;q=0.001", "gzip"],
    // 0 is "not acceptable", and a name counts before the asterisk.
    ["gzip;q=0", "identity"],
    ["gzip;q=0, br;q=0", "identity"],
    ["gzip;q=0, *", "br"],
    ["*, gzip;q=0", "br"],
    ["br;q=0, gzip;q=0, *", "identity"],
    ["x-gzip;q=0, *", "br"],
    ["br;q=0.000, gzip;q=0.0", "identity"],
    ["*;q=0, gzip", "gzip"],
    ["*;q=0.5, gzip;q=0.4", "br"],
    ["*;q=0", undefined],
    ["identity;q=0", undefined],
    ["identity;q=0, deflate", undefined],
    ["deflate, *;q=0", undefined],
    ["*;q=0, identity", "identity"],
    ["*;q=0, identity;q=0.001", "identity"],
    ["identity;q=0, *", "br"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    // Identity, where it is liked better, but not where it is liked as much.
    ["identity, gzip;q=0.5", "identity"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=0.5, gzip;q=0.4, br;q=0.6", "br"],
    ["gzip;q=0.5, br;q=0.5, *", "identity"],
    // Named twice: the old name is unwanted, or the higher weight counts.
    ["x-gzip;q=0, gzip", "gzip"],
    ["gzip;q=0.2, gzip;q=0.7, br;q=0.5", "gzip"],
    ["gzip;q=0.7, gzip;q=0.2, br;q=0.5", "gzip"],
    // Whatever breaks the grammar is passed over by itself.
    ["gzip;q=2, br;q=0.1", "br"],
    ["gzip;q=abc", "identity"],
    ["gzip;level=9", "identity"],
    ["gzip br", "identity"],
    ["gzip,,, ;q=1, =", "gzip"],
    ["br;q=1.5, gzip;q=0.5;q=1", "identity"],
    [",", "identity"],
    ["\x00\xff", "identity"],
    ["gzip;q=0.5,", "gzip"],
    ["brotli", "identity"],
  ])("%j: %j", (value, coding) => {
    expect(chooseCoding(value, OFFERED)).toBe(coding);
  });

  test("nothing is offered", () => {
    expect(chooseCoding("gzip", [])).toBe("identity");
    expect(chooseCoding("identity;q=0", [])).toBeUndefined();
  });

  test("names on offer are found in any case and returned as they are", () => {
    expect(chooseCoding("x-gzip", ["GZip"])).toBe("GZip");
    expect(chooseCoding("constructor, __proto__", ["gzip"])).toBe("identity");
  });

  const qvalue = fc.constantFrom("", ";q=0", ";q=0.1", ";q=0.25", ";q=0.5", "; q=0.999", ";q=1.0");
  const coding = fc.constantFrom("gzip", "br", "deflate", "zstd", "identity", "*", "GZIP");

  test("a coding that is refused by name, or by no name and the asterisk, is never chosen", () => {
    const list = fc.uniqueArray(fc.tuple(coding, qvalue), { selector: ([name]) => name.toLowerCase() });
    fc.assert(
      fc.property(list, fc.shuffledSubarray(["gzip", "br", "zstd"]), (elements, offered) => {
        const weights = new Map(elements.map(([name, q]) => [name.toLowerCase(), q === ";q=0"]));
        const chosen = chooseCoding(elements.map((each) => each.join("")).join(", "), offered);
        const refused = (name: string) => weights.get(name) ?? weights.get("*") ?? name !== "identity";
        if (chosen === undefined) expect(["identity", ...offered].every(refused)).toBe(true);
        else if (elements.length > 0) expect(refused(chosen)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test("agrees with negotiator", () => {
    const list = fc.uniqueArray(fc.tuple(coding, qvalue), {
      selector: ([name]) => name.toLowerCase(),
      minLength: 1,
    });
    fc.assert(
      fc.property(list, fc.shuffledSubarray(["gzip", "br", "zstd"]), (elements, offered) => {
        const value = elements.map((each) => each.join("")).join(", ");
        const negotiator = new Negotiator({
          headers: { "accept-encoding": value },
        }) as unknown as WithPreferred;
        const all = [...offered, "identity"];
        const [theirs] = negotiator.encodings(all, { preferred: all });
        expect(chooseCoding(value, offered)).toBe(theirs);
      }),
      { numRuns: 2000 },
    );
  });
});
