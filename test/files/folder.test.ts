import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { files, type FilesOptions } from "../../src/files/folder.ts";
import { file } from "../../src/files/file.ts";
import { text } from "../../src/reply/reply.ts";
import type { FieldsInit } from "../../src/semantics/fields.ts";
import { request, start } from "../support/servers.ts";
import {
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

const TREE = {
  "index.html": "<h1>root",
  "a.txt": "a",
  "ä b.txt": "umlaut",
  "sub/index.html": "<h1>sub",
  "bare/one.bin": "1",
  ".env": "SECRET",
  ".well-known/security.txt": "contact",
};

/** Status and body for a target. */
async function ask(
  root: string,
  target: string,
  options: FilesOptions = {},
  headers: FieldsInit = {},
): Promise<[number, string]> {
  const reply = await files(root, options)(requestFor(target, headers));
  return [reply.status, await bodyOf(reply)];
}

const NOT_FOUND = [404, "404 Not Found\n"];

describe("files", () => {
  test("serves what is in the folder, by type", async () => {
    const root = folderOf(TREE);
    expect(await ask(root, "/a.txt")).toEqual([200, "a"]);
    expect(await ask(root, "/a.txt?v=1")).toEqual([200, "a"]);
    expect(await ask(root, "/%C3%A4%20b.txt")).toEqual([200, "umlaut"]);
    expect(await ask(root, "/bare/one.bin")).toEqual([200, "1"]);
    const reply = await files(pathToFileURL(root))(requestFor("/a.txt"));
    expect(fieldOf(reply, "content-type")).toBe("text/plain; charset=utf-8");
    expect(fieldOf(reply, "etag")).toMatch(/^(W\/)?"/);
    discard(reply);
    expect(openBelow(root)).toEqual([]);
  });

  test("a folder by its index, the first that is there", async () => {
    const root = folderOf(TREE);
    expect(await ask(root, "/")).toEqual([200, "<h1>root"]);
    expect(await ask(root, "/sub/")).toEqual([200, "<h1>sub"]);
    expect(await ask(root, "/bare/")).toEqual(NOT_FOUND);
    expect(await ask(root, "/bare/", { index: ["none.html", "one.bin", "two.bin"] })).toEqual([200, "1"]);
    expect(await ask(root, "/sub/", { index: [] })).toEqual(NOT_FOUND);
    mkdirSync(join(root, "odd/index.html"), { recursive: true });
    expect(await ask(root, "/odd/")).toEqual(NOT_FOUND);
    expect(openBelow(root)).toEqual([]);
  });

  test.each([
    "/missing",
    "/missing/",
    "/a.txt/",
    "/a.txt/b",
    "/sub/missing",
    `/${"x".repeat(300)}`,
    "/.env",
    "/.well-known/security.txt",
    "/SUB//",
  ])("%s is not found", async (target) => {
    const root = folderOf(TREE);
    expect(await ask(root, target)).toEqual(NOT_FOUND);
    expect(openBelow(root)).toEqual([]);
  });

  test("dot files where they are wanted", async () => {
    const root = folderOf(TREE);
    expect(await ask(root, "/.env", { dotfiles: true })).toEqual([200, "SECRET"]);
    expect(await ask(root, "/.well-known/security.txt", { dotfiles: true })).toEqual([200, "contact"]);
  });

  test("a path that breaks the rules is 400, whatever else is set", async () => {
    const root = folderOf(TREE);
    const options = { fallback: "index.html", dotfiles: true, notFound: () => text("own") };
    for (const target of ["/..", "/%2e%2e/a", "/sub/../a.txt", "/%zz", "/%C0%AF"]) {
      expect(await ask(root, target, options, { accept: "text/html" })).toEqual([400, "400 Bad Request\n"]);
    }
  });

  test("what is no file is not found, and nobody waits for it", async () => {
    const root = emptyFolder();
    execFileSync("mkfifo", [join(root, "pipe")]);
    expect(await ask(root, "/pipe")).toEqual(NOT_FOUND);
    expect(await ask(root, "/pipe", { precompressed: true })).toEqual(NOT_FOUND);
    expect(openBelow(root)).toEqual([]);
  });

  test("what can't be read is 403", async () => {
    const root = folderOf(TREE);
    const serve = files(root);
    const reply = await withoutRightTo(join(root, "a.txt"), () => serve(requestFor("/a.txt")));
    expect(reply).toMatchObject({ status: 403, body: "403 Forbidden\n" });
  });
});

describe("methods", () => {
  test("others than GET and HEAD", async () => {
    const serve = files(folderOf(TREE));
    for (const method of ["POST", "PUT", "DELETE", "get", "PATCH"]) {
      const reply = await serve(requestFor("/a.txt", {}, method));
      expect([reply.status, fieldOf(reply, "allow")]).toEqual([405, "GET, HEAD"]);
    }
    const options = await serve(requestFor("/a.txt", {}, "OPTIONS"));
    expect([options.status, fieldOf(options, "allow"), options.body]).toEqual([204, "GET, HEAD", null]);
  });
});

describe("redirects", () => {
  test.each([
    ["/sub", "./sub/"],
    ["/sub?a=1&b=/c?d", "./sub/?a=1&b=/c?d"],
    ["/sub?", "./sub/?"],
    ["/sub/deep%20er", "./deep%20er/"],
  ])("%s to %s", async (target, location) => {
    const root = folderOf({ ...TREE, "sub/deep er/x": "x" });
    const reply = await files(root)(requestFor(target));
    expect([reply.status, fieldOf(reply, "location")]).toEqual([301, location]);
    expect(openBelow(root)).toEqual([]);
  });

  test("of a prefix without its slash", async () => {
    const reply = await files(folderOf(TREE), { prefix: "/static/" })(requestFor("/static?x"));
    expect([reply.status, fieldOf(reply, "location")]).toEqual([301, "./static/?x"]);
  });

  test("never to another host, whatever folders there are", async () => {
    const root = emptyFolder();
    for (const name of [
      "evil.example",
      "javascript;alert(1)",
      "@evil.example",
      "a/evil.example",
      "...",
      "%2F",
    ])
      mkdirSync(join(root, name), { recursive: true });
    const target = fc
      .array(
        fc.constantFrom(
          "/",
          "\\",
          "evil.example",
          "%2F",
          "%5C",
          "@",
          "a",
          "javascript;alert(1)",
          "?",
          "https:",
          "...",
          "%252F",
        ),
        { maxLength: 6 },
      )
      .map((pieces) => `/${pieces.join("")}`);
    const serve = files(root, { dotfiles: true });
    let redirects = 0;
    await fc.assert(
      fc.asyncProperty(target, async (path) => {
        const location = fieldOf(await serve(requestFor(path)), "location");
        if (location === undefined) return;
        redirects++;
        expect(new URL(location, `http://host.example${path}`)).toMatchObject({
          protocol: "http:",
          host: "host.example",
        });
        const [plain, query] = path.split(/(\?.*)/s);
        expect(new URL(location, `http://host.example${path}`).href).toBe(
          new URL(`http://host.example${plain}/${query ?? ""}`).href,
        );
      }),
      { numRuns: 500 },
    );
    expect(redirects).toBeGreaterThan(5);
  });
});

describe("options", () => {
  test("a prefix", async () => {
    const root = folderOf(TREE);
    expect(await ask(root, "/static/a.txt", { prefix: "/static" })).toEqual([200, "a"]);
    expect(await ask(root, "/a.txt", { prefix: "/static" })).toEqual(NOT_FOUND);
    expect(await ask(root, "/static/", { prefix: "/static/" })).toEqual([200, "<h1>root"]);
  });

  test("fields, ages and types", async () => {
    const root = folderOf({ ...TREE, "v.ts": "x" });
    const fieldsWith = async (
      options: FilesOptions,
      target = "/a.txt",
    ): Promise<(name: string) => string | undefined> => {
      const reply = await files(root, options)(requestFor(target));
      discard(reply);
      return (name) => fieldOf(reply, name);
    };
    const own = await fieldsWith({ headers: { "X-Own": "1" }, cacheControl: "no-cache", charset: false });
    expect([own("x-own"), own("cache-control"), own("content-type")]).toEqual([
      "1",
      "no-cache",
      "text/plain",
    ]);
    expect((await fieldsWith({ immutable: true }))("cache-control")).toBe("max-age=31536000, immutable");
    expect(
      (await fieldsWith({ immutable: true, cacheControl: "private, max-age=60" }))("cache-control"),
    ).toBe("private, max-age=60, immutable");
    expect((await fieldsWith({ types: { ".TS": "video/mp2t" } }, "/v.ts"))("content-type")).toBe(
      "video/mp2t",
    );
    expect((await fieldsWith({ types: { ts: "text/x" } }, "/v.ts"))("content-type")).toBe(
      "text/x; charset=utf-8",
    );
  });

  test("a fallback for pages, and for nothing else", async () => {
    const root = folderOf(TREE);
    const options = { fallback: "/sub/index.html", immutable: true };
    const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    expect(await ask(root, "/app/route", options, html)).toEqual([200, "<h1>sub"]);
    expect(await ask(root, "/app/route/", options, html)).toEqual([200, "<h1>sub"]);
    expect(await ask(root, "/app.js", options, { accept: "*/*" })).toEqual(NOT_FOUND);
    expect(await ask(root, "/app.js", options)).toEqual(NOT_FOUND);
    const page = await files(root, options)(requestFor("/route", html));
    expect(fieldOf(page, "vary")).toContain("Accept");
    expect(fieldOf(page, "cache-control")).toBeUndefined();
    discard(page);
    expect(fieldOf(await files(root, options)(requestFor("/route")), "vary")).toBe("Accept");
    expect(await ask(root, "/route", { fallback: "gone.html" }, html)).toEqual(NOT_FOUND);
    expect(openBelow(root)).toEqual([]);
  });

  test("a fallback for what is below the prefix alone", async () => {
    const root = folderOf(TREE);
    const options = { prefix: "/app", fallback: "index.html" };
    const html = { accept: "text/html" };
    expect(await ask(root, "/app/route", options, html)).toEqual([200, "<h1>root"]);
    for (const path of ["/route", "/apple", "/", "/../app"])
      expect([path, await ask(root, path, options, html)]).toEqual([path, NOT_FOUND]);
    const outside = await files(root, options)(requestFor("/route", html));
    expect(fieldOf(outside, "vary")).toBeUndefined();
    const notFound = () => text("none", { status: 404 });
    expect(await ask(root, "/route", { ...options, notFound }, html)).toEqual([404, "none"]);
  });

  test("another answer where nothing is found: a reply or a resource", async () => {
    const root = folderOf(TREE);
    expect(await ask(root, "/x", { notFound: ({ path }) => text(`no ${path}`, { status: 410 }) })).toEqual([
      410,
      "no /x",
    ]);
    const page = file(join(root, "a.txt"), { status: 404 });
    expect(await ask(root, "/x", { notFound: () => page })).toEqual([404, "a"]);
    expect(await ask(root, "/.env", { notFound: () => page })).toEqual([404, "a"]);
  });

  test("that make no sense", () => {
    const root = folderOf(TREE);
    const refused = { name: "UsageError", code: "ERR_SLUICE_OPTION" };
    const wrong: FilesOptions[] = [
      { symlink: "refuse" } as never,
      { symlinks: "none" as never },
      { prefix: "static" },
      ...["", "/", "//", ".", "../a.txt", "sub/../a.txt", "a\0", "a\\b"].map((fallback) => ({ fallback })),
      { fallback: 1 as never },
    ];
    for (const options of wrong) expect(() => files(root, options)).toThrow(expect.objectContaining(refused));
    expect(() => files(root, { headers: { "a b": "c" } })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_INVALID_FIELD" }),
    );
    expect(() => files(join(root, "none"))).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_FILE_NOT_FOUND" }),
    );
    expect(() => files(join(root, "a.txt"))).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_FILE_KIND" }),
    );
  });
});

