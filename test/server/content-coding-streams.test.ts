import type { ContentCoding } from "../../src/content/codings.ts";
import { once } from "node:events";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type BodySource, sse, stream } from "../../src/index.ts";
import { EACH_CODING, noise, octets, prose, unpack, unpackSoFar } from "../content/codings-by-zlib.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { request, start, takeErrors, type TestServer } from "../support/servers.ts";
import { settled } from "../support/settled.ts";

const MEGABYTE = 2 ** 20;

/** The data of the chunks that have come so far. */
function chunksIn(text: string): Buffer {
  const pieces: string[] = [];
  let at = text.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 12));
    if (size === null) break;
    const begin = at + size[0].length;
    const end = begin + Number.parseInt(size[1], 16);
    if (end === begin || text.length < end) break;
    pieces.push(text.slice(begin, end));
    at = end + 2;
  }
  return octets(pieces.join(""));
}

describe.each(EACH_CODING)("%s", (coding) => {
  test("three events arrive as three, each before the next is made (starred: Express, Hono)", async () => {
    let go!: () => void;
    const source = async function* (): AsyncGenerator<{ data: string }> {
      for (const data of ["one", "two", "three"]) {
        yield { data };
        await new Promise<void>((resolve) => (go = resolve));
      }
    };
    const server = await start(() => sse(source));
    const client = await server.connect();
    client.write(request("/", [`Accept-Encoding: ${coding}`]));
    let plain = "";
    for (const data of ["one", "two", "three"]) {
      plain += `data: ${data}\n\n`;
      await client.until((text) => unpackSoFar(coding, chunksIn(text)).toString() === plain);
      go();
    }
    const { body, complete, chunks } = await client.response();
    expect([complete, unpack(coding, octets(body)).toString()]).toEqual([true, plain]);
    expect(chunks!.length).toBeGreaterThanOrEqual(3);
  });

  test("a source that fails leaves what it had, a coding without an end, and a connection that is cut", async () => {
    const server = await start(() =>
      stream("text/plain", async function* () {
        yield "before";
        await turn();
        yield " and after";
        throw new Error("on purpose");
      }),
    );
    const client = await server.connect();
    client.write(request("/", [`Accept-Encoding: ${coding}`]));
    const text = await client.whole();
    expect(text).not.toContain("\r\n0\r\n\r\n");
    expect(unpackSoFar(coding, chunksIn(text)).toString()).toBe("before and after");
    expect(() => unpack(coding, chunksIn(text))).toThrow();
    expect(await takeErrors(server)).toEqual([new Error("on purpose")]);
  });

  test.each<[string, () => BodySource]>([
    ["a stream that says nothing more", () => new ReadableStream({ start: (out) => out.enqueue("a") })],
    [
      "a Readable that says nothing more",
      () => {
        const source = new Readable({ read() {} });
        source.push("a");
        return source;
      },
    ],
    ["a Blob", () => new Blob([noise(4 * MEGABYTE)])],
    [
      "a generator that never ends",
      () =>
        function* () {
          for (;;) yield noise(65_536);
        },
    ],
    [
      "a writer that never ends",
      () => async (out) => {
        for (;;) await out.write(noise(65_536));
      },
    ],
    [
      "a writer that waits for its reader to leave",
      () => async (out) => {
        await out.write("a");
        await once(out.signal, "abort");
      },
    ],
    [
      "a stream that ends when it is cancelled",
      () =>
        new ReadableStream({
          pull: (out) => {
            out.enqueue(noise(100_000));
          },
          cancel: () => {},
        }),
    ],
  ])("a reader that leaves ends %s, quietly", async (_name, source) => {
    const server = await start(() => stream("text/plain", source()));
    for (let times = 0; times < 5; times++) {
      const client = await server.connect();
      client.write(request("/", [`Accept-Encoding: ${coding}`]));
      await client.until((text) => chunksIn(text).length > 0);
      client.reset();
      await expect.poll(() => server.server.stats.connections, { interval: 2 }).toBe(0);
    }
    await turn();
    expect(server.errors).toEqual([]);
  });
});

test("what two thousand readers left behind is nothing", async () => {
  const server = await start(() =>
    sse(new ReadableStream({ start: (out) => out.enqueue("a") }), { heartbeat: 0 }),
  );
  const visit = async (times: number): Promise<number> => {
    for (let begun = 0; begun < times; begun += 50) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
      for (const client of clients) client.write(request("/", ["Accept-Encoding: gzip"]));
      await Promise.all(clients.map((client) => client.until((text) => chunksIn(text).length > 0)));
      for (const client of clients) client.reset();
      await expect.poll(() => server.server.stats.connections, { interval: 2 }).toBe(0);
    }
    return process.memoryUsage.rss();
  };
  const before = await visit(400);
  // An encoder is a quarter of a megabyte: kept, they would be 400 of them.
  expect((await visit(1600)) - before).toBeLessThan(60 * MEGABYTE);
  expect(server.errors).toEqual([]);
}, 30_000);

test("a reader that stops holds little, however much its source has", async () => {
  let made = 0;
  const server = await start(() =>
    stream("text/plain", function* () {
      for (;;) {
        made += 65_536;
        yield noise(65_536);
      }
    }),
  );
  const client = await server.connect();
  const before = process.memoryUsage.rss();
  client.pause().write(request("/", ["Accept-Encoding: gzip"]));
  await settled(() => made);
  expect(made).toBeLessThan(20 * MEGABYTE);
  expect(process.memoryUsage.rss() - before).toBeLessThan(60 * MEGABYTE);
  client.reset();
});

