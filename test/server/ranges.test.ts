import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { content, type Representation, resource, stream } from "../../src/index.ts";
import { noise } from "../content/codings-by-zlib.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { request, start, takeErrors } from "../support/servers.ts";

const SIZE = 400_000;
const DATA = noise(SIZE);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

let closes = 0;
let opens = 0;

/** A representation that is made while it is sent, in pieces of its own size. */
function made(pieces: (start: number, end: number) => ReturnType<Representation["read"]> = inPieces) {
  return resource(() => {
    opens++;
    return {
      size: SIZE,
      type: "application/octet-stream",
      etag: '"made"',
      read: pieces,
      close: () => void closes++,
    };
  });
}

async function* inPieces(from: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < end; at += 10_007) {
    await turn();
    yield DATA.subarray(at, Math.min(end, at + 10_007));
  }
}

beforeEach(() => {
  closes = opens = 0;
});

// However it went.
afterEach(() => expect.poll(() => closes, { interval: 2 }).toBe(opens));

test("a reader that is killed at fifty places goes on where it was, and has every octet", async () => {
  const server = await start(() => made());
  let seed = 7;
  let got = Buffer.alloc(0);
  let etag: string | undefined;
  let visits = 0;
  while (got.length < SIZE) {
    visits++;
    seed = (seed * 48_271) % 2_147_483_647;
    const most = visits > 50 ? Infinity : 1 + (seed % Math.ceil((SIZE / 50) * 1.5));
    const fields = got.length === 0 ? {} : { Range: `bytes=${got.length}-`, "If-Range": etag! };
    const from = got.length;
    await new Promise<void>((resolve, reject) => {
      const asking = httpRequest(
        { port: server.port, host: "127.0.0.1", headers: fields, agent: false },
        (response) => {
          expect(response.statusCode).toBe(from === 0 ? 200 : 206);
          if (from > 0) expect(response.headers["content-range"]).toBe(`bytes ${from}-${SIZE - 1}/${SIZE}`);
          etag = response.headers.etag;
          let taken = 0;
          response.on("data", (piece: Buffer) => {
            const wanted = piece.subarray(0, most - taken);
            taken += wanted.length;
            got = Buffer.concat([got, wanted]);
            if (taken >= most) response.destroy();
          });
          response.on("error", () => {});
          response.on("close", resolve);
        },
      );
      asking.on("error", reject);
      asking.end();
    });
  }
  expect(visits).toBeGreaterThan(40);
  expect(sha256(got)).toBe(sha256(DATA));
  expect(opens).toBe(visits);
}, 20_000);

test.each<[string, (start: number, end: number) => ReturnType<Representation["read"]>]>([
  ["a stream that waits", () => new ReadableStream({ start: (out) => out.enqueue(DATA.subarray(0, 5000)) })],
  ["a Readable that waits", waiting],
  ["a Blob", (from, end) => new Blob([DATA]).slice(from, end)],
  ["a generator", inPieces],
])("a reader that leaves while %s is read is no error", async (_name, pieces) => {
  const server = await start(() => made(pieces));
  for (let times = 0; times < 5; times++) {
    const client = await server.connect();
    client.write(request("/"));
    await client.until((text) => text.length > 1000);
    client.reset();
    await expect.poll(() => server.server.stats.connections, { interval: 2 }).toBe(0);
  }
  await turn();
  await turn();
  expect(server.errors).toEqual([]);
});

function waiting(): Readable {
  const source = new Readable({ read() {} });
  source.push(DATA.subarray(0, 5000));
  return source;
}

test.each([
  ["bytes=0-0", 206, 1],
  ["bytes=1000-", 206, SIZE - 1000],
  ["bytes=-1000", 206, 1000],
  ["bytes=0-99,300000-300099", 206, undefined],
  ["lines=1-2", 200, SIZE],
  ["bytes=400000-", 416, undefined],
])("%s is %i on the wire, and HEAD says what GET of the whole would", async (value, status, length) => {
  const server = await start(() => made());
  const client = await server.connect();
  client.write(request("/", [`Range: ${value}`]));
  const response = await client.response();
  expect([response.status, response.complete]).toEqual([status, true]);
  expect(response.headers.get("content-length")).toBe(String(length ?? response.body.length));
  if (status === 416) expect(response.headers.get("content-range")).toBe(`bytes */${SIZE}`);
  client.write(request("HEAD /", [`Range: ${value}`]));
  const head = await client.response("HEAD");
  expect([head.status, head.headers.get("content-length")]).toEqual([200, String(SIZE)]);
});

test("a source that is short is cut, and reported", async () => {
  const server = await start(() => made(() => [DATA.subarray(0, SIZE - 1)]));
  const client = await server.connect();
  client.write(request("/"));
  const { complete, body } = await client.response();
  expect([complete, body.length]).toEqual([false, SIZE - 1]);
  expect(await takeErrors(server)).toEqual([expect.objectContaining({ code: "ERR_SLUICE_LENGTH_MISMATCH" })]);
});

test("a reply that is no resource has no ranges of its own", async () => {
  const server = await start(() => stream("application/octet-stream", [DATA.subarray(0, 10)]));
  const client = await server.connect();
  client.write(request("/", ["Range: bytes=0-1"]));
  expect(await client.response()).toMatchObject({ status: 200 });
});

describe.skipIf(lacks("curl"))("curl", () => {
  test("-r gets a range, and several", async () => {
    const server = await start(() => made());
    const get = (value: string) => run(pathOf("curl"), ["-sS", "-r", value, server.server.url.href]);
    expect((await get("5-14")).stdout).toBe(DATA.toString("latin1", 5, 15));
    expect((await get("-7")).stdout).toBe(DATA.toString("latin1", SIZE - 7));
    const { stdout } = await get("0-9,1000-1009");
    for (const at of [0, 1000]) {
      expect(stdout).toContain(
        `bytes ${at}-${at + 9}/${SIZE}\r\n\r\n${DATA.toString("latin1", at, at + 10)}\r\n--`,
      );
    }
  });

  test("-C - goes on with what it has", async () => {
    const server = await start(() => made());
    for (const length of [0, 1, 123_456, SIZE - 1]) {
      const path = join(mkdtempSync(join(tmpdir(), "sluice-ranges-")), "part");
      writeFileSync(path, DATA.subarray(0, length));
      const { status } = await run(pathOf("curl"), ["-sS", "-C", "-", "-o", path, server.server.url.href]);
      expect([status, sha256(readFileSync(path))]).toEqual([0, sha256(DATA)]);
      rmSync(join(path, ".."), { recursive: true });
    }
  });
});

test("what is in memory has ranges and a tag, over one connection", async () => {
  const server = await start(() => content("text/plain", "0123456789".repeat(500)));
  const client = await server.connect();
  client.write(request("/", ["Accept-Encoding: gzip"]));
  const whole = await client.response();
  expect(whole.headers.get("content-encoding")).toBe("gzip");
  const uncoded = whole.headers.get("etag")!.replace("-gzip", "");
  client.write(request("/", ["Accept-Encoding: gzip", "Range: bytes=3-6", `If-Range: ${uncoded}`]));
  expect(await client.response()).toMatchObject({ status: 206, body: "3456" });
  client.write(request("/", ["Accept-Encoding: gzip", `If-None-Match: ${whole.headers.get("etag")}`]));
  expect((await client.response()).status).toBe(304);
  client.write(request("HEAD /", ["Accept-Encoding: gzip"]));
  const head = await client.response("HEAD");
  expect([head.headers.get("etag"), head.headers.get("content-encoding")]).toEqual([
    whole.headers.get("etag"),
    "gzip",
  ]);
});
