// HTTPS: our server and our client over node:tls.

import { connect as connectTcp, createServer } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { stream, text } from "sluice";
import { Client } from "sluice/client";
import { makeCertificate } from "../suite/certificate.mjs";
import { codeOf, equal, failure, ok } from "../suite/expect.mjs";
import { RawClient } from "../suite/raw-client.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { gate, settled, sleep, turn, until } from "../suite/waiting.mjs";

/** No system has as much room in the buffers of one loopback connection. */
const KERNEL = 48 * 1024 * 1024;
const PIECE = new Uint8Array(64 * 1024).fill(97);

const tls = makeCertificate();
const withSecureServer = (handler, use, options) => withServer(handler, use, { tls, ...options });

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

test("a source that throws midway gets no last chunk over TLS", () =>
  withSecureServer(
    () =>
      stream("text/plain", async function* () {
        yield "partial";
        await turn();
        throw new Error("broken");
      }),
    async ({ connect, takeErrors }) => {
      const client = await connect({ tls: true });
      client.get("/");
      const wire = await client.whole();
      ok(wire.includes("7\r\npartial\r\n") && !wire.includes("\r\n0\r\n"), "a part");
      await takeErrors();
    },
  ));

test("a reader that leaves is noticed over TLS", () => {
  let left = false;
  return withSecureServer(
    ({ signal }) => {
      signal.addEventListener("abort", () => (left = true));
      return stream("text/plain", async (out) => {
        for (;;) {
          await out.write("again");
          await turn();
        }
      });
    },
    async ({ connect }) => {
      const client = await connect({ tls: true });
      client.get("/");
      await client.until("again");
      client.destroy();
      await until(() => left);
    },
  );
});

const endless = (count) => () =>
  stream("text/plain", function* () {
    for (;;) {
      count();
      yield PIECE;
    }
  });

test("the server waits for a reader that has stopped, over TLS", () => {
  let pieces = 0;
  return withSecureServer(
    endless(() => pieces++),
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

test("a reader that stops makes the server wait, over TLS", () => {
  let pieces = 0;
  return withSecureServer(
    endless(() => pieces++),
    async ({ client, url }) => {
      const { body } = await client.request(url(), { headers: { "Accept-Encoding": "identity" } });
      await until(() => pieces > 0);
      // A host that reads on shows it within this.
      for (let looks = 0; looks < 40; looks++) {
        ok(pieces * PIECE.length < KERNEL, `a bounded backlog, not ${pieces} pieces`);
        await sleep(25);
      }
      await body.discard();
    },
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

test("many megabytes arrive over TLS as they were sent", () => {
  const piece = Uint8Array.from({ length: 1_000_003 }, (_, at) => (at * 31) % 251);
  return withSecureServer(
    () => stream("application/octet-stream", () => Array.from({ length: 16 }, () => piece)),
    async ({ client, url }) => {
      const bytes = await (await client.request(url())).body.bytes();
      equal(bytes.length, 16 * piece.length);
      for (let at = 0; at < bytes.length; at += piece.length)
        ok(Buffer.compare(bytes.subarray(at, at + piece.length), piece) === 0, `piece at ${at} as it was`);
    },
  );
});

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

test("a closing server finishes what runs over TLS", () => {
  const rest = gate();
  return withSecureServer(
    () =>
      stream("text/plain", async (out) => {
        await out.write("first");
        await rest.opened;
        await out.write("second");
      }),
    async ({ connect, server }) => {
      const client = await connect({ tls: true });
      client.get("/");
      await client.until("first");
      const closed = server.close();
      rest.open();
      equal((await client.response()).chunks, ["first", "second"]);
      await closed;
    },
  );
});
