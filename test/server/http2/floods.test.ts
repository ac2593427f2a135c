import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, type ServeOptions, stream, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import {
  ACK,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  type FramePeer,
  get,
  headers,
} from "../../support/http2-frames.ts";
import { ask, type Http2Server, startHttp2 } from "./peers.ts";

/** Octets that a flood may send before it has to be over. */
const ENOUGH = 512 * 1024 * 1024;
const ROUND = 64 * 1024;
/** How much the whole process may grow by meanwhile: the test's own end is in it. */
const GROWTH = 160 * 1024 * 1024;

/** How long others wait at most, in milliseconds: the flood is made in this very thread. */
const SLOWEST = 3_000;

const waiting = deferred<void>();

/** Sends rounds of frames until the server has cut the connection; how many octets it took. */
async function flood(peer: FramePeer, round: (turn: number) => Uint8Array, most = ENOUGH): Promise<number> {
  let sent = 0;
  for (let turn = 0; peer.ended === undefined && sent < most; turn++) {
    const octets = round(turn);
    if (!(await peer.sent(octets))) break;
    sent += octets.length;
    // What comes back is not what this is about, and would fill the memory of the test.
    if (peer.frames.length > 1000) peer.frames.splice(0, peer.frames.length - 100);
  }
  return sent;
}

/** As many of a frame as make a round. */
function many(one: Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: Math.ceil(ROUND / one.length) }, () => one));
}

/** Everybody else is served while it lasts. */
async function whileServing<Value>(server: Http2Server, work: () => Promise<Value>): Promise<Value> {
  const session = server.session();
  const over = new AbortController();
  let slowest = 0;
  const others = (async () => {
    do {
      const begun = performance.now();
      expect(await ask(session, { ":path": "/other" })).toMatchObject({ status: 200, complete: true });
      slowest = Math.max(slowest, performance.now() - begun);
      await sleep(5);
    } while (!over.signal.aborted);
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await others;
    expect(slowest).toBeLessThan(SLOWEST);
  }
}

const hello: Handler = ({ path }) =>
  path === "/open"
    ? stream("text/plain", async function* () {
        yield "open";
        await waiting.promise;
      })
    : text("hello");

function served(options: ServeOptions = {}, handler: Handler = hello): Promise<Http2Server> {
  // What nghttp2 ends without a word is noticed by these; where they stand at their defaults, after as many seconds.
  const timeouts = { head: 1_000, idle: 500, write: 500, linger: 500, ...options.timeouts };
  return startHttp2(handler, { ...options, timeouts });
}

const open = headers(1, get("/open"));

describe("a flood of frames ends the connection", () => {
  const floods: Record<string, { begin?: Uint8Array; round: (turn: number) => Uint8Array }> = {
    PING: { round: () => many(frames.ping()) },
    "PING that is an answer": { round: () => many(frame(frames.PING, ACK, 0, Buffer.alloc(8))) },
    SETTINGS: { round: () => many(frames.settings()) },
    "SETTINGS that change something": {
      round: () =>
        many(
          frames.settings([
            [4, 70_000],
            [4, 60_000],
          ]),
        ),
    },
    PRIORITY: { round: () => many(frame(frames.PRIORITY, 0, 3, Buffer.from([0, 0, 0, 0, 5]))) },
    "WINDOW_UPDATE of the connection": { round: () => many(frames.windowUpdate(0, 1)) },
    "WINDOW_UPDATE of a stream": { begin: open, round: () => many(frames.windowUpdate(1, 1)) },
    "WINDOW_UPDATE of a stream that is over": {
      round: () => many(frames.windowUpdate(1, 1)),
      begin: headers(1, get("/")),
    },
    "empty DATA": {
      begin: headers(1, get("/open", [], "POST"), END_HEADERS),
      round: () => many(data(1, "")),
    },
    "DATA that is padding": {
      begin: headers(1, get("/open", [], "POST"), END_HEADERS),
      round: () =>
        many(frame(frames.DATA, frames.PADDED, 1, Buffer.concat([Buffer.of(255), Buffer.alloc(255)]))),
    },
    "frames of an unknown type": { round: () => many(frame(0x77, 0, 0, Buffer.alloc(50))) },
    "frames of an unknown type, empty": { begin: open, round: () => many(frame(0x77, 0, 1)) },
    GOAWAY: { begin: open, round: () => many(frame(frames.GOAWAY, 0, 0, Buffer.alloc(8))) },
    "RST_STREAM of a stream that is over": {
      begin: headers(1, get("/")),
      round: () => many(frames.reset(1)),
    },
    PRIORITY_UPDATE: { round: () => many(frame(0x10, 0, 0, Buffer.from("\0\0\0\x01u=1"))) },
    CONTINUATION: {
      begin: frame(frames.HEADERS, END_STREAM, 1, frames.block(get("/"))),
      round: () => many(frame(frames.CONTINUATION, 0, 1, frames.block([["a", "b"]]))),
    },
    "empty CONTINUATION": {
      begin: frame(frames.HEADERS, END_STREAM, 1, frames.block(get("/"))),
      round: () => many(frame(frames.CONTINUATION, 0, 1)),
    },
  };

  test.each(Object.entries(floods))("%s", async (_name, { begin = Buffer.alloc(0), round }) => {
    const server = await served();
    const peer = await server.peer();
    const before = process.memoryUsage().rss;
    peer.send(begin);
    const octets = await whileServing(server, () => flood(peer, round));
    await peer.ending();
    expect(octets).toBeLessThan(ENOUGH);
    expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH);
    await expect.poll(() => server.server.stats.connections).toBe(1);
  });
});

