// Files and archives by our server, and downloads by our client.

import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { file, files, tar, zip } from "sluice";
import { download } from "sluice/client";
import { equal, ok } from "../suite/expect.mjs";
import { latin1 } from "../suite/octets.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { turn, until } from "../suite/waiting.mjs";

/** A folder with a file of this many octets, last changed long ago. */
async function inFolder(size, use) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-runtimes-"));
  try {
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 31) % 251));
    const path = join(folder, "data.bin");
    writeFileSync(path, bytes);
    utimesSync(path, 1_600_000_000, 1_600_000_000);
    await use({ folder, path, bytes });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a file is sent whole, in ranges, and on conditions", () =>
  inFolder(300_000, ({ path, bytes }) =>
    withServer(
      () => file(path),
      async ({ connect }) => {
        const client = await connect();
        const whole = await client.get("/").response();
        equal(
          [whole.status, whole.body.length, whole.headers["accept-ranges"]],
          [200, bytes.length, "bytes"],
        );
        ok(whole.body === latin1(bytes), "the file");
        for (const [range, start, end] of [
          ["0-0", 0, 1],
          ["100000-199999", 100_000, 200_000],
          ["-5", 299_995, 300_000],
        ]) {
          const part = await client.get("/", `Range: bytes=${range}`).response();
          equal([part.status, part.headers["content-range"]], [206, `bytes ${start}-${end - 1}/300000`]);
          ok(part.body === latin1(bytes.subarray(start, end)), `the range ${range}`);
        }
        const parts = await client.get("/", "Range: bytes=0-1,200000-200001").response();
        ok(parts.headers["content-type"].startsWith("multipart/byteranges"), "two parts");
        equal((await client.get("/", "Range: bytes=300000-").response()).status, 416);
        equal((await client.get("/", `If-None-Match: ${whole.headers.etag}`).response()).status, 304);
        equal((await client.get("/", 'If-Match: "other"').response()).status, 412);
      },
    ),
  ));

test("a folder is served, and nothing outside of it", () =>
  inFolder(10, ({ folder, bytes }) =>
    withServer(files(join(folder)), async ({ connect }) => {
      const client = await connect();
      const { status, body } = await client.get("/data.bin").response();
      equal([status, body], [200, latin1(bytes)]);
      equal((await client.get("/missing").response()).status, 404);
      const { status: outside } = await client.get("/../../etc/passwd").response();
      ok(outside >= 400, "a refusal");
    }),
  ));

test("archives are made on the way", () =>
  withServer(
    ({ path }) => {
      const entries = [
        { name: "a.txt", source: "hello ".repeat(100) },
        { name: "b/c.txt", source: ["one ", "two"], size: 7 },
      ];
      return path === "/zip" ? zip(entries) : tar(entries);
    },
    async ({ client, url }) => {
      const expected = [
        ["a.txt", "hello ".repeat(100)],
        ["b/c.txt", "one two"],
      ];
      equal(readZip(Buffer.from(await (await client.request(url("/zip"))).body.bytes())), expected);
      equal(readTar(Buffer.from(await (await client.request(url("/tar"))).body.bytes())), expected);
    },
  ));

/** Names and contents, by the central directory of an archive without ZIP64. */
function readZip(bytes) {
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = bytes.readUInt32LE(end + 16);
  return Array.from({ length: bytes.readUInt16LE(end + 10) }, () => {
    const [method, size, nameLength, extraLength, local] = [
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt32LE(at + 42),
    ];
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extraLength;
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + size);
    return [name, (method === 0 ? data : inflateRawSync(data)).toString()];
  });
}

/** Names and contents of an archive with short names. */
function readTar(bytes) {
  const found = [];
  for (let at = 0; bytes[at] !== 0;) {
    const size = Number.parseInt(bytes.toString("latin1", at + 124, at + 136), 8);
    const name = bytes.toString("latin1", at, bytes.indexOf(0, at));
    found.push([name, bytes.toString("latin1", at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

test("a reader that leaves lets go of the file", () =>
  inFolder(64 * 1024 * 1024, ({ path }) =>
    withServer(
      () => file(path),
      async ({ connect, server }) => {
        const client = await connect({ paused: true });
        client.get("/");
        await until(() => server.stats.active === 1);
        client.destroy();
        await until(() => server.stats.active === 0);
      },
    ),
  ));

test("a download goes on where it was cut", () =>
  inFolder(3_000_000, ({ folder, bytes }) => {
    const ranges = [];
    const inPart = async function* (first, last) {
      yield bytes.subarray(first, 1_000_000);
      await turn();
      if (ranges.length === 1) throw new Error("cut");
      yield bytes.subarray(Math.max(first, 1_000_000), last + 1);
    };
    return withServer(
      ({ headers }) => {
        const [range, first, last = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.get("range")) ?? [];
        ranges.push(range);
        const end = last === "" ? bytes.length - 1 : Number(last);
        return {
          status: 206,
          headers: { ETag: '"one"', "Content-Range": `bytes ${first}-${end}/${bytes.length}` },
          body: inPart(Number(first), end),
        };
      },
      async ({ client, url, takeErrors }) => {
        const target = join(folder, "copy.bin");
        const { size } = await download(url(), target, { client, connections: 1 });
        equal(size, bytes.length);
        ok(readFileSync(target).equals(bytes), "the same file");
        equal(ranges[0], "bytes=0-");
        ok(ranges.length > 1 && ranges[1] !== "bytes=0-", `a part of the file, not ${ranges[1]}`);
        await takeErrors();
      },
    );
  }));
