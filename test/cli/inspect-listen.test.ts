// sluice inspect --listen: between a client and a server, for one request.

import { afterEach, describe, expect, test } from "vitest";
import { main } from "../../src/cli/program.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { destroyClients, RawClient } from "../support/raw-client.ts";
import { answeringOnce, chunked, listen, ok } from "../support/raw-server.ts";
import { run } from "../support/run.ts";
import { settled } from "../support/settled.ts";
import { FakeIo } from "./fake-io.ts";

afterEach(destroyClients);

interface Waiting {
  readonly io: FakeIo;
  readonly url: string;
  readonly port: number;
  readonly ended: Promise<number>;
}

async function waiting(...args: string[]): Promise<Waiting> {
  const io = new FakeIo({ realTime: true });
  const ended = main(["inspect", "--listen", "0", ...args], io);
  await io.err.has("\n");
  const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(io.err.text)!;
  return { io, url, port: Number(new URL(url).port), ended };
}

describe.skipIf(lacks("curl"))("curl", () => {
  const curl = (...args: string[]) => run(pathOf("curl"), ["-sS", "--noproxy", "", ...args]);

  test("gets the octets unchanged; both heads are shown, and the verdict", async () => {
    const octets = chunked(["one", "two"], ["X-Odd:   spaced  "], ["X-Sum: 2"]);
    const server = await listen(async (peer) => {
      await peer.answer(octets);
    });
    const { io, url, ended } = await waiting(`${server.url}/`);
    const { status, stdout } = await curl("--raw", "-i", "-d", "question", `${url}a?b=c`);
    expect([status, stdout]).toEqual([0, octets]);
    expect(await ended).toBe(0);
    const [peer] = server.peers;
    expect(peer.text).toMatch(
      new RegExp(
        `^POST /a\\?b=c HTTP/1\\.1\r\nHost: 127\\.0\\.0\\.1:${server.port}\r\nUser-Agent: curl/.*\r\n\r\nquestion$`,
        "s",
      ),
    );
    expect(io.out.text).toMatch(/^POST \/a\?b=c HTTP\/1\.1\n {2}Host: 127[^]*\n\nHTTP\/1\.1 200 OK /);
    expect(io.out.text).toMatch(/^Complete: 2 chunks, 6 bytes, .*; one trailer\.$/m);
    expect(io.err.text).toBe(`Waiting for one request at ${url} → ${server.url}/\n`);
  });

  test("uses it as its proxy, for http alone", async () => {
    const server = await answeringOnce(ok("through"));
    const { io, url, ended } = await waiting();
    expect(io.err.text).toContain("as a proxy");
    const tunnel = await curl("-x", url, "https://example.invalid/");
    expect(tunnel.status).not.toBe(0);
    const { stdout } = await curl("-x", url.replace("//", "//me:secret@"), `${server.url}/x`);
    expect(stdout).toBe("through");
    expect(await ended).toBe(0);
    expect(server.peers[0].text).toMatch(/^GET \/x HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    expect(server.peers[0].text).not.toMatch(/proxy/i);
    expect(io.err.text).toMatch(/refused .*CONNECT/);
  });

  test("notices what was cut", async () => {
    // A reset that comes in one poll with octets is an end to libuv, so it waits until they were shown.
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\n\r\nhalf");
      await shown;
      peer.reset();
    });
    const { io, url, ended } = await waiting(server.url);
    const shown = io.out.has("half");
    const { status, stdout } = await curl(url);
    expect([status, stdout]).toEqual([56, "half"]);
    expect(await ended).toBe(9);
  });
});

