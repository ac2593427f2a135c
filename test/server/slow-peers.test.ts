import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import type { RawClient } from "../support/raw-client.ts";
import { request, start } from "../support/servers.ts";

/** One octet every few milliseconds, until the connection ends or there are no more. */
async function dribble(client: RawClient, octets: string, every = 5): Promise<void> {
  for (const octet of octets) {
    if (client.ended) return;
    client.write(octet);
    await sleep(every);
  }
}

const since = (begun: number): number => performance.now() - begun;

describe("a head", () => {
  test("that trickles in is cut off at its deadline, however steadily it trickles", async () => {
    const server = await start(() => text("never"), { timeouts: { head: 200 } });
    const client = await server.connect();
    const begun = performance.now();
    void dribble(client, request("/", [`A: ${"a".repeat(1_000)}`]));
    const response = await client.response();
    expect(response.status).toBe(408);
    expect(response.body).toContain("ERR_SLUICE_HEAD_TIMEOUT");
    expect(await client.ending()).toBe("FIN");
    expect(since(begun)).toBeGreaterThan(190);
    expect(since(begun)).toBeLessThan(500);
  });

  test("that trickles in behind another request is cut off, too", async () => {
    const server = await start(() => text("first"), { timeouts: { head: 100 } });
    const client = await server.connect();
    client.write(`${request("/")}GET / HT`);
    expect((await client.response()).body).toBe("first");
    expect((await client.response()).status).toBe(408);
    expect(await client.ending()).toBe("FIN");
  });

  test("that is there in time is answered", async () => {
    const server = await start(() => text("in time"), { timeouts: { head: 400 } });
    const client = await server.connect();
    await dribble(client, request("/"), 2);
    expect((await client.response()).body).toBe("in time");
  });

  test("that nobody begins is waited for as long, and then nothing is said", async () => {
    const server = await start(() => text("never"), { timeouts: { head: 100 } });
    const client = await server.connect();
    await client.ending();
    expect(client.text).toBe("");
  });
});

describe("a connection without a request", () => {
  test("is closed after the idle time", async () => {
    const server = await start(() => text("first"), { timeouts: { idle: 100 } });
    const client = await server.connect();
    client.write(request("/"));
    const response = await client.response();
    expect(response.headers.has("connection")).toBe(false);
    const answered = performance.now();
    await client.ending();
    expect(since(answered)).toBeGreaterThan(80);
    expect(since(answered)).toBeLessThan(400);
    expect(client.rest).toBe("");
  });

  test("is not closed while requests keep coming", async () => {
    const server = await start(() => text("again"), { timeouts: { idle: 150 } });
    const client = await server.connect();
    for (let round = 0; round < 5; round++) {
      client.write(request("/"));
      expect((await client.response()).body).toBe("again");
      await sleep(60);
    }
  });

  test("and a stream without an end are different things", async () => {
    const server = await start(
      () =>
        stream("text/plain", async function* () {
          yield "a";
          await sleep(300);
          yield "b";
        }),
      { timeouts: { idle: 50, head: 50, body: 50, write: 50, linger: 50 } },
    );
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).body).toBe("ab");
  });
});

describe("a body", () => {
  const head = request("POST /", ["Content-Length: 1000"]);

  test("that stops arriving is a 408", async () => {
    const server = await start(async (incoming) => text(await incoming.body.text()), {
      timeouts: { body: 150 },
    });
    const client = await server.connect();
    client.write(`${head}a`);
    const begun = performance.now();
    const response = await client.response();
    expect(response.status).toBe(408);
    expect(response.body).toContain("ERR_SLUICE_BODY_TIMEOUT");
    expect(await client.ending()).toBe("FIN");
    expect(since(begun)).toBeGreaterThan(120);
    expect(since(begun)).toBeLessThan(500);
  });

  test("that trickles in below 500 octets a second is a 408 in the end", async () => {
    const server = await start(async (incoming) => text(await incoming.body.text()), {
      timeouts: { body: 150 },
    });
    const client = await server.connect();
    client.write(head);
    // An octet every 10 ms buys 2 ms each.
    void dribble(client, "a".repeat(1_000), 10);
    const response = await client.response();
    expect(response.status).toBe(408);
    expect(response.body).toContain("ERR_SLUICE_BODY_TIMEOUT");
    expect(await client.ending()).toBe("FIN");
  });

  test("that keeps to 500 octets a second may take as long as it wants", async () => {
    const server = await start(async (incoming) => text(await incoming.body.text()), {
      timeouts: { body: 100 },
    });
    const client = await server.connect();
    client.write(head);
    for (let sent = 0; sent < 1_000; sent += 50) {
      client.write("a".repeat(50));
      await sleep(15);
    }
    expect((await client.response()).body).toBe("a".repeat(1_000));
  });

  test("has all the time that its handler takes", async () => {
    const server = await start(
      async (incoming) => {
        await sleep(300);
        return text(await incoming.body.text());
      },
      { timeouts: { body: 50 } },
    );
    const client = await server.connect();
    client.write(head);
    await sleep(150);
    client.write("a".repeat(1_000));
    expect((await client.response()).status).toBe(200);
  });

  test("that nobody reads is not waited for longer than the linger time", async () => {
    const server = await start(() => text("early"), { timeouts: { linger: 100 } });
    const client = await server.connect();
    client.write(`${head}a`);
    expect(await client.response()).toMatchObject({ status: 200, body: "early" });
    const answered = performance.now();
    await client.ending();
    expect(since(answered)).toBeLessThan(400);
  });
});

