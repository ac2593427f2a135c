import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, type Request, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import {
  data,
  END_HEADERS,
  END_STREAM,
  type FramePeer,
  get,
  headers,
  NO_ERROR,
} from "../../support/http2-frames.ts";
import { settled } from "../../support/settled.ts";
import { ask, startHttp2 } from "./peers.ts";

const WINDOW = 256 * 1024;
const POST = headers(1, get("/", [], "POST"), END_HEADERS);

/** Reads the body, and keeps what came of it. */
const reading =
  (seen: unknown[]): Handler =>
  async ({ body }) => {
    let length = 0;
    try {
      for await (const piece of body) length += piece.length;
    } catch (error) {
      seen.push((error as { code?: string }).code);
      throw error;
    }
    seen.push(length);
    return text(String(length));
  };

/** Sends content up to what the window allows. Returns how much that is, with what has been sent already. */
async function fill(peer: FramePeer, already = 0): Promise<number> {
  const id = 1;
  const piece = Buffer.alloc(16_000, "a");
  let sent = already;
  for (;;) {
    const opened = peer
      .of(frames.WINDOW_UPDATE, id)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(), 0);
    if (sent + piece.length > WINDOW + opened || sent > 64 * WINDOW) return sent;
    await peer.sent(data(id, piece));
    sent += piece.length;
    await sleep(1);
  }
}

/** A peer that knows the server's settings. */
async function settledPeer(server: { peer: () => Promise<FramePeer> }): Promise<FramePeer> {
  const peer = await server.peer();
  await peer.until(({ type, flags }) => type === frames.SETTINGS && flags === 0);
  return peer.send(frames.frame(frames.SETTINGS, frames.ACK, 0));
}

