import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type StreamWriter, text as textReply } from "../../src/index.ts";
import { chunked, listen, ok, type RawPeer } from "../support/raw-server.ts";
import { start } from "../support/servers.ts";
import { settled } from "../support/settled.ts";
import { SOURCES, WHOLE } from "../support/sources.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");

/** A generator that says what becomes of it. */
function watched(make: (state: { pulled: number }) => AsyncIterable<string | Uint8Array>) {
  let finished!: () => void;
  const state = { pulled: 0, over: new Promise<void>((resolve) => (finished = resolve)) };
  const body = (async function* () {
    try {
      yield* make(state);
    } finally {
      finished();
    }
  })();
  return { state, body };
}

/** Pieces for as long as somebody pulls. */
const endless = (piece: string | Uint8Array = "piece") =>
  watched(async function* (state) {
    for (;;) {
      state.pulled++;
      yield piece;
      await turn();
    }
  });

/** One piece, and then none for ever. */
const stuck = () =>
  watched(async function* () {
    yield "begun";
    await new Promise(() => {});
  });

describe("a body of each kind arrives whole", () => {
  test.each(Object.entries(SOURCES))("%s", async (_name, source) => {
    const server = await listen(async (peer) => {
      const { body, headers } = await peer.request();
      peer.write(ok("", `X-Length: ${headers["content-length"] ?? "none"}`));
      expect(Buffer.from(body, "latin1").toString()).toBe(WHOLE);
    });
    const response = await open().request(server.url, { method: "PUT", body: source() });
    expect(response.status).toBe(200);
    const text = server.peers[0].text;
    expect(text.includes("Transfer-Encoding: chunked\r\n")).toBe(!text.includes("Content-Length"));
  });

  test.each([0, 1, 4_096, 4_097, 100_000, 3_000_000])("%i octets, as bytes and as text", async (size) => {
    const { port } = await start(async ({ body }) => textReply(await body.text(size)));
    const client = open();
    for (const body of [
      Buffer.alloc(size, "x"),
      "x".repeat(size - Math.min(2, size)) + (size < 2 ? "x".repeat(size) : "ä"),
    ]) {
      const { text } = await read(client.request(`http://127.0.0.1:${port}`, { body, decode: false }));
      expect(text === body.toString()).toBe(true);
    }
  });

  test("each piece is a chunk, and leaves before the source waits", async () => {
    const server = await listen(async (peer) => {
      await peer.until("\r\n1\r\na\r\n");
      next();
      const { chunks } = await peer.request();
      peer.write(ok(chunks!.join()));
    });
    let next!: () => void;
    const arrived = new Promise<void>((resolve) => (next = resolve));
    const body = (async function* () {
      yield "a";
      await arrived;
      yield "";
      yield "bc";
    })();
    expect((await read(open().request(server.url, { body }))).text).toBe("a,bc");
  });
});

describe("trailers and digests", () => {
  test.each([
    ["with their values", { "X-A": "1", "X-B": "2" }, ["a"]],
    ["by functions, at the end", { "X-A": () => "1", "X-B": async () => "2" }, ["a"]],
    ["of a body of known size, which is chunked for them", { "X-A": "1", "X-B": "2" }, "a"],
    [
      "by a writer",
      ["X-A", "X-B"],
      (out: StreamWriter) => {
        out.trailer("X-A", "1");
        void out.write("a");
        out.trailer("X-B", "2");
      },
    ],
  ])("trailers %s", async (_what, trailers, body) => {
    const server = await listen((peer) => peer.answer(ok()));
    await read(open().request(server.url, { body: body as never, trailers: trailers as never }));
    const { text } = server.peers[0];
    expect(text).toContain("\r\nTrailer: X-A, X-B\r\nTransfer-Encoding: chunked\r\n");
    expect(text).toMatch(/\r\n1\r\na\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n$/);
  });

  test("a digest of what is known is a header", async () => {
    const server = await listen((peer) => peer.answer(ok()));
    await read(open().request(server.url, { body: "hello", digest: "sha-256" }));
    const { text } = server.peers[0];
    for (const name of ["Content-Digest", "Repr-Digest"])
      expect(text).toContain(`\r\n${name}: sha-256=:${sha256("hello")}:\r\n`);
    expect(text).toMatch(/Content-Length: 5\r\n(.|\r\n)*\r\n\r\nhello$/);
  });

  test("a digest of a stream is a trailer", async () => {
    const server = await listen((peer) => peer.answer(ok()));
    await read(open().request(server.url, { body: ["hel", "lo"], digest: "sha-256" }));
    const [head, trailers] = server.peers[0].text.split("0\r\n", 2);
    expect(head).toMatch(/\r\nTrailer: .*Content-Digest/);
    expect(trailers).toContain(`Content-Digest: sha-256=:${sha256("hello")}:`);
  });

  test("a trailer that fails cuts the body", async () => {
    const server = await listen((peer) => peer.answer(ok()));
    const thrown = new Error("mine");
    const fails = () => {
      throw thrown;
    };
    expect(await rejection(open().request(server.url, { body: ["a"], trailers: { "X-A": fails } }))).toBe(
      thrown,
    );
    const text = await server.peers[0].whole();
    expect(text).not.toContain("\r\n0\r\n");
  });
});

