import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { file, type FileOptions } from "../../src/files/file.ts";
import { openFile } from "../../src/files/file-representation.ts";
import type { Reply } from "../../src/reply/reply.ts";
import { request, start, takeErrors, type TestServer } from "../support/servers.ts";
import {
  age,
  bodyOf,
  discard,
  emptyFolder,
  fieldOf,
  folderOf,
  openBelow,
  put,
  requestFor,
  withoutRightTo,
} from "./file-fixtures.ts";

const LONG_AGO = Date.UTC(2020, 1, 2, 3, 4, 5);
const STRONG = /^"[\w-]{22}"$/;
const WEAK = /^W\/"[\w-]{22}-new"$/;

/** The tag of a file, as it will be when it has not changed for a while. */
async function tagLater(path: string, later = 2_000): Promise<string | undefined> {
  const { ctimeMs, mtimeMs } = statSync(path, { bigint: true });
  vi.useFakeTimers({ toFake: ["Date"], now: Number(ctimeMs > mtimeMs ? ctimeMs : mtimeMs) + later });
  try {
    const representation = await openFile(path);
    representation.close();
    return representation.etag;
  } finally {
    vi.useRealTimers();
  }
}

describe("openFile", () => {
  test("tells what a file is, and reads it", async () => {
    const folder = folderOf({ "a.css": "body {}" });
    age(join(folder, "a.css"), LONG_AGO);
    const representation = await openFile(join(folder, "a.css"));
    expect(representation).toMatchObject({ size: 7, type: "text/css", lastModified: LONG_AGO });
    expect(await bodyOf({ status: 200, headers: {}, body: representation.read(1, 5) })).toBe("ody ");
    representation.close();
    expect(openBelow(folder)).toEqual([]);
  });

  test("takes a URL, a type, and a tag or none", async () => {
    const url = pathToFileURL(join(folderOf({ "ä b.txt": "x" }), "ä b.txt"));
    const own = await openFile(url, { type: "text/x-own", etag: '"own"' });
    expect(own).toMatchObject({ type: "text/x-own", etag: '"own"' });
    own.close();
    await expect(openFile(url, { cacheControl: "no-store" } as never)).rejects.toMatchObject({
      code: "ERR_SLUICE_OPTION",
    });
    const none = await openFile(url, { etag: false });
    expect(none.etag).toBeUndefined();
    none.close();
  });

  test("reads the file that it has opened, whatever its path leads to later", async () => {
    const folder = folderOf({ a: "old", b: "new!" });
    const representation = await openFile(join(folder, "a"));
    renameSync(join(folder, "b"), join(folder, "a"));
    expect(await bodyOf({ status: 200, headers: {}, body: representation.read(0, 3) })).toBe("old");
    representation.close();
  });

  test("says which files it can't open, with the path in the cause alone", async () => {
    const folder = folderOf({ a: "x" });
    symlinkSync("loop", join(folder, "loop"));
    for (const name of ["missing", "a/b", "x".repeat(300), "loop"]) {
      const error = await openFile(join(folder, name)).then(undefined, (reason: Error) => reason);
      expect(error).toMatchObject({ name: "UsageError", code: "ERR_SLUICE_FILE_NOT_FOUND" });
      expect((error as Error).message).not.toContain(folder);
      expect(((error as Error).cause as Error).message).toContain(folder);
    }
    await expect(openFile(folder)).rejects.toMatchObject({ code: "ERR_SLUICE_FILE_KIND" });
    await expect(openFile("/dev/null")).rejects.toMatchObject({ code: "ERR_SLUICE_FILE_KIND" });
    expect(openBelow(folder)).toEqual([]);
  });

  test("says what it may not read", async () => {
    const path = join(folderOf({ secret: "x" }), "secret");
    await withoutRightTo(path, () =>
      expect(openFile(path)).rejects.toMatchObject({ code: "ERR_SLUICE_FILE_FORBIDDEN" }),
    );
  });

  test("does not wait for a pipe that nobody writes to, nor for a socket", async () => {
    const folder = emptyFolder();
    execFileSync("mkfifo", [join(folder, "pipe")]);
    await expect(openFile(join(folder, "pipe"))).rejects.toMatchObject({ code: "ERR_SLUICE_FILE_KIND" });
    const server = createServer().listen(join(folder, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(openFile(join(folder, "socket"))).rejects.toMatchObject({ code: "ERR_SLUICE_FILE_KIND" });
    server.close();
  });
});

describe("the tag of a file", () => {
  test("is strong two seconds after a change, and weak and another one before", async () => {
    const path = join(folderOf({ a: "x" }), "a");
    const strong = await tagLater(path);
    expect(strong).toMatch(STRONG);
    expect(await tagLater(path, 100_000)).toBe(strong);
    const young = await tagLater(path, 1_999);
    expect(young).toMatch(WEAK);
    expect(young!.slice(3)).not.toBe(strong!.slice(1));
    expect(young).toContain(strong!.slice(1, -1));
  });

  test("is weak in the future, and Last-Modified is never in it", async () => {
    const path = join(folderOf({ a: "x" }), "a");
    const tomorrow = Date.now() + 86_400_000;
    age(path, tomorrow);
    const representation = await openFile(path);
    representation.close();
    expect(representation.etag).toMatch(WEAK);
    expect(representation.lastModified).toBeLessThanOrEqual(Date.now());
  });

  test("is another one after every change", async () => {
    const folder = folderOf({ a: "one" });
    const path = join(folder, "a");
    const seen = [await tagLater(path)];
    const expectAnother = async (): Promise<void> => {
      const tag = await tagLater(path);
      expect(seen).not.toContain(tag);
      seen.push(tag);
    };
    writeFileSync(path, "two");
    await expectAnother();
    age(path, LONG_AGO);
    await expectAnother();
    // A nanosecond more or less: utimes takes microseconds.
    utimesSync(path, LONG_AGO / 1000, LONG_AGO / 1000 + 0.000_002);
    await expectAnother();
    // Written to, and the time put back: what "cp -p" does over an old file of the same size.
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "six");
    utimesSync(path, atime, mtime);
    await expectAnother();
    // Replaced by another file of the same size and time.
    put(join(folder, "b"), "ten");
    utimesSync(join(folder, "b"), atime, mtime);
    renameSync(join(folder, "b"), path);
    await expectAnother();
    put(path, "longer");
    await expectAnother();
  });

  test("is the same by another name, and while nothing changes", async () => {
    const folder = folderOf({ a: "x" });
    linkSync(join(folder, "a"), join(folder, "b"));
    expect(await tagLater(join(folder, "a"))).toBe(await tagLater(join(folder, "b")));
  });
});

describe("file", () => {
  const respond = async (path: string | URL, options?: FileOptions, fields = {}): Promise<Reply> =>
    file(path, options).respond(requestFor("/", fields));

  test("answers with its fields", async () => {
    const path = join(folderOf({ "a.html": "<p>ä" }), "a.html");
    age(path, LONG_AGO);
    const reply = await respond(path, { cacheControl: "max-age=60", headers: { "X-Own": "1" } });
    expect(reply.status).toBe(200);
    expect(fieldOf(reply, "content-type")).toBe("text/html; charset=utf-8");
    expect(fieldOf(reply, "last-modified")).toBe("Sun, 02 Feb 2020 03:04:05 GMT");
    expect(fieldOf(reply, "cache-control")).toBe("max-age=60");
    expect(fieldOf(reply, "x-own")).toBe("1");
    expect(fieldOf(reply, "etag")).toMatch(WEAK);
    expect(fieldOf(reply, "content-disposition")).toBeUndefined();
    expect(await bodyOf(reply)).toBe("<p>\xc3\xa4");
  });

  test("as another type, with another charset or none, without a tag, with another status", async () => {
    const path = join(folderOf({ "a.txt": "x" }), "a.txt");
    const typeWith = async (options: FileOptions): Promise<string | undefined> => {
      const reply = await respond(path, options);
      discard(reply);
      return fieldOf(reply, "content-type");
    };
    expect(await typeWith({ charset: "iso-8859-1" })).toBe("text/plain; charset=iso-8859-1");
    expect(await typeWith({ charset: false })).toBe("text/plain");
    expect(await typeWith({ type: "application/json" })).toBe("application/json");
    expect(await typeWith({ type: "text/html" })).toBe("text/html; charset=utf-8");
    const tagged = await respond(path, { etag: '"own"' });
    expect(fieldOf(tagged, "etag")).toBe('"own"');
    discard(tagged);
    const reply = await respond(path, { etag: false, status: 404 });
    expect(reply.status).toBe(404);
    expect(fieldOf(reply, "etag")).toBeUndefined();
    expect(fieldOf(reply, "last-modified")).toBeDefined();
    discard(reply);
  });

  test("refuses what is no option", () => {
    expect(() => file("a", { cacheCntrol: "no-store" } as never)).toThrow(
      expect.objectContaining({ name: "UsageError", code: "ERR_SLUICE_OPTION" }),
    );
  });

  test("does not look at the method", async () => {
    const path = join(folderOf({ "a.txt": "all of it" }), "a.txt");
    const reply = await file(path).respond(requestFor("/", { range: "bytes=0-2" }, "POST"));
    expect([reply.status, await bodyOf(reply)]).toEqual([200, "all of it"]);
  });

  test("to be saved, under its own name or another one", async () => {
    const path = join(folderOf({ "ä.txt": "x" }), "ä.txt");
    const dispositionWith = async (options: FileOptions): Promise<string | undefined> => {
      const reply = await respond(path, options);
      discard(reply);
      return fieldOf(reply, "content-disposition");
    };
    expect(await dispositionWith({ download: true })).toBe(
      `attachment; filename="_.txt"; filename*=UTF-8''%C3%A4.txt`,
    );
    expect(await dispositionWith({ download: "b.pdf" })).toBe('attachment; filename="b.pdf"');
    expect(await dispositionWith({ download: false })).toBeUndefined();
    const headers = { "content-disposition": "inline" };
    expect(await dispositionWith({ download: true, headers })).toBe("inline");
  });

  test("is 404 where it isn't, without its path, and goes on when it is back", async () => {
    const folder = emptyFolder();
    const resource = file(pathToFileURL(join(folder, "late.txt")));
    const missing = await resource.respond(requestFor("/"));
    expect(missing).toMatchObject({ status: 404, body: "404 Not Found\n" });
    put(join(folder, "late.txt"), "here");
    expect(await bodyOf(await resource.respond(requestFor("/")))).toBe("here");
  });

  test("is 403 where it can't be read", async () => {
    const path = join(folderOf({ secret: "x" }), "secret");
    const reply = await withoutRightTo(path, () => respond(path));
    expect(reply).toMatchObject({ status: 403, body: "403 Forbidden\n" });
  });

  test("of a folder is the caller's mistake", async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "sub"));
    await expect(respond(join(folder, "sub"))).rejects.toMatchObject({ code: "ERR_SLUICE_FILE_KIND" });
  });
});

