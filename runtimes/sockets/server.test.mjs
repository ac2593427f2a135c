// Our server over node:net, as a client on the socket sees it.

import { json, stream, text } from "sluice";
import { testBehaviours } from "../suite/behaviours.mjs";
import { equal, ok } from "../suite/expect.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { gate, turn, until } from "../suite/waiting.mjs";

testBehaviours("HTTP/1.1", withServer);

test("the server keeps a connection through several requests", () =>
  withServer(
    ({ path }) => json({ path }),
    async ({ connect, server }) => {
      const client = await connect();
      for (const path of ["/one", "/two", "/three"]) {
        const { status, headers, body } = await client.get(path).response();
        equal(
          [status, headers["content-type"], headers["content-length"], body],
          [200, "application/json", String(body.length), `{"path":"${path}"}`],
        );
      }
      equal(server.stats.requests, 3);
      equal(server.stats.connections, 1);
    },
  ));

test("the server sends ten pieces as ten chunks", () => {
  const pieces = Array.from({ length: 10 }, (_, number) => `piece ${number}\n`.repeat(number + 1));
  return withServer(
    () =>
      stream("text/plain", async function* () {
        for (const piece of pieces) {
          yield piece;
          await turn();
        }
      }),
    async ({ connect }) => {
      const { chunks, complete } = await (await connect()).get("/").response();
      equal(chunks, pieces);
      equal(complete, true);
    },
  );
});

test("the server sends trailers", () =>
  withServer(
    () =>
      stream(
        "text/plain",
        async (out) => {
          await out.write("body");
          out.trailer("x-count", "1");
        },
        { trailers: ["x-count"], digest: "sha-256" },
      ),
    async ({ connect }) => {
      const { headers, trailers } = await (
        await connect()
      )
        .get("/", "TE: trailers", "Connection: TE")
        .response();
      ok(headers.trailer.includes("x-count"), "x-count to be announced");
      equal(trailers["x-count"], "1");
      equal(trailers["repr-digest"], "sha-256=:Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=:");
    },
  ));

test("a source that throws midway gets no last chunk", () =>
  withServer(
    () =>
      stream("text/plain", async function* () {
        yield "partial";
        await turn();
        throw new Error("broken");
      }),
    async ({ connect, takeErrors }) => {
      const client = await connect();
      client.get("/");
      const wire = await client.whole();
      ok(wire.includes("7\r\npartial\r\n"), "the first piece");
      ok(!wire.includes("\r\n0\r\n"), `no last chunk in ${JSON.stringify(wire)}`);
      equal(
        (await takeErrors()).map(({ message }) => message),
        ["broken"],
      );
    },
  ));

test("a body that only the end of the connection delimits is cut by a reset", () => {
  const arrived = gate();
  return withServer(
    () =>
      stream("text/plain", async function* () {
        yield "partial";
        await arrived.opened;
        throw new Error("broken");
      }),
    async ({ connect, takeErrors }) => {
      const client = await connect();
      const codes = [];
      client.socket.on("error", ({ code }) => codes.push(code));
      client.write("GET / HTTP/1.0\r\n\r\n");
      await client.until("partial");
      arrived.open();
      await client.whole();
      equal(codes, ["ECONNRESET"]);
      await takeErrors();
    },
  );
});

test("a handler that throws is a 500, and the connection goes on", () =>
  withServer(
    ({ path }) => {
      if (path === "/throws") throw new Error("no");
      return text("yes");
    },
    async ({ connect, takeErrors }) => {
      const client = await connect();
      equal((await client.get("/throws").response()).status, 500);
      equal((await client.get("/").response()).body, "yes");
      equal(
        (await takeErrors()).map(({ message }) => message),
        ["no"],
      );
    },
  ));

