import { once } from "node:events";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, type Reply, type Request, stream, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import {
  CANCEL,
  data,
  type FramePeer,
  get,
  headers,
  INTERNAL_ERROR,
  NO_ERROR,
} from "../../support/http2-frames.ts";
import { settled } from "../../support/settled.ts";
import { answerOf, type Http2Server, startHttp2, takeErrors } from "./peers.ts";

const WHOLE = get("/");
/** Of SETTINGS: how much of each stream may be under way. */
const INITIAL_WINDOW_SIZE = 4;

const streaming =
  (source: () => AsyncGenerator<string>): Handler =>
  () =>
    stream("text/plain", source);

/** A writer that is ahead of its reader when it gives up. */
const ahead = (size: number): Reply =>
  stream("text/plain", (writer) => {
    void writer.write("a".repeat(size));
    writer.fail(new Error("broken"));
  });

/** Whether anything on a stream said that its content is complete. */
const saidToEnd = (peer: FramePeer, id: number): boolean =>
  peer.frames.some((one) => one.stream === id && frames.ends(one));

const waiting = deferred<void>();

/** A body that has begun, and goes on for ever. */
async function begun(seen: (request: Request) => void = () => {}): Promise<{
  server: Http2Server;
  peer: FramePeer;
}> {
  const server = await startHttp2((request) => {
    seen(request);
    return stream("text/plain", async function* () {
      yield "partial";
      await waiting.promise;
    });
  });
  const peer = await server.peer();
  peer.send(headers(1, WHOLE));
  await peer.when(() => peer.content(1) === "partial");
  return { server, peer };
}

describe("a body that does not come to its end is a reset, and never END_STREAM", () => {
  test("the source throws", async () => {
    const server = await startHttp2(
      streaming(async function* () {
        yield "partial";
        await turn();
        throw new Error("broken");
      }),
    );
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    expect(await peer.endOf(1)).toBe(INTERNAL_ERROR);
    expect(peer.content(1)).toBe("partial");
    expect(saidToEnd(peer, 1)).toBe(false);
    expect(await takeErrors(server)).toEqual([new Error("broken")]);
    // The connection goes on.
    peer.send(headers(3, WHOLE));
    expect(await peer.endOf(3)).toBe(INTERNAL_ERROR);
    await takeErrors(server);
  });

  test("the source throws at once, behind a first piece that is still gathered", async () => {
    const server = await startHttp2(
      streaming(async function* () {
        yield "partial";
        throw new Error("broken");
      }),
    );
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    expect(await peer.endOf(1)).toBe(INTERNAL_ERROR);
    expect(peer.content(1)).toBe("partial");
    expect(saidToEnd(peer, 1)).toBe(false);
    await takeErrors(server);
  });

  test("what was written before is for the reader, also where its window is smaller", async () => {
    const size = 200_000;
    const server = await startHttp2(() => ahead(size));
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    await peer.when(() => peer.content(1).length === 65_535);
    await takeErrors(server);
    peer.send(frames.windowUpdate(0, size), frames.windowUpdate(1, size));
    expect(await peer.endOf(1)).toBe(INTERNAL_ERROR);
    expect(peer.content(1).length).toBe(size);
    expect(saidToEnd(peer, 1)).toBe(false);
  });

  test("but not for ever", async () => {
    const server = await startHttp2(() => ahead(200_000), { timeouts: { write: 200 } });
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    expect(await peer.endOf(1)).toBe(CANCEL);
    expect(saidToEnd(peer, 1)).toBe(false);
    await takeErrors(server);
  });

  test("the writer fails it", async () => {
    const server = await startHttp2(() =>
      stream("text/plain", (writer) => {
        void writer.write("partial");
        writer.fail(new Error("given up"));
      }),
    );
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    const end = await peer.endOf(1);
    expect([end, peer.content(1)]).toEqual([INTERNAL_ERROR, "partial"]);
    await takeErrors(server);
  });

  test("a length that was announced is not reached", async () => {
    const server = await startHttp2(() => ({
      status: 200,
      headers: { "content-length": "10" },
      body: (async function* () {
        yield "12345";
        await turn();
      })(),
    }));
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    expect(await peer.endOf(1)).toBe(INTERNAL_ERROR);
    expect(saidToEnd(peer, 1)).toBe(false);
    await takeErrors(server);
  });

  test("the reader takes nothing for too long", async () => {
    const server = await startHttp2(
      streaming(async function* () {
        for (;;) yield "a".repeat(1000);
      }),
      { timeouts: { write: 200 } },
    );
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    expect(await peer.endOf(1)).toBe(CANCEL);
    expect(peer.content(1).length).toBe(65_535);
    expect(saidToEnd(peer, 1)).toBe(false);
  });

  test("the grace of closing is over", async () => {
    const { server, peer } = await begun();
    await server.server.close({ grace: 50 });
    expect(await peer.ending()).toBe(NO_ERROR);
    expect(saidToEnd(peer, 1)).toBe(false);
    expect(peer.of(frames.GOAWAY).length).toBeGreaterThan(0);
  });

  test("the client breaks the rules of the connection", async () => {
    const reasons: unknown[] = [];
    const { peer } = await begun(({ signal }) =>
      signal.addEventListener("abort", () => reasons.push(signal.reason)),
    );
    peer.send(frames.frame(frames.SETTINGS, 0, 5)); // Settings are of no stream.
    expect(await peer.ending()).toBeGreaterThan(NO_ERROR);
    expect(saidToEnd(peer, 1)).toBe(false);
    await expect.poll(() => reasons).toMatchObject([{ code: "ERR_SLUICE_READER_LEFT" }]);
  });

  test("the client floods", async () => {
    const { peer } = await begun();
    const pings = Buffer.concat(
      Array.from({ length: 1000 }, () => frames.frame(frames.PING, frames.ACK, 0, Buffer.alloc(8))),
    );
    for (let round = 0; round < 100 && peer.ended === undefined; round++) await peer.sent(pings);
    await peer.ending();
    expect(saidToEnd(peer, 1)).toBe(false);
  });

  test("node:http2's own client sees it, too", async () => {
    const server = await startHttp2(
      streaming(async function* () {
        yield "partial";
        await turn();
        throw new Error("broken");
      }),
    );
    const answer = await answerOf(server.session().request());
    expect(answer).toMatchObject({ status: 200, body: "partial", code: INTERNAL_ERROR, complete: false });
    await takeErrors(server);
  });
});

