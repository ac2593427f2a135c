// HTTP/2 between our server and our client, over TLS by ALPN unless a test says otherwise, and with node:http2 at either end.

import { once } from "node:events";
import { constants, connect } from "node:http2";
import { createServer } from "node:net";
import { stream, text } from "sluice";
import { Client } from "sluice/client";
import { makeCertificate } from "../suite/certificate.mjs";
import { testBehaviours } from "../suite/behaviours.mjs";
import { codeOf, equal, ok } from "../suite/expect.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { turn, until } from "../suite/waiting.mjs";

const tls = makeCertificate();
const withHttp2 = (handler, use) => withServer(handler, use, { tls, http2: true });

/** A request by node:http2: its session, its stream, and what has arrived. */
async function ask(port, headers = {}) {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on("error", () => {});
  const request = session.request({ ":path": "/", ...headers });
  request.on("error", () => {});
  const found = { session, request, body: "", trailers: undefined, closed: false };
  request.on("data", (piece) => (found.body += piece.toString("latin1")));
  request.on("trailers", (trailers) => (found.trailers = trailers));
  request.on("close", () => (found.closed = true));
  [found.headers] = await once(request, "response");
  return found;
}

// What happens to one stream happens to no other.
testBehaviours("HTTP/2", (handler, use) =>
  withHttp2(handler, async (running) => {
    await use(running);
    ok(running.server.stats.connections <= 1, "one connection");
  }),
);

test("HTTP/2 is what server and client choose over TLS", () =>
  withHttp2(
    async ({ httpVersion, method, path, body }) =>
      text(`${httpVersion} ${method} ${path} ${await body.text()}`),
    async ({ client, server, url }) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, number) => {
          const response = await client.request(url(`/${number}`), {
            method: "POST",
            body: `body ${number}`,
          });
          return `${response.httpVersion} ${await response.body.text()}`;
        }),
      );
      equal(
        answers,
        Array.from({ length: 20 }, (_, number) => `2.0 2.0 POST /${number} body ${number}`),
      );
      equal(server.stats.connections, 1);
    },
  ));

test("HTTP/2 without TLS is spoken by prior knowledge", () =>
  withServer(
    ({ httpVersion }) => text(httpVersion),
    async ({ client, url, connect: connectRaw }) => {
      equal(await (await client.request(url())).body.text(), "2.0");
      equal((await (await connectRaw()).get("/").response()).body, "1.1");
    },
    { http2: "cleartext" },
  ));

test("HTTP/2: a stream is gone with its answer", () =>
  withServer(
    () => text("hello"),
    async ({ client, server, url }) => {
      for (let number = 0; number < 20; number++)
        equal(await (await client.request(url())).body.text(), "hello");
      ok(server.stats.active < 5, `${server.stats.active} are active`);
    },
    { tls, http2: true, limits: { connections: 5 } },
  ));

test("HTTP/2: node:http2 sees the reset", () =>
  withHttp2(
    () =>
      stream("text/plain", async function* () {
        yield "partial";
        await turn();
        throw new Error("broken");
      }),
    async ({ server, takeErrors }) => {
      const found = await ask(server.port);
      await until(() => found.closed);
      equal(found.request.rstCode, constants.NGHTTP2_INTERNAL_ERROR);
      found.session.destroy();
      await takeErrors();
    },
  ));

test("HTTP/2: node:http2 gets body and trailers", () =>
  withHttp2(
    () => stream("text/plain", () => ["one ", "two"], { trailers: { "x-count": "2" }, trailersAlways: true }),
    async ({ server }) => {
      const found = await ask(server.port);
      await until(() => found.closed);
      equal(
        [found.headers[":status"], found.headers["transfer-encoding"], found.body, found.trailers["x-count"]],
        [200, undefined, "one two", "2"],
      );
      found.session.destroy();
    },
  ));

/** The octets of one frame (RFC 9113 section 4.1). */
function frame(type, flags, id, payload = []) {
  const head = [payload.length >> 16, payload.length >> 8, payload.length, type, flags, 0, 0, id >> 8, id];
  return Buffer.from([...head, ...payload]);
}

const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const STATUS_200 = 0x88;

/** A server that answers each request with a head and seven octets, and then with these frames. */
async function withFrames(rest, use) {
  const sockets = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    let unread = Buffer.alloc(0);
    let begun = false;
    socket.on("error", () => {});
    socket.write(frame(SETTINGS, 0, 0));
    socket.on("data", (piece) => {
      unread = Buffer.concat([unread, piece]);
      if (!begun && unread.length < 24) return;
      if (!begun) unread = unread.subarray(24);
      begun = true;
      while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
        const [type, flags, id] = [unread[3], unread[4], unread.readUInt32BE(5)];
        unread = unread.subarray(9 + unread.readUIntBE(0, 3));
        if (type === SETTINGS && (flags & 1) === 0) socket.write(frame(SETTINGS, 1, 0));
        if (type !== HEADERS) continue;
        socket.write(frame(HEADERS, 4, id, [STATUS_200]));
        socket.write(frame(DATA, 0, id, Buffer.from("partial")));
        setTimeout(() => rest(socket, id), 20);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new Client({ http2: "cleartext", proxy: false });
  try {
    await use(await client.request(`http://127.0.0.1:${server.address().port}/`));
  } finally {
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("HTTP/2: the client takes END_STREAM for the end", () =>
  withFrames(
    (socket, id) => socket.write(frame(DATA, 1, id)),
    async ({ body, ending }) => equal([await body.text(), (await ending).outcome], ["partial", "complete"]),
  ));

const CUTS = {
  "a reset": (socket, id) => socket.write(frame(RST_STREAM, 0, id, [0, 0, 0, 2])),
  "a reset that says CANCEL": (socket, id) => socket.write(frame(RST_STREAM, 0, id, [0, 0, 0, 8])),
  "a reset that says NO_ERROR": (socket, id) => socket.write(frame(RST_STREAM, 0, id, [0, 0, 0, 0])),
  "the end of the connection": (socket) => socket.end(),
  "the reset of the connection": (socket) => socket.resetAndDestroy(),
};
for (const [cut, rest] of Object.entries(CUTS))
  test(`HTTP/2: the client takes ${cut} for no end`, () =>
    withFrames(rest, async ({ body, ending }) => {
      equal(await codeOf(body.text()), "ERR_SLUICE_TRUNCATED");
      equal((await ending).outcome, "truncated");
    }));
