// What is written reaches a reader that reads, however slowly; and one request never hears of another.

import { Fields } from "../../src/semantics/fields.ts";
import { createReadStream } from "node:fs";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import { IncomingBody } from "../../src/content/incoming-body.ts";
import { request, start, takeErrors } from "../support/servers.ts";

const MEBIBYTE = 1024 * 1024;

/** Reads to the end, a little at a time, and tells how many octets came. */
function readSlowly(port: number, octets: string, pause: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let taken = 0;
    const socket = connect(port, "127.0.0.1", () => socket.write(octets));
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      taken += bytes.length;
      socket.pause();
      setTimeout(() => socket.resume(), pause);
    });
    socket.on("close", () => resolve(taken));
  });
}

describe("an answer that is longer than the idle timeout", () => {
  test("reaches a slow reader whole", async () => {
    const body = Buffer.alloc(12 * MEBIBYTE, "a");
    const { port } = await start(() => stream("text/plain", [body]), {
      timeouts: { idle: 100, linger: 100 },
    });
    expect(await readSlowly(port, request("/"), 10)).toBeGreaterThan(body.length);
  });

  test("reaches it also before the request has come whole", async () => {
    const body = "a".repeat(12 * MEBIBYTE);
    const { port } = await start(() => text(body), { timeouts: { idle: 100, linger: 100 } });
    const unfinished = request("POST /", ["Content-Length: 10"], "12345");
    expect(await readSlowly(port, unfinished, 10)).toBeGreaterThan(body.length);
  });
});

test("big pipelined answers wait for room one after the other", async () => {
  const body = "a".repeat(MEBIBYTE);
  const { port } = await start(() => text(body), {
    timeouts: { idle: 200 },
    limits: { backlogBytes: 2 * MEBIBYTE },
  });
  expect(await readSlowly(port, request("/").repeat(40), 1)).toBeGreaterThan(40 * MEBIBYTE);
});

test("trailers of one request are not another's", async () => {
  const { server } = await start(async ({ body }) => {
    await body.text();
    const { fields } = await body.trailers;
    fields.append("x-mine", "1");
    return text(String(fields.size));
  });
  for (let turn = 0; turn < 2; turn++) expect(await (await fetch(server.url)).text()).toBe("1");
});

test("two reads of a body that wait at once both get a piece", async () => {
  const { connect: open } = await start(async ({ body }) => {
    const pieces = body[Symbol.asyncIterator]();
    const both = await Promise.all([pieces.next(), pieces.next()]);
    return text(both.map(({ value }) => Buffer.from(value ?? "").toString()).join("|"));
  });
  const client = await open();
  await client.write(request("POST /", ["Content-Length: 2"])).sent("a");
  client.write("b");
  // Where both octets came in one read there was one piece, and then the end.
  await client.until((answer) => /(?:a\|b|ab\|)$/.test(answer));
});

test("giving a body up settles the read that waits", async () => {
  const { connect: open } = await start(async ({ body }) => {
    const pieces = body[Symbol.asyncIterator]();
    const waiting = pieces.next();
    await pieces.return!();
    return text(`done: ${(await waiting).done}`);
  });
  const client = await open();
  client.write(request("POST /", ["Content-Length: 2"]));
  await client.until("done: true");
});

describe("a function that returns what is no body", () => {
  test.each<[string, unknown]>([
    ["a number", 5],
    ["a promise of an object", Promise.resolve({})],
  ])("%s, is a 500", async (_name, result) => {
    const running = await start(() => stream("text/plain", () => result as undefined));
    expect((await fetch(running.server.url)).status).toBe(500);
    expect(await takeErrors(running)).toMatchObject([{ code: "ERR_SLUICE_BODY_SOURCE" }]);
  });

  test("but a promise of an array is one", async () => {
    const { server } = await start(() => stream("text/plain", async () => ["a", "b"] as never));
    expect(await (await fetch(server.url)).text()).toBe("ab");
  });
});