describe("a head that has not left gives way to the 500", () => {
  const broken: Record<string, Handler> = {
    "the handler throws": () => {
      throw new Error("broken");
    },
    "the promise rejects": () => Promise.reject(new Error("broken")),
    "the source throws before its first piece": () =>
      stream("text/plain", {
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("broken")) }),
      }),
    "a head that can't be sent": () => text("", { headers: { upgrade: "h2c" } }),
  };
  test.each(Object.entries(broken))("%s", async (_name, handler) => {
    const server = await startHttp2(handler);
    const answer = await answerOf(server.session().request());
    expect(answer).toMatchObject({ status: 500, body: "500 Internal Server Error\n", complete: true });
    await takeErrors(server);
  });
});

describe("an answer that is complete", () => {
  test("ends with END_STREAM before a reset tells that the rest of the upload is not wanted", async () => {
    const server = await startHttp2(() => ({
      status: 200,
      headers: {},
      body: ["not ", "wanted"],
      trailers: { "x-count": "2" },
      trailersAlways: true,
    }));
    for (const path of ["/", "/again"]) {
      const peer = await server.peer();
      peer.send(headers(1, get(path, [], "POST"), frames.END_HEADERS), data(1, "some"));
      const reset = await peer.until(({ type }) => type === frames.RST_STREAM);
      expect(frames.errorCode(reset)).toBe(NO_ERROR);
      const end = peer.frames.findIndex((one) => one.stream === 1 && frames.ends(one));
      expect(end).toBeGreaterThan(-1);
      expect(peer.frames[end].type).toBe(frames.HEADERS);
      expect(end).toBeLessThan(peer.frames.indexOf(reset));
    }
  });

  test.each([["GET"], ["POST"]])(
    "is not overtaken by a reset where others fill the socket: %s",
    async (method) => {
      const big = Buffer.alloc(32 * 1024 * 1024, "a");
      const filled = deferred<void>();
      const server = await startHttp2(({ path }) =>
        path === "/big"
          ? { status: 200, headers: {}, body: big }
          : stream("text/plain", async function* () {
              yield "small";
              await filled.promise;
            }),
      );
      const peer = await server.peer([[INITIAL_WINDOW_SIZE, 2 ** 30]]);
      const flags = method === "GET" ? undefined : frames.END_HEADERS;
      const ids = Array.from({ length: 20 }, (_, at) => 3 + 2 * at);
      peer.send(
        frames.windowUpdate(0, 2 ** 30),
        ...ids.map((id) => headers(id, get("/small", [], method), flags)),
      );
      await peer.when(() => ids.every((id) => peer.content(id) === "small"));
      peer.socket.pause();
      peer.send(headers(101, get("/big")));
      await settled(() => server.server.stats.bytesSent);
      filled.resolve();
      await sleep(50);
      peer.socket.resume();
      for (const id of ids) expect(await peer.endOf(id)).toBe("end");
      expect(await peer.endOf(101)).toBe("end");
      if (method === "GET") expect(peer.of(frames.RST_STREAM)).toEqual([]);
      else await peer.when(() => peer.of(frames.RST_STREAM).length === ids.length);
    },
  );

  test.each([
    ["HEAD", 200, {}],
    ["GET", 204, {}],
    ["GET", 304, {}],
  ])("of %s with %i ends with its head", async (method, status, fields) => {
    const server = await startHttp2(() => ({
      status,
      headers: fields,
      body: status === 200 ? "content" : null,
    }));
    const peer = await server.peer();
    peer.send(headers(1, get("/", [], method)));
    expect(await peer.endOf(1)).toBe("end");
    expect(peer.of(frames.DATA)).toEqual([]);
    expect(frames.statusOf(peer.of(frames.HEADERS)[0])).toBe(status);
  });
});