describe("floods of streams", () => {
  describe("streams of all connections are never more than limits.connections", () => {
    const request = (path: string, id: number) => headers(id, get(path));

    test("one more is refused, and may be asked again", async () => {
      const server = await served({ limits: { connections: 5 } });
      const peers = [await server.peer(), await server.peer()];
      peers[0].send(...[1, 3, 5].map((id) => request("/open", id)));
      await peers[0].when(() => [1, 3, 5].every((id) => peers[0].content(id) === "open"));
      peers[1].send(...[1, 3, 5].map((id) => request("/open", id)));
      expect(await peers[1].endOf(5)).toBe(frames.REFUSED_STREAM);
      await peers[1].when(() => [1, 3].every((id) => peers[1].content(id) === "open"));
      expect(server.server.stats).toMatchObject({ active: 5, requests: 5 });
      // No fault of its client's, which may ask for as long as it likes.
      for (let id = 7; id < 7 + 2 * 1500; id += 100) {
        const ids = Array.from({ length: 50 }, (_, at) => id + 2 * at);
        await peers[1].sent(...ids.map((one) => request("/", one)));
        expect(await peers[1].endOf(ids[49])).toBe(frames.REFUSED_STREAM);
      }
      peers[0].send(frames.reset(1));
      await expect.poll(() => server.server.stats.active).toBe(4);
      peers[1].send(request("/open", 10_001));
      await peers[1].when(() => peers[1].content(10_001) === "open");
      peers[0].destroy();
      await expect.poll(() => server.server.stats.active).toBe(3);
      peers[1].send(request("/", 10_003));
      expect(await peers[1].endOf(10_003)).toBe("end");
    });

    test("handlers that go on after the end of their connection count, refused requests don't", async () => {
      const release = deferred<void>();
      let running = 0;
      const server = await served({ limits: { connections: 3 } }, async () => {
        running++;
        await release.promise;
        running--;
        return text("late");
      });
      const gone = await server.peer();
      gone.send(...[1, 3, 5].map((id) => request("/", id)));
      await expect.poll(() => running).toBe(3);
      gone.destroy();
      await expect.poll(() => server.server.stats.active).toBe(0);
      const peer = await server.peer();
      peer.send(request("/", 1));
      expect(await peer.endOf(1)).toBe(frames.REFUSED_STREAM);
      release.resolve();
      await expect.poll(() => running).toBe(0);
      for (let id = 3; id < 30; id += 2) {
        peer.send(id % 4 === 3 ? request("/", id) : headers(id, get("/", [["expect", "nonsense"]])));
        expect(await peer.endOf(id)).toBe("end");
      }
    });

    test("a client is told of no more", async () => {
      for (const [limits, most] of [
        [{ connections: 7 }, 7],
        [{ connections: 7, streams: 3 }, 3],
        [{}, 100],
      ] as const) {
        const server = await served({ limits });
        const session = server.session();
        const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) =>
          session.once("remoteSettings", resolve),
        );
        expect(settings.maxConcurrentStreams).toBe(most);
      }
    });
  });

  test("handlers that go on after a reset are never more than limits.streams", async () => {
    let running = 0;
    let most = 0;
    const release = deferred<void>();
    const server = await served({ limits: { streams: 20 } }, async () => {
      most = Math.max(most, ++running);
      await release.promise;
      running--;
      return text("late");
    });
    const peer = await server.peer();
    let id = -1;
    for (let round = 0; round < 20; round++) {
      const ids = Array.from({ length: 20 }, () => (id += 2));
      await peer.sent(...ids.map((one) => headers(one, get("/"))));
      await expect.poll(() => running, { interval: 1 }).toBe(20);
      await peer.sent(...ids.map((one) => frames.reset(one)));
    }
    expect(most).toBe(20);
    expect(server.server.stats.requests).toBe(20);
    release.resolve();
    await expect.poll(() => running).toBe(0);
    peer.send(headers(id + 2, get("/")));
    expect(await peer.endOf(id + 2)).toBe("end");
  });

  test("rapid reset of handlers that stop at once ends the connection as well", async () => {
    const server = await served();
    const peer = await server.peer();
    let id = -1;
    await whileServing(server, () =>
      flood(peer, () => {
        id += 2;
        return Buffer.concat([headers(id, get("/open")), frames.reset(id)]);
      }),
    );
    await peer.ending();
    expect(server.server.stats.requests).toBeLessThan(2_000);
  });

  const provoked: Record<string, (id: number) => Uint8Array> = {
    "a window update of zero": (id) => Buffer.concat([headers(id, get("/open")), frames.windowUpdate(id, 0)]),
    "a window that overflows": (id) =>
      Buffer.concat([headers(id, get("/open")), frames.windowUpdate(id, 2 ** 31 - 1)]),
    "DATA behind the end": (id) => Buffer.concat([headers(id, get("/open")), data(id, "more")]),
    "HEADERS behind the end": (id) => Buffer.concat([headers(id, get("/open")), headers(id, [["a", "b"]])]),
    "more DATA than was announced": (id) =>
      Buffer.concat([
        headers(id, get("/open", [["content-length", "1"]], "POST"), END_HEADERS),
        data(id, "more"),
      ]),
    "a malformed request": (id) => headers(id, get("/open", [["connection", "close"]])),
  };

  test.each(Object.entries(provoked))(
    "resets that the server is made to send: %s",
    async (_name, provoke) => {
      let running = 0;
      let most = 0;
      const release = deferred<void>();
      const server = await served({ limits: { streams: 20 } }, async ({ path }) => {
        if (path === "/other") return text("hello");
        most = Math.max(most, ++running);
        await release.promise;
        running--;
        return text("late");
      });
      const peer = await server.peer();
      let id = -1;
      const octets = await whileServing(server, () =>
        flood(peer, () =>
          Buffer.concat(
            Array.from({ length: 100 }, () => {
              id += 2;
              return provoke(id);
            }),
          ),
        ),
      );
      await peer.ending();
      expect(octets).toBeLessThan(ENOUGH);
      expect(most).toBeLessThanOrEqual(20);
      release.resolve();
      await expect.poll(() => running).toBe(0);
    },
  );

  test("streams that are refused end the connection in the end", async () => {
    const server = await served({ limits: { streams: 2 } });
    const peer = await server.peer();
    peer.send(headers(1, get("/open")), headers(3, get("/open")));
    let id = 3;
    const octets = await whileServing(server, () =>
      flood(peer, () =>
        Buffer.concat(
          Array.from({ length: 100 }, () => {
            id += 2;
            return headers(id, get("/open"));
          }),
        ),
      ),
    );
    await peer.ending();
    expect(octets).toBeLessThan(8 * 1024 * 1024);
  });
});