test("a Response from fetch is passed on without what was said about its own connection", async () => {
  const { server: upstream } = await start(() => stream("text/plain", ["a", "b"]));
  const { server } = await start(() => fetch(upstream.url));
  expect(await (await fetch(server.url)).text()).toBe("ab");
});

test("an onError that fails by its promise ends nothing", async () => {
  const { server } = await start(
    () => {
      throw new Error("the handler's");
    },
    { onError: () => Promise.reject(new Error("its own")) as never },
  );
  expect((await fetch(server.url)).status).toBe(500);
  expect((await fetch(server.url)).status).toBe(500);
});

test("a list field of spaces takes no time to speak of", async () => {
  const { connect: open } = await start(() => text("hello"));
  const client = await open();
  const before = performance.now();
  client.write(request("/", [`Connection: a${" ".repeat(15_000)}b, close`]));
  await client.until("hello");
  expect(performance.now() - before).toBeLessThan(200);
});

test("a body of one-octet reads costs what its octets do", () => {
  const body = new IncomingBody({
    wanted() {},
    resume() {},
    givenUp() {},
    headers: new Fields(),
    gatheredBytes: 2 * MEBIBYTE,
  });
  const before = performance.now();
  for (let octet = 0; octet < 131_000; octet++) body.push(Buffer.from([octet & 0xff]));
  body.end(undefined);
  return body.bytes().then((bytes) => {
    expect(Buffer.from(Uint8Array.from({ length: 131_000 }, (_, octet) => octet & 0xff)).equals(bytes)).toBe(
      true,
    );
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

test("a Node stream that fails to open ends no process, read or not", async () => {
  const missing = new URL("./no-such-file", import.meta.url);
  const running = await start(() => stream("text/plain", createReadStream(missing)));
  expect((await fetch(running.server.url, { method: "HEAD" })).status).toBe(200);
  await fetch(running.server.url)
    .then((answer) => answer.text())
    .catch(() => "cut");
  expect(await takeErrors(running)).toMatchObject([{ code: "ENOENT" }]);
});

test("a generator that two replies share is no body for the second", async () => {
  const shared = stream(
    "text/plain",
    (function* () {
      yield "a";
    })(),
  );
  const running = await start(() => shared);
  expect(await (await fetch(running.server.url)).text()).toBe("a");
  expect((await fetch(running.server.url)).status).toBe(500);
  expect(await takeErrors(running)).toMatchObject([{ code: "ERR_SLUICE_BODY_USED" }]);
});

test("two bodies that nobody reads do not stop the third request", async () => {
  const { connect: open } = await start(({ path }) => text(path));
  const client = await open();
  const post = (path: string) => request(`POST ${path}`, ["Content-Length: 200000"], "a".repeat(200_000));
  client.write(post("/one") + post("/two"));
  await client.until("/two");
  client.write(request("/three"));
  await client.until("/three");
});

test("a view that is transferred before it leaves cuts the answer, and nothing else", async () => {
  const { server, connect: open } = await start(() =>
    stream("text/plain", (out) => {
      const view = new Uint8Array(10_000);
      void out.write(view);
      structuredClone(view.buffer, { transfer: [view.buffer] });
    }),
  );
  const client = await open();
  client.write(request("/"));
  await client.closed();
  expect(client.text.endsWith("0\r\n\r\n")).toBe(false);
  expect(server.stats.connections).toBe(0);
});

describe("a reader that leaves while reading is paused is noticed", () => {
  test.each([
    ["for requests sent ahead", request("/").repeat(8_000)],
    ["for a body that nobody reads", request("POST /", ["Content-Length: 1000000"], "a".repeat(1_000_000))],
  ])("%s", async (_name, octets) => {
    let left = false;
    const { connect: open, server } = await start(({ signal }) =>
      stream("text/plain", async (out) => {
        await out.write("first");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        left = true;
      }),
    );
    const client = await open();
    client.write(octets);
    await client.until("first");
    client.destroy();
    await expect.poll(() => left && server.stats.connections === 0, { timeout: 8_000 }).toBe(true);
  });
});
