import { type PieceReader, PieceSource } from "../../src/reply/body.ts";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { EndedError } from "../../src/errors.ts";
import { MultipartParser } from "../../src/formats/multipart-parser.ts";
import { multipart, type MultipartOptions, type Part } from "../../src/reply/multipart.ts";
import { pump } from "../../src/reply/pump.ts";
import type { ValueSource } from "../../src/reply/value-source.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { SOURCES, WHOLE } from "../support/sources.ts";
import { collected, CollectingSink } from "./collecting-sink.ts";

interface Received {
  fields: Record<string, string>;
  data: string;
  whole: boolean;
}

/** The parts of a body, and whether it is whole. */
function read(sink: CollectingSink): { parts: Received[]; whole: boolean } {
  const boundary = /boundary="?([^"]+)"?$/.exec(sink.headers.get("content-type")!)![1];
  const parts: Received[] = [];
  let data = Buffer.alloc(0);
  const parser = new MultipartParser(boundary, {
    partBegin: (fields) => {
      data = Buffer.alloc(0);
      parts.push({ fields: Object.fromEntries(fields), data: "", whole: false });
    },
    partData: (view) => void (data = Buffer.concat([data, view])),
    partEnd: () => void Object.assign(parts.at(-1)!, { data: data.toString(), whole: true }),
  });
  parser.push(sink.body);
  try {
    parser.end();
    return { parts, whole: true };
  } catch {
    return { parts, whole: false };
  }
}

const get = (parts: ValueSource<Part>, options?: MultipartOptions): Promise<CollectingSink> =>
  collected(multipart(parts, options), { offered: [] });

test.each(Object.entries(SOURCES).filter(([name]) => !name.includes("function")))(
  "a part from a source: %s",
  async (_name, source) => {
    const body = source() as never;
    const sink = await get([
      { type: "text/plain", headers: { "Content-ID": "<1>" }, body },
      { type: "text/html", body: "b" },
    ]);
    expect(sink.ended).toBe(true);
    expect(read(sink)).toEqual({
      whole: true,
      parts: [
        { fields: { "Content-Type": "text/plain", "Content-ID": "<1>" }, data: WHOLE, whole: true },
        { fields: { "Content-Type": "text/html" }, data: "b", whole: true },
      ],
    });
  },
);

test("each part is whole before the next one comes", async () => {
  const sink = new CollectingSink();
  const parts = async function* (): AsyncGenerator<Part> {
    for (let count = 1; count <= 3; count++) {
      yield { type: "text/plain", body: String(count) };
      expect(
        read(sink)
          .parts.map(({ whole }) => whole)
          .slice(0, count),
      ).toEqual(Array.from({ length: count }, () => true));
    }
  };
  await pump(multipart(parts), { method: "GET", headers: new Fields() }, sink, []);
  expect([sink.failure, sink.ended]).toEqual([undefined, true]);
});

test("the type has a boundary of its own, and pictures that replace each other are not stored", async () => {
  const [one, other] = [await get([]), await get([], { subtype: "x-mixed-replace" })];
  expect(one.headers.get("content-type")).toMatch(/^multipart\/mixed; ?boundary=/);
  expect(other.headers.get("content-type")).toMatch(/^multipart\/x-mixed-replace; ?boundary=/);
  expect(one.headers.get("content-type")!.slice(-20)).not.toBe(other.headers.get("content-type")!.slice(-20));
  expect([one.headers.has("cache-control"), other.headers.get("cache-control")]).toEqual([false, "no-store"]);
});

describe("what is not whole is read as such", () => {
  const good: Part = { type: "text/plain", body: "a" };
  const throwing = function* (): Generator<string> {
    yield "b";
    throw new Error("on purpose");
  };
  test.each<[string, ValueSource<Part>]>([
    [
      "a source that throws",
      function* () {
        yield good;
        throw new Error("on purpose");
      },
    ],
    ["a part that throws", [good, { type: "text/plain", body: throwing() }]],
    ["a part without a type", [good, { body: "b" } as never]],
    ["no part", [good, null as never]],
    ["a field that is none", [good, { type: "text/plain", headers: { "A\nB": "1" }, body: "b" }]],
    ["a body that is none", [good, { type: "text/plain", body: 5 as never }]],
  ])("%s", async (_name, parts) => {
    const sink = await get(parts);
    expect([sink.ended, sink.failure]).toEqual([false, expect.any(Error)]);
    expect(read(sink).whole).toBe(false);
    expect(read(sink).parts[0]).toMatchObject({ data: "a", whole: true });
  });
});

test.each<[string, (stream: ReadableStream<never>) => ValueSource<Part>]>([
  ["parts", (stream) => stream],
  ["the body of a part", (stream) => [{ type: "text/plain", body: stream }]],
])("a reader that leaves stops %s that wait, at once", async (_name, parts) => {
  let cancelled = false;
  const sink = new CollectingSink();
  const source = new ReadableStream<never>({ cancel: () => void (cancelled = true) });
  void pump(multipart(parts(source)), { method: "GET", headers: new Fields() }, sink, []);
  for (let turns = 0; turns < 3; turns++) await turn();
  sink.onleave!(new EndedError("ERR_SLUICE_READER_LEFT"));
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(cancelled).toBe(true);
});

/** Two pieces in one buffer: the second takes the first one's place. */
class LentPieces extends PieceSource {
  override openPieces(): PieceReader {
    const buffer = Buffer.from("first ");
    let reads = 0;
    return {
      lent: true,
      next() {
        reads++;
        if (reads === 2) buffer.write("second");
        return reads > 2 ? { done: true, value: undefined } : { done: false, value: buffer };
      },
      stop() {},
    };
  }
}

test("a piece that is lent for a moment is copied", async () => {
  const sink = await get([{ type: "text/plain", body: new LentPieces() }]);
  expect(read(sink).parts[0].data).toBe("first second");
});

test("the same reply can be sent twice", async () => {
  const reply = multipart([{ type: "text/plain", body: "a" }]);
  const bodies = [await collected(reply, { offered: [] }), await collected(reply, { offered: [] })];
  expect(bodies.map((sink) => read(sink).parts.map(({ data }) => data))).toEqual([["a"], ["a"]]);
});
