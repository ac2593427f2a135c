import { setImmediate as round } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Plan, type Segment } from "../../../src/client/download/plan.ts";
import { receive } from "../../../src/client/download/receiving.ts";

const PIECE = 1_000;
const PIECES = 100;
const BATCH = 10 * PIECE;

function segment(): Segment {
  const taken = new Plan(PIECE * PIECES).take(0)!;
  taken.receiving = true;
  return taken;
}

/** A body that has everything at once, and counts what is taken of it. */
function plenty(): { body: AsyncIterable<Uint8Array>; taken: () => number } {
  let taken = 0;
  return {
    taken: () => taken,
    body: (async function* () {
      for (; taken < PIECES; taken++) yield Buffer.alloc(PIECE, taken);
    })(),
  };
}

describe("where the disk is slow", () => {
  test("one batch is being written and one is full: nothing more is taken until a write is done", async () => {
    const { body, taken } = plenty();
    const writes: { octets: number; position: number; done: () => void }[] = [];
    const write = (pieces: readonly Uint8Array[], position: number): Promise<void> =>
      new Promise((done) => writes.push({ octets: Buffer.concat(pieces).length, position, done }));
    const received = receive(body, segment(), write, () => {}, BATCH);
    // Everything that doesn't wait for a write happens within a round of the event loop.
    await round();
    expect([writes.length, taken()]).toEqual([1, 19]);
    for (let written = 1; written < PIECES / 10; written++) {
      writes[written - 1].done();
      await round();
      expect(writes).toHaveLength(written + 1);
      expect(taken()).toBeLessThanOrEqual(10 * (written + 2));
    }
    writes.at(-1)!.done();
    expect(await received).toBe("whole");
    expect(writes.map(({ octets, position }) => [octets, position])).toEqual(
      Array.from({ length: PIECES / 10 }, (_, index) => [BATCH, index * BATCH]),
    );
  });

  test("and fails, that comes before what the body throws", async () => {
    const broken = (async function* () {
      yield Buffer.alloc(BATCH);
      throw new Error("body");
    })();
    const write = (): Promise<void> => Promise.reject(new Error("disk"));
    await expect(receive(broken, segment(), write, () => {}, BATCH)).rejects.toThrow("disk");
  });
});

test("what has arrived is written before what the body throws is passed on", async () => {
  const broken = (async function* () {
    yield Buffer.from("abc");
    throw new Error("body");
  })();
  const written: string[] = [];
  const write = (pieces: readonly Uint8Array[]): Promise<void> => {
    written.push(Buffer.concat(pieces).toString());
    return Promise.resolve();
  };
  await expect(receive(broken, segment(), write, () => {}, BATCH)).rejects.toThrow("body");
  expect(written).toEqual(["abc"]);
});
