import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, stream, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import { END_HEADERS, get, headers, NO_ERROR, REFUSED_STREAM } from "../../support/http2-frames.ts";
import { answerOf, ask, startHttp2 } from "./peers.ts";

/** Answers in two parts, the second of which waits. */
function inTwo(): { handler: Handler; go: () => void } {
  const { promise, resolve } = deferred<void>();
  return {
    go: () => resolve(),
    handler: () =>
      stream("text/plain", async function* () {
        yield "one ";
        await promise;
        yield "two";
      }),
  };
}

describe("server.close", () => {
  test("says GOAWAY, lets running streams finish, refuses new ones, and resolves", async () => {
    const { handler, go } = inTwo();
    const server = await startHttp2(handler);
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    await peer.when(() => peer.content(1) === "one ");
    const closed = server.server.close();
    const goaway = await peer.until(({ type }) => type === frames.GOAWAY);
    expect(frames.errorCode(goaway)).toBe(NO_ERROR);
    expect(goaway.payload.readUInt32BE()).toBe(1);
    peer.send(headers(3, get("/")));
    await sleep(30);
    expect(peer.of(frames.HEADERS, 3)).toEqual([]);
    go();
    expect(await peer.endOf(1)).toBe("end");
    expect(peer.content(1)).toBe("one two");
    await closed;
    await peer.ending();
  });

  test("an upload under way may finish, too", async () => {
    const server = await startHttp2(async ({ body }) => text(await body.text()));
    const session = server.session();
    const upload = session.request({ ":method": "POST" });
    const answer = answerOf(upload);
    upload.write("one ");
    await expect.poll(() => server.server.stats.active).toBe(1);
    const closed = server.server.close();
    await sleep(30);
    upload.end("two");
    expect(await answer).toMatchObject({ body: "one two", complete: true });
    await closed;
  });

  test("ends what is idle at once", async () => {
    const server = await startHttp2(() => text("hello"));
    const session = server.session();
    expect(await ask(session)).toMatchObject({ body: "hello" });
    const peer = await server.peer();
    await expect.poll(() => server.server.stats.connections).toBe(2);
    const begun = performance.now();
    await server.server.close();
    expect(performance.now() - begun).toBeLessThan(500);
    await peer.ending();
  });

  test("cuts when the grace is over: no END_STREAM, the signal aborts, no socket is left", async () => {
    const reasons: unknown[] = [];
    const { handler } = inTwo();
    const server = await startHttp2((request) => {
      request.signal.addEventListener("abort", () => reasons.push(request.signal.reason));
      return handler(request);
    });
    const answer = answerOf(server.session().request());
    await expect.poll(() => server.server.stats.active).toBe(1);
    const begun = performance.now();
    await server.server.close({ grace: 100 });
    expect(performance.now() - begun).toBeLessThan(600);
    expect(await answer).toMatchObject({ body: "one ", complete: false });
    expect(reasons).toMatchObject([{ code: "ERR_SLUICE_SERVER_CLOSED" }]);
    expect(server.server.stats).toMatchObject({ connections: 0, active: 0 });
  });

  test("with a peer that never closes its side", async () => {
    const server = await startHttp2(() => text("hello"), { timeouts: { linger: 200 } });
    const peer = await server.peer();
    peer.socket.allowHalfOpen = true;
    peer.send(headers(1, get("/")));
    await peer.endOf(1);
    const begun = performance.now();
    await server.server.close();
    expect(performance.now() - begun).toBeLessThan(1_500);
  });
});

describe("limits and deadlines of a connection", () => {
  test("limits.requests: the last answer is behind GOAWAY", async () => {
    const server = await startHttp2(() => text("hello"), { limits: { requests: 2 } });
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    expect(await peer.endOf(1)).toBe("end");
    expect(peer.of(frames.GOAWAY)).toEqual([]);
    peer.send(headers(3, get("/")));
    expect(await peer.endOf(3)).toBe("end");
    expect(await peer.ending()).toBe(NO_ERROR);
    expect(server.server.stats.requests).toBe(2);
  });

  test("limits.streams: one more is refused, and may be asked again", async () => {
    const { handler, go } = inTwo();
    const server = await startHttp2(handler, { limits: { streams: 2 } });
    const peer = await server.peer();
    peer.send(...[1, 3, 5].map((id) => headers(id, get("/"))));
    expect(await peer.endOf(5)).toBe(REFUSED_STREAM);
    expect(server.server.stats).toMatchObject({ active: 2, requests: 2 });
    go();
    expect([await peer.endOf(1), await peer.endOf(3)]).toEqual(["end", "end"]);
    peer.send(headers(7, get("/")));
    expect(await peer.endOf(7)).toBe("end");
  });

  test("idle: a connection without a request is closed with GOAWAY, one with a request is not", async () => {
    const { handler, go } = inTwo();
    const server = await startHttp2(handler, { timeouts: { idle: 150, linger: 150 } });
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    await sleep(400);
    expect(peer.ended).toBeUndefined();
    go();
    await peer.endOf(1);
    expect(await peer.ending()).toBe(NO_ERROR);
    await expect.poll(() => server.server.stats.connections).toBe(0);
  });

  test("limits.connections: one more is told by GOAWAY, and is not kept", async () => {
    const server = await startHttp2(() => text("hello"), { limits: { connections: 1 } });
    const first = await server.peer();
    first.send(headers(1, get("/")));
    await first.endOf(1);
    const second = await server.peer();
    second.send(headers(1, get("/")));
    expect(await second.ending()).toBe(NO_ERROR);
    expect(second.of(frames.GOAWAY)[0].payload.readUInt32BE()).toBe(0);
    expect(second.of(frames.HEADERS)).toEqual([]);
    // HTTP/1 on the same port gets its 503.
    const third = await server.connect();
    third.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await third.response()).toMatchObject({ status: 503 });
    expect(server.server.stats).toMatchObject({ connections: 1, requests: 1 });
    // One that says nothing is not kept, either.
    const silent = await server.connect();
    expect(await silent.ending()).toBe("FIN");
  });
});

