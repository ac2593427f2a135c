import { KeptAlive } from "../../src/reply/kept-alive.ts";
import { createParser } from "eventsource-parser";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SseParser } from "../../src/formats/sse-parser.ts";
import { type ServerEvent } from "../../src/formats/sse-encoder.ts";
import { sse, type SseOptions } from "../../src/reply/sse.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { pump } from "../../src/reply/pump.ts";
import { collected, CollectingSink } from "./collecting-sink.ts";

const IDENTITY = { offered: [] };

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => {
  // No stream leaves a timer behind.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const textOf = (sink: CollectingSink): string => sink.body.toString();

test("events are pieces of their own, as another parser reads them", async () => {
  const events: ServerEvent[] = [{ data: "a\nb", id: "1", event: "x" }, { data: { n: 1 } }, { data: "zwö" }];
  const sink = await collected(sse([...events, "text"], { retry: 500 }), IDENTITY);
  expect(sink.pieces.length).toBe(4);
  const seen: unknown[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => seen.push([id, event, data]),
    onRetry: (retry) => seen.push(retry),
  });
  parser.feed(textOf(sink));
  expect(seen).toEqual([
    500,
    ["1", "x", "a\nb"],
    [undefined, undefined, '{"n":1}'],
    [undefined, undefined, "zwö"],
    [undefined, undefined, "text"],
  ]);
  const own: unknown[] = [];
  const ours = new SseParser({ event: ({ data }) => own.push(data) });
  ours.push(textOf(sink));
  ours.end();
  expect(own).toEqual(["a\nb", '{"n":1}', "zwö", "text"]);
});

test("the fields keep everybody from holding it back, unless they are given", async () => {
  const { headers } = await collected(sse([]), IDENTITY);
  expect(headers.toJSON()).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    incremental: "?1",
  });
  const own = await collected(
    sse([], { headers: { "Cache-Control": "no-store", Incremental: "?0" } }),
    IDENTITY,
  );
  expect([own.headers.get("cache-control"), own.headers.get("incremental")]).toEqual(["no-store", "?0"]);
});

describe("heartbeats", () => {
  /** A stream of events, a sink for it, and what feeds it. */
  function waiting(options: SseOptions) {
    let give!: ReadableStreamDefaultController<string>;
    let cancelled = false;
    const source = new ReadableStream<string>({
      start: (out) => void (give = out),
      cancel: () => void (cancelled = true),
    });
    const sink = new CollectingSink();
    const done = pump(sse(source, options), { method: "GET", headers: new Fields() }, sink, []);
    return { give, sink, done, isCancelled: () => cancelled };
  }

  test("come after each silence, and only then", async () => {
    const { give, sink, done } = waiting({ heartbeat: 1000 });
    const texts = (): string[] => sink.pieces.map((piece) => Buffer.from(piece).toString());
    await vi.advanceTimersByTimeAsync(999);
    expect(texts()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts()).toEqual([":\n\n"]);
    await vi.advanceTimersByTimeAsync(500);
    give.enqueue("a");
    await vi.advanceTimersByTimeAsync(999);
    expect(texts()).toEqual([":\n\n", "data: a\n\n"]);
    await vi.advanceTimersByTimeAsync(2001);
    expect(texts()).toEqual([":\n\n", "data: a\n\n", ":\n\n", ":\n\n", ":\n\n"]);
    give.close();
    await done;
    expect(sink.ended).toBe(true);
  });

  test("are every fifteen seconds by default, and never with 0", async () => {
    const usual = waiting({});
    const never = waiting({ heartbeat: 0 });
    await vi.advanceTimersByTimeAsync(45_000);
    expect([usual.sink.pieces.length, never.sink.pieces.length]).toEqual([3, 0]);
    for (const { give, done } of [usual, never]) {
      give.close();
      await done;
    }
  });

  test("end with a source that fails, and with a reader that leaves", async () => {
    const failing = waiting({});
    failing.give.error(new Error("on purpose"));
    await failing.done;
    expect(failing.sink.failure).toEqual(new Error("on purpose"));
    const left = waiting({});
    const { EndedError } = await import("../../src/errors.ts");
    left.sink.onleave!(new EndedError("ERR_SLUICE_READER_LEFT"));
    await vi.advanceTimersByTimeAsync(60_000);
    await left.done;
    expect([left.isCancelled(), left.sink.pieces]).toEqual([true, []]);
  });

  test("leave no timer behind a stream that had nothing but its retry", async () => {
    const source = async function* (): AsyncGenerator<string> {};
    const sink = await collected(sse(source, { retry: 5 }), IDENTITY);
    expect([sink.ended, textOf(sink)]).toEqual([true, "retry: 5\n\n"]);
  });
});

test.each<[SseOptions]>([
  [{ heartbeat: -1 }],
  [{ heartbeat: Number.NaN }],
  [{ heartbeat: 2 ** 31 }],
  [{ retry: -1 }],
  [{ retry: 0.5 }],
])("%j are no options", (options) => {
  expect(() => sse([], options)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OPTION" }) as Error);
});

test.each<[string, unknown[], string]>([
  [
    "an event with two lines in its id",
    [{ data: "a" }, { data: "b", id: "1\n2" }],
    "ERR_SLUICE_INVALID_EVENT",
  ],
  ["data without a JSON form", [{ data: "a" }, { data: () => 1 }], "ERR_SLUICE_NO_JSON"],
])("%s ends the stream as incomplete, behind the events before it", async (_name, events, code) => {
  const sink = await collected(sse(events as ServerEvent[]), IDENTITY);
  expect([sink.ended, sink.failure, textOf(sink)]).toEqual([
    false,
    expect.objectContaining({ code }),
    "data: a\n\n",
  ]);
});

test("an ETag that is no entity tag stays as it is", async () => {
  const sink = await collected(sse(["a"], { headers: { ETag: "abc" } }), {
    fields: { "Accept-Encoding": "gzip" },
  });
  expect([sink.headers.get("etag"), sink.headers.get("content-encoding")]).toEqual(["abc", "gzip"]);
});

test("however many heartbeats come before an event, one listener waits for it", async () => {
  const never = new Promise<never>(() => {});
  const listening = vi.spyOn(never, "then");
  const body = new KeptAlive({ openPieces: () => ({ next: () => never, stop() {} }) } as never, 1);
  const reader = body.openPieces();
  for (let beat = 0; beat < 5; beat++) {
    const next = reader.next();
    await vi.advanceTimersByTimeAsync(1);
    expect((await next).value).toBe(":\n\n");
  }
  reader.stop(undefined);
  expect(listening).toHaveBeenCalledTimes(1);
});
