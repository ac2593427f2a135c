import { mkdirSync, opendirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { files } from "../../src/files/folder.ts";
import { Listing } from "../../src/files/listing.ts";
import { bodyOf, discard, emptyFolder, fieldOf, folderOf, openBelow, requestFor } from "./file-fixtures.ts";

const linksOf = (page: string): string[] => [...page.matchAll(/<a href="([^"]*)">/g)].map(([, href]) => href);

describe("a list", () => {
  test("has the files and folders by name, and the way up", async () => {
    const root = folderOf({ "b.txt": "", "a.txt": "", "c/x": "", ".hidden": "" });
    const serve = files(root, { listing: true });
    const top = await bodyOf(await serve(requestFor("/")));
    expect(linksOf(top)).toEqual(["./a.txt", "./b.txt", "./c/"]);
    const below = await serve(requestFor("/c/"));
    expect(fieldOf(below, "content-type")).toBe("text/html; charset=utf-8");
    expect(fieldOf(below, "content-security-policy")).toBe("default-src 'none'");
    const page = await bodyOf(below);
    expect(page).toContain("<title>/c/</title>");
    expect(linksOf(page)).toEqual(["../", "./x"]);
    expect(openBelow(root)).toEqual([]);
  });

  test("only where there is no index, and only of a folder", async () => {
    const root = folderOf({ "index.html": "index", "sub/a": "" });
    const serve = files(root, { listing: true });
    expect(await bodyOf(await serve(requestFor("/")))).toBe("index");
    expect((await serve(requestFor("/sub/a/"))).status).toBe(404);
    expect((await serve(requestFor("/none/"))).status).toBe(404);
  });

  test("dot files and links where they are served", async () => {
    const root = folderOf({ ".a": "", b: "" });
    symlinkSync("b", join(root, "link"));
    const listWith = async (options: object): Promise<string[]> =>
      linksOf(await bodyOf(await files(root, { listing: true, ...options })(requestFor("/"))));
    expect(await listWith({})).toEqual(["./b", "./link"]);
    expect(await listWith({ dotfiles: true, symlinks: "refuse" })).toEqual(["./.a", "./b"]);
  });

  test("every name in it leads to its file, and none of them is markup", async () => {
    const names = [
      "<script>alert(1)</script>",
      '"onmouseover="x',
      "a&amp;b",
      "50% off?",
      "#1",
      "javascript;x",
      "ä €",
      "it's",
      "a b+c",
      "%2e%2e",
    ].filter((name) => !name.includes("/"));
    const root = emptyFolder();
    for (const name of names) writeFileSync(join(root, name), name);
    const unservable = ["javascript:alert(1)", "back\\slash", "line\nbreak"];
    for (const name of unservable) writeFileSync(join(root, name), "");
    mkdirSync(join(root, "<b>"));
    writeFileSync(join(root, "<b>/x"), "");
    const serve = files(root, { listing: true });
    const page = await bodyOf(await serve(requestFor("/")));
    expect(page).not.toMatch(/<script|<b>|"onmouseover/);
    const links = linksOf(page);
    expect(links).toHaveLength(names.length + 1);
    for (const href of links) {
      const { pathname, protocol, host } = new URL(href.replaceAll("&#39;", "'"), "http://host.example/");
      expect([protocol, host]).toEqual(["http:", "host.example"]);
      const reply = await serve(requestFor(pathname));
      expect(reply.status).toBe(200);
      if (!href.endsWith("/")) expect(names).toContain(Buffer.from(await bodyOf(reply), "latin1").toString());
      else expect(await bodyOf(reply)).toContain("<h1>/&lt;b&gt;/</h1>");
    }
    expect(openBelow(root)).toEqual([]);
  });

  test("that nobody reads is closed", async () => {
    const root = folderOf({ a: "" });
    const serve = files(root, { listing: true });
    for (let round = 0; round < 20; round++) discard(await serve(requestFor("/")));
    await expect.poll(() => openBelow(root), { interval: 1 }).toEqual([]);
  });
});

describe("a folder of 50,000 files", () => {
  const COUNT = 50_000;

  test(
    "is read while it is sent, in small pieces, and little of it is in memory",
    { timeout: 30_000 },
    async () => {
      const root = emptyFolder();
      for (let at = 0; at < COUNT; at++) writeFileSync(join(root, `file-${at}`), "");
      let read = 0;
      const listing = new Listing(opendirSync(root), [], () => ++read > 0);
      let pieces = 0;
      let links = 0;
      let ahead = 0;
      for await (const piece of listing) {
        pieces++;
        expect(piece.length).toBeLessThan(17 * 1024);
        links += String(piece).split("<a ").length - 1;
        ahead = Math.max(ahead, read - links);
      }
      expect(links).toBe(COUNT);
      expect(read).toBe(COUNT);
      expect(pieces).toBeGreaterThan(100);
      // Those that could have been sorted, had they been all.
      expect(ahead).toBeLessThanOrEqual(10_000);
      expect(openBelow(root)).toEqual([]);

      // A reader that leaves early.
      const left = new Listing(opendirSync(root), [], () => true);
      await left.next();
      await left.return();
      expect(await left.next()).toEqual({ done: true, value: undefined });
      expect(openBelow(root)).toEqual([]);
    },
  );
});