describe("limits of a request", () => {
  const limits = { headBytes: 2_000, headFields: 10, targetBytes: 50, trailerBytes: 200, trailerFields: 3 };
  const echo: Handler = async ({ body }) => {
    await body.text();
    return text(String([...(await body.trailers).fields].length));
  };
  const overhead = (name: string): number => name.length + 32;

  test("headBytes, by RFC 9113's way of counting", async () => {
    const server = await startHttp2(echo, { limits });
    const base = get("/").reduce((sum, [name, value]) => sum + overhead(name) + value.length, 0);
    const room = 2_000 - base - overhead("x");
    const peer = await server.peer();
    peer.send(headers(1, get("/", [["x", "a".repeat(room)]])));
    expect(await peer.endOf(1)).toBe("end");
    expect(frames.statusOf(peer.of(frames.HEADERS, 1)[0])).toBe(200);
    peer.send(headers(3, get("/", [["x", "a".repeat(room + 1)]])));
    expect(await peer.endOf(3)).toBe("end");
    expect(peer.content(3)).toContain("ERR_SLUICE_HEAD_TOO_LARGE");
  });

  test.each([
    ["headFields", 10, "ERR_SLUICE_TOO_MANY_FIELDS"],
    ["targetBytes", 50, "ERR_SLUICE_TARGET_TOO_LONG"],
  ])("%s", async (name, limit, code) => {
    const server = await startHttp2(echo, { limits });
    const peer = await server.peer();
    const section = (size: number): [string, string][] =>
      name === "headFields"
        ? get(
            "/",
            Array.from({ length: size }, (_, at): [string, string] => [`x-${at}`, "a"]),
          )
        : get(`/${"a".repeat(size - 1)}`);
    peer.send(headers(1, section(limit)), headers(3, section(limit + 1)));
    expect([await peer.endOf(1), await peer.endOf(3)]).toEqual(["end", "end"]);
    expect(frames.statusOf(peer.of(frames.HEADERS, 1)[0])).toBe(200);
    expect(peer.content(3)).toContain(code);
  });

  test.each([
    ["trailerBytes", 200, "ERR_SLUICE_TRAILERS_TOO_LARGE"],
    ["trailerFields", 3, "ERR_SLUICE_TOO_MANY_TRAILERS"],
  ])("%s", async (name, limit, code) => {
    const server = await startHttp2(echo, { limits });
    const peer = await server.peer();
    const section = (size: number): [string, string][] =>
      name === "trailerFields"
        ? Array.from({ length: size }, (_, at): [string, string] => [`x-${at}`, "a"])
        : [["x", "a".repeat(size - overhead("x"))]];
    const post = (id: number, size: number): Uint8Array =>
      Buffer.concat([
        headers(id, get("/", [], "POST"), END_HEADERS),
        frames.data(id, "a"),
        headers(id, section(size)),
      ]);
    peer.send(post(1, limit), post(3, limit + 1));
    expect([await peer.endOf(1), await peer.endOf(3)]).toEqual(["end", "end"]);
    expect(frames.statusOf(peer.of(frames.HEADERS, 1)[0])).toBe(200);
    expect(peer.content(3)).toContain(code);
  });

  test("what is far beyond them is no request: answered where it can be, else reset", async () => {
    const server = await startHttp2(echo);
    const peer = await server.peer();
    const fields = Array.from({ length: 5 }, (_, at): [string, string] => [`x-${at}`, "a".repeat(15_000)]);
    const block = frames.block(get("/", fields));
    const parts: Uint8Array[] = [];
    for (let at = 0; at < block.length; at += 16_384) {
      const flags = at + 16_384 >= block.length ? END_HEADERS : 0;
      const piece = block.subarray(at, at + 16_384);
      parts.push(
        at === 0
          ? frames.frame(frames.HEADERS, frames.END_STREAM, 1, piece)
          : frames.frame(frames.CONTINUATION, flags, 1, piece),
      );
    }
    peer.send(...parts);
    expect(await peer.endOf(1)).toBe("end");
    expect(peer.content(1)).toContain("ERR_SLUICE_HEAD_TOO_LARGE");
    const many = Array.from({ length: 300 }, (_, at): [string, string] => [`x-${at}`, ""]);
    peer.send(headers(3, get("/", many)));
    expect(await peer.endOf(3)).toBe(frames.ENHANCE_YOUR_CALM);
    expect(server.server.stats.requests).toBe(0);
  });

  test.each([
    [431, { "x-long": "a".repeat(3_000) }],
    [414, { ":path": `/${"a".repeat(60)}` }],
  ])("node:http2's client gets %i", async (status, head) => {
    const server = await startHttp2(echo, { limits });
    expect(await ask(server.session(), head)).toMatchObject({ status, complete: true });
  });
});
