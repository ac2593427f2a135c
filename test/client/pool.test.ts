import { buildSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { Client } from "../../src/client/index.ts";
import { json } from "../../src/index.ts";
import { answering, chunked, listen, ok, type RawPeer, type Script } from "../support/raw-server.ts";
import { run } from "../support/run.ts";
import { start } from "../support/servers.ts";
import { root } from "../house/imports.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

/** A turn of the event loop for both sides of a connection. */
async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("one connection serves many requests", () => {
  test.each([
    ["of known length", ok("a")],
    ["without a body", "HTTP/1.1 204 \r\n\r\n"],
    ["in chunks", chunked(["a", "b"])],
    ["with Connection: keep-alive", ok("a", "Connection: keep-alive")],
  ])("%s", async (_what, answer) => {
    const server = await answering(answer);
    const client = open();
    for (let count = 0; count < 5; count++) await read(client.request(server.url));
    expect(server.peers).toHaveLength(1);
  });

  test("with bodies in both directions", async () => {
    const server = await start(async ({ body }) => json(await body.text()));
    const client = open();
    const url = `http://127.0.0.1:${server.port}/`;
    for (const body of ["a", ["b", "c"], new Blob(["d"])])
      expect((await read(client.request(url, { body }))).outcome).toBe("complete");
    expect(server.server.stats.connections).toBe(1);
  });
});

test("each origin has connections of its own", async () => {
  const [one, two] = [await answering(ok("1")), await answering(ok("2"))];
  const client = open();
  for (let count = 0; count < 2; count++) {
    expect((await read(client.request(one.url))).text).toBe("1");
    expect((await read(client.request(two.url))).text).toBe("2");
    expect((await read(client.request(`http://localhost:${one.port}`))).text).toBe("1");
  }
  expect([one.peers.length, two.peers.length]).toEqual([2, 1]);
});

describe("a connection is not used again", () => {
  test.each([
    ["when the server says close", ok("a", "Connection: close")],
    ["when the server says close among others", ok("a", "Connection: foo, Close")],
    ["when octets stand behind the response", ok("a") + "\r\n"],
    ["when a second response stands behind the first", ok("a") + ok("POISON")],
    ["when a body stands behind 204", "HTTP/1.1 204 \r\nContent-Length: 6\r\n\r\nPOISON"],
    ["when a body stands behind chunks", chunked(["a"]) + "POISON"],
  ])("%s", async (_what, answer) => {
    const server = await answering(answer);
    const client = open();
    for (let count = 0; count < 3; count++)
      expect((await read(client.request(server.url))).text).not.toContain("POISON");
    expect(server.peers).toHaveLength(3);
    await server.peers[1].closed();
  });

  test("when a body stands behind the response to HEAD", async () => {
    const server = await answering(ok("POISON"));
    const client = open();
    for (let count = 0; count < 2; count++)
      expect((await read(client.request(server.url, { method: "HEAD" }))).text).toBe("");
    expect(server.peers).toHaveLength(2);
  });

  test.each([
    ["a response", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"],
    ["408", "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"],
    ["the beginning of something", "H"],
    ["an empty line", "\r\n"],
  ])("when %s comes over it while nothing is asked", async (_what, octets) => {
    const script: Script = async (peer, index) => {
      await peer.answer(ok(String(index)));
      if (index === 0) peer.write(octets);
      else await peer.answer(ok(String(index)));
    };
    const server = await listen(script);
    const client = open();
    expect((await read(client.request(server.url))).text).toBe("0");
    await server.peers[0].closed();
    expect((await read(client.request(server.url))).text).toBe("1");
    expect((await read(client.request(server.url))).text).toBe("1");
  });

  test("when something comes after a body that was discarded", async () => {
    let discarded!: () => void;
    const left = new Promise<void>((resolve) => (discarded = resolve));
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
      await left;
      peer.write("cde");
      await turns();
      peer.write("H");
    });
    const response = await open().request(server.url);
    await response.body.discard();
    discarded();
    await server.peers[0].closed();
  });
});

