import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { answering, chunked, listen, ok } from "../support/raw-server.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("connect", () => {
  test("a server that never answers the handshake", async () => {
    const server = await listen(() => {});
    const began = performance.now();
    const error = await rejection(
      open({ timeouts: { connect: 80 } }).request(`https://127.0.0.1:${server.port}/`),
    );
    expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_CONNECT_TIMEOUT"]);
    expect(performance.now() - began).toBeGreaterThan(75);
    await server.peers[0].closed();
  });

  test("a proxy that never makes the tunnel", async () => {
    const server = await listen(() => {});
    const client = open({ timeouts: { connect: 80 }, proxy: server.url });
    expect(await codeOf(client.request("https://sluice.invalid/"))).toBe("ERR_SLUICE_CONNECT_TIMEOUT");
    await server.peers[0].closed();
  });
});

describe("head", () => {
  test.each([
    ["nothing", ""],
    ["part of a head", "HTTP/1.1 200 OK\r\nA: "],
    ["an interim response", "HTTP/1.1 102 \r\n\r\n"],
  ])("%s is not a head", async (_what, octets) => {
    const server = await listen(async (peer) => (await peer.request(), peer.write(octets)));
    const began = performance.now();
    const error = await rejection(open().request(server.url, { timeouts: { head: 60 } }));
    expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_RESPONSE_TIMEOUT"]);
    expect(performance.now() - began).toBeGreaterThan(55);
    await server.peers[0].closed();
  });

  test("a head that trickles in is not in time", async () => {
    const drip = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\n");
      while (!peer.ended && (await peer.sent("a: 1\r\n"))) await pause(20);
    });
    expect(await codeOf(open().request(drip.url, { timeouts: { head: 60 } }))).toBe(
      "ERR_SLUICE_RESPONSE_TIMEOUT",
    );
  });

  test("does not count while the request is still being sent", async () => {
    const server = await listen(async (peer) => peer.write(ok((await peer.request()).body)));
    const body = (async function* () {
      yield "a";
      await pause(250);
      yield "b";
    })();
    expect((await read(open().request(server.url, { body, timeouts: { head: 50 } }))).text).toBe("ab");
  });
});

describe("body", () => {
  test("a body that stops while its reader waits", async () => {
    const server = await listen(async (peer) => (await peer.request(), peer.write(`${HEAD}1\r\na\r\n`)));
    const response = await open().request(server.url, { timeouts: { body: 60 } });
    const error = await rejection(response.body.text());
    expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_BODY_TIMEOUT"]);
    expect(await response.ending).toEqual({ outcome: "aborted", by: "timeout", error });
    expect(await rejection(response.trailers)).toBe(error);
    await server.peers[0].closed();
  });

  test("somebody who waits for the trailers waits, too", async () => {
    const server = await listen(async (peer) => (await peer.request(), peer.write(`${HEAD}1\r\na\r\n`)));
    const response = await open().request(server.url, { timeouts: { body: 60 } });
    expect(await codeOf(response.trailers)).toBe("ERR_SLUICE_BODY_TIMEOUT");
  });

  test("a body that comes slowly is in time, and a reader that is slow is nobody's fault", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(HEAD);
      for (let count = 0; count < 5; count++) {
        await pause(70);
        peer.write("1\r\na\r\n");
      }
      peer.write("0\r\n\r\n");
    });
    const response = await open().request(server.url, { timeouts: { body: 250 } });
    let text = "";
    for await (const piece of response.body) {
      text += Buffer.from(piece).toString();
      if (text === "a") await pause(500);
    }
    expect(text).toBe("aaaaa");
  });

  test("0 turns it off", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      await pause(150);
      peer.write(chunked(["a"]).slice(0, -5));
      await pause(150);
      peer.write("0\r\n\r\n");
    });
    expect((await read(open().request(server.url, { timeouts: { body: 0, head: 0 } }))).text).toBe("a");
  });

  test("a server that stops reading", async () => {
    const server = createServer((socket) => void socket.pause()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    let over!: () => void;
    const stopped = new Promise<void>((resolve) => (over = resolve));
    const body = (async function* () {
      try {
        for (;;) yield new Uint8Array(100_000);
      } finally {
        over();
      }
    })();
    const client = open();
    const error = await rejection(
      client.request(`http://127.0.0.1:${port}/`, { body, timeouts: { body: 100 } }),
    );
    expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_WRITE_TIMEOUT"]);
    await stopped;
    await client.close();
    server.close();
  });
});

test("timeouts of a client are those of its requests", async () => {
  const server = await listen((peer) => peer.request());
  const client = open({ timeouts: { head: 50 } });
  expect(await codeOf(client.request(server.url))).toBe("ERR_SLUICE_RESPONSE_TIMEOUT");
});

test("a connection that was given up in time is not used again", async () => {
  const server = await listen(async (peer, index) => {
    await peer.request();
    if (index > 0) peer.write(ok("b"));
  });
  const client = open();
  expect(await codeOf(client.request(server.url, { timeouts: { head: 30 } }))).toBe(
    "ERR_SLUICE_RESPONSE_TIMEOUT",
  );
  expect((await read(client.request(server.url))).text).toBe("b");
  expect((await answering(ok())).peers).toEqual([]);
});