describe("a reader that leaves", () => {
  const endless =
    (stopped: { value: boolean; reason?: unknown }): Handler =>
    (request) => {
      request.signal.addEventListener("abort", () => (stopped.reason = request.signal.reason));
      return stream("text/plain", async function* () {
        try {
          for (;;) {
            yield "tick";
            await sleep(2);
          }
        } finally {
          stopped.value = true;
        }
      });
    };

  test.each<[string, (peer: FramePeer) => unknown]>([
    ["resets its stream", (peer) => peer.send(frames.reset(1))],
    ["resets it without an error", (peer) => peer.send(frames.reset(1, NO_ERROR))],
    ["closes its side", (peer) => peer.socket.end()],
    ["is gone", (peer) => peer.socket.resetAndDestroy()],
    [
      "goes away with an error",
      (peer) => peer.send(frames.frame(frames.GOAWAY, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, 2]))),
    ],
  ])("and %s stops the source, and aborts the signal", async (_how, leave) => {
    const stopped: { value: boolean; reason?: unknown } = { value: false };
    const server = await startHttp2(endless(stopped));
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    await peer.when(() => peer.content(1).includes("tick"));
    leave(peer);
    await expect.poll(() => stopped.value, { interval: 1 }).toBe(true);
    expect(stopped.reason).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });

  test("stops it within the tick", async () => {
    const left = deferred<void>();
    const order: string[] = [];
    const server = await startHttp2(({ signal }) => {
      signal.addEventListener("abort", () => {
        setImmediate(() => left.resolve());
        order.push("abort");
      });
      const never = new Promise<IteratorResult<string>>(() => {});
      return stream("text/plain", {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            if (order.push("next") > 1) return never;
            return Promise.resolve({ done: false, value: "a" });
          },
          return: () => {
            order.push("return");
            return Promise.resolve({ done: true as const, value: undefined });
          },
        }),
      });
    });
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    await peer.when(() => peer.content(1) === "a");
    peer.send(frames.reset(1));
    await left.promise;
    expect(order).toEqual(["next", "next", "abort", "return"]);
  });

  test("while the handler has not answered is not an error of the application", async () => {
    const called = deferred<AbortSignal>();
    const server = await startHttp2(async ({ signal }) => {
      called.resolve(signal);
      await once(signal, "abort");
      return text("too late");
    });
    const peer = await server.peer();
    peer.send(headers(1, WHOLE));
    const signal = await called.promise;
    peer.send(frames.reset(1));
    await expect.poll(() => signal.aborted).toBe(true);
    await expect.poll(() => server.server.stats.active).toBe(0);
  });

  test("with a reset right behind the request is not asked about: no handler is called", async () => {
    const server = await startHttp2(() => text("hello"));
    const peer = await server.peer();
    for (let id = 1; id < 60; id += 2) peer.send(Buffer.concat([headers(id, WHOLE), frames.reset(id)]));
    peer.send(headers(61, WHOLE));
    expect(await peer.endOf(61)).toBe("end");
    expect(server.server.stats).toMatchObject({ requests: 1 });
  });
});