test("no path serves what lies outside", async () => {
  const folder = folderOf({
    "root/a.txt": "inside",
    "root/sub/b.txt": "inside",
    "root/.hidden": "SECRET",
    "secret.txt": "SECRET",
    "rootlet/c.txt": "SECRET",
  });
  const serve = files(join(folder, "root"), { prefix: "/p", listing: true, precompressed: true });
  const piece = fc.constantFrom(
    "/",
    "//",
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "..%2f",
    "%2f",
    "%5c",
    "\\",
    "..%5c",
    "%252e%252e",
    "%c0%ae",
    "%00",
    "secret.txt",
    "rootlet",
    "c.txt",
    "sub",
    "a.txt",
    "b.txt",
    ".hidden",
    "%2ehidden",
    "root",
    ";",
    "?",
    folder,
    "file:",
    "~",
    "%ff",
  );
  let served = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const reply = await serve(requestFor(`/p${pieces.join("")}`));
      const body = await bodyOf(reply);
      expect(body).not.toContain("SECRET");
      expect(body).not.toContain("secret.txt");
      expect(body).not.toContain("hidden");
      if (reply.status === 200) served++;
      else expect([301, 400, 404]).toContain(reply.status);
    }),
    {
      numRuns: 1_500,
      examples: [
        [["/", "a.txt"]],
        [["/", "sub", "/", "b.txt"]],
        [["/", "..", "/", "secret.txt"]],
        [["/", "sub", "/"]],
      ],
    },
  );
  expect(served).toBeGreaterThan(3);
  expect(openBelow(folder)).toEqual([]);
});

