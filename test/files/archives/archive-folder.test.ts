import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { folderEntries, type ArchiveFolderOptions } from "../../../src/files/archives/archive-folder.ts";
import { tarFolderRepresentation } from "../../../src/files/archives/tar.ts";
import { zipFolder, zipFolderRepresentation } from "../../../src/files/archives/zip.ts";
import { Fields } from "../../../src/semantics/fields.ts";
import { lacks, pathOf } from "../../support/programs.ts";
import { openBelow } from "../file-fixtures.ts";
import {
  checkedByAll,
  fileWith,
  freshFolder,
  noise,
  octetsOf,
  planned,
  succeeds,
} from "./archive-support.ts";

function exampleFolder(): string {
  const folder = freshFolder();
  mkdirSync(join(folder, "b", "deep"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "a.txt"), "hello");
  writeFileSync(join(folder, "b", "ü.bin"), noise(600_000));
  writeFileSync(join(folder, "b", "deep", "nothing"), "");
  writeFileSync(join(folder, "B"), "upper case comes first");
  symlinkSync("a.txt", join(folder, "link"));
  return folder;
}

async function names(folder: string, options?: ArchiveFolderOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of folderEntries(folder, options)) found.push(name);
  return found;
}

/** What is in a folder: the octets of files, the targets of links, and null for directories. */
function contents(folder: string): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    found[relative(folder, path)] = entry.isSymbolicLink()
      ? readlinkSync(path)
      : entry.isFile()
        ? readFileSync(path, "latin1")
        : null;
  }
  return found;
}

/** Files that a test has written are not young, unless it says so. */
const later = (milliseconds: number): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: realNow() + milliseconds });
};
const realNow = Date.now.bind(Date);
beforeEach(() => later(60_000));
afterEach(() => vi.useRealTimers());

const openFiles = (): number => readdirSync("/proc/self/fd").length;

test("directories come before what is in them, in the order of their names, links are left out", async () => {
  expect(await names(exampleFolder())).toEqual([
    "B",
    "a.txt",
    "b/",
    "b/deep/",
    "b/deep/nothing",
    "b/ü.bin",
    "empty/",
  ]);
});

test("links are kept as links if wanted", async () => {
  expect(await names(exampleFolder(), { symlinks: "store" })).toContain("link");
});

test("a link that leads out of the folder is refused, and never followed", async () => {
  const folder = exampleFolder();
  symlinkSync("/etc/passwd", join(folder, "out"));
  const archive = await zipFolderRepresentation(folder, { symlinks: "store" });
  await expect(octetsOf(archive.read(0, Infinity))).rejects.toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_NAME" }),
  );
  expect(
    (await octetsOf((await zipFolderRepresentation(folder, { store: true })).read(0, Infinity))).includes(
      "root:",
    ),
  ).toBe(false);
});

test("a filter leaves out files, and directories with all that is in them", async () => {
  const seen: string[] = [];
  const filter = (name: string): boolean => {
    seen.push(name);
    return name !== "b/" && name !== "B";
  };
  expect(await names(exampleFolder(), { filter })).toEqual(["a.txt", "empty/"]);
  expect(seen).not.toContain("b/deep/");
});

test("sockets are left out", async () => {
  const folder = freshFolder();
  const server = createServer().listen(join(folder, "socket"));
  await once(server, "listening");
  expect(readdirSync(folder)).toEqual(["socket"]);
  expect(await names(folder)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});

test("a name that is not UTF-8, and what goes away meanwhile, is left out", async () => {
  const folder = freshFolder();
  for (const name of ["a", "b", "c"]) writeFileSync(join(folder, name), name);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), "coffee");
  const found: string[] = [];
  for await (const { name } of folderEntries(folder)) {
    if (name === "a") rmSync(join(folder, "b"));
    found.push(name);
  }
  expect(found).toEqual(["a", "c"]);
});

test("a folder that doesn't exist is an error", async () => {
  await expect(names(join(freshFolder(), "none"))).rejects.toThrow(
    expect.objectContaining({ code: "ENOENT" }),
  );
});

