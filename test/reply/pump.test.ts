import { deferred } from "../../src/deferred.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { EndedError } from "../../src/errors.ts";
import type { Body } from "../../src/reply/body.ts";
import { pump } from "../../src/reply/pump.ts";
import type { Reply } from "../../src/reply/reply.ts";
import type { StreamWriter } from "../../src/reply/stream-writer.ts";
import { SOURCES, WHOLE } from "../support/sources.ts";
import { RecordingSink, type RecordingSinkOptions } from "./recording-sink.ts";

const REQUEST = { method: "GET", headers: new Fields() };

const reply = (body: Body, more: Partial<Reply> = {}): Reply => ({ status: 200, headers: {}, body, ...more });
const NO_PIECE = 5 as unknown as string;
const left = (): EndedError => new EndedError("ERR_SLUICE_READER_LEFT");

async function pumped(answer: Reply, options?: RecordingSinkOptions): Promise<RecordingSink> {
  const sink = new RecordingSink(options);
  await pump(answer, REQUEST, sink, []);
  return sink;
}

describe("what is known at once", () => {
  test.each<[string, Body, string[]]>([
    ["a string", "höher", ["head 200 6 []", "write höher", "end"]],
    ["bytes", Buffer.from("abc"), ["head 200 3 []", "write abc", "end"]],
    ["an empty string", "", ["head 200 0 []", "end"]],
    ["no bytes", new Uint8Array(), ["head 200 0 []", "end"]],
    ["nothing", null, ["head 200 0 []", "end"]],
  ])("%s is sent without waiting for anything", (_name, body, log) => {
    const sink = new RecordingSink();
    expect(pump(reply(body), REQUEST, sink, [])).toBe(undefined);
    expect(sink.log).toEqual(log);
  });
});

describe.each(Object.entries(SOURCES))("a source: %s", (name, source) => {
  test("is written piece by piece, and then ended", async () => {
    const sink = await pumped(reply(source()));
    const size = name === "Blob" ? Buffer.byteLength(WHOLE) : undefined;
    expect(sink.log.at(0)).toBe(`head 200 ${size} []`);
    expect(sink.log.at(-1)).toBe("end");
    const written = sink.log.filter((line) => line.startsWith("write")).map((line) => line.slice(6));
    expect(written.join("")).toBe(WHOLE);
  }, 1_000);

  test("is not begun where no body is wanted", async () => {
    const sink = await pumped(reply(source()), { wanted: false });
    expect(sink.log.slice(1)).toEqual(["end"]);
  });

  test("waits while the sink is full", async () => {
    // The one that does not care whether there is room.
    if (name === "writer function") return;
    const sink = new RecordingSink({ room: 1 });
    const done = pump(reply(source()), REQUEST, sink, []) as Promise<void>;
    while (sink.log.at(-1) !== "end") {
      await turn();
      if (!sink.full) continue;
      const before = sink.log.length;
      await turn();
      expect(sink.log).toHaveLength(before);
      sink.drain();
    }
    await done;
    const pieces = sink.log.filter((line) => line.startsWith("write"));
    const waits = sink.log.filter((line) => line === "wait");
    expect(waits.length).toBeGreaterThanOrEqual(pieces.length);
    expect(sink.log.at(-1)).toBe("end");
  });
});

describe("the end is one of two", () => {
  test.each<[string, Body, RecordingSinkOptions, string[]]>([
    ["a head that throws", "abc", { throwing: "head" }, ["fail"]],
    ["a write that throws", "abc", { throwing: "write" }, ["head 200 3 []", "fail"]],
    ["an end that throws", "abc", { throwing: "end" }, ["head 200 3 []", "write abc", "fail"]],
    ["a head that throws before a source", ["a"], { throwing: "head" }, ["fail"]],
    ["a write that throws in a source", ["a"], { throwing: "write" }, ["head 200 undefined []", "fail"]],
    [
      "an end that throws behind a source",
      ["a"],
      { throwing: "end" },
      ["head 200 undefined []", "write a", "fail"],
    ],
    ["no source", 5 as never, {}, ["head 200 undefined []", "fail"]],
    ["no piece", [NO_PIECE], {}, ["head 200 undefined []", "fail"]],
    [
      "a function that throws",
      () => {
        throw new Error("thrown");
      },
      {},
      ["head 200 undefined []", "fail"],
    ],
    [
      "a function that fails by its word",
      (out: StreamWriter) => out.fail(new Error("failed")),
      {},
      ["head 200 undefined []", "fail"],
    ],
  ])("%s is a failure", async (_name, body, options, log) => {
    const sink = await pumped(reply(body), options);
    expect(sink.log).toEqual(log);
    expect(sink.failures).toEqual([expect.any(Error)]);
  });

  test("a source that throws is not stopped again, one that is interrupted is", async () => {
    const log: string[] = [];
    const source = (failing: boolean) =>
      (function* () {
        try {
          yield "a";
          if (failing) throw new Error("thrown");
          yield 5 as never;
        } finally {
          log.push("finally");
        }
      })();
    await pumped(reply(source(true)));
    await pumped(reply(source(false)));
    expect(log).toEqual(["finally", "finally"]);
  });

  test("a reply that is none throws nothing", async () => {
    const hostile = new Proxy({} as Reply, {
      get() {
        throw new Error("hostile");
      },
    });
    expect((await pumped(hostile)).log).toEqual(["fail"]);
  });
});