describe("a file on the wire", () => {
  const MEGABYTE = "0123456789abcdef".repeat(65_536);

  test("whole, by parts, not again, and by HEAD", async () => {
    const folder = folderOf({ "a.bin": MEGABYTE });
    const server = await start(() => file(join(folder, "a.bin")));
    const client = await server.connect();
    client.write(request("/"));
    const whole = await client.response();
    expect(whole.body === MEGABYTE).toBe(true);
    expect(whole.headers.get("content-length")).toBe("1048576");
    client.write(request("/", ["Range: bytes=15-17"]));
    expect(await client.response()).toMatchObject({ status: 206, body: "f01" });
    client.write(request("/", [`If-None-Match: ${whole.headers.get("etag")}`]));
    expect(await client.response()).toMatchObject({ status: 304, body: "" });
    client.write(request("HEAD /"));
    const head = await client.response("HEAD");
    expect(head.headers.get("content-length")).toBe("1048576");
    client.write(request("/", ["Range: bytes=-3"]));
    expect(await client.response()).toMatchObject({ status: 206, body: "def" });
    expect(openBelow(folder)).toEqual([]);
  });

  /** Changes the length of a file when the first octets of it have arrived, and says how many octets arrive of the body. */
  async function receiveWhile(
    announced: number,
    changed: number,
  ): Promise<{ octets: number; server: TestServer }> {
    const path = join(folderOf({ "a.bin": "" }), "a.bin");
    truncateSync(path, announced);
    const server = await start(() => file(path));
    const socket = connect(server.port, "127.0.0.1");
    socket.write(request("/", ["Connection: close"]));
    let octets = 0;
    let begun = false;
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => {
      if (!begun) {
        begun = true;
        truncateSync(path, changed);
        const head = piece.toString("latin1").split("\r\n\r\n", 1)[0];
        expect(head).toContain(`Content-Length: ${announced}`);
        octets -= head.length + 4;
      }
      octets += piece.length;
    });
    await new Promise((resolve) => socket.on("close", resolve));
    await expect.poll(() => openBelow(path), { interval: 1 }).toEqual([]);
    return { octets, server };
  }

  // More than the kernel keeps between a writer and a reader.
  const LARGE = 64 * 1_048_576;

  test("that becomes shorter ends short, and is not padded", async () => {
    const { octets, server } = await receiveWhile(LARGE, LARGE - 1_048_576);
    expect(octets).toBe(LARGE - 1_048_576);
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_SOURCE_SHORT" }]);
  });

  test("that becomes longer is sent as it was announced", async () => {
    expect((await receiveWhile(LARGE, LARGE + 5_000_000)).octets).toBe(LARGE);
  });

  test("is not open any longer after its reader has left", async () => {
    const folder = folderOf({ "a.bin": MEGABYTE.repeat(16), "b.txt": "x".repeat(5_000) });
    const server = await start((asked) => file(join(folder, asked.path)));
    for (let round = 0; round < 60; round++) {
      const client = await server.connect();
      client.write(
        request(round % 3 === 0 ? "/b.txt" : "/a.bin", round % 2 === 0 ? ["Accept-Encoding: gzip"] : []),
      );
      if (round % 4 !== 0) await client.until((text) => text.length > 0);
      client.reset();
      await client.closed();
    }
    await expect.poll(() => openBelow(folder), { interval: 5 }).toEqual([]);
  });
});
