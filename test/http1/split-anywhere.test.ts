import * as fc from "fast-check";
import { expect, test } from "vitest";
import { feed } from "./feeding.ts";
import { mutate, randomBelow } from "./mutations.ts";
import { toNotation } from "./notation.ts";
import { readWireCases } from "./wire-cases.ts";

const LONGEST = 600;
const cases = readWireCases().filter(({ octets }) => octets.length <= LONGEST);
const texts = cases.map(({ octets }) => octets);

// The wire cases are cut in two at every offset; here they are changed, and cut in many.
test("changed cases say the same however they are cut", () => {
  const kinds = { end: 0, error: 0 };
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.nat({ max: LONGEST }), { maxLength: 8 }),
      fc.boolean(),
      (seed, cuts, buffer) => {
        const random = randomBelow(seed);
        const wire = cases[random(cases.length)];
        const octets = mutate(wire.octets, random, texts);
        const edges = [...cuts.filter((at) => at < octets.length).toSorted((a, b) => a - b), octets.length];
        const pieces = edges.map((end, at) => octets.slice(edges[at - 1] ?? 0, end));

        const whole = feed(wire, [octets], { chunks: true, buffer: !buffer, margin: 0 });
        const parts = feed(wire, pieces, { chunks: true, buffer, margin: 2 });
        expect(parts.text, toNotation(octets)).toBe(whole.text);
        const payload = feed(wire, pieces, { chunks: false, buffer, margin: 2 });
        expect(payload.outline, toNotation(octets)).toBe(whole.outline);

        if (/^end$/m.test(whole.text)) kinds.end++;
        if (/^error/m.test(whole.text)) kinds.error++;
      },
    ),
    { numRuns: 10_000 },
  );
  expect(kinds.end).toBeGreaterThan(200);
  expect(kinds.error).toBeGreaterThan(200);
});
