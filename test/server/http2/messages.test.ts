import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, type Reply, stream, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import { data, END_HEADERS, get, headers } from "../../support/http2-frames.ts";
import { settled } from "../../support/settled.ts";
import { SOURCES, WHOLE } from "../../support/sources.ts";
import { ask, startHttp2 } from "./peers.ts";

const CONNECTION_FIELDS = ["transfer-encoding", "connection", "keep-alive", "upgrade", "proxy-connection"];

const counted: Handler = () => ({
  status: 200,
  headers: {},
  body: ["one ", "two"],
  trailers: { "x-count": "2" },
  trailersAlways: false,
});

describe("a reply arrives", () => {
  test.each(Object.entries(SOURCES))("from %s", async (name, source) => {
    const server = await startHttp2(
      () => ({ status: 200, headers: { "content-type": "text/plain" }, body: source() }),
      {
        compress: false,
      },
    );
    const answer = await ask(server.session());
    expect(answer).toMatchObject({ status: 200, body: WHOLE, complete: true });
    expect(Object.keys(answer.headers)).toEqual(expect.not.arrayContaining(CONNECTION_FIELDS));
    expect(answer.headers["date"]).toMatch(/ GMT$/);
    // A Blob's size is known.
    expect(answer.headers["content-length"]).toBe(
      name === "Blob" ? String(Buffer.byteLength(WHOLE)) : undefined,
    );
  });

  test("with its length where that is known", async () => {
    const server = await startHttp2(() => text("hello"));
    expect(await ask(server.session())).toMatchObject({ body: "hello", headers: { "content-length": "5" } });
  });

  test("coded where the reader asks for it, and declared", async () => {
    const server = await startHttp2(() => text("a".repeat(10_000)));
    const answer = await ask(server.session(), { "accept-encoding": "gzip" });
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(Number(answer.headers["content-length"])).toBeLessThan(200);
  });

  test.each([
    ["HEAD", { status: 200, headers: {}, body: "hello" }, { "content-length": "5" }],
    ["HEAD", { status: 200, headers: {}, body: ["hel", "lo"] }, {}],
    ["GET", { status: 204, headers: {}, body: null }, {}],
    ["GET", { status: 205, headers: {}, body: null }, { "content-length": "0" }],
    ["GET", { status: 304, headers: { etag: '"a"' }, body: null }, { etag: '"a"' }],
  ] satisfies [string, Reply, object][])("%s %o has no content", async (method, reply, fields) => {
    const server = await startHttp2(() => reply);
    const answer = await ask(server.session(), { ":method": method });
    expect(answer).toMatchObject({ status: reply.status, body: "", complete: true, headers: fields });
  });

  test("several fields of one name, and in lower case", async () => {
    const server = await startHttp2(() =>
      text("", {
        headers: [
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
          ["X-Name", "c"],
        ],
      }),
    );
    const { headers: fields } = await ask(server.session());
    expect(fields).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-name": "c" });
  });

  test("a web Response does, too", async () => {
    const server = await startHttp2(() => new Response("hello", { status: 201, headers: { "x-a": "b" } }));
    expect(await ask(server.session())).toMatchObject({
      status: 201,
      body: "hello",
      headers: { "x-a": "b" },
    });
  });

  test("with 103 before it, as often as one likes", async () => {
    const server = await startHttp2(async (request) => {
      request.informational(103, { link: "</a.css>; rel=preload" });
      request.informational(103, { link: "</b.css>; rel=preload" });
      await turn();
      return text("hello");
    });
    const { interim, body } = await ask(server.session());
    expect(interim).toMatchObject([
      { ":status": 103, link: "</a.css>; rel=preload" },
      { ":status": 103, link: "</b.css>; rel=preload" },
    ]);
    expect(body).toBe("hello");
  });

  test("piece by piece, as it is made", async () => {
    const steps = Array.from({ length: 3 }, () => deferred<void>());
    const server = await startHttp2(() =>
      stream("text/plain", async function* () {
        for (const [at, step] of steps.entries()) {
          yield `piece ${at};`;
          await step.promise;
        }
      }),
    );
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    for (const [at, step] of steps.entries()) {
      await peer.when(() => peer.content(1).endsWith(`piece ${at};`));
      step.resolve();
    }
    expect(await peer.endOf(1)).toBe("end");
  });

  test("the head leaves when the source waits", async () => {
    const first = deferred<void>();
    const server = await startHttp2(() =>
      stream("text/plain", async function* () {
        await first.promise;
        yield "late";
      }),
    );
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    expect(frames.statusOf(await peer.until(({ type }) => type === frames.HEADERS))).toBe(200);
    first.resolve();
    await peer.endOf(1);
  });

  test("the request says where it has come from", async () => {
    const server = await startHttp2(
      ({ method, target, path, query, url, httpVersion, remote, headers: fields }) =>
        text(
          [
            method,
            target,
            path,
            query.get("q"),
            url.href,
            httpVersion,
            remote.address,
            fields.get("x-a"),
          ].join(" "),
        ),
    );
    const { body } = await ask(server.session(), { ":path": "/a%20b?q=1", "x-a": "c" });
    const { port } = server;
    expect(body).toBe(`GET /a%20b?q=1 /a%20b 1 http://127.0.0.1:${port}/a%20b?q=1 2.0 127.0.0.1 c`);
  });
});