describe("when the reader leaves", () => {
  test("a source that waits for room is stopped, and the sink's reason is what it fails with", async () => {
    const log: string[] = [];
    const sink = new RecordingSink({ room: 1 });
    const body = (async function* () {
      try {
        for (;;) yield "a";
      } finally {
        log.push("finally");
      }
    })();
    const done = pump(reply(body), REQUEST, sink, []);
    await turn();
    const reason = left();
    sink.leave(reason);
    await done;
    expect(log).toEqual(["finally"]);
    expect(sink.failures).toEqual([reason]);
  });

  test("a Node Readable is destroyed, and what its iterator says about that is of no interest", async () => {
    const body = new Readable({ read() {} });
    const sink = new RecordingSink();
    const done = pump(reply(body), REQUEST, sink, []);
    await turn();
    sink.leave(left());
    expect(body.destroyed).toBe(true);
    await done;
    expect(sink.failures).toEqual([]);
  });

  test("a stream is cancelled although a read is under way", async () => {
    let cancelled: unknown;
    const body = new ReadableStream<string>({ cancel: (reason) => void (cancelled = reason) });
    const sink = new RecordingSink();
    const done = pump(reply(body), REQUEST, sink, []);
    await turn();
    const reason = left();
    sink.leave(reason);
    expect(cancelled).toBe(reason);
    await done;
  });

  test("a writer is told by its signal and by its writes", async () => {
    let out!: StreamWriter;
    const sink = new RecordingSink();
    const done = pump(
      reply(async (writer) => {
        out = writer;
        await new Promise((resolve) => writer.signal.addEventListener("abort", resolve));
      }),
      REQUEST,
      sink,
      [],
    );
    await turn();
    const reason = left();
    sink.leave(reason);
    await done;
    expect(out.signal.reason).toBe(reason);
    expect(() => out.write("a")).toThrow(reason);
    expect(sink.log).toEqual(["head 200 undefined []"]);
  });

  test("a source whose clean-up throws does no harm", async () => {
    for (const clean of [
      () => {
        throw new Error("in return");
      },
      () => Promise.reject(new Error("in return")),
    ]) {
      const body = {
        [Symbol.iterator]: () => ({ next: () => ({ done: false, value: "a" }), return: clean as never }),
      };
      const sink = new RecordingSink({ room: 1 });
      const done = pump(reply(body), REQUEST, sink, []);
      await turn();
      sink.leave(left());
      await done;
    }
    await turn();
  });
});

describe("what is not wanted", () => {
  test("is let go of: a stream is cancelled, a Readable destroyed, a generator ended, a function not called", async () => {
    const log: string[] = [];
    const stream = new ReadableStream<string>({ cancel: () => void log.push("cancelled") });
    const readable = new Readable({ read: () => log.push("read") });
    const generator = (function* () {
      log.push("begun");
      yield "a";
    })();
    const uncalled = (): void => void log.push("called");
    for (const options of [{ wanted: false }, { throwing: "head" }] as const) {
      for (const body of [stream, readable, generator, uncalled]) await pumped(reply(body), options);
    }
    expect(readable.destroyed).toBe(true);
    expect(generator.next()).toEqual({ done: true, value: undefined });
    expect(log).toEqual(["cancelled"]);
  });
});

describe("trailers", () => {
  const body = ["a"];

  test("are declared with the head and sent with the end", async () => {
    const sink = await pumped(
      reply(body, { trailers: { "x-a": "1", "x-b": () => "2", "x-c": async () => "3" } }),
    );
    expect(sink.log).toEqual([
      "head 200 undefined [x-a,x-b,x-c]",
      "write a",
      'end {"x-a":"1","x-b":"2","x-c":"3"}',
    ]);
    const trailing = reply("a", { trailers: { "x-a": () => "1" }, trailersAlways: true });
    expect((await pumped(trailing, { trailers: false })).log[0]).toBe("head 200 1 [x-a]");
    const asked = reply("a", { trailers: { "x-a": () => "1" } });
    expect((await pumped(asked, { trailers: false })).log[0]).toBe("head 200 1 []");
  });

  test("are computed after the last piece", async () => {
    const log: string[] = [];
    const source = function* () {
      yield "a";
      log.push("source over");
    };
    await pumped(
      reply(source, {
        trailers: {
          "x-a": () => {
            log.push("computed");
            return "1";
          },
        },
      }),
    );
    expect(log).toEqual(["source over", "computed"]);
  });

  test("that throw are a failure", async () => {
    const failures: (() => string | Promise<string>)[] = [
      () => {
        throw new Error("thrown");
      },
      () => Promise.reject(new Error("rejected")),
    ];
    for (const failing of failures) {
      for (const content of ["a", ["a"]]) {
        const sink = await pumped(reply(content, { trailers: { "x-a": failing } }));
        expect(sink.log.at(-1)).toBe("fail");
      }
    }
  });
});

test("a source that comes after its reader has left is not begun", async () => {
  let stopped = false;
  const late = deferred<AsyncIterable<string>>();
  const sink = new RecordingSink();
  const done = pump(reply((() => late.promise) as never), REQUEST, sink, []);
  sink.leave(left());
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new Error("begun")),
      return: () => {
        stopped = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  late.resolve(source as never);
  await done;
  expect([stopped, sink.failures]).toEqual([true, []]);
});