test("a writer that doesn't wait is told so", async () => {
  const seen: unknown[] = [];
  const server = await start(() =>
    stream("text/plain", (out) => {
      try {
        for (;;) void out.write(noise(MEGABYTE));
      } catch (error) {
        seen.push(error);
        throw error;
      }
    }),
  );
  const client = await server.connect();
  client.write(request("/", ["Accept-Encoding: gzip"]));
  await client.ending();
  expect(seen).toEqual([expect.objectContaining({ code: "ERR_SLUICE_BACKLOG" })]);
  expect(await takeErrors(server)).toEqual(seen);
});

test("others are served while one reply is coded", async () => {
  const server = await start(({ path }) =>
    path === "/"
      ? stream("text/plain", ["hello"])
      : stream("text/plain", function* () {
          for (let sent = 0; sent < 100; sent++) yield noise(MEGABYTE);
        }),
  );
  const [big, small] = [await server.connect(), await server.connect()];
  big.write(request("/big", ["Accept-Encoding: gzip"]));
  await big.until((text) => text.length > 1000);
  small.write(request("/", ["Accept-Encoding: gzip"]));
  expect(gunzipSync(octets((await small.response()).body)).toString()).toBe("hello");
  expect(big.ended).toBe(false);
  big.reset();
});

describe.skipIf(lacks("curl"))("curl --compressed", () => {
  test("reads every reply, and notices one that is cut", async () => {
    const body = prose(300_000);
    const server = await start(({ path }) =>
      stream("text/plain", async function* () {
        yield body;
        await turn();
        if (path === "/cut") throw new Error("on purpose");
      }),
    );
    const url = (path: string): string => new URL(path, server.server.url).href;
    for (const coding of EACH_CODING) {
      const args = ["-sS", "--compressed", "-H", `Accept-Encoding: ${coding}`];
      const { status, stdout } = await run(pathOf("curl"), [...args, url("/")]);
      expect([status, stdout === body]).toEqual([0, true]);
      expect((await run(pathOf("curl"), [...args, url("/cut")])).status).not.toBe(0);
      expect(await takeErrors(server)).toEqual([new Error("on purpose")]);
    }
  });
});

test("fetch reads every reply as it comes", async () => {
  const body = prose(300_000);
  const server = await start(() => stream("text/plain", [body]));
  const response = await fetch(server.server.url);
  expect(response.headers.get("content-encoding")).toMatch(/^(br|gzip)$/);
  expect((await response.text()) === body).toBe(true);
});

/** The body of the answer to one request, decoded. */
async function read(server: TestServer, coding: string): Promise<Buffer> {
  const client = await server.connect();
  client.write(request("/", [`Accept-Encoding: ${coding}`]));
  const { body, complete } = await client.response();
  expect(complete).toBe(true);
  return coding === "identity" ? octets(body) : unpack(coding as ContentCoding, octets(body));
}

describe("a view that is taken away after it was written", () => {
  const NOISE = noise(1_000_000);

  test.each(EACH_CODING)("was copied: %s", async (coding) => {
    const server = await start(() =>
      stream("text/plain", async (out) => {
        const view = Uint8Array.from(NOISE);
        const written = out.write(view);
        structuredClone(view.buffer, { transfer: [view.buffer] });
        await written;
      }),
    );
    expect((await read(server, coding)).equals(NOISE)).toBe(true);
  });

  test.each(EACH_CODING)("one buffer is read into again and again: %s", async (coding) => {
    const server = await start(() =>
      stream("text/plain", async (out) => {
        let view = new Uint8Array(10);
        for (let at = 0; at < 5000; at += 10) {
          view.set(NOISE.subarray(at, at + 10));
          await out.write(view);
          view = structuredClone(view, { transfer: [view.buffer] });
        }
      }),
    );
    expect((await read(server, coding)).equals(NOISE.subarray(0, 5000))).toBe(true);
  });
});

describe("a length that is announced", () => {
  test.each(EACH_CODING)("holds for what is coded, too: %s", async (coding) => {
    for (const [announced, body] of [
      ["5000", ["x".repeat(3000)]],
      ["2000", ["x".repeat(3000)]],
      ["5000", "x".repeat(3000)],
    ] as const) {
      const server = await start(() => ({
        status: 200,
        headers: { "Content-Type": "text/plain", "Content-Length": announced },
        body: body as string,
      }));
      const client = await server.connect();
      client.write(request("/", [`Accept-Encoding: ${coding}`, "Connection: close"]));
      await client.closed();
      expect(client.text).not.toMatch(/^HTTP\/1.1 200 .*\r\n0\r\n\r\n$/s);
      expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_LENGTH_MISMATCH" }]);
    }
  });
});

test("half of a surrogate pair is the same with a coding as without", async () => {
  const server = await start(() => stream("text/plain", ["a\ud83d", "\ude00b", "x".repeat(2000)]));
  const plain = await read(server, "identity");
  for (const coding of EACH_CODING) expect((await read(server, coding)).equals(plain)).toBe(true);
});
