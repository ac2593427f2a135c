import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { files, type FilesOptions } from "../../src/files/folder.ts";
import type { Reply } from "../../src/reply/reply.ts";
import { request, start } from "../support/servers.ts";
import { age, bodyOf, fieldOf, folderOf, openBelow, put, requestFor } from "./file-fixtures.ts";

const PAGE = "<p>water</p>\n".repeat(200);
const ALL = {
  "a.html": PAGE,
  "a.html.br": "BR",
  "a.html.zst": "ZST",
  "a.html.gz": "GZ",
  "plain.txt": "plain",
  "only.bin": "1",
  "only.bin.gz": "GZ1",
};

async function choose(
  root: string,
  accept: string | undefined,
  target = "/a.html",
  options: FilesOptions = {},
): Promise<{ reply: Reply; coding: string | undefined; body: string }> {
  const headers = accept === undefined ? {} : { "accept-encoding": accept };
  const reply = await files(root, { precompressed: true, ...options })(requestFor(target, headers));
  return { reply, coding: fieldOf(reply, "content-encoding"), body: await bodyOf(reply) };
}

describe("precompressed files", () => {
  test.each([
    [undefined, undefined],
    ["", undefined],
    ["identity", undefined],
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, zstd", "zstd"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["br;q=0, *", "zstd"],
    ["*;q=0", undefined],
    ["deflate", undefined],
    ["gzip;q=0", undefined],
  ])("for Accept-Encoding %j: %s", async (accept, coding) => {
    const root = folderOf(ALL);
    const chosen = await choose(root, accept);
    expect(chosen.coding).toBe(coding);
    const bodies: Record<string, string> = { br: "BR", zstd: "ZST", gzip: "GZ" };
    expect(chosen.body).toBe(coding === undefined ? PAGE : bodies[coding]);
    expect(fieldOf(chosen.reply, "content-type")).toBe("text/html; charset=utf-8");
    expect(fieldOf(chosen.reply, "vary")).toBe("Accept-Encoding");
    expect(openBelow(root)).toEqual([]);
  });

  test("each has its own tag", async () => {
    const root = folderOf(ALL);
    const tags = new Set<string | undefined>();
    for (const accept of ["identity", "br", "zstd", "gzip"])
      tags.add(fieldOf((await choose(root, accept)).reply, "etag"));
    expect(tags.size).toBe(4);
  });

  test("the next best where one is missing, and the original where all are", async () => {
    const root = folderOf(ALL);
    expect(await choose(root, "br, zstd, gzip", "/only.bin")).toMatchObject({ coding: "gzip", body: "GZ1" });
    const plain = await choose(root, "br, gzip", "/plain.txt");
    expect(plain).toMatchObject({ coding: undefined, body: "plain" });
    expect(fieldOf(plain.reply, "vary")).toBe("Accept-Encoding");
  });

  test("no original, no file; and what is asked for by its own name is itself", async () => {
    const root = folderOf({ "b.html.br": "BR", ...ALL });
    expect((await choose(root, "br", "/b.html")).reply.status).toBe(404);
    const itself = await choose(root, "br", "/a.html.gz");
    expect(itself).toMatchObject({ coding: undefined, body: "GZ" });
    expect(fieldOf(itself.reply, "content-type")).toBe("application/gzip");
  });

  test("one left over from an earlier build is passed over", async () => {
    const root = folderOf(ALL);
    const built = Math.floor(Date.now() / 1000) * 1000 - 1_000_000;
    age(join(root, "a.html"), built);
    age(join(root, "a.html.br"), built - 60_000);
    expect((await choose(root, "br, gzip")).coding).toBe("br");
    age(join(root, "a.html.br"), built - 61_000);
    expect((await choose(root, "br, gzip")).coding).toBe("gzip");
    expect(openBelow(root)).toEqual([]);
  });

  test("a folder of that name is none", async () => {
    const root = folderOf({ "a.txt": "a" });
    mkdirSync(join(root, "a.txt.br"));
    expect(await choose(root, "br", "/a.txt")).toMatchObject({ coding: undefined, body: "a" });
    expect(openBelow(root)).toEqual([]);
  });

  test("of an index, too, and not unless they are wanted", async () => {
    const root = folderOf({ "index.html": PAGE, "index.html.br": "BR" });
    expect((await choose(root, "br", "/")).coding).toBe("br");
    const without = await choose(root, "br", "/", { precompressed: false, compress: false });
    expect(without).toMatchObject({ coding: undefined, body: PAGE });
  });

  test("a Vary of the caller's is kept", async () => {
    const root = folderOf(ALL);
    const varyWith = async (vary: string): Promise<string | undefined> =>
      fieldOf((await choose(root, "br", "/a.html", { headers: { vary } })).reply, "vary");
    expect(await varyWith("Cookie")).toBe("Cookie, Accept-Encoding");
    expect(await varyWith("accept-encoding")).toBe("accept-encoding");
    expect(await varyWith("*")).toBe("*");
  });

  test("to who refuses identity, too: 406 for what could have been coded, else the original", async () => {
    const root = folderOf({ ...ALL, "b.html": PAGE });
    const server = await start(files(root, { precompressed: true }));
    const client = await server.connect();
    client.write(request("/a.html", ["Accept-Encoding: *;q=0"]));
    expect(await client.response()).toMatchObject({ status: 406 });
    client.write(request("/only.bin", ["Accept-Encoding: *;q=0"]));
    expect(await client.response()).toMatchObject({ status: 200, body: "1" });
    client.write(request("/b.html", ["Accept-Encoding: deflate, identity;q=0"]));
    const coded = await client.response();
    expect([coded.status, coded.headers.get("content-encoding")]).toEqual([200, "deflate"]);
    await expect.poll(() => openBelow(root)).toEqual([]);
  });

  test("parts are parts of the coded octets, and nothing is coded twice", async () => {
    const coded = gzipSync(PAGE);
    const root = folderOf({ "a.html": PAGE });
    put(join(root, "a.html.gz"), coded);
    put(join(root, "a.html.br"), brotliCompressSync(PAGE));
    const server = await start(files(root, { precompressed: true }));
    const client = await server.connect();
    client.write(request("/a.html", ["Accept-Encoding: gzip"]));
    const whole = await client.response();
    expect(whole.body).toBe(coded.toString("latin1"));
    client.write(request("/a.html", ["Accept-Encoding: gzip", "Range: bytes=2-9"]));
    const again = await client.response();
    expect(again).toMatchObject({ status: 206, body: coded.subarray(2, 10).toString("latin1") });
    expect(again.headers.get("content-encoding")).toBe("gzip");
    expect(again.headers.get("content-range")).toBe(`bytes 2-9/${coded.length}`);
    client.write(
      request("/a.html", ["Accept-Encoding: gzip", `If-None-Match: ${whole.headers.get("etag")}`]),
    );
    expect(await client.response()).toMatchObject({ status: 304 });
    client.write(request("/a.html", ["Accept-Encoding: br", `If-None-Match: ${whole.headers.get("etag")}`]));
    const other = await client.response();
    expect(other.status).toBe(200);
    expect(other.headers.get("content-encoding")).toBe("br");
  });
});
