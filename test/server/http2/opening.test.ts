import { connect, type Socket } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Handler, text } from "../../../src/index.ts";
import { openSession } from "../../../src/server/http2-sessions.ts";
import { SERVER_LIMITS } from "../../../src/server/options.ts";
import * as frames from "../../support/http2-frames.ts";
import { FramePeer, get, headers, PREFACE } from "../../support/http2-frames.ts";
import { request, startHttp2 } from "./peers.ts";

const versions: Handler = async ({ httpVersion, body }) => text(`${httpVersion} ${await body.text()}`);

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

describe("a plain port that speaks both", () => {
  test("tells them apart wherever the preface is cut", async () => {
    const server = await startHttp2(versions);
    const opening = Buffer.concat([Buffer.from(PREFACE, "latin1"), frames.settings(), headers(1, get("/"))]);
    for (let cut = 1; cut <= PREFACE.length + 1; cut++) {
      const peer = new FramePeer(await connected(server.port));
      await peer.sent(opening.subarray(0, cut));
      await turn();
      await turn();
      peer.send(opening.subarray(cut));
      expect(await peer.endOf(1)).toBe("end");
      expect(peer.content(1)).toBe("2.0 ");
      peer.destroy();
    }
  });

  test("octet by octet", async () => {
    const server = await startHttp2(versions);
    const peer = new FramePeer(await connected(server.port));
    for (const octet of Buffer.from(PREFACE, "latin1")) {
      await peer.sent(Buffer.of(octet));
      await turn();
    }
    peer.send(frames.settings(), headers(1, get("/")));
    expect(await peer.endOf(1)).toBe("end");
  });

  test.each([
    ["GET", request("/")],
    ["a method that begins as the preface does", request("PUT /", ["Content-Length: 0"])],
    ["one that begins even more so", request("PRIVATE /")],
  ])("HTTP/1.1 is spoken to who speaks it: %s", async (_name, octets) => {
    const server = await startHttp2(versions);
    for (const cut of [0, 1, 2, 3, octets.length - 1]) {
      const client = await server.connect();
      if (cut > 0) {
        await client.sent(octets.slice(0, cut));
        await turn();
      }
      client.write(octets.slice(cut));
      expect(await client.response()).toMatchObject({ status: 200, body: "1.1 " });
    }
  });

  test("requests sent ahead are answered in turn, and the connection stays", async () => {
    const server = await startHttp2(versions);
    const client = await server.connect();
    client.write(request("/") + request("POST /", ["Content-Length: 5"], "hello") + request("/"));
    for (const body of ["1.1 ", "1.1 hello", "1.1 "]) expect(await client.response()).toMatchObject({ body });
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ body: "1.1 " });
    expect(server.server.stats).toMatchObject({ connections: 1, requests: 4 });
  });

  test("big uploads of HTTP/1.1 arrive whole", async () => {
    const server = await startHttp2(async ({ body }) => {
      let length = 0;
      for await (const piece of body) length += piece.length;
      return text(String(length));
    });
    const client = await server.connect();
    const size = 8 * 1024 * 1024;
    client.write(request("POST /", [`Content-Length: ${size}`])).write(Buffer.alloc(size));
    expect((await client.response()).body).toBe(String(size));
  });

  test("the end of the connection right behind a request is seen", async () => {
    const server = await startHttp2(versions, { allowHalfOpen: true });
    const client = await server.connect();
    client.write(request("/")).finish();
    expect(await client.response()).toMatchObject({ body: "1.1 " });
    expect(await client.ending()).toBe("FIN");
    const peer = new FramePeer(await connected(server.port));
    peer.open().send(headers(1, get("/")));
    peer.socket.end();
    await peer.ending();
    await expect.poll(() => server.server.stats.connections).toBe(0);
  });

  test("what is neither is answered as HTTP/1.1", async () => {
    const server = await startHttp2(versions);
    for (const octets of [
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\rX",
      "PRI * HTTP/2.0\r\nHost: a\r\n\r\n",
      "\x16\x03\x01\x00\x05",
    ]) {
      const client = await server.connect();
      client.write(octets);
      expect((await client.response()).status).toBeGreaterThanOrEqual(400);
    }
  });

  test("a preface followed by garbage ends with GOAWAY", async () => {
    const server = await startHttp2(versions);
    const peer = new FramePeer(await connected(server.port));
    peer.send(Buffer.from(PREFACE, "latin1"), Buffer.from(request("/")));
    expect(await peer.ending()).toBeGreaterThan(frames.NO_ERROR);
  });

  test.each([["nothing"], ["half a preface"], ["a preface"]])("%s has the time of a head", async (what) => {
    const server = await startHttp2(versions, { timeouts: { head: 150, linger: 150 } });
    const socket = await connected(server.port);
    const begun = performance.now();
    if (what !== "nothing") socket.write(what === "a preface" ? PREFACE : PREFACE.slice(0, 9));
    await new Promise<void>((resolve) => socket.resume().once("close", () => resolve()));
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  test("what has not said which it is does not outlive the server", async () => {
    const server = await startHttp2(versions);
    const sockets = [await connected(server.port), await connected(server.port)];
    sockets[1].write(PREFACE.slice(0, 9));
    await expect.poll(() => server.server.stats.connections).toBe(2);
    await sleep(20);
    const begun = performance.now();
    await server.server.close();
    expect(performance.now() - begun).toBeLessThan(500);
    for (const socket of sockets) socket.destroy();
  });

  test("Upgrade: h2c is not there", async () => {
    const server = await startHttp2(versions);
    const client = await server.connect();
    client.write(
      request("/", [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
      ]),
    );
    expect(await client.response()).toMatchObject({ status: 200, body: "1.1 " });
  });
});

test.each([[true], [false]])(
  "a plain port does not speak HTTP/2 where nobody said so: http2: %s",
  async (http2) => {
    const server = await startHttp2(versions, { http2 });
    const client = await server.connect();
    client.write(PREFACE);
    expect(await client.response()).toMatchObject({ status: 505 });
  },
);

test("octets are counted", async () => {
  const server = await startHttp2(() => text("a".repeat(1000)));
  const peer = await server.peer();
  peer.send(headers(1, get("/")));
  await peer.endOf(1);
  peer.destroy();
  await expect.poll(() => server.server.stats).toMatchObject({ connections: 0, active: 0, requests: 1 });
  const { bytesReceived, bytesSent } = server.server.stats;
  expect(bytesReceived).toBe(PREFACE.length + 9 + headers(1, get("/")).length);
  expect(bytesSent).toBeGreaterThan(1000);
  expect(bytesSent).toBeLessThan(1300);
});

test("a socket that is gone right behind the preface is no connection", async () => {
  const server = await startHttp2(versions);
  for (let round = 0; round < 20; round++) {
    const socket = await connected(server.port);
    await new Promise((resolve) => socket.write(PREFACE, resolve));
    socket.resetAndDestroy();
  }
  await expect.poll(() => server.server.stats.connections).toBe(0);
  const peer = await server.peer();
  peer.send(headers(1, get("/")));
  expect(await peer.endOf(1)).toBe("end");
});

test("nor does one that is gone already have a session", async () => {
  const server = await startHttp2(versions);
  const socket = await connected(server.port);
  socket.destroy();
  expect(openSession(socket, SERVER_LIMITS)).toBe(undefined);
});