test("a folder on the wire: parts, conditions, HEAD, a list, and readers that leave", async () => {
  const root = folderOf({ "a.bin": "0123456789".repeat(100_000), "list/one.txt": "1" });
  const server = await start(files(root, { listing: true }));
  const client = await server.connect();
  client.write(request("/a.bin", ["Range: bytes=10-12"]));
  expect(await client.response()).toMatchObject({ status: 206, body: "012" });
  client.write(request("HEAD /a.bin"));
  expect((await client.response("HEAD")).headers.get("content-length")).toBe("1000000");
  client.write(request("HEAD /list/"));
  expect(await client.response("HEAD")).toMatchObject({ status: 200, body: "" });
  client.write(request("/list/"));
  expect((await client.response()).body).toContain('<a href="./one.txt">one.txt</a>');
  client.write(request("OPTIONS /a.bin"));
  expect(await client.response()).toMatchObject({ status: 204 });
  client.write(request("POST /a.bin", ["Content-Length: 0"]));
  expect((await client.response()).headers.get("allow")).toBe("GET, HEAD");
  for (let round = 0; round < 40; round++) {
    const reader = await server.connect();
    reader.write(request(round % 2 === 0 ? "/a.bin" : "/list/"));
    if (round % 3 === 0) await reader.until((seen) => seen.length > 0);
    reader.reset();
    await reader.closed();
  }
  put(join(root, "last.txt"), "x");
  await expect.poll(() => openBelow(root), { interval: 5 }).toEqual([]);
});

test.each([
  { dotfiles: "no" },
  { listing: 1 },
  { precompressed: "gzip" },
  { immutable: null },
  { prefix: 5 },
])("options of another type are refused: %j", (options) => {
  expect(() => files(".", options as never)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OPTION" }));
});
