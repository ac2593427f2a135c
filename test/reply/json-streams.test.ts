import { Fields } from "../../src/semantics/fields.ts";
import { pump } from "../../src/reply/pump.ts";
import { deferred } from "../../src/deferred.ts";
import { describe, expect, test } from "vitest";
import { csv } from "../../src/reply/csv.ts";
import { jsonArray, jsonSeq, ndjson } from "../../src/reply/json-streams.ts";
import type { Reply, ReplyOptions } from "../../src/reply/reply.ts";
import type { ValueSource } from "../../src/reply/value-source.ts";
import { run } from "../support/run.ts";
import { collected, CollectingSink } from "./collecting-sink.ts";
import { OWN_READERS, PLAIN_READERS, PYTHON_CSV, VALUE_SOURCES, VALUES } from "./formats.ts";
import { lacks, pathOf } from "../support/programs.ts";

type Row = Readonly<Record<string, unknown>>;
const FORMATS: readonly [
  name: string,
  type: string,
  reply: (source: ValueSource<Row>, options?: ReplyOptions) => Reply,
][] = [
  ["ndjson", "application/x-ndjson", ndjson],
  ["jsonSeq", "application/json-seq", jsonSeq],
  ["jsonArray", "application/json", jsonArray],
  ["csv", "text/csv; charset=utf-8", csv],
];
const ROWS = [["id", "name"], ...VALUES.map((value) => Object.values(value).map(String))];
const IDENTITY = { offered: [] };

describe.each(FORMATS)("%s", (name, type, reply) => {
  const expected = name === "csv" ? ROWS : VALUES;
  const readers = [OWN_READERS[name], PLAIN_READERS[name]].filter((reader) => reader !== undefined);

  describe.each(Object.entries(VALUE_SOURCES))("from a source: %s", (_kind, source) => {
    test("is whole, for every reader", async () => {
      const sink = await collected(reply(source()), IDENTITY);
      expect([sink.ended, sink.headers.get("content-type")]).toEqual([true, type]);
      for (const read of readers)
        expect(read(sink.body.toString()).map((row) => (name === "csv" ? row : row))).toEqual(expected);
    });

    test.each([0, 1, 2, 3])("that throws after %i values it is whole for nobody", async (fails) => {
      const sink = await collected(reply(source(fails)), IDENTITY);
      expect([sink.ended, sink.failure]).toEqual([false, new Error("on purpose")]);
      const body = sink.body.toString();
      if (fails === 0) expect(body).toBe("");
      else for (const read of readers) expect(() => read(body)).toThrow();
    });
  });

  test("of nothing", async () => {
    const sink = await collected(reply([]), IDENTITY);
    for (const read of readers)
      if (name === "jsonArray" || sink.body.length > 0) expect(read(sink.body.toString())).toEqual([]);
    expect(sink.ended).toBe(true);
  });

  test("a function is called only where a body is wanted", async () => {
    let calls = 0;
    const source = (): Row[] => {
      calls++;
      return [...VALUES];
    };
    await collected(reply(source), { ...IDENTITY, method: "HEAD" });
    expect(calls).toBe(0);
    await collected(reply(source), IDENTITY);
    expect(calls).toBe(1);
  });

  test("what comes without a wait comes as few pieces", async () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => ({ id }));
    const sink = await collected(reply(rows), IDENTITY);
    expect(sink.pieces.length).toBeLessThan(20);
    expect(OWN_READERS[name](sink.body.toString()).length).toBe(name === "csv" ? 10_001 : 10_000);
  });

  test("options go with it", async () => {
    const { status, headers } = await collected(
      reply([], { status: 203, headers: { "X-Own": "1" } }),
      IDENTITY,
    );
    expect([status, headers.get("x-own")]).toEqual([203, "1"]);
  });

  test("a value that has no form is an error behind those before it", async () => {
    const wrong = name === "csv" ? { id: 1, name: () => 1 } : ((() => 1) as never);
    const sink = await collected(reply([VALUES[0], wrong]), IDENTITY);
    expect([sink.ended, sink.failure]).toEqual([false, expect.objectContaining({ name: "UsageError" })]);
    for (const read of readers) expect(() => read(sink.body.toString())).toThrow();
  });

  test("a reader that leaves stops the source", async () => {
    let stopped = false;
    const source = (function* (): Generator<Row> {
      try {
        for (;;) yield VALUES[0];
      } finally {
        stopped = true;
      }
    })();
    const { EndedError } = await import("../../src/errors.ts");
    const { RecordingSink } = await import("./recording-sink.ts");
    const sink = new RecordingSink({ room: 1 });
    const done = pump(reply(source), { method: "GET", headers: new Fields() }, sink, []);
    await expect.poll(() => sink.full, { interval: 1 }).toBe(true);
    sink.leave(new EndedError("ERR_SLUICE_READER_LEFT"));
    await done;
    expect(stopped).toBe(true);
  });
});

describe("csv, by python", () => {
  test.skipIf(lacks("python3"))("is read, and refused where it is not whole", async () => {
    const whole = await collected(csv(VALUES), IDENTITY);
    const outcome = await run(pathOf("python3"), ["-c", PYTHON_CSV], whole.body);
    expect(JSON.parse(outcome.stdout)).toEqual(ROWS);
    for (const fails of [1, 2, 3]) {
      const cut = await collected(csv(VALUE_SOURCES["generator"](fails)), IDENTITY);
      expect((await run(pathOf("python3"), ["-c", PYTHON_CSV], cut.body)).status).not.toBe(0);
    }
  });

  test("columns have an order, also of nothing", async () => {
    const columns = ["name", "id", "none"];
    const rows = async (source: Row[]): Promise<unknown> =>
      OWN_READERS["csv"]((await collected(csv(source, { columns }), IDENTITY)).body.toString());
    expect(await rows([{ id: 1, name: "a" }])).toEqual([columns, ["a", "1", ""]]);
    expect(await rows([])).toEqual([columns]);
  });

  test("rows that are arrays have no names", async () => {
    const sink = await collected(
      csv([
        [1, "a"],
        [2, "b,c"],
      ]),
      IDENTITY,
    );
    expect(OWN_READERS["csv"](sink.body.toString())).toEqual([
      ["1", "a"],
      ["2", "b,c"],
    ]);
  });
});

test.each(FORMATS)("the same reply of %s can be sent twice", async (_name, _type, reply) => {
  const answer = reply(VALUES);
  const [first, second] = [await collected(answer, IDENTITY), await collected(answer, IDENTITY)];
  expect(second.body.toString()).toBe(first.body.toString());
});

describe("values of a generator", () => {
  test("that come without a wait leave in one piece", async () => {
    const sink = await collected(
      ndjson(async function* () {
        for (let value = 0; value < 100; value++) yield value;
      }),
      IDENTITY,
    );
    expect(sink.pieces).toHaveLength(1);
  });

  test("that waits leave before the wait", async () => {
    const { promise, resolve } = deferred<void>();
    const sink = new CollectingSink();
    const done = pump(
      ndjson(async function* () {
        yield 1;
        yield 2;
        await promise;
        yield 3;
      }),
      { method: "GET", headers: new Fields() },
      sink,
      [],
    );
    await expect.poll(() => sink.body.toString(), { interval: 1 }).toBe("1\n2\n");
    resolve();
    await done;
    expect(sink.body.toString()).toBe("1\n2\n3\n");
  });
});