describe("a connection that the server has closed meanwhile", () => {
  /** The first connection serves one request and takes no second one; others serve all. */
  const stale =
    (end: (peer: RawPeer) => void): Script =>
    async (peer, index) => {
      await peer.answer(ok("first"));
      if (index > 0) for (;;) await peer.answer(ok("second"));
      await peer.until((text) => text.split("\r\n\r\n").length > 2);
      end(peer);
    };
  const ends: [string, (peer: RawPeer) => void][] = [
    ["FIN", (peer) => peer.finish()],
    ["RST", (peer) => peer.reset()],
  ];

  for (const [name, end] of ends) {
    test.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])(
      `${name}: %s is tried once more`,
      async (method) => {
        const server = await listen(stale(end));
        const client = open();
        await read(client.request(server.url));
        const response = await client.request(server.url, { method });
        await response.body.text();
        expect(response.status).toBe(200);
        expect(server.peers).toHaveLength(2);
      },
    );

    test.each([
      ["POST", undefined],
      ["PATCH", "a"],
      ["PUT", ["read ", "once"][Symbol.iterator]()],
    ])(`${name}: %s with %j is not`, async (method, body) => {
      const server = await listen(stale(end));
      const client = open();
      await read(client.request(server.url));
      const error = await rejection(client.request(server.url, { method, body: body as never }));
      expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_CONNECTION_LOST"]);
      expect(server.peers).toHaveLength(1);
    });

    test(`${name}: a body that can be sent again is`, async () => {
      const server = await listen(stale(end));
      const client = open();
      await read(client.request(server.url));
      await read(client.request(server.url, { method: "PUT", body: ["a", "b"] }));
      expect((await server.peer(1)).text).toContain("\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    });
  }

  test("is tried once only, and one that is new not at all", async () => {
    const server = await listen(async (peer, index) => {
      if (index === 0) await peer.answer(ok("first"));
      await peer.request();
      peer.finish();
    });
    const client = open();
    await read(client.request(server.url));
    expect(await codeOf(client.request(server.url))).toBe("ERR_SLUICE_CONNECTION_LOST");
    expect(server.peers).toHaveLength(2);
    expect(await codeOf(client.request(server.url))).toBe("ERR_SLUICE_CONNECTION_LOST");
    expect(server.peers).toHaveLength(3);
  });

  test("is not tried again when a response has begun", async () => {
    const server = await listen(async (peer) => {
      await peer.answer(ok("first"), "HTTP/1.1 100 Continue\r\n\r\n");
      peer.finish();
    });
    const client = open();
    await read(client.request(server.url));
    const error = await rejection(client.request(server.url));
    expect([error.name, error.code, error.layer, error.offset]).toEqual([
      "TruncatedError",
      "ERR_SLUICE_TRUNCATED",
      "head",
      0,
    ]);
    expect(server.peers).toHaveLength(1);
  });
});

describe("the limit of connections", () => {
  test("the others wait for one, and are served in order", async () => {
    const server = await listen(async (peer) => {
      for (;;) {
        const { line } = await peer.request();
        await turns(2);
        peer.write(ok(line.split(" ")[1]));
      }
    });
    const client = open({ limits: { connections: 2 } });
    const done: string[] = [];
    const asked = Array.from({ length: 8 }, (_, index) => `/${index}`);
    await Promise.all(
      asked.map(async (path) => done.push((await read(client.request(server.url + path))).text)),
    );
    expect(server.peers).toHaveLength(2);
    expect(done.toSorted()).toEqual(asked);
    const lines = server.peers.map(({ text }) => [...text.matchAll(/GET (\S+)/g)].map(([, path]) => path));
    expect(lines.map((paths) => paths.toSorted())).toEqual(lines);
  });

  test("where one is lost, another one is made for those that wait", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(ok("a", "Connection: close")).finish();
    });
    const client = open({ limits: { connections: 1 } });
    const all = await Promise.all([1, 2, 3].map(() => read(client.request(server.url))));
    expect(all.map(({ text }) => text)).toEqual(["a", "a", "a"]);
    expect(server.peers).toHaveLength(3);
  });

  test("one that was given up while it waited is not sent", async () => {
    const server = await listen(async (peer) => {
      for (;;) {
        await peer.request();
        await turns();
        peer.write(ok("a"));
      }
    });
    const client = open({ limits: { connections: 1 } });
    const controller = new AbortController();
    const first = read(client.request(server.url + "/1"));
    const second = rejection(client.request(server.url + "/2", { signal: controller.signal }));
    const third = read(client.request(server.url + "/3"));
    controller.abort();
    expect((await second).code).toBe("ERR_SLUICE_ABORTED");
    await Promise.all([first, third]);
    expect(server.peers.map(({ text }) => text).join("")).not.toContain("/2");
  });

  test("one that waits for a connection that nobody gives back is told so", async () => {
    const server = await listen(async (peer, index) => {
      await peer.request();
      peer.write(index === 0 ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n" : ok("b"));
    });
    const client = open({ limits: { connections: 1 }, timeouts: { head: 100 } });
    const first = await client.request(server.url);
    const error = await rejection(client.request(server.url));
    expect(error.code).toBe("ERR_SLUICE_CONNECT_TIMEOUT");
    expect(error.message).toContain("all 1 connections are in use");
    await first.body.discard();
    expect((await read(client.request(server.url))).text).toBe("b");
  });

  test("one that was given up while its connection was made leaves nothing behind", async () => {
    // TLS, and nobody who answers its handshake.
    const server = await listen(() => {});
    const client = open({ http2: false });
    const controller = new AbortController();
    const { signal } = controller;
    const url = server.url.replace("http", "https");
    const asked = [1, 2].map(() => codeOf(client.request(url, { signal })));
    const peers = await Promise.all([0, 1].map((index) => server.peer(index)));
    controller.abort();
    expect(await Promise.all(asked)).toEqual(["ERR_SLUICE_ABORTED", "ERR_SLUICE_ABORTED"]);
    await Promise.all(peers.map((peer) => peer.closed()));
  });

  test("one that fails to connect fails one request alone", async () => {
    const client = open({ limits: { connections: 1 } });
    const url = "http://127.0.0.1:1/";
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(client.request(url))));
    expect(codes).toEqual(Array(3).fill("ERR_SLUICE_CONNECT"));
  });
});

