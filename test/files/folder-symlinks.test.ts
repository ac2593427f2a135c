import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FileDescriptor } from "../../src/files/file-descriptor.ts";
import { files } from "../../src/files/folder.ts";
import type { SymlinkPolicy } from "../../src/files/folder-root.ts";
import { bodyOf, emptyFolder, folderOf, openBelow, put, requestFor } from "./file-fixtures.ts";

/** A root with links of every kind, beside a secret. */
function linkedFolder(): string {
  const folder = folderOf({
    "root/a.txt": "inside",
    "root/sub/b.txt": "inside",
    "root/sub/index.html": "inside",
    "secret.txt": "SECRET",
    "rootlet/c.txt": "SECRET",
  });
  const link = (target: string, name: string): void => symlinkSync(target, join(folder, "root", name));
  link("a.txt", "relative");
  link(join(folder, "root/a.txt"), "absolute");
  link("sub", "folder");
  link("../root/sub", "around");
  link("../secret.txt", "out");
  link("..", "up");
  link("../rootlet", "beside");
  link("/etc", "etc");
  link("out", "twice");
  link("none", "broken");
  link("loop", "loop");
  return folder;
}

const statusOf = async (
  root: string,
  target: string,
  symlinks?: SymlinkPolicy,
): Promise<[number, string]> => {
  const reply = await files(root, { symlinks, listing: true })(requestFor(target));
  return [reply.status, await bodyOf(reply)];
};

const NOT_FOUND = [404, "404 Not Found\n"];
const INSIDE = [200, "inside"];

/** Linux asks the descriptor where it is; other systems look for its path. */
describe.each(["linux", "darwin"] as const)("links, as on %s", (platform) => {
  const original = process.platform;
  const pretend = (): void => {
    Object.defineProperty(process, "platform", { value: platform });
  };
  afterEach(() => {
    Object.defineProperty(process, "platform", { value: original });
  });

  test("inside: those that stay, and no other", async () => {
    const folder = linkedFolder();
    pretend();
    const root = join(folder, "root");
    for (const target of [
      "/a.txt",
      "/relative",
      "/absolute",
      "/folder/b.txt",
      "/around/b.txt",
      "/folder/",
      "/around/",
    ])
      expect([target, await statusOf(root, target)]).toEqual([target, INSIDE]);
    for (const target of [
      "/out",
      "/up/secret.txt",
      "/up",
      "/up/",
      "/beside/c.txt",
      "/beside",
      "/beside/",
      "/etc/passwd",
      "/etc/",
      "/twice",
      "/broken",
      "/loop",
    ])
      expect([target, await statusOf(root, target)]).toEqual([target, NOT_FOUND]);
    // Out and in again.
    expect(await statusOf(root, "/up/root/a.txt")).toEqual(INSIDE);
    expect(openBelow(folder)).toEqual([]);
  });

  test("refuse: none", async () => {
    const folder = linkedFolder();
    pretend();
    const root = join(folder, "root");
    for (const target of ["/a.txt", "/sub/b.txt", "/sub/"])
      expect([target, await statusOf(root, target, "refuse")]).toEqual([target, INSIDE]);
    for (const target of [
      "/relative",
      "/absolute",
      "/folder/b.txt",
      "/folder",
      "/folder/",
      "/around/b.txt",
      "/out",
      "/up/root/a.txt",
      "/broken",
    ])
      expect([target, await statusOf(root, target, "refuse")]).toEqual([target, NOT_FOUND]);
    const [, list] = await statusOf(root, "/", "refuse");
    expect(list.match(/href="[^"]*"/g)).toEqual(['href="./a.txt"', 'href="./sub/"']);
    expect(openBelow(folder)).toEqual([]);
  });

  test("follow: all", async () => {
    const folder = linkedFolder();
    pretend();
    const root = join(folder, "root");
    expect(await statusOf(root, "/out", "follow")).toEqual([200, "SECRET"]);
    expect(await statusOf(root, "/beside/c.txt", "follow")).toEqual([200, "SECRET"]);
    expect(await statusOf(root, "/loop", "follow")).toEqual(NOT_FOUND);
  });

  test("a root that is a link, and is put in the place of another one, as deployments do", async () => {
    const folder = folderOf({ "one/a.txt": "1", "two/a.txt": "2", "secret.txt": "SECRET" });
    symlinkSync("../secret.txt", join(folder, "two/out"));
    symlinkSync("one", join(folder, "current"));
    pretend();
    const serve = files(join(folder, "current"));
    expect(await bodyOf(await serve(requestFor("/a.txt")))).toBe("1");
    symlinkSync("two", join(folder, "next"));
    renameSync(join(folder, "next"), join(folder, "current"));
    expect(await bodyOf(await serve(requestFor("/a.txt")))).toBe("2");
    expect((await serve(requestFor("/out"))).status).toBe(404);
  });

  test("what is gone when its path is asked for is not found", async () => {
    const folder = folderOf({ "root/a.txt": "a", "root/sub/b.txt": "b" });
    pretend();
    const serve = files(join(folder, "root"), { listing: true });
    const open = FileDescriptor.open.bind(FileDescriptor);
    const vanishing = vi.spyOn(FileDescriptor, "open").mockImplementation(async (path, options) => {
      const file = await open(path, options);
      rmSync(path, { recursive: true });
      return file;
    });
    try {
      // Linux still knows where it was.
      expect((await serve(requestFor("/a.txt"))).status).toBe(platform === "linux" ? 200 : 404);
      if (platform === "darwin") expect((await serve(requestFor("/sub/"))).status).toBe(404);
    } finally {
      vanishing.mockRestore();
    }
    if (platform === "darwin") expect(openBelow(folder)).toEqual([]);
  });

  test("a link that changes its target all the time never shows what is outside", async () => {
    const folder = folderOf({ "root/a.txt": "inside", "secret.txt": "SECRET" });
    const root = join(folder, "root");
    pretend();
    const serve = files(root);
    symlinkSync("../secret.txt", join(root, "x-out"));
    symlinkSync("a.txt", join(root, "x-in"));
    const seen = new Set<string>();
    const turning = { still: true };
    const turn = async (): Promise<void> => {
      for (let round = 0; turning.still; round++) {
        symlinkSync(round % 2 === 0 ? "../secret.txt" : "a.txt", join(root, "new"));
        renameSync(join(root, "new"), join(root, "x"));
        // In step with the requests, each would find another target at each look; now and then one has to get through.
        for (let turns = round % 21; turns >= 0; turns--) await new Promise(setImmediate);
      }
    };
    const turned = turn();
    for (let round = 0; round < 400; round++) seen.add(await bodyOf(await serve(requestFor("/x"))));
    turning.still = false;
    await turned;
    expect([...seen].toSorted()).toEqual(["404 Not Found\n", "inside"]);
    expect(openBelow(folder)).toEqual([]);
  });
});

test("a file that is deleted while it is served is sent to its end", async () => {
  const root = folderOf({ "a.bin": "x".repeat(1_000_000) });
  const reply = await files(root)(requestFor("/a.bin"));
  unlinkSync(join(root, "a.bin"));
  expect((await bodyOf(reply)).length).toBe(1_000_000);
  expect(openBelow(root)).toEqual([]);
});

test("the root of the file system can be served", async () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, "a"));
  put(join(folder, "a/b.txt"), "x");
  expect(await statusOf("/", `${folder}/a/b.txt`)).toEqual([200, "x"]);
});