describe.skipIf(lacks("unzip", "7z", "bsdtar"))("other programs unpack the same folder", () => {
  test.each<[string, (folder: string) => Promise<{ read(start: number, end: number): unknown }>]>([
    ["zip", (folder) => zipFolderRepresentation(folder, { symlinks: "store" })],
    ["zip, stored", (folder) => zipFolderRepresentation(folder, { symlinks: "store", store: true })],
    ["tar", (folder) => tarFolderRepresentation(folder, { symlinks: "store" })],
  ])("%s", async (kind, make) => {
    const folder = exampleFolder();
    const path = fileWith(await octetsOf((await make(folder)).read(0, Infinity)), "archive");
    if (kind.startsWith("zip")) await checkedByAll(path);
    const unpacked = freshFolder();
    await succeeds(pathOf("bsdtar"), ["-xf", path, "-C", unpacked]);
    expect(contents(unpacked)).toEqual(contents(folder));
  });
});

test("a stored folder has ranges, and its files are read again only if they have changed", async () => {
  const folder = exampleFolder();
  const open = () => zipFolderRepresentation(folder, { store: true });
  const first = await open();
  const whole = await octetsOf(first.read(0, Infinity));
  expect(first.size).toBe(whole.length);
  const second = await open();
  expect(second.etag).toBe(first.etag);
  // The central directory has all checksums, which are known by now: without the files.
  rmSync(join(folder, "b"), { recursive: true });
  expect(await octetsOf(second.read(whole.length - 300, whole.length))).toEqual(whole.subarray(-300));

  writeFileSync(join(folder, "a.txt"), "HELLO");
  utimesSync(join(folder, "a.txt"), 1, 1);
  const third = await open();
  expect(third.etag).not.toBe(first.etag);
  expect((await octetsOf(third.read(0, Infinity))).includes("HELLO")).toBe(true);
});

test("a file that has grown since it was listed is an error", async () => {
  const folder = exampleFolder();
  const { read } = planned(await zipFolderRepresentation(folder, { store: true }));
  appendFileSync(join(folder, "a.txt"), "!");
  await expect(octetsOf(read(0, Infinity))).rejects.toThrow('found "6 octets instead of 5: a.txt"');
});

const LONG_AGO = Date.UTC(2020, 1, 2) / 1000;

/** Writes a file, and says that it is old: only the time of change, which nobody can set, tells two of the same size apart. */
function writeOld(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content);
  utimesSync(path, LONG_AGO, LONG_AGO);
}

const MISMATCH = expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_MISMATCH" }) as Error;