describe("trailers", () => {
  test("reach who asks for them", async () => {
    const server = await startHttp2(counted);
    const answer = await ask(server.session(), { te: "trailers" });
    expect(answer).toMatchObject({ body: "one two", trailers: { "x-count": "2" }, complete: true });
    expect(answer.headers["trailer"]).toBe("x-count");
    expect(await ask(server.session())).toMatchObject({ body: "one two", trailers: undefined });
  });

  test("and who doesn't, where the reply says so", async () => {
    const server = await startHttp2(() => ({ ...(counted as () => Reply)(), trailersAlways: true }));
    expect(await ask(server.session())).toMatchObject({ trailers: { "x-count": "2" } });
    expect(await ask(server.session(), { ":method": "HEAD" })).toMatchObject({ body: "", complete: true });
  });

  test("that a writer sets, and that it does not", async () => {
    for (const set of [true, false]) {
      const server = await startHttp2(() =>
        stream(
          "text/plain",
          (writer) => {
            void writer.write("content");
            if (set) writer.trailer("x-count", "1");
          },
          { trailers: ["x-count"] },
        ),
      );
      const answer = await ask(server.session(), { te: "trailers" });
      expect(answer).toMatchObject({ body: "content", complete: true });
      expect(answer.trailers).toEqual(set ? expect.objectContaining({ "x-count": "1" }) : undefined);
    }
  });

  test("of a request come with its body, also where nobody reads at first", async () => {
    const server = await startHttp2(async ({ body }) => {
      await sleep(30);
      const content = await body.text();
      const { fields, undeclared, dropped } = await body.trailers;
      return text(JSON.stringify([content, [...fields], undeclared, dropped]));
    });
    const peer = await server.peer();
    peer.send(
      headers(1, get("/", [["trailer", "x-a"]], "POST"), END_HEADERS),
      data(1, "content"),
      headers(1, [
        ["x-a", "1"],
        ["x-b", "2"],
        ["cache-control", "no-store"],
      ]),
    );
    expect(await peer.endOf(1)).toBe("end");
    expect(JSON.parse(peer.content(1))).toEqual([
      "content",
      [
        ["x-a", "1"],
        ["x-b", "2"],
      ],
      ["x-b"],
      ["cache-control"],
    ]);
  });
});

