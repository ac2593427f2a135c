import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkedDecoder, ChunkedEncoder } from "../../src/http1/index.ts";
import { cutInPieces, fieldLine, latin1Text, token } from "./arbitraries.ts";

const chunk = fc.record({
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 1000, max: 1050 }).map((length) => new Uint8Array(length).fill(120)),
  ),
  extensions: fc.array(fc.record({ name: token, value: fc.option(latin1Text, { nil: undefined }) }), {
    maxLength: 2,
  }),
});
const body = fc.record({
  chunks: fc.array(chunk, { maxLength: 8 }),
  trailers: fc.array(fieldLine, { maxLength: 3 }),
  last: fc.array(fc.record({ name: token, value: fc.option(latin1Text, { nil: undefined }) }), {
    maxLength: 1,
  }),
});
const anyCuts = fc.array(fc.nat({ max: 3000 }), { maxLength: 12 });

test("what the encoder writes the decoder reads, however it is cut", () => {
  fc.assert(
    fc.property(body, anyCuts, fc.boolean(), ({ chunks, trailers, last }, cuts, asked) => {
      const encoder = new ChunkedEncoder();
      const pieces = chunks.flatMap(({ payload, extensions }) => encoder.chunk(payload, extensions));
      const wire = Buffer.concat([...pieces, ...encoder.last(trailers, last)]);

      const payloads: Buffer[] = [];
      const boundaries: unknown[] = [];
      const decoder = new ChunkedDecoder({
        data: (view) => payloads.push(Buffer.from(view)),
        ...(asked
          ? { chunk: (size: number, extensions: readonly object[]) => boundaries.push({ size, extensions }) }
          : {}),
      });
      for (const piece of cutInPieces(wire, cuts)) {
        expect(decoder.done).toBe(false);
        expect(decoder.write(piece)).toBe(piece.length);
      }

      decoder.end();
      expect(Buffer.concat(payloads).equals(Buffer.concat(chunks.map(({ payload }) => payload)))).toBe(true);
      expect([...decoder.trailers]).toEqual(
        trailers.map(([name, value]) => [name, value.replace(/^[\t ]+|[\t ]+$/g, "")]),
      );
      const sent = chunks.filter(({ payload }) => payload.length > 0);
      const announced = [
        ...sent.map(({ payload, extensions }) => ({ size: payload.length, extensions })),
        { size: 0, extensions: last },
      ];
      if (asked) expect(boundaries).toEqual(announced);
    }),
    { numRuns: 500 },
  );
});