test("the connection that was used last is used next", async () => {
  const server = await answering(ok("a"));
  const client = open();
  await Promise.all([1, 2, 3].map(() => read(client.request(server.url))));
  expect(server.peers).toHaveLength(3);
  const before = server.peers.map(({ text }) => text.length);
  for (let count = 0; count < 5; count++) await read(client.request(server.url));
  const grown = server.peers.filter(({ text }, index) => text.length > before[index]);
  expect(grown).toHaveLength(1);
});

describe("an unused connection is closed", () => {
  test.each([
    ["after timeouts.idle", { idle: 50 }, ok("a")],
    [
      "a second before the server will, as Keep-Alive says",
      { idle: 60_000 },
      ok("a", "Connection: keep-alive", "Keep-Alive: timeout=1, max=100"),
    ],
    [
      "also where there is no limit of its own",
      { idle: 0 },
      ok("a", "Connection: keep-alive", "Keep-Alive: max=5,TIMEOUT=1"),
    ],
  ])("%s", async (_what, timeouts, answer) => {
    const server = await answering(answer);
    await read(open({ timeouts }).request(server.url));
    await server.peers[0].closed();
  });

  test("and not before", async () => {
    const server = await answering(ok("a", "Connection: keep-alive", "Keep-Alive: timeout=60"));
    const client = open({ timeouts: { idle: 400 } });
    await read(client.request(server.url));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await read(client.request(server.url));
    expect(server.peers).toHaveLength(1);
  });
});

describe("close()", () => {
  test("ends what is under way, what waits, and what connects, and closes every socket", async () => {
    const server = await listen((peer) =>
      peer.until("/1").then(() => peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")),
    );
    const client = open({ limits: { connections: 2 } });
    const response = await client.request(`${server.url}/1`);
    const [unanswered, connecting, waiting] = ["/2", "/3", "/4"].map((path) =>
      rejection(client.request(server.url + path)),
    );
    await (await server.peer(1)).request();
    await client.close();
    for (const error of await Promise.all([unanswered, connecting, waiting]))
      expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_CLIENT_CLOSED"]);
    const error = await rejection(response.body.text());
    expect(error.code).toBe("ERR_SLUICE_CLIENT_CLOSED");
    expect(await response.ending).toEqual({ outcome: "aborted", by: "client", error });
    await Promise.all(server.peers.map((peer) => peer.closed()));
    expect(server.peers).toHaveLength(2);
  });

  test("can be called twice, and refuses what comes after", async () => {
    const server = await answering(ok());
    const client = open();
    await read(client.request(server.url));
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(await codeOf(client.request(server.url))).toBe("ERR_SLUICE_CLIENT_CLOSED");
  });

  test("a client that is disposed of is closed", async () => {
    const server = await answering(ok());
    {
      await using client = new Client({ proxy: false });
      await read(client.request(server.url));
    }
    await server.peers[0].closed();
  });

  test("in the moment in which a connection is made", async () => {
    const server = await listen(() => {});
    for (let turn = 0; turn < 8; turn++) {
      const client = open();
      const asked = rejection(client.request(server.url));
      await turns(turn);
      await client.close();
      expect((await asked).code).toBe("ERR_SLUICE_CLIENT_CLOSED");
    }
    await Promise.all(server.peers.map((peer) => peer.closed()));
  });
});

test("a process with an unused connection ends by itself", async () => {
  const server = await answering(ok("a"));
  const { outputFiles } = buildSync({
    stdin: {
      contents: `
        import { Client } from "./src/client/index.ts";
        const response = await new Client({ proxy: false, timeouts: { idle: 60_000 } }).request(process.argv.at(-1));
        console.log(await response.body.text());
      `,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  const args = ["--input-type=module", "-", server.url];
  const { status, stdout } = await run(process.execPath, args, outputFiles[0].text);
  expect([status, stdout]).toEqual([0, "a\n"]);
});
