import { once } from "node:events";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type BodySource, type Request, stream, text } from "../../src/index.ts";
import { request, start, type TestServer } from "../support/servers.ts";

/** How soon a source is stopped once its reader has left. */
const SOON = 50;

const LEFT = expect.objectContaining({ code: "ERR_SLUICE_READER_LEFT", name: "EndedError" });

/** What happened to a source, and when. */
class Diary {
  readonly #entries = new Map<string, { reason: unknown; at: number }>();

  note(what: string, reason?: unknown): void {
    if (!this.#entries.has(what)) this.#entries.set(what, { reason, at: performance.now() });
  }

  /** The reason, once noted, and not later than this long after a moment. */
  async reason(what: string, since: number): Promise<unknown> {
    await expect
      .poll(() => this.#entries.has(what), { interval: 1, timeout: 2_000, message: what })
      .toBe(true);
    const { reason, at } = this.#entries.get(what)!;
    expect(at - since, what).toBeLessThan(SOON);
    return reason;
  }

  has(what: string): boolean {
    return this.#entries.has(what);
  }
}

interface Cancellable {
  readonly source: (diary: Diary, incoming: Request) => BodySource;
  /** What is noted when the source has been stopped. */
  readonly noted: string;
  readonly reason?: unknown;
}

const SOURCES: Record<string, Cancellable> = {
  "generator, which waits in short steps": {
    source: (diary) =>
      (async function* () {
        try {
          for (;;) {
            yield "tick";
            await sleep(5);
          }
        } finally {
          diary.note("finally");
        }
      })(),
    noted: "finally",
  },
  "generator that waits for the request's signal": {
    source: (diary, { signal }) =>
      (async function* () {
        try {
          yield "tick";
          await once(signal, "abort");
          yield "too late";
          diary.note("went on");
        } finally {
          diary.note("finally");
        }
      })(),
    noted: "finally",
  },
  "synchronous generator in a backlog": {
    source: (diary) =>
      (function* () {
        try {
          for (;;) yield Buffer.alloc(64 * 1024, "tick");
        } finally {
          diary.note("finally");
        }
      })(),
    noted: "finally",
  },
  "iterator of one's own": {
    source: (diary) => ({
      [Symbol.asyncIterator]: () => {
        let first = true;
        return {
          next: () => {
            if (!first) return new Promise<never>(() => {});
            first = false;
            return Promise.resolve({ done: false, value: "tick" });
          },
          return: () => {
            diary.note("return");
            return Promise.reject(new Error("nobody cares"));
          },
        };
      },
    }),
    noted: "return",
  },
  "web stream": {
    source: (diary) =>
      new ReadableStream<string>({
        start: (controller) => controller.enqueue("tick"),
        cancel: (reason) => {
          diary.note("cancel", reason);
          throw new Error("nobody cares");
        },
      }),
    noted: "cancel",
    reason: LEFT,
  },
  "Node Readable": {
    source: (diary) => {
      const readable = new Readable({ read() {} });
      readable.push("tick");
      readable.on("close", () => diary.note("close"));
      return readable;
    },
    noted: "close",
  },
  "writer that writes on": {
    source: (diary) => async (out) => {
      try {
        for (;;) {
          await out.write("tick");
          await sleep(5);
        }
      } catch (error) {
        diary.note("thrown", error);
        throw error;
      }
    },
    noted: "thrown",
    reason: LEFT,
  },
  "writer that listens to its signal": {
    source: (diary) => async (out) => {
      await out.write("tick");
      await once(out.signal, "abort");
      diary.note("aborted", out.signal.reason);
    },
    noted: "aborted",
    reason: LEFT,
  },
  "writer in a backlog": {
    source: (diary) => async (out) => {
      try {
        for (;;) await out.write(Buffer.alloc(64 * 1024, "tick"));
      } catch (error) {
        diary.note("thrown", error);
      }
    },
    noted: "thrown",
    reason: LEFT,
  },
};

const WAYS = { FIN: "finish", RST: "reset" } as const;

describe.each(Object.entries(SOURCES))("a %s", (name, { source, noted, reason }) => {
  test.each(["FIN", "RST"] as const)("is stopped when the reader leaves by %s", async (way) => {
    const diary = new Diary();
    const server = await start((incoming) => {
      incoming.signal.addEventListener("abort", () => diary.note("request", incoming.signal.reason));
      return stream("text/plain", source(diary, incoming));
    });
    const client = await server.connect();
    client.write(request("/"));
    await client.until("tick");
    if (name.includes("backlog")) client.pause();
    await sleep(20);
    const left = performance.now();
    client[WAYS[way]]();
    expect(await diary.reason(noted, left)).toEqual(reason);
    expect(await diary.reason("request", left)).toEqual(LEFT);
    expect(diary.has("went on")).toBe(false);
    client.resume();
    await expect.poll(() => server.server.stats.connections, { interval: 1 }).toBe(0);
    expect(client.text).not.toContain("\r\n0\r\n\r\n");
  });

  test("is stopped when the server cuts it", async () => {
    const diary = new Diary();
    const server = await start((incoming) => {
      incoming.signal.addEventListener("abort", () => diary.note("request", incoming.signal.reason));
      return stream("text/plain", source(diary, incoming));
    });
    const client = await server.connect();
    client.write(request("/"));
    await client.until("tick");
    const cut = performance.now();
    await server.server.close({ grace: 0 });
    await diary.reason(noted, cut);
    expect(await diary.reason("request", cut)).toMatchObject({ code: "ERR_SLUICE_SERVER_CLOSED" });
    await client.ending();
    expect(client.text).not.toContain("\r\n0\r\n\r\n");
  });
});

test("a reader who leaves before the answer is there aborts the request, and its answer is let go of", async () => {
  const diary = new Diary();
  const server = await start(async ({ signal }) => {
    await once(signal, "abort");
    diary.note("aborted", signal.reason);
    const body = new ReadableStream<string>({ cancel: () => diary.note("cancelled") });
    return stream("text/plain", body);
  });
  const client = await server.connect();
  client.write(request("/"));
  await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
  const left = performance.now();
  client.finish();
  expect(await diary.reason("aborted", left)).toEqual(LEFT);
  await diary.reason("cancelled", left);
  expect(await client.whole()).toBe("");
});

test("a signal that is asked for after the reader has left is aborted already", async () => {
  let signal!: AbortSignal;
  const server = await start(async (incoming) => {
    await incoming.body.text().catch(() => {});
    ({ signal } = incoming);
    return text("");
  });
  const client = await server.connect();
  client.write(request("POST /", ["Content-Length: 5"], "1"));
  await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
  client.reset();
  await expect.poll(() => signal?.aborted, { interval: 1 }).toBe(true);
  expect(signal.reason).toEqual(LEFT);
});

test("a complete answer aborts nothing, also when the reader leaves afterwards", async () => {
  const aborted: string[] = [];
  const server = await start((incoming) => {
    incoming.signal.addEventListener("abort", () => aborted.push("request"));
    return stream("text/plain", (out) => {
      out.signal.addEventListener("abort", () => aborted.push("writer"));
      void out.write("all");
    });
  });
  const client = await server.connect();
  client.write(request("/"));
  expect((await client.response()).body).toBe("all");
  client.reset();
  await expect.poll(() => server.server.stats.connections, { interval: 1 }).toBe(0);
  expect(aborted).toEqual([]);
});

test("a source that throws aborts the request's signal with its error", async () => {
  let signal!: AbortSignal;
  const broken = new Error("broken");
  const server = await start((incoming) => {
    ({ signal } = incoming);
    return stream("text/plain", async function* () {
      yield "partial";
      await sleep(1);
      throw broken;
    });
  });
  const client = await server.connect();
  client.write(request("/"));
  await client.ending();
  expect(signal.reason).toBe(broken);
  expect(server.errors.splice(0)).toEqual([broken]);
});

test("a reader of HTTP/1.0 who is cut off sees a reset, never an end", async () => {
  const server: TestServer = await start(() =>
    stream("text/plain", async function* () {
      yield "tick";
      await sleep(10_000, undefined, { ref: false });
    }),
  );
  const client = await server.connect();
  client.write("GET / HTTP/1.0\r\n\r\n");
  await client.until("tick");
  await server.server.close({ grace: 0 });
  expect(await client.ending()).toBe("RST");
});