describe("flow control is the backpressure", () => {
  test("a source stands still while its reader does, and other streams go on", async () => {
    let pulled = 0;
    const server = await startHttp2(({ path }) =>
      path === "/"
        ? text("other")
        : stream("application/octet-stream", async function* () {
            for (;;) {
              pulled++;
              yield new Uint8Array(10_000);
            }
          }),
    );
    const peer = await server.peer();
    peer.send(frames.windowUpdate(0, 2 ** 30), headers(1, get("/endless")));
    await settled(() => pulled);
    expect(peer.content(1).length).toBe(65_535);
    expect(pulled).toBeLessThan(40);
    peer.send(headers(3, get("/")));
    expect(await peer.endOf(3)).toBe("end");
    const before = pulled;
    peer.send(frames.windowUpdate(1, 100_000));
    await peer.when(() => peer.content(1).length === 165_535);
    await expect.poll(() => pulled).toBeGreaterThanOrEqual(before + 9);
    expect(await settled(() => pulled)).toBeLessThan(before + 30);
  });

  test("one big buffer does not keep other streams from beginning", async () => {
    const big = Buffer.alloc(48 * 1024 * 1024, "a");
    const server = await startHttp2(({ path }) =>
      path === "/" ? text("other") : { status: 200, headers: {}, body: big },
    );
    const peer = await server.peer();
    peer.send(headers(1, get("/big")), headers(3, get("/big")));
    await peer.when(() => peer.content(1).length + peer.content(3).length === 65_535);
    peer.send(frames.windowUpdate(0, 1000), headers(5, get("/", [["priority", "u=0"]])));
    expect(await peer.endOf(5)).toBe("end");
    expect(peer.content(5)).toBe("other");
  });

  test("a reader that is slow with one big buffer is not one that has stopped", async () => {
    const size = 2 * 1024 * 1024;
    const server = await startHttp2(() => ({ status: 200, headers: {}, body: Buffer.alloc(size, "a") }), {
      timeouts: { write: 300 },
    });
    const peer = await server.peer();
    peer.send(headers(1, get("/")));
    const begun = performance.now();
    let given = 65_535;
    while (given < size) {
      await peer.when(() => peer.content(1).length >= given);
      await sleep(40);
      peer.send(frames.windowUpdate(0, 100_000), frames.windowUpdate(1, 100_000));
      given = Math.min(size, given + 100_000);
    }
    expect(await peer.endOf(1)).toBe("end");
    expect(performance.now() - begun).toBeGreaterThan(600);
    expect(peer.content(1).length).toBe(size);
  });
});

describe("priorities (RFC 9218)", () => {
  /** How many octets of the first and of the second stream had come when one of them had half of its content. */
  async function shares(first: string, second: string): Promise<[number, number]> {
    const size = 1024 * 1024;
    const server = await startHttp2(() => ({ status: 200, headers: {}, body: Buffer.alloc(size, "a") }));
    const peer = await server.peer([[4, 2 ** 30]]);
    peer.send(headers(1, get("/", [["priority", first]])), headers(3, get("/", [["priority", second]])));
    // The window of the connection is what they share.
    await peer.when(() => peer.of(frames.HEADERS).length === 2);
    let given = 65_535;
    while (Math.max(peer.content(1).length, peer.content(3).length) < size / 2) {
      peer.send(frames.windowUpdate(0, 64 * 1024));
      given += 64 * 1024;
      await peer.when(() => peer.content(1).length + peer.content(3).length === given);
    }
    return [peer.content(1).length, peer.content(3).length];
  }

  test("what is urgent comes before what is not", async () => {
    const [background, urgent] = await shares("u=7", "u=0");
    expect(urgent / background).toBeGreaterThan(4);
  });

  test("what is incremental is shared, what is not comes one after the other", async () => {
    const [one, other] = await shares("u=3, i", "u=3, i");
    expect(Math.min(one, other) / Math.max(one, other)).toBeGreaterThan(0.7);
    const [first, second] = await shares("u=3", "u=3");
    expect(Math.min(first, second) / Math.max(first, second)).toBeLessThan(0.4);
  });

  test("which the settings announce", async () => {
    const server = await startHttp2(() => text(""));
    const peer = await server.peer();
    const { payload } = await peer.until(({ type, flags }) => type === frames.SETTINGS && flags === 0);
    const entries = new Map<number, number>();
    for (let at = 0; at < payload.length; at += 6)
      entries.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    expect(entries.get(9)).toBe(1);
    expect(entries.get(3)).toBe(100);
  });
});