describe("a raw client", () => {
  test("sees each octet as it comes, broken ones too, for as long as it wants", async () => {
    const server = await listen(async (peer) => {
      await peer.until("ask ");
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11\r\nDeveloper is");
      await peer.until("more");
      peer.write(" a good person.\r\n0\r\n\r\n");
      // Longer than a fault is watched where nobody else reads.
      await new Promise((resolve) => setTimeout(resolve, 700));
      peer.write("the end").finish();
    });
    const { io, port, ended } = await waiting(server.url);
    const client = await RawClient.connect(port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nask ");
    await client.until("Developer is");
    client.write("moreGET /second HTTP/1.1\r\n\r\n");
    await client.until("0\r\n\r\nthe end");
    expect(await client.ending()).toBe("FIN");
    expect(await ended).toBe(7);
    expect(io.out.text).toMatch(/^Broken at byte 68: chunk 1 announces 0x11 = 17 bytes and carries 27/m);
    // Nothing behind the one request was passed on.
    expect(server.peers[0].text).toMatch(/\r\n\r\nask more$/);
    expect(server.peers).toHaveLength(1);
  });

  test("connections without a request, and broken requests, don't count", async () => {
    const server = await answeringOnce(ok("hello"));
    const { io, port, ended } = await waiting(server.url);
    const silent = await RawClient.connect(port);
    const broken = await RawClient.connect(port);
    broken.write("GET / HTTP/1.1\nHost: a\n\n");
    expect(await broken.whole()).toMatch(/^HTTP\/1\.1 400 /);
    const smuggled = await RawClient.connect(port);
    smuggled.write(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    expect(await smuggled.whole()).toMatch(/^HTTP\/1\.1 400 /);
    const client = await RawClient.connect(port);
    client.write("GET / HTTP/1.1\r\nHo").write("st: a\r\n\r\n");
    await client.until("hello");
    expect(await ended).toBe(0);
    await silent.ending();
    expect(io.err.text.match(/^refused /gm)).toHaveLength(2);
    expect(server.peers).toHaveLength(1);
  });

  test("that leaves in the middle ends it: 4", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      // At a pace that leaves time for the others of this process.
      while (!peer.ended && (await peer.sent("4\r\ntick\r\n")))
        await new Promise((resolve) => setTimeout(resolve, 5));
    });
    const { io, port, ended } = await waiting(server.url);
    const client = await RawClient.connect(port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("tick");
    client.reset();
    expect(await ended).toBe(4);
    expect(io.out.text).toMatch(/^The client left after /m);
    await server.peers[0].ending();
  });

  test("that reads slowly makes the server wait", async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const server = await listen(async (peer) => {
      await peer.request();
      await peer.sent(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      const piece = Buffer.alloc(64 * 1024);
      while (sent < total && (await peer.sent(piece))) sent += piece.length;
    });
    const { io, port, ended } = await waiting(server.url, "--max-time", "20s");
    const client = await RawClient.connect(port);
    client.pause().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await settled(() => sent)).toBeLessThan(total / 2);
    io.send("SIGINT");
    expect(await ended).toBe(130);
    client.resume();
    await client.ending();
    expect(client.text.length).toBeLessThan(total);
  });
});

test("^C while nobody asks; a server that isn't there; a port that is taken", async () => {
  const first = await waiting("http://127.0.0.1:1/");
  const taken = new FakeIo();
  expect(await main(["inspect", "--listen", String(first.port)], taken)).toBe(4);
  expect(taken.err.text).toMatch(
    /^sluice inspect: port \d+ of 127\.0\.0\.1 is taken; --listen 0 takes a free one\n$/,
  );
  const client = await RawClient.connect(first.port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await client.whole()).toMatch(/^HTTP\/1\.1 502 /);
  expect(await first.ended).toBe(4);
  const second = await waiting();
  second.io.send("SIGINT");
  expect(await second.ended).toBe(130);
  expect(second.io.err.text).toMatch(/\nsluice inspect: stopped by SIGINT\n$/);
});

test("--json: where it listens is the first row", async () => {
  const server = await answeringOnce(ok("hello"));
  const io = new FakeIo({ realTime: true });
  const ended = main(["inspect", "--listen", "127.0.0.1:0", server.url, "--json"], io);
  await io.out.has("\n");
  const { event, urls, target } = io.rows[0] as { event: string; urls: string[]; target: string };
  expect([event, target]).toEqual(["listening", `${server.url}/`]);
  const client = await RawClient.connect(Number(new URL(urls[0]).port));
  client.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await ended).toBe(0);
  expect(io.rows.map((row) => row["event"])).toEqual([
    "listening",
    "request",
    "head",
    "framing",
    "piece",
    "ending",
    "verdict",
  ]);
  expect(io.rows[1]).toMatchObject({ url: `${server.url}/x`, line: "GET /x HTTP/1.1" });
});