describe("a server that does not read", () => {
  test("is not sent more than buffers hold, the source is not pulled on, and all goes on when it reads", async () => {
    const piece = new Uint8Array(64 * 1024);
    const total = 512;
    let resume!: () => void;
    const go = new Promise<void>((resolve) => (resume = resolve));
    const count = async (request: AsyncIterable<Buffer>): Promise<number> => {
      await go;
      let octets = 0;
      for await (const some of request) octets += some.length;
      return octets;
    };
    const server = createServer((request, response) => {
      void count(request).then((octets) => response.end(String(octets)));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    let pulled = 0;
    const body = (async function* () {
      for (; pulled < total; pulled++) yield piece;
    })();
    const client = open();
    const answer = read(client.request(url, { body }));
    // Kernels hold some megabytes for a connection on the loopback.
    expect(await settled(() => pulled)).toBeLessThan(total / 2);
    resume();
    expect((await answer).text).toBe(String(total * piece.length));
    await client.close();
    server.close();
  });

  test("holds a writer that waits, and fails one that does not", async () => {
    const server = await listen((peer) => void peer.pause());
    const client = open();
    let caught: any;
    const body = (out: StreamWriter) => {
      try {
        for (;;) void out.write("x".repeat(60_000));
      } catch (error) {
        caught = error;
        throw error;
      }
    };
    expect(await codeOf(client.request(server.url, { body, limits: { backlogBytes: 1_000_000 } }))).toBe(
      "ERR_SLUICE_BACKLOG",
    );
    expect(caught.code).toBe("ERR_SLUICE_BACKLOG");
  });
});

describe("a source that throws", () => {
  const thrown = new Error("mine");
  const sources: [string, () => unknown][] = [
    [
      "an async generator",
      async function* () {
        yield "part";
        throw thrown;
      },
    ],
    [
      "a generator",
      function* () {
        yield "part";
        throw thrown;
      },
    ],
    [
      "a writer function",
      () => async (out: StreamWriter) => {
        await out.write("part");
        throw thrown;
      },
    ],
    [
      "a web stream",
      () =>
        new ReadableStream({
          start: (controller) => controller.enqueue("part"),
          pull: (controller) => controller.error(thrown),
        }),
    ],
    [
      "at once",
      () => () => {
        throw thrown;
      },
    ],
  ];
  test.each(sources)("%s: the server sees a cut, and the caller gets the error", async (_name, make) => {
    const server = await listen((peer) => peer.request());
    expect(await rejection(open().request(server.url, { body: make() as never }))).toBe(thrown);
    const peer = await server.peer(0);
    expect(await peer.whole()).not.toContain("\r\n0\r\n\r\n");
  });

  test.each(sources.slice(0, 4))("%s: and never a Content-Length that is kept", async (_name, make) => {
    const server = await listen((peer) => peer.request());
    const asked = open().request(server.url, { body: make() as never, headers: { "content-length": "10" } });
    expect(await rejection(asked)).toBe(thrown);
    expect((await (await server.peer(0)).whole()).length).toBeLessThan(200);
  });

  test.each([
    ["too few", ["abc"]],
    ["too many", ["abc", "def"]],
  ])("with %s octets for the caller's Content-Length is a mistake", async (_what, body) => {
    const server = await listen((peer) => peer.request());
    const asked = open().request(server.url, { body, headers: { "content-length": "5" } });
    expect(await codeOf(asked)).toBe("ERR_SLUICE_LENGTH_MISMATCH");
    expect(await (await server.peer(0)).whole()).not.toContain("def");
  });

  test("while the response arrives breaks that, too", async () => {
    let answered!: () => void;
    const seen = new Promise<void>((resolve) => (answered = resolve));
    const server = await listen(async (peer) => {
      await peer.until("part");
      peer.write(`${HEAD}1\r\na\r\n`);
    });
    const body = (async function* () {
      yield "part";
      await seen;
      throw thrown;
    })();
    const response = await open().request(server.url, { body });
    answered();
    expect(await rejection(response.body.text())).toBe(thrown);
    expect(await response.ending).toEqual({ outcome: "aborted", by: "request", error: thrown });
    expect(await rejection(response.trailers)).toBe(thrown);
  });
});

describe("both directions at once", () => {
  test("each piece is answered before the next one is sent", async () => {
    const server = await listen(async (peer) => {
      await peer.until("\r\n\r\n");
      peer.write(HEAD);
      for (const piece of ["one", "two", "three"]) {
        await peer.until(piece);
        peer.write(`${piece.length}\r\n${piece.toUpperCase()}\r\n`);
      }
      await peer.request();
      peer.write("0\r\n\r\n");
    });
    const client = open();
    const queue = new TransformStream<string, string>(undefined, { highWaterMark: 10 });
    const writer = queue.writable.getWriter();
    const asked = client.request(server.url, { body: queue.readable });
    const response = await asked;
    const seen: string[] = [];
    void writer.write("one");
    for await (const piece of response.body) {
      seen.push(Buffer.from(piece).toString());
      if (seen.length < 3) void writer.write(["two", "three"][seen.length - 1]);
      else void writer.close();
    }
    expect(seen).toEqual(["ONE", "TWO", "THREE"]);
    expect(await response.ending).toEqual({ outcome: "complete" });
    // All of it was sent, and all of it was received: the connection can go on.
    void (async () => (await server.peers[0].request(), server.peers[0].write(ok("again"))))();
    expect((await read(client.request(server.url))).text).toBe("again");
  });

  test("a server that answers first and reads then gets the rest, and the connection goes on", async () => {
    let go!: () => void;
    const answered = new Promise<void>((resolve) => (go = resolve));
    const server = await listen(async (peer) => {
      await peer.until("\r\n\r\n");
      peer.write(ok("early"));
      const { body } = await peer.request();
      expect(body).toBe("abcdef");
      await peer.answer(ok("again"));
    });
    const body = (async function* () {
      yield "abc";
      await answered;
      yield "def";
    })();
    const client = open();
    const response = await client.request(server.url, { body });
    expect(await response.body.text()).toBe("early");
    go();
    await server.peers[0].until("0\r\n\r\n");
    expect((await read(client.request(server.url))).text).toBe("again");
    expect(server.peers).toHaveLength(1);
  });

  test.each([
    ["413 and close", "HTTP/1.1 413 \r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"],
    ["413 without close", "HTTP/1.1 413 \r\nContent-Length: 3\r\n\r\nbig"],
    ["500 in chunks", "HTTP/1.1 500 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbig\r\n0\r\n\r\n"],
  ])("%s: the refusal is read, the body is not sent on, and its source is stopped", async (_what, answer) => {
    const server = await listen(async (peer) => {
      await peer.until("piece");
      peer.write(answer);
    });
    const { state, body } = endless();
    const response = await open().request(server.url, { body });
    expect(await response.body.text()).toBe("big");
    expect(await response.ending).toEqual({ outcome: "complete" });
    await state.over;
    await server.peers[0].closed();
  });

  test("413, and a connection that is closed although the client still writes", async () => {
    const server = await listen(async (peer) => {
      await peer.until("piece");
      peer.write("HTTP/1.1 413 \r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig").finish();
    });
    const { state, body } = endless();
    const response = await open().request(server.url, { body });
    expect([response.status, await response.body.text()]).toEqual([413, "big"]);
    await state.over;
  });
});

describe("the source is stopped, and its finally runs,", () => {
  const begun = (peer: RawPeer) => peer.until("begun");

  test("when the signal is aborted", async () => {
    const controller = new AbortController();
    const server = await listen(async (peer) => (await begun(peer), controller.abort()));
    const { state, body } = endless("begun");
    expect(await codeOf(open().request(server.url, { body, signal: controller.signal }))).toBe(
      "ERR_SLUICE_ABORTED",
    );
    await state.over;
  });

  test("when the signal was aborted before", async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    expect(await codeOf(open().request("http://127.0.0.1:1", { body, signal: AbortSignal.abort() }))).toBe(
      "ERR_SLUICE_ABORTED",
    );
    expect(cancelled).toBe(true);
  });

  test.each(["FIN", "RST"])("when the connection is lost by %s", async (end) => {
    const server = await listen(async (peer) => {
      await begun(peer);
      if (end === "FIN") peer.finish();
      else peer.reset();
    });
    const { state, body } = endless("begun");
    expect(await codeOf(open().request(server.url, { body }))).toBe("ERR_SLUICE_CONNECTION_LOST");
    await state.over;
  });

  test("when the client is closed", async () => {
    const server = await listen(begun);
    const client = open();
    const { state, body } = endless("begun");
    const asked = rejection(client.request(server.url, { body }));
    await (await server.peer(0)).until("begun");
    await client.close();
    await state.over;
    expect((await asked).code).toBe("ERR_SLUICE_CLIENT_CLOSED");
  });

  test("when the connection cannot be made", async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    expect(await codeOf(open().request("http://127.0.0.1:1", { body }))).toBe("ERR_SLUICE_CONNECT");
    expect(cancelled).toBe(true);
  });

  test.each(["discards it", "leaves a loop over it"])(
    "when nobody wants the response: its reader %s",
    async (how) => {
      const server = await listen(async (peer) => (await begun(peer), peer.write(`${HEAD}1\r\na\r\n`)));
      const { state, body } = endless("begun");
      const response = await open().request(server.url, { body });
      if (how === "discards it") await response.body.discard();
      else for await (const _ of response.body) break;
      await state.over;
      await server.peers[0].closed();
      expect(await response.ending).toMatchObject({ outcome: "aborted", by: "reader" });
    },
  );

  test("when a redirect is followed before it was sent", async () => {
    const server = await listen(async (peer, index) => {
      if (index === 1) return peer.answer(ok("there"));
      await begun(peer);
      peer.write("HTTP/1.1 303 \r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
    });
    const { state, body } = endless("begun");
    expect((await read(open().request(server.url, { body }))).text).toBe("there");
    await state.over;
  });

  test("when the signal is aborted after an early answer", async () => {
    const controller = new AbortController();
    const server = await listen(async (peer) => (await begun(peer), peer.write(ok("early"))));
    const { state, body } = endless("begun");
    const response = await open().request(server.url, { body, signal: controller.signal });
    expect(await response.body.text()).toBe("early");
    controller.abort();
    await state.over;
    await server.peers[0].closed();
  });

  test("a Node stream and a writer hear of it, too", async () => {
    const controller = new AbortController();
    const server = await listen(async (peer) => (await begun(peer), controller.abort()));
    let told: any;
    const body = async (out: StreamWriter) => {
      await out.write("begun");
      await new Promise((resolve) => out.signal.addEventListener("abort", resolve));
      told = out.signal.reason;
    };
    const error = await rejection(open().request(server.url, { body, signal: controller.signal }));
    expect(error.code).toBe("ERR_SLUICE_ABORTED");
    await turn();
    expect(told).toBe(error);
  });
});

test("a source that is stuck does not keep the connection from being closed", async () => {
  const server = await listen(async (peer) => (await peer.until("begun"), peer.write(ok("early"))));
  const client = open();
  const { body } = stuck();
  expect((await read(client.request(server.url, { body }))).text).toBe("early");
  await client.close();
  await server.peers[0].closed();
});

test("requests that are answered early leave no octet of theirs to the next one", async () => {
  const server = await listen(async (peer) => {
    await peer.until("piece");
    peer.write(chunked(["ok"], ["Connection: close"])).finish();
  });
  const client = open();
  for (let count = 0; count < 3; count++) {
    const { state, body } = endless();
    expect((await read(client.request(server.url, { body }))).text).toBe("ok");
    await state.over;
    await server.peers[count].closed();
  }
  expect(server.peers.map(({ text: octets }) => octets.lastIndexOf("POST"))).toEqual([0, 0, 0]);
});