describe("header blocks", () => {
  test("one that grows in the table's memory stays under the limit of a head", async () => {
    const seen: number[] = [];
    const server = await served({}, ({ headers: fields }) => {
      seen.push([...fields].reduce((sum, [name, value]) => sum + name.length + value.length, 0));
      return text("");
    });
    const peer = await server.peer();
    // A field of 4000 octets goes into the table (RFC 7541 section 6.2.1), and is then named with one octet as often as one likes.
    const name = Buffer.from("x-bomb");
    const value = Buffer.alloc(3900, "b");
    const entry = Buffer.concat([
      Buffer.of(0x40),
      frames.integer(name.length, 7),
      name,
      frames.integer(value.length, 7),
      value,
    ]);
    const again = (times: number): Buffer => Buffer.alloc(times, 0x80 | 62);
    const bomb = (id: number, times: number): Buffer =>
      frame(
        frames.HEADERS,
        END_STREAM | END_HEADERS,
        id,
        Buffer.concat([frames.block(get("/")), again(times)]),
      );
    peer.send(
      frame(frames.HEADERS, END_STREAM | END_HEADERS, 1, Buffer.concat([frames.block(get("/")), entry])),
    );
    expect(await peer.endOf(1)).toBe("end");
    peer.send(bomb(3, 3));
    expect(await peer.endOf(3)).toBe("end");
    peer.send(bomb(5, 5));
    // A 431, which HPACK's own table does not have.
    expect(await peer.endOf(5)).toBe("end");
    expect(frames.statusOf(peer.of(frames.HEADERS, 5)[0])).toBe(0);
    peer.send(bomb(7, 15_000));
    expect(
      await peer.until(
        (one) => one.type === frames.GOAWAY || (one.type === frames.RST_STREAM && one.stream === 7),
      ),
    ).toBeDefined();
    expect(Math.max(...seen)).toBeLessThan(16 * 1024);
    expect(seen.length).toBe(2);
  });

  test("one that never ends has the time of a head", async () => {
    const server = await served({ timeouts: { head: 200, linger: 200 } });
    const peer = await server.peer();
    const begun = performance.now();
    peer.send(frame(frames.HEADERS, END_STREAM, 1, frames.block(get("/"))));
    await sleep(100);
    peer.send(frame(frames.CONTINUATION, 0, 1, frames.block([["a", "b"]])));
    await peer.ending();
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe("slow readers", () => {
  test("many streams with windows of zero hold little, and are cut", async () => {
    let pulled = 0;
    const piece = Buffer.alloc(16 * 1024, "a");
    const server = await served({ timeouts: { write: 300 } }, ({ path }) =>
      path === "/other"
        ? text("hello")
        : stream("application/octet-stream", async function* () {
            for (;;) {
              pulled++;
              yield piece;
            }
          }),
    );
    const peer = await server.peer([[4, 0]]);
    for (let id = 1; id < 200; id += 2) peer.send(headers(id, get("/endless")));
    await peer.when(() => peer.of(frames.RST_STREAM).length === 100);
    expect(peer.of(frames.DATA)).toEqual([]);
    expect(pulled / 100).toBeLessThan(24);
    const session = server.session();
    expect(await ask(session, { ":path": "/other" })).toMatchObject({ body: "hello" });
  });

  test("a socket that nobody reads is cut when the server closes", async () => {
    const server = await served({}, () => ({
      status: 200,
      headers: {},
      body: Buffer.alloc(64 * 1024 * 1024),
    }));
    const peer = await server.peer([[4, 2 ** 31 - 1]]);
    peer.send(frames.windowUpdate(0, 2 ** 30), headers(1, get("/")));
    await peer.until(({ type }) => type === frames.DATA);
    peer.socket.pause();
    await sleep(50);
    const begun = performance.now();
    await server.server.close({ grace: 100 });
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe("what honest clients do is none", () => {
  test("a body in frames of one octet each", async () => {
    const server = await served({}, async ({ body }) => text(String((await body.bytes()).length)));
    const peer = await server.peer();
    peer.send(headers(1, get("/", [], "POST"), END_HEADERS));
    const size = 400_000;
    const one = many(data(1, "a"));
    const inOne = one.length / 10;
    let sent = 0;
    while (sent + inOne <= size) {
      // As much as the window allows.
      await peer.when(() => sent + inOne <= 65_535 + windowOf(peer, 1), 10_000);
      await peer.sent(one);
      sent += inOne;
    }
    peer.send(data(1, "", END_STREAM));
    expect(await peer.endOf(1, 10_000)).toBe("end");
    expect(peer.content(1)).toBe(String(sent));
    expect(peer.of(frames.GOAWAY)).toEqual([]);
  });

  test("windows that are opened again for every little piece", async () => {
    const pieces = 20_000;
    const server = await served({}, () =>
      stream("text/plain", async function* () {
        for (let at = 0; at < pieces; at++) {
          yield "a";
          if (at % 10 === 0) await sleep(0);
        }
      }),
    );
    const peer = await server.peer();
    peer.socket.on("data", () => {});
    peer.send(headers(1, get("/")));
    let seen = 0;
    await peer.when(() => {
      for (; seen < peer.frames.length; seen++) {
        const { type, payload } = peer.frames[seen];
        for (let at = 0; type === frames.DATA && at < payload.length; at++)
          peer.send(frames.windowUpdate(0, 1), frames.windowUpdate(1, 1));
      }
      return peer.frames.some(frames.ends);
    }, 9_000);
    expect(peer.content(1).length).toBe(pieces);
    expect(peer.of(frames.GOAWAY)).toEqual([]);
  });

  test("requests that are cancelled now and then", async () => {
    const server = await served();
    const session = server.session();
    for (let round = 0; round < 500; round++) {
      const left = session.request({ ":path": "/open" });
      left.on("error", () => {});
      left.once("response", () => left.close(frames.CANCEL));
      await new Promise((resolve) => left.once("close", resolve));
    }
    expect(await ask(session)).toMatchObject({ body: "hello" });
  });
});

/** How much a stream's window has been opened by. */
function windowOf(peer: FramePeer, id: number): number {
  const grown = peer
    .of(frames.WINDOW_UPDATE, id)
    .reduce((sum, { payload }) => sum + payload.readUInt32BE(), 0);
  // What SETTINGS say beyond the 65,535 that everybody begins with.
  return grown + 256 * 1024 - 65_535;
}