describe("a reader", () => {
  const MEGABYTE = Buffer.alloc(1024 * 1024, "a");

  test.each([
    ["a generator", "generator"],
    ["a writer", "writer"],
    ["one big piece", "bytes"],
  ])("that stops reading %s is cut off, and the source stopped", async (_name, kind) => {
    let ended: unknown = "not yet";
    let produced = 0;
    const server = await start(
      (incoming) => {
        incoming.signal.addEventListener("abort", () => (ended = incoming.signal.reason));
        if (kind === "bytes") return stream("text/plain", [Buffer.alloc(64 * 1024 * 1024)]);
        if (kind === "writer") {
          return stream("text/plain", async (out) => {
            for (;;) {
              await out.write(MEGABYTE);
              produced++;
            }
          });
        }
        return stream("text/plain", async function* () {
          for (;;) {
            yield MEGABYTE;
            produced++;
          }
        });
      },
      { timeouts: { write: 200 } },
    );
    const client = await server.connect();
    client.pause().write(request("/"));
    await expect.poll(() => server.server.stats.connections, { interval: 5, timeout: 3_000 }).toBe(1);
    await expect.poll(() => server.server.stats.connections, { interval: 5, timeout: 3_000 }).toBe(0);
    expect(ended).toMatchObject({ code: "ERR_SLUICE_WRITE_TIMEOUT", name: "EndedError" });
    // What the kernel buffers, and hardly more.
    expect(produced).toBeLessThan(16);
    client.resume();
    await client.ending();
    expect(client.text.endsWith("\r\n0\r\n\r\n")).toBe(false);
  });

  test("that is slow, but reads, is never cut off", async () => {
    const size = 24 * 1024 * 1024;
    const server = await start(() => stream("text/plain", [Buffer.alloc(size, "a")]), {
      timeouts: { write: 200 },
    });
    const client = await server.connect();
    client.write(request("/"));
    const begun = performance.now();
    // Some megabytes lie in the kernel's buffers, whose emptying the server does not see.
    await client.readSlowly(size, 1024 * 1024, 40);
    await client.until((all) => all.endsWith("\r\n0\r\n\r\n"));
    expect(since(begun)).toBeGreaterThan(800);
  });

  test("that takes its time over the end of a closed connection gets all of it", async () => {
    const size = 24 * 1024 * 1024;
    const server = await start(() => stream("text/plain", [Buffer.alloc(size, "a")]), {
      timeouts: { linger: 50, write: 1_000 },
    });
    const client = await server.connect();
    client.pause().write(request("/", ["Connection: close"]));
    await sleep(300);
    client.resume();
    expect((await client.whole()).endsWith("\r\n0\r\n\r\n")).toBe(true);
    expect(await client.ending()).toBe("FIN");
    expect(client.text.length).toBeGreaterThan(size);
  });
});

test("a peer that does not close its side is given up after the linger time", async () => {
  const server = await start(() => text("bye"), { timeouts: { linger: 100 } });
  const client = await server.connect({ allowHalfOpen: true });
  client.write(request("/", ["Connection: close"]));
  expect((await client.response()).body).toBe("bye");
  expect(await client.ending()).toBe("FIN");
  const ended = performance.now();
  await expect.poll(() => server.server.stats.connections, { interval: 5, timeout: 2_000 }).toBe(0);
  expect(since(ended)).toBeLessThan(400);
});

test("a timeout of 0 is none", async () => {
  const server = await start(async (incoming) => text(await incoming.body.text()), {
    timeouts: { head: 0, idle: 0, body: 0, write: 0, linger: 20 },
  });
  const client = await server.connect();
  await sleep(80);
  client.write("POST / HTTP/1.1\r\n");
  await sleep(80);
  client.write("Host: a\r\nContent-Length: 2\r\n\r\n");
  await sleep(80);
  client.write("ok");
  expect((await client.response()).body).toBe("ok");
  await sleep(80);
  expect(client.ended).toBe(false);
});