test("requests that are sent ahead are answered in order", () =>
  withServer(
    ({ path }) =>
      stream("text/plain", async function* () {
        yield path;
        await turn();
        yield "!";
      }),
    async ({ connect }) => {
      const client = await connect();
      const paths = Array.from({ length: 20 }, (_, number) => `/${number}`);
      client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`).join(""));
      for (const path of paths) equal((await client.response()).chunks, [path, "!"]);
    },
  ));

test("HEAD, 204 and 304 have no body", () =>
  withServer(
    ({ path }) =>
      path === "/text" ? text("four") : { status: Number(path.slice(1)), headers: {}, body: null },
    async ({ connect }) => {
      const client = await connect();
      client.write("HEAD /text HTTP/1.1\r\nHost: test\r\n\r\n");
      const { status, headers } = await client.response("HEAD");
      equal([status, headers["content-length"]], [200, "4"]);
      for (const wanted of [204, 304]) equal((await client.get(`/${wanted}`).response()).status, wanted);
      equal((await client.get("/text").response()).body, "four");
    },
  ));

test("a request that can be read in two ways is refused, and nothing behind it is read", () =>
  withServer(
    () => text("no"),
    async ({ connect, server }) => {
      const client = await connect();
      client.write(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      );
      const wire = await client.whole();
      equal(wire.match(/HTTP\/1\.1 \d{3}/g), ["HTTP/1.1 400"]);
      equal(server.stats.requests, 0);
    },
  ));

test("a head that never ends is a 408", () =>
  withServer(
    () => text("no"),
    async ({ connect }) => {
      const client = await connect();
      client.write("GET / HTTP/1.1\r\nHost");
      ok((await client.whole()).startsWith("HTTP/1.1 408 "), "a 408");
    },
    { timeouts: { head: 200 } },
  ));

test("a connection without a request is closed", () =>
  withServer(
    () => text("yes"),
    async ({ connect }) => {
      const client = await connect();
      equal((await client.get("/").response()).body, "yes");
      await client.whole();
    },
    { timeouts: { idle: 100 } },
  ));

test("a reader that takes nothing for too long is cut", () => {
  let reason;
  return withServer(
    ({ signal }) => {
      signal.addEventListener("abort", () => ({ reason } = signal));
      return stream("text/plain", async (out) => {
        for (;;) await out.write("a".repeat(64 * 1024));
      });
    },
    async ({ connect }) => {
      const client = await connect({ paused: true });
      client.get("/");
      await until(
        () => reason !== undefined,
        () => "the deadline",
      );
      equal(reason.code, "ERR_SLUICE_WRITE_TIMEOUT");
    },
    { timeouts: { write: 500 } },
  );
});

test("a closing server finishes what runs and accepts nothing more", () => {
  const rest = gate();
  return withServer(
    () =>
      stream("text/plain", async (out) => {
        await out.write("first");
        await rest.opened;
        await out.write("second");
      }),
    async ({ connect, server }) => {
      const [running, idle] = [await connect(), await connect()];
      running.get("/");
      await running.until("first");
      const closed = server.close();
      await idle.whole();
      await connect().then(
        () => Promise.reject(new Error("a connection was accepted")),
        ({ code }) => equal(code, "ECONNREFUSED"),
      );
      rest.open();
      equal((await running.response()).chunks, ["first", "second"]);
      await closed;
      equal(server.stats.connections, 0);
    },
  );
});

test("a closing server cuts what is left after the grace", () =>
  withServer(
    () =>
      stream("text/plain", async (out) => {
        for (;;) {
          await out.write("again");
          await turn();
        }
      }),
    async ({ connect, server }) => {
      const client = await connect();
      client.get("/");
      await client.until("again");
      await server.close({ grace: 50 });
      ok(!(await client.whole()).includes("\r\n0\r\n"), "no last chunk");
    },
  ));

test("interim responses arrive before the final one", () =>
  withServer(
    (request) => {
      request.informational(103, { Link: "</a.css>; rel=preload" });
      return text("final");
    },
    async ({ connect }) => {
      const client = await connect();
      client.get("/");
      const [interim, final] = [await client.response(), await client.response()];
      equal(
        [interim.status, interim.headers.link, final.status, final.body],
        [103, "</a.css>; rel=preload", 200, "final"],
      );
    },
  ));

test("a handler may return a web Response", () =>
  withServer(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => (controller.enqueue(Buffer.from("web")), controller.close()),
        }),
        { status: 201, headers: { "X-A": "b" } },
      ),
    async ({ connect }) => {
      const { status, headers, body } = await (await connect()).get("/").response();
      equal([status, headers["x-a"], body], [201, "b", "web"]);
    },
  ));