describe("an upload", () => {
  test("arrives whole, whatever its size", async () => {
    const server = await startHttp2(reading([]));
    const session = server.session();
    for (const size of [0, 1, 16_384, 16_385, 5_000_000]) {
      const { body } = await ask(session, { ":method": "POST" }, Buffer.alloc(size));
      expect(body).toBe(String(size));
    }
  });

  test("with trailers ends where they do", async () => {
    const server = await startHttp2(async ({ body }) =>
      text(`${await body.text()} ${(await body.trailers).fields.get("x-a")}`),
    );
    const stream = server.session().request({ ":method": "POST" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-a": "1" }));
    stream.end("content");
    let body = "";
    for await (const piece of stream) body += String(piece);
    expect(body).toBe("content 1");
  });

  test("is verified against its digest", async () => {
    const server = await startHttp2(async ({ body }) => text(await body.verified().text()));
    const session = server.session();
    const right = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"; // Of "hello".
    expect(await ask(session, { ":method": "POST", "content-digest": right }, "hello")).toMatchObject({
      body: "hello",
    });
    expect(await ask(session, { ":method": "POST", "content-digest": right }, "other")).toMatchObject({
      status: 400,
    });
  });

  test("waits for a handler that does not read, and goes on when it does", async () => {
    const go = deferred<void>();
    const server = await startHttp2(async ({ body }) => {
      await go.promise;
      let length = 0;
      for await (const piece of body) length += piece.length;
      return text(String(length));
    });
    const peer = await settledPeer(server);
    peer.send(POST);
    const sent = await fill(peer);
    expect(sent).toBeLessThanOrEqual(WINDOW);
    await sleep(50);
    expect(await fill(peer, sent)).toBe(sent);
    // Others are not held up.
    peer.send(headers(3, get("/", [], "POST"), END_HEADERS), data(3, "b", END_STREAM));
    go.resolve();
    expect(await peer.endOf(3)).toBe("end");
  });

  test("that nobody reads yet is no flood, even where there are many", async () => {
    const go = deferred<void>();
    const read: Handler = async ({ body }) => {
      await go.promise;
      return text(String((await body.bytes()).length));
    };
    // What comes is looked at every 20 ms.
    const server = await startHttp2(read, { timeouts: { linger: 200 } });
    const session = server.session();
    const content = Buffer.alloc(WINDOW);
    const replies = Array.from({ length: 12 }, () => ask(session, { ":method": "POST" }, content));
    await settled(() => server.server.stats.bytesReceived);
    expect(server.server.stats.bytesReceived).toBeGreaterThan(12 * WINDOW);
    go.resolve();
    for (const { body } of await Promise.all(replies)) expect(body).toBe(String(WINDOW));
  });

  test("a reader that is slow holds its client, and not the memory", async () => {
    let read = 0;
    const server = await startHttp2(async ({ body }) => {
      for await (const piece of body) {
        read += piece.length;
        if (read > 100_000) await new Promise(() => {});
      }
      return text("");
    });
    const peer = await settledPeer(server);
    peer.send(POST);
    let sent = 0;
    for (let round = 0; round < 5; round++) sent = await fill(peer, sent);
    await settled(() => read);
    expect(server.server.stats.bytesReceived).toBeLessThan(read + 2 * WINDOW + 200_000);
  });

  test("Expect: 100-continue is answered when the body is read, and not before", async () => {
    const go = deferred<void>();
    const server = await startHttp2(async ({ body }) => {
      await go.promise;
      return text(await body.text());
    });
    const peer = await server.peer();
    peer.send(headers(1, get("/", [["expect", "100-continue"]], "POST"), END_HEADERS));
    await sleep(30);
    expect(peer.of(frames.HEADERS)).toEqual([]);
    go.resolve();
    await peer.until(({ type }) => type === frames.HEADERS);
    peer.send(data(1, "content", END_STREAM));
    expect(await peer.endOf(1)).toBe("end");
    expect(peer.of(frames.HEADERS).length).toBe(2);
  });

  test("any other expectation is a 417", async () => {
    const server = await startHttp2(reading([]));
    expect(await ask(server.session(), { ":method": "POST", expect: "the unexpected" }, "a")).toMatchObject({
      status: 417,
    });
  });
});

describe("an upload that does not come to its end is never complete", () => {
  const ways: Record<string, (peer: FramePeer) => unknown> = {
    "RST_STREAM with CANCEL": (peer) => peer.send(frames.reset(1)),
    "RST_STREAM with NO_ERROR": (peer) => peer.send(frames.reset(1, NO_ERROR)),
    FIN: (peer) => peer.socket.end(),
    RST: (peer) => peer.socket.resetAndDestroy(),
    "a fault in the framing": (peer) => peer.send(frames.frame(frames.SETTINGS, 0, 0, Buffer.alloc(3))),
    // nghttp2 stops without a word to node:http2.
    "a fault that goes unheard": (peer) => peer.send(data(0, "of no stream")),
  };
  test.each(Object.entries(ways))("%s", async (_name, leave) => {
    const seen: unknown[] = [];
    const begun = deferred<void>();
    const handler = reading(seen);
    const server = await startHttp2((request) => {
      begun.resolve();
      return handler(request);
    });
    const peer = await server.peer();
    peer.send(POST, data(1, "part"));
    await begun.promise;
    await sleep(20);
    leave(peer);
    await expect.poll(() => seen, { timeout: 4_000 }).toEqual(["ERR_SLUICE_READER_LEFT"]);
  });

  test.each(Object.entries(ways))("%s, of one that nobody reads yet", async (_name, leave) => {
    const seen: unknown[] = [];
    const called = deferred<Request>();
    const go = deferred<void>();
    const read = reading(seen);
    const server = await startHttp2(async (request) => {
      called.resolve(request);
      await go.promise;
      return read(request);
    });
    const peer = await server.peer();
    peer.send(POST, data(1, "part"));
    const { signal } = await called.promise;
    await sleep(20);
    leave(peer);
    await expect.poll(() => signal.aborted, { timeout: 4_000 }).toBe(true);
    go.resolve();
    await expect.poll(() => seen, { timeout: 4_000 }).toEqual(["ERR_SLUICE_READER_LEFT"]);
  });
});

describe("an upload that does not come to its end while its reader pauses is never complete", () => {
  const ways: Record<string, (peer: FramePeer) => unknown> = {
    "RST_STREAM with NO_ERROR": (peer) => peer.send(frames.reset(1, NO_ERROR)),
    "RST_STREAM with CANCEL": (peer) => peer.send(frames.reset(1)),
    "RST_STREAM with NO_ERROR and then FIN": (peer) => peer.send(frames.reset(1, NO_ERROR)).socket.end(),
    FIN: (peer) => peer.socket.end(),
  };

  test.each(
    Object.entries(ways).flatMap(([name, leave]) =>
      // A window that is full waits here and in node:http2; less than that waits here alone.
      [WINDOW, 60_000].map((size) => [size, name, leave] as const),
    ),
  )("of %d octets, %s", async (size, _name, leave) => {
    const go = deferred<void>();
    const first = deferred<Request>();
    const outcome = deferred<string>();
    const server = await startHttp2(async (request) => {
      let length = 0;
      try {
        for await (const piece of request.body) {
          length += piece.length;
          first.resolve(request);
          await go.promise;
        }
        outcome.resolve(`whole: ${length}`);
      } catch (error) {
        outcome.resolve((error as { code: string }).code);
      }
      return text(String(length));
    });
    const peer = await settledPeer(server);
    peer.send(POST);
    let sent = 0;
    while (sent < size) {
      const length = Math.min(16_000, size - sent);
      await peer.sent(data(1, Buffer.alloc(length)));
      sent += length;
    }
    const { signal } = await first.promise;
    await settled(() => server.server.stats.bytesReceived);
    leave(peer);
    await expect.poll(() => signal.aborted, { timeout: 4_000 }).toBe(true);
    go.resolve();
    expect(await outcome.promise).toBe("ERR_SLUICE_READER_LEFT");
    await expect.poll(() => server.server.stats.active).toBe(0);
  });

  test("nor where the answer has begun, and its reader is gone with the reset", async () => {
    const go = deferred<void>();
    const outcome = deferred<string>();
    const server = await startHttp2(({ body }) => ({
      status: 200,
      headers: {},
      body: (async function* () {
        yield "begun";
        await go.promise;
        body.bytes(WINDOW).then(
          (bytes) => outcome.resolve(`whole: ${bytes.length}`),
          (error: { code: string }) => outcome.resolve(error.code),
        );
      })(),
    }));
    const peer = await settledPeer(server);
    peer.send(POST, data(1, Buffer.alloc(10_000)));
    await peer.when(() => peer.content(1) === "begun");
    peer.send(frames.reset(1, NO_ERROR));
    await settled(() => server.server.stats.bytesReceived);
    go.resolve();
    expect(await outcome.promise).toBe("ERR_SLUICE_READER_LEFT");
  });
});

describe("an upload that nobody wants", () => {
  test("is stopped once the answer has left", async () => {
    const server = await startHttp2(() => text("no, thanks"));
    const peer = await server.peer();
    peer.send(POST, data(1, "some"));
    const reset = await peer.until(({ type }) => type === frames.RST_STREAM);
    expect(frames.errorCode(reset)).toBe(NO_ERROR);
    expect(peer.content(1)).toBe("no, thanks");
    expect(peer.frames.findIndex(frames.ends)).toBeLessThan(peer.frames.indexOf(reset));
    await expect.poll(() => server.server.stats.active).toBe(0);
  });

  test("its reading throws what says so", async () => {
    const seen: unknown[] = [];
    const server = await startHttp2(({ body }) => {
      body.text().catch((error: { code: string }) => seen.push(error.code));
      return text("answered");
    });
    const peer = await server.peer();
    peer.send(POST, data(1, "some"));
    await peer.until(({ type }) => type === frames.RST_STREAM);
    expect(seen).toEqual(["ERR_SLUICE_ANSWERED"]);
  });

  test("node:http2's client, which goes on sending, gets the answer", async () => {
    const server = await startHttp2(() => text("no, thanks"));
    const answer = await ask(server.session(), { ":method": "POST" }, Buffer.alloc(4_000_000));
    expect(answer).toMatchObject({ status: 200, body: "no, thanks" });
  });

  test("by its announced length is a 413, and no handler sees it", async () => {
    let called = 0;
    const server = await startHttp2(
      () => {
        called++;
        return text("");
      },
      { limits: { bodyBytes: 10 } },
    );
    const session = server.session();
    expect(await ask(session, { ":method": "POST", "content-length": 10 }, "0123456789")).toMatchObject({
      status: 200,
    });
    expect(await ask(session, { ":method": "POST", "content-length": 11 }, "0123456789a")).toMatchObject({
      status: 413,
    });
    expect(called).toBe(1);
  });

  test("while it is counted is a 413, and the reading throws", async () => {
    const seen: unknown[] = [];
    const server = await startHttp2(reading(seen), { limits: { bodyBytes: 100_000 } });
    const session = server.session();
    expect(await ask(session, { ":method": "POST" }, Buffer.alloc(100_000))).toMatchObject({
      body: "100000",
    });
    expect(await ask(session, { ":method": "POST" }, Buffer.alloc(100_001))).toMatchObject({ status: 413 });
    expect(seen).toEqual([100_000, "ERR_SLUICE_BODY_TOO_LARGE"]);
  });

  test("is not read on behind an answer that is under way", async () => {
    const server = await startHttp2(
      ({ body }) => ({
        status: 200,
        headers: {},
        body: (async function* () {
          yield "begun";
          await body.text().catch(() => {});
          await sleep(100);
          yield " and done";
        })(),
      }),
      { limits: { bodyBytes: 1000 } },
    );
    const peer = await settledPeer(server);
    peer.send(POST);
    await fill(peer);
    expect(await peer.endOf(1)).toBe("end");
    expect(server.server.stats.bytesReceived).toBeLessThan(2 * WINDOW);
    expect(peer.content(1)).toBe("begun and done");
  });

  test("that comes too slowly is a 408", async () => {
    const seen: unknown[] = [];
    const server = await startHttp2(reading(seen), { timeouts: { body: 150 } });
    const peer = await server.peer();
    peer.send(POST, data(1, "a"));
    expect(await peer.endOf(1)).toBe("end");
    expect(seen).toEqual(["ERR_SLUICE_BODY_TIMEOUT"]);
    expect((await peer.until(({ type }) => type === frames.RST_STREAM)).payload.readUInt32BE()).toBe(
      NO_ERROR,
    );
  });

  test("more of it than is gathered is a 413", async () => {
    const server = await startHttp2(async ({ body }) => text(await body.text()), {
      limits: { gatheredBytes: 10 },
    });
    const session = server.session();
    expect(await ask(session, { ":method": "POST" }, "0123456789")).toMatchObject({ status: 200 });
    expect(await ask(session, { ":method": "POST" }, "0123456789a")).toMatchObject({ status: 413 });
  });
});
