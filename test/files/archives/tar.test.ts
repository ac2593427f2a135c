import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TarEntry } from "../../../src/files/archives/tar-entry.ts";
import { planTar } from "../../../src/files/archives/tar-plan.ts";
import { tarHead } from "../../../src/files/archives/tar-records.ts";
import { tarStream } from "../../../src/files/archives/tar-stream.ts";
import { tarRepresentation } from "../../../src/files/archives/tar.ts";
import { lacks, pathOf } from "../../support/programs.ts";
import { anywhere, fileWith, noise, octetsOf, planned, sparse, succeeds } from "./archive-support.ts";

const refusal = (code: string): object => expect.objectContaining({ name: "UsageError", code });

/** What Python's tarfile finds. */
const READ_TAR = `
import json, sys, tarfile
with tarfile.open(sys.argv[1]) as archive:
    print(json.dumps([{"name": m.name, "size": m.size, "mode": m.mode, "time": m.mtime, "target": m.linkname,
        "kind": "file" if m.isfile() else "directory" if m.isdir() else "symlink",
        "content": archive.extractfile(m).read()[:100].decode("latin1") if m.isfile() else "",
    } for m in archive]))
`;

interface PythonEntry {
  name: string;
  size: number;
  mode: number;
  time: number;
  target: string;
  kind: string;
  content: string;
}

async function pythonTar(octets: Uint8Array): Promise<PythonEntry[]> {
  const path = fileWith(octets, "archive.tar");
  return JSON.parse(await succeeds(pathOf("python3"), ["-c", READ_TAR, path])) as PythonEntry[];
}

const LONG = `${"folder/".repeat(30)}file`;
const everyKind = (): TarEntry[] => [
  { name: "plain.txt", source: "hello", modified: 1.7e12 + 345, mode: 0o600 },
  { name: "empty", source: "" },
  { name: "folder/", mode: 0o700 },
  { name: "folder/ümläut 🌊", source: "x" },
  { name: "folder/link", symlink: "../plain.txt" },
  { name: "folder/ümläutlink", symlink: "../ü" },
  { name: "folder/longlink", symlink: "a".repeat(101) },
  { name: "a".repeat(100), source: "100" },
  { name: "b".repeat(101), source: "101" },
  { name: `${"c".repeat(155)}/${"d".repeat(100)}`, source: "256" },
  { name: `${"e".repeat(156)}/${"f".repeat(99)}`, source: "256 that can't be cut" },
  { name: `${"g".repeat(99)}/`, mode: 0o755 },
  { name: `${"h".repeat(100)}/`, mode: 0o755 },
  { name: LONG, source: "deep" },
  { name: "512", source: noise(512) },
  { name: "513", source: noise(513) },
  { name: "large", source: anywhere(noise(100_000)) },
  { name: "Blob", source: new Blob([noise(70_000)]) },
  { name: "before 1970", source: "x", modified: -1500 },
  { name: "after 2242", source: "x", modified: Date.UTC(2300, 0) },
];

describe.skipIf(lacks("python3", "bsdtar", "7z"))("other programs read", () => {
  test.each<[string, () => Promise<Buffer>]>([
    ["the stream", () => octetsOf(tarStream(everyKind()))],
    ["the plan", () => octetsOf(planned(planTar(everyKind())).read(0, Infinity))],
  ])("%s", async (_, make) => {
    const octets = await make();
    expect(octets.length % 512).toBe(0);
    const entries = await pythonTar(octets);
    expect(entries.map(({ name }) => name)).toEqual(everyKind().map(({ name }) => name.replace(/\/$/, "")));
    expect(entries[0]).toMatchObject({ size: 5, mode: 0o600, time: 1.7e9, kind: "file", content: "hello" });
    expect(entries[2]).toMatchObject({ mode: 0o700, kind: "directory", time: Date.UTC(1980, 0) / 1000 });
    expect(entries.slice(4, 7).map(({ kind, target }) => [kind, target])).toEqual([
      ["symlink", "../plain.txt"],
      ["symlink", "../ü"],
      ["symlink", "a".repeat(101)],
    ]);
    expect(entries.slice(-2).map(({ time }) => time)).toEqual([-2, Date.UTC(2300, 0) / 1000]);
    const path = fileWith(octets, "archive.tar");
    const listed = await succeeds(pathOf("bsdtar"), ["-tf", path]);
    expect(listed.trim().split("\n").length).toBe(everyKind().length);
    expect(await succeeds(pathOf("bsdtar"), ["-xOf", path, "large"])).toBe(noise(100_000).toString("latin1"));
    expect(await succeeds(pathOf("7z"), ["t", path])).toContain("Everything is Ok");
  });

  test("sizes around 8 GiB", async () => {
    for (const size of [8 * 2 ** 30 - 1, 8 * 2 ** 30]) {
      const head = tarHead({
        name: Buffer.from("a"),
        kind: "file",
        mode: 0o644,
        modified: 0,
        size,
        target: undefined,
      });
      expect(head.length).toBe(size === 8 * 2 ** 30 ? 3 * 512 : 512);
      const script = "import sys,tarfile\nprint(next(iter(tarfile.open(sys.argv[1]))).size)";
      expect(await succeeds(pathOf("python3"), ["-c", script, fileWith(head, "head.tar")])).toBe(`${size}\n`);
    }
  });
});