describe("a file of the same size and time of modification", () => {
  test("with other octets has another tag, as has its archive", async () => {
    const folder = freshFolder();
    const path = join(folder, "a");
    writeOld(path, "one");
    const tagOf = async (): Promise<string> =>
      planned(await zipFolderRepresentation(folder, { store: true })).etag;
    const before = await tagOf();
    expect(before).toMatch(/^"/);
    writeOld(path, "two");
    expect(await tagOf()).not.toBe(before);
  });

  test("that was rewritten after it had been listed is an error, in zip and in tar", async () => {
    const folder = freshFolder();
    const path = join(folder, "a");
    writeOld(path, "one");
    const listed = [
      await zipFolderRepresentation(folder, { store: true }),
      await tarFolderRepresentation(folder),
    ];
    writeOld(path, "two");
    for (const { read } of listed.map((archive) => planned(archive)))
      await expect(octetsOf(read(0, Infinity))).rejects.toThrow(MISMATCH);
    await expect.poll(() => openBelow(folder)).toEqual([]);
  });

  test("that was put in its place is an error", async () => {
    const folder = freshFolder();
    const path = join(folder, "a");
    writeOld(path, "one");
    const { read } = planned(await zipFolderRepresentation(folder, { store: true }));
    writeOld(join(folder, "b"), "two");
    renameSync(join(folder, "b"), path);
    await expect(octetsOf(read(0, Infinity))).rejects.toThrow(MISMATCH);
  });
});

describe("while a file is read", () => {
  const SIZE = 4_000_000;
  /** Reads an archive of one file; `change` comes after the first piece of the file, which is the second of the archive. Says whether all of the old file came. */
  const readWhile = async (change: (path: string) => void): Promise<boolean> => {
    const folder = freshFolder();
    const path = join(folder, "a");
    writeOld(path, noise(SIZE));
    const { read } = planned(await zipFolderRepresentation(folder, { store: true }));
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of read(0, Infinity) as AsyncIterable<Uint8Array>) {
        if (pieces.push(piece) === 2) change(path);
      }
    } finally {
      await expect.poll(() => openBelow(folder)).toEqual([]);
    }
    return Buffer.concat(pieces).includes(noise(SIZE));
  };

  test.each<[string, (path: string) => void]>([
    ["it is rewritten", (path) => writeFileSync(path, noise(SIZE, 2))],
    ["it is rewritten, and its time put back", (path) => writeOld(path, noise(SIZE, 2))],
    ["it grows", (path) => appendFileSync(path, "!")],
  ])("%s: the archive is broken off", async (_, change) => {
    await expect(readWhile(change)).rejects.toThrow(MISMATCH);
  });

  test("it becomes shorter: the archive is broken off", async () => {
    await expect(readWhile((path) => truncateSync(path, 1000))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_SOURCE_SHORT" }),
    );
  });

  test.each<[string, (path: string) => void]>([
    ["deleted", (path) => rmSync(path)],
    [
      "replaced",
      (path) => {
        writeFileSync(`${path}.new`, "new");
        renameSync(`${path}.new`, path);
      },
    ],
  ])("it is %s: all of the old one is sent", async (_, change) => {
    expect(await readWhile(change)).toBe(true);
  });
});

test("a young file makes the tag weak, and another one than it will have", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "a"), "one");
  const open = async () => planned(await zipFolderRepresentation(folder, { store: true }));
  later(0);
  const young = await open();
  expect(young.etag).toMatch(/^W\/"/);
  await octetsOf(young.read(0, Infinity));
  later(60_000);
  const old = await open();
  expect(old.etag).toMatch(/^"/);
  expect(young.etag).not.toContain(old.etag);
  // A checksum of a young file may be of other octets: the end of the archive takes it anew, and so needs the file.
  rmSync(join(folder, "a"));
  await expect(octetsOf(old.read(old.size - 30, old.size))).rejects.toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_FILE_NOT_FOUND" }),
  );
});

test("a link that takes the place of a file is not followed", async () => {
  const folder = exampleFolder();
  const { read } = planned(await zipFolderRepresentation(folder, { store: true }));
  rmSync(join(folder, "a.txt"));
  symlinkSync("B", join(folder, "a.txt"));
  await expect(octetsOf(read(0, Infinity))).rejects.toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_FILE_NOT_FOUND" }),
  );
});

test("leaving at any piece closes every file and directory", async () => {
  const folder = exampleFolder();
  const before = openFiles();
  for (let pieces = 0; pieces < 12; pieces++) {
    const archive = await zipFolderRepresentation(folder);
    const stream = archive.read(0, Infinity) as AsyncIterableIterator<Uint8Array>;
    for (let count = 0; count < pieces; count++) await stream.next();
    await stream.return?.();
  }
  await expect.poll(openFiles).toBe(before);
});

test("as the answer to a request it has a size, a tag and ranges", async () => {
  const answer = (headers: Record<string, string>) =>
    zipFolder(folder, { store: true }).respond({ method: "GET", headers: Fields.from(headers) });
  const folder = exampleFolder();
  const whole = await answer({});
  const headers = Fields.from(whole.headers);
  expect(whole.status).toBe(200);
  expect(headers.get("content-type")).toBe("application/zip");
  const octets = await octetsOf(whole.body);
  const part = await answer({ range: "bytes=-100", "if-range": headers.get("etag")! });
  expect(part.status).toBe(206);
  expect(await octetsOf(part.body)).toEqual(octets.subarray(-100));
});
