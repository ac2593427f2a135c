import { once } from "node:events";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import type { StreamWriter } from "../../src/reply/stream-writer.ts";
import { request, start, takeErrors } from "../support/servers.ts";
import { settled } from "../support/settled.ts";

const PIECE = Buffer.alloc(64 * 1024, "a");
/** What a kernel buffers on both sides of the loopback at most, and a little more. */
const KERNEL = 48 * 1024 * 1024;

/** Writes until a write has to wait for the reader, and not only for its turn. Returns what that write has returned. */
async function untilStalled(out: StreamWriter): Promise<{ stalled: Promise<void> }> {
  for (;;) {
    const result = out.write(PIECE);
    if (result === undefined) continue;
    const waits = await Promise.race([result.then(() => false), sleep(30, true)]);
    if (waits) return { stalled: result };
  }
}

describe("write", () => {
  test("returns nothing while the reader keeps up, and a promise when it does not", async () => {
    const results: unknown[] = [];
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await start(() =>
      stream("text/plain", async (out) => {
        results.push(out.write("small"));
        await turn();
        let result: void | Promise<void>;
        do {
          result = out.write(PIECE);
          await turn();
        } while (result === undefined);
        results.push(result);
        go();
        await result;
        results.push(out.write("small"));
      }),
    );
    const client = await server.connect();
    client.pause().write(request("/"));
    await gate;
    client.resume();
    expect((await client.response()).complete).toBe(true);
    expect(results[0]).toBe(undefined);
    expect(results[1]).toBeInstanceOf(Promise);
    expect(results[2]).toBe(undefined);
  });

  test("throws once the reader has left, with the reason", async () => {
    let thrown: unknown;
    let out!: StreamWriter;
    const server = await start(() =>
      stream("text/plain", async (writer) => {
        out = writer;
        await out.write("first");
        await once(out.signal, "abort");
        try {
          await out.write("second");
        } catch (error) {
          thrown = error;
        }
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("first");
    client.reset();
    await expect.poll(() => thrown, { interval: 1 }).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
    for (const late of [() => out.write("third"), () => out.flush()]) {
      expect(late).toThrow(expect.objectContaining({ code: "ERR_SLUICE_READER_LEFT" }));
    }
    out.fail(new Error("of no interest"));
    expect(out.signal.reason).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });

  test("that nobody awaits is no unhandled rejection when the reader leaves", async () => {
    let result: { stalled: Promise<void> } | undefined;
    const server = await start(() =>
      stream("text/plain", async (out) => {
        result = await untilStalled(out);
        await once(out.signal, "abort");
      }),
    );
    const client = await server.connect();
    client.pause().write(request("/"));
    await expect.poll(() => result, { interval: 1 }).toBeDefined();
    client.reset();
    await expect(result!.stalled).rejects.toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
    await turn();
  });

  test("that never waits throws at the limit, and the body is cut", async () => {
    let pieces = 0;
    const server = await start(
      () =>
        stream("text/plain", (out) => {
          for (;;) {
            void out.write(PIECE);
            pieces++;
          }
        }),
      { limits: { backlogBytes: 1024 * 1024 } },
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.ending();
    expect(client.text).not.toContain("\r\n0\r\n\r\n");
    expect(await takeErrors(server)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_BACKLOG", name: "UsageError" }),
    ]);
    // The limit, what the kernel has taken at once, and one.
    expect(pieces * PIECE.length).toBeGreaterThan(1024 * 1024);
    expect(pieces * PIECE.length).toBeLessThan(12 * 1024 * 1024);
  });

  test("of one piece over the limit is fine where there was room", async () => {
    const size = 3 * 1024 * 1024;
    const server = await start(
      () =>
        stream("text/plain", async (out) => {
          for (let round = 0; round < 3; round++) await out.write(Buffer.alloc(size, "a"));
        }),
      { limits: { backlogBytes: 1024 * 1024 } },
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until((all) => all.endsWith("\r\n0\r\n\r\n"));
    expect(client.text.length).toBeGreaterThan(3 * size);
  });

  test("of what is no piece throws, and the writer may go on", async () => {
    const server = await start(() =>
      stream("text/plain", (out) => {
        for (const bad of [5, null, undefined, {}, [1], true]) {
          expect(() => out.write(bad as never)).toThrow(
            expect.objectContaining({ code: "ERR_SLUICE_BODY_PIECE" }),
          );
        }
        void out.write("good");
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ status: 200, body: "good" });
  });

  test("after the end throws, and does not reach the next answer", async () => {
    let late!: StreamWriter;
    const server = await start(({ path }) =>
      path === "/next"
        ? text("next")
        : stream("text/plain", (out) => {
            late = out;
            void out.write("all");
          }),
    );
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).body).toBe("all");
    for (const call of [() => late.write("late"), () => late.flush()]) {
      expect(call).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OUT_OF_ORDER" }));
    }
    late.fail(new Error("too late"));
    expect(late.signal.aborted).toBe(true);
    client.write(request("/next"));
    expect((await client.response()).body).toBe("next");
    expect(client.text).not.toContain("late");
  });
});

describe("fail", () => {
  test("cuts the body, aborts the signal, and later writes throw its reason", async () => {
    const reason = new Error("gave up");
    const thrown: unknown[] = [];
    let signal!: AbortSignal;
    const server = await start(() =>
      stream("text/plain", async (out) => {
        ({ signal } = out);
        await out.write("partial");
        await turn();
        out.fail(reason);
        out.fail(new Error("of no interest"));
        try {
          await out.write("more");
        } catch (error) {
          thrown.push(error);
        }
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.ending();
    expect(await client.response()).toMatchObject({ body: "partial", complete: false });
    expect(await takeErrors(server)).toEqual([reason]);
    expect(thrown).toEqual([reason]);
    expect(signal.reason).toBe(reason);
  });
});

describe("flush", () => {
  test("resolves when there is room, and rejects when the reader leaves", async () => {
    const outcomes: unknown[] = [];
    const server = await start(() =>
      stream("text/plain", async (out) => {
        await out.write("first");
        outcomes.push(await out.flush());
        await untilStalled(out);
        outcomes.push("full");
        await out.flush().catch((error: unknown) => outcomes.push(error));
      }),
    );
    const client = await server.connect();
    client.pause().write(request("/"));
    await expect.poll(() => outcomes, { interval: 1 }).toEqual([undefined, "full"]);
    client.reset();
    await expect
      .poll(() => outcomes, { interval: 1 })
      .toEqual([undefined, "full", expect.objectContaining({ code: "ERR_SLUICE_READER_LEFT" })]);
  });
});

describe("backpressure", () => {
  const sources = {
    "a generator": (count: () => void) =>
      (function* () {
        for (;;) {
          count();
          yield PIECE;
        }
      })(),
    "an async generator": (count: () => void) =>
      (async function* () {
        for (;;) {
          count();
          yield PIECE;
        }
      })(),
    "a web stream": (count: () => void) =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            count();
            controller.enqueue(PIECE);
          },
        },
        { highWaterMark: 0 },
      ),
    "a writer": (count: () => void) => async (out: StreamWriter) => {
      for (;;) {
        count();
        await out.write(PIECE);
      }
    },
  };

  test.each(Object.entries(sources))(
    "%s is pulled no faster than its reader reads",
    async (_name, source) => {
      let pieces = 0;
      const server = await start(() =>
        stream(
          "text/plain",
          source(() => pieces++),
        ),
      );
      const client = await server.connect();
      client.pause().write(request("/"));
      const first = await settled(() => pieces);
      expect(first * PIECE.length).toBeLessThan(KERNEL);
      // Whoever reads on gets on.
      let taken = 0;
      client.socket.on("data", (piece) => (taken += piece.length));
      client.resume();
      await expect.poll(() => taken, { interval: 1 }).toBeGreaterThan(8 * 1024 * 1024);
      client.pause();
      const second = await settled(() => pieces);
      expect(second).toBeGreaterThan(first);
      expect(second * PIECE.length).toBeLessThan(taken + KERNEL);
      client.reset();
    },
  );
});
