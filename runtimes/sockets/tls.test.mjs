// HTTPS: our server and our client over node:tls.

import { connect as connectTcp, createServer } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { stream, text } from "sluice";
import { Client } from "sluice/client";
import { makeCertificate } from "../suite/certificate.mjs";
import { testBehaviours } from "../suite/behaviours.mjs";
import { codeOf, equal, failure, ok } from "../suite/expect.mjs";
import { RawClient } from "../suite/raw-client.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { settled, until } from "../suite/waiting.mjs";

/** No system has as much room in the buffers of one loopback connection. */
const KERNEL = 48 * 1024 * 1024;
const PIECE = new Uint8Array(64 * 1024).fill(97);

const tls = makeCertificate();
const withSecureServer = (handler, use) => withServer(handler, use, { tls });

testBehaviours("TLS", withSecureServer);

test("the server speaks HTTPS", () =>
  withSecureServer(
    async ({ url, body }) => text(`${url.protocol} ${await body.text()}`),
    async ({ connect }) => {
      const client = await connect({ tls: true });
      for (let round = 0; round < 3; round++) {
        client.write(
          "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        );
        equal((await client.response()).body, "https: hello");
      }
    },
  ));

test("the server waits for a reader that has stopped, over TLS", () => {
  let pieces = 0;
  return withSecureServer(
    () =>
      stream("text/plain", function* () {
        for (;;) {
          pieces++;
          yield PIECE;
        }
      }),
    ({ server }) =>
      withStopper(server.port, async ({ port, open }) => {
        const client = await RawClient.connect(port, { tls: true });
        client.get("/");
        const first = await settled(() => pieces);
        ok(first * PIECE.length < KERNEL, `a bounded backlog, not ${first} pieces`);
        open();
        await until(() => pieces > first + 100);
        client.destroy();
      }),
  );
});

/** Passes octets on in both directions, but not more than 64 KiB to the client before it is opened. */
async function withStopper(target, use) {
  let stopped = true;
  const pairs = [];
  const server = createServer((near) => {
    const far = connectTcp(target, "127.0.0.1");
    pairs.push({ near, far });
    let passed = 0;
    near.on("data", (piece) => far.write(piece));
    far.on("data", (piece) => {
      near.write(piece);
      passed += piece.length;
      if (stopped && passed > 64 * 1024) far.pause();
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ])
      one.on("error", () => {}).on("close", () => other.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const open = () => {
    stopped = false;
    for (const { far } of pairs) far.resume();
  };
  try {
    await use({ port: server.address().port, open });
  } finally {
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("the client speaks HTTPS, and keeps the connection", () =>
  withSecureServer(
    ({ path }) => text(path),
    async ({ server }) => {
      const client = new Client({ tls: { ca: tls.cert }, proxy: false, http2: false });
      try {
        for (const path of ["/one", "/two"]) {
          const response = await client.request(`https://localhost:${server.port}${path}`);
          equal([await response.body.text(), (await response.ending).outcome], [path, "complete"]);
        }
        equal(server.stats.connections, 1);
      } finally {
        await client.close();
      }
    },
  ));

test("the client trusts nobody that it does not know", () =>
  withSecureServer(
    () => text("no"),
    async ({ server }) => {
      const client = new Client({ proxy: false, http2: false });
      try {
        equal((await failure(client.request(`https://localhost:${server.port}/`))).code, "ERR_SLUICE_TLS");
        equal(server.stats.requests, 0);
      } finally {
        await client.close();
      }
    },
  ));

test("the client refuses a certificate for another name", () =>
  withSecureServer(
    () => text("no"),
    async ({ server }) => {
      const client = new Client({
        tls: { ca: tls.cert, servername: "other.test" },
        proxy: false,
        http2: false,
      });
      try {
        equal((await failure(client.request(`https://localhost:${server.port}/`))).code, "ERR_SLUICE_TLS");
      } finally {
        await client.close();
      }
    },
  ));

test("the client tells a connection that is cut from one that says goodbye", async () => {
  for (const goodbye of [true, false])
    await withTunnelledServer(goodbye, async (url) => {
      const client = new Client({ tls: { ca: tls.cert }, proxy: false, http2: false });
      try {
        const response = await client.request(url);
        if (goodbye) equal(await response.body.text(), "partial");
        else equal(await codeOf(response.body.text()), "ERR_SLUICE_TRUNCATED");
      } finally {
        await client.close();
      }
    });
});

/** A server whose TLS stands on a stream of ours, so that what is beneath can end without a farewell. */
async function withTunnelledServer(goodbye, use) {
  const sockets = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.push(socket);
    const beneath = new Duplex({
      read: () => void socket.resume(),
      write: (piece, _encoding, done) => void (socket.writable ? socket.write(piece, done) : done()),
      final: (done) => (socket.end(), done()),
    });
    socket.on("data", (piece) => beneath.push(piece));
    socket.on("end", () => beneath.push(null));
    socket.on("error", () => {});
    const secure = new TLSSocket(beneath, { isServer: true, ...tls });
    secure.on("error", () => {});
    secure.once("data", () => {
      const octets = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npartial";
      if (goodbye) secure.end(octets);
      else secure.write(octets, () => socket.end());
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`https://localhost:${server.address().port}/`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