test("any range of a plan is a slice of the stream", async () => {
  const { read, size, etag } = planned(planTar(everyKind()));
  const whole = await octetsOf(tarStream(everyKind()));
  expect(size).toBe(whole.length);
  expect(etag).toMatch(/^"/);
  for (let turn = 0; turn < 3000; turn++) {
    const start = (turn * 7919) % size;
    const end = Math.min(size, start + 1 + ((turn * 104_729) % (turn % 2 === 0 ? 600 : size)));
    if (!(await octetsOf(read(start, end))).equals(whole.subarray(start, end)))
      expect.fail(`from ${start} to ${end}`);
  }
});

test("a plan reads what is in the range alone, at 50 GiB too", async () => {
  const sources = Array.from({ length: 10 }, () => ({ ...sparse(5 * 2 ** 30), reads: 0 }));
  const counted = sources.map((source) => ({
    ...source,
    read(start: number, end: number) {
      source.reads += end - start;
      return source.read(start, end);
    },
  }));
  const { read, size } = planned(planTar(counted.map((source, index) => ({ name: `${index}`, source }))));
  expect(size).toBe(10 * (5 * 2 ** 30 + 512) + 1024);
  await octetsOf(read(size / 2, size / 2 + 1000));
  expect(sources.reduce((sum, { reads }) => sum + reads, 0)).toBeLessThanOrEqual(1000);
});

test("the size is needed before the octets", async () => {
  await expect(octetsOf(tarStream([{ name: "a", source: ["a"] }]))).rejects.toThrow(
    refusal("ERR_SLUICE_ARCHIVE_SIZE"),
  );
  expect(() => tarRepresentation([{ name: "a", source: ["a"] }])).toThrow(refusal("ERR_SLUICE_ARCHIVE_SIZE"));
  expect((await octetsOf(tarStream([{ name: "a", source: ["abc"], size: 3 }]))).length).toBe(4 * 512);
  expect(tarRepresentation([{ name: "a", source: ["abc"], size: 3 }]).size).toBeUndefined();
});

test.each([2, 4])("an announced size of %i for 3 octets breaks the archive off", async (size) => {
  await expect(octetsOf(tarStream([{ name: "a", source: ["abc"], size }]))).rejects.toThrow(
    refusal("ERR_SLUICE_ARCHIVE_MISMATCH"),
  );
});

test("the tag changes with the target of a link", () => {
  const tag = (symlink: string) => planTar([{ name: "a", symlink }])?.etag;
  expect(tag("b")).toBe(tag("b"));
  expect(tag("b")).not.toBe(tag("c"));
});

test("names are checked as in a ZIP archive", async () => {
  await expect(octetsOf(tarStream([{ name: join("..", "a"), source: "" }]))).rejects.toThrow(
    refusal("ERR_SLUICE_ARCHIVE_NAME"),
  );
  expect(() => tarStream([], { modified: Number.NaN })).toThrow(refusal("ERR_SLUICE_ARCHIVE_ENTRY"));
});
