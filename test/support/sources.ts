// Bodies of every kind that a reply can have, which all say the same.

import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { BodyPiece, BodySource } from "../../src/index.ts";

/** The pieces, and what they are together. */
export const PIECES: readonly string[] = ["one ", "zwö ", "three ", "🌊"];
export const WHOLE: string = PIECES.join("");

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A web stream that has these pieces from the beginning. */
export function webStream<Piece extends BodyPiece>(pieces: Iterable<Piece>): ReadableStream<Piece> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

/** A source of each kind, new at every call. `pieces` is what becomes a chunk each; undefined where that is not promised. */
export const SOURCES: Readonly<Record<string, () => BodySource>> = {
  array: () => PIECES,
  "array of bytes": () => PIECES.map(bytes),
  "array of all kinds of bytes": () => [
    bytes(PIECES[0]).buffer.slice(0, 0) as never,
    PIECES[0],
    new DataView(new TextEncoder().encode(PIECES[1]).buffer) as never,
    new TextEncoder().encode(PIECES[2]).buffer as never,
    new Uint8Array(Buffer.from(`..${PIECES[3]}..`)).subarray(2, -2),
  ],
  set: () => new Set(PIECES),
  generator: () =>
    (function* () {
      yield* PIECES;
    })(),
  "async generator": () =>
    (async function* () {
      for (const piece of PIECES) {
        yield piece;
        await turn();
      }
    })(),
  "async generator that never waits": () =>
    (async function* () {
      yield* PIECES;
    })(),
  "generator function": () =>
    function* () {
      yield* PIECES;
    },
  "async generator function": () =>
    async function* () {
      for (const piece of PIECES) {
        await turn();
        yield piece;
      }
    },
  "async iterable without return": () => ({
    [Symbol.asyncIterator]: () => {
      const left = [...PIECES];
      const next = (): IteratorResult<BodyPiece> =>
        left.length === 0 ? { done: true, value: undefined } : { done: false, value: left.shift()! };
      return { next: () => Promise.resolve(next()) };
    },
  }),
  "function that returns an array": () => () => PIECES,
  "function that returns a stream": () => () => webStream(PIECES),
  ReadableStream: () =>
    new ReadableStream<BodyPiece>({
      async start(controller) {
        for (const piece of PIECES) {
          controller.enqueue(piece);
          await turn();
        }
        controller.close();
      },
    }),
  "ReadableStream of bytes": () =>
    new ReadableStream({
      type: "bytes",
      start(controller: ReadableByteStreamController) {
        for (const piece of PIECES) controller.enqueue(new TextEncoder().encode(piece));
        controller.close();
      },
    }),
  "Node Readable": () => Readable.from(PIECES.map(bytes)),
  "Node Readable of text": () => Readable.from(PIECES, { encoding: "utf8" } as never),
  Blob: () => new Blob([...PIECES]),
  "writer function": () => (out) => {
    for (const piece of PIECES) void out.write(piece);
  },
  "async writer function": () => async (out) => {
    for (const piece of PIECES) {
      await out.write(piece);
      await turn();
    }
  },
  "writer function with flushes": () => async (out) => {
    for (const piece of PIECES) {
      void out.write(piece);
      await out.flush();
    }
  },
};
