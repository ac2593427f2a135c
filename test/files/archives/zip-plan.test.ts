import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import type { ZipEntry } from "../../../src/files/archives/zip-entry.ts";
import { planZip } from "../../../src/files/archives/zip-plan.ts";
import { zipRepresentation } from "../../../src/files/archives/zip.ts";
import { zipStream } from "../../../src/files/archives/zip-stream.ts";
import { lacks, pathOf } from "../../support/programs.ts";
import {
  anywhere,
  checkedByAll,
  fileWith,
  freshFolder,
  noise,
  octetsOf,
  type Planned,
  planned,
  pythonZip,
  sparse,
  succeeds,
} from "./archive-support.ts";

const STORE = { store: true };

function plan(entries: readonly ZipEntry[], options = {}): Planned {
  return planned(planZip(entries, { ...STORE, ...options }));
}

/** Entries of every kind that can be planned, with new sources each time. */
const everyKind = (): ZipEntry[] => [
  { name: "text", source: "hello", modified: 1.7e12, comment: "a comment" },
  { name: "folder/" },
  { name: "folder/file", source: anywhere(noise(30_000)), mode: 0o600 },
  { name: "folder/large", source: anywhere(noise(100_000, 2), { etag: '"2"' }) },
  { name: "ü/Blob", source: new Blob([noise(70_000, 3)]) },
  { name: "ü/link", symlink: "../text" },
  { name: "nothing", source: anywhere(Buffer.alloc(0)) },
  { name: "known", source: anywhere(noise(50_000, 4)), crc32: crc32(noise(50_000, 4)) },
  { name: "bytes", source: noise(20_000, 5) },
];

describe("any range is a slice of the whole", () => {
  test("10,000 of them, and each at every border", async () => {
    const { size, read } = plan(everyKind(), { comment: "the archive's" });
    const whole = await octetsOf(read(0, size));
    expect(whole.length).toBe(size);
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let turn = 0; turn < 10_000; turn++) {
      const start = random(size);
      // Short ones see more borders.
      const end = Math.min(size, start + 1 + random(turn % 2 === 0 ? 300 : size));
      const got = await octetsOf(read(start, end));
      if (!got.equals(whole.subarray(start, end))) expect.fail(`from ${start} to ${end}`);
    }
  }, 60_000);

  test("one octet at a time around everything that is no content", async () => {
    const entries = [
      { name: "a", source: anywhere(noise(3)) },
      { name: "b", source: "four" },
      { name: "c", source: anywhere(noise(0)) },
    ];
    const { size, read } = plan(entries);
    const whole = await octetsOf(read(0, size));
    for (let at = 0; at < size; at++)
      expect(await octetsOf(read(at, at + 1))).toEqual(whole.subarray(at, at + 1));
    expect(await octetsOf(read(5, 5))).toEqual(Buffer.alloc(0));
  });

  test("whatever was read before", async () => {
    const { size, read } = plan(everyKind());
    const last = await octetsOf(read(size - 400, size));
    const whole = await octetsOf(read(0, size));
    expect(last).toEqual(whole.subarray(-400));
  });
});

test.skipIf(lacks("unzip", "7z", "bsdtar", "python3"))("other programs read it", async () => {
  const { size, read } = plan(everyKind(), { comment: "the archive's" });
  const path = fileWith(await octetsOf(read(0, size)), "plan.zip");
  await checkedByAll(path);
  const { entries, comment } = await pythonZip(path);
  expect(comment).toBe("the archive's");
  expect(entries.map(({ name }) => name)).toEqual(everyKind().map(({ name }) => name));
});

describe("what is read for a range", () => {
  test("entries outside of it are not touched", async () => {
    const sources = [0, 1, 2].map((seed) => anywhere(noise(100_000, seed)));
    const { read } = plan(
      sources.map((source, index) => ({ name: `${index}`, source, crc32: crc32(noise(100_000, index)) })),
    );
    await octetsOf(read(100_500, 100_600));
    expect(sources.map(({ reads }) => reads)).toEqual([[], [[expect.any(Number), expect.any(Number)]], []]);
    const [[start, end]] = sources[1].reads;
    expect(end - start).toBe(100);
  });

  test("a checksum that isn't known is computed once, however many want it, also in another plan", async () => {
    const source = anywhere(noise(100_000));
    const { size, read } = plan([{ name: "a", source }]);
    const ends = await Promise.all(Array.from({ length: 10 }, () => octetsOf(read(size - 60, size))));
    expect(source.reads).toEqual([[0, 100_000]]);
    await octetsOf(read(size - 90, size));
    const other = plan([{ name: "a", source }]);
    expect(await octetsOf(other.read(size - 60, size))).toEqual(ends[0]);
    expect(source.reads.length).toBe(1);
  });

  test("a checksum is known from whoever has read the whole entry", async () => {
    const source = anywhere(noise(100_000));
    const { size, read } = plan([{ name: "a", source }]);
    await octetsOf(read(0, size));
    await octetsOf(read(size - 60, size));
    expect(source.reads).toEqual([[0, 100_000]]);
  });

  test("a pass for a checksum ends when the last who waits has left", async () => {
    let stopped = 0;
    let wait!: () => void;
    const waiting = new Promise<void>((resolve) => (wait = resolve));
    const source = {
      size: 10,
      read: () =>
        new ReadableStream<Uint8Array>(
          { pull: () => wait(), cancel: () => void (stopped += 1) },
          { highWaterMark: 0 },
        ),
    };
    const { size, read } = plan([{ name: "a", source }]);
    const readers = [1, 2].map(() => read(size - 60, size) as AsyncIterableIterator<Uint8Array>);
    const nexts = readers.map((reader) => reader.next());
    await waiting;
    await readers[0].return?.();
    expect(stopped).toBe(0);
    await readers[1].return?.();
    expect(stopped).toBe(1);
    expect(await Promise.all(nexts)).toEqual(
      [{ done: true }, { done: true }].map((end) => ({ ...end, value: undefined })),
    );
  });

  test("one that is left at any piece stops its source", async () => {
    for (let pieces = 0; pieces < 12; pieces++) {
      let open = 0;
      const source = {
        size: 100_000,
        async *read(start: number, end: number) {
          open += 1;
          try {
            for (let at = start; at < end; at += 20_000) yield Buffer.alloc(Math.min(20_000, end - at));
          } finally {
            open -= 1;
          }
        },
      };
      const { read, size } = plan([{ name: "a", source }]);
      const stream = read(0, size) as AsyncIterableIterator<Uint8Array>;
      for (let count = 0; count < pieces; count++) await stream.next();
      await stream.return?.();
      expect(open).toBe(0);
    }
  });
});

describe("what can't be planned", () => {
  test.each<[string, ZipEntry[], object]>([
    ["a compressed entry", [{ name: "a", source: "text" }], {}],
    [
      "one among others",
      [
        { name: "a", source: "text" },
        { name: "b", source: "text", store: false },
      ],
      STORE,
    ],
    ["a source that is read once", [{ name: "a", source: ["a"] }], STORE],
    ["a source without a size", [{ name: "a", source: { ...anywhere(noise(1)), size: undefined } }], STORE],
    ["a function", [{ name: "a", source: () => "a", size: 1 }], STORE],
  ])("%s is streamed", (_, entries, options) => {
    expect(planZip(entries, options)).toBeUndefined();
    expect(zipRepresentation(entries, options).size).toBeUndefined();
  });

  test("mistakes are known at once", () => {
    const entries = [
      { name: "a", source: ["text"] },
      { name: "../b", source: "" },
    ];
    expect(() => zipRepresentation(entries)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_NAME" }),
    );
  });

  test("closed unread, it lets go of its sources; read, it doesn't", async () => {
    const close = vi.fn<() => void>();
    const make = () => zipRepresentation([{ name: "a", source: anywhere(noise(9), { close }) }]);
    make().close?.();
    expect(close).toHaveBeenCalledOnce();
    const archive = make();
    await octetsOf(archive.read(0, Infinity));
    archive.close?.();
    expect(close).toHaveBeenCalledTimes(2);
  });
});

test("a plan closes its sources", () => {
  const sources = [anywhere(noise(1)), anywhere(noise(2))];
  plan(sources.map((source, index) => ({ name: `${index}`, source }))).close();
  expect(sources.map(({ closed }) => closed)).toEqual([1, 1]);
});

describe("the entity tag", () => {
  const pinned = (etag: string): ZipEntry => ({ name: "a", source: anywhere(noise(9), { etag }) });
  const blob = new Blob(["a"]);
  test.each<[string, () => ZipEntry]>([
    ["bytes", () => ({ name: "a", source: noise(10) })],
    ["a tag", () => pinned('"1"')],
    ["a time", () => ({ name: "a", source: anywhere(noise(9), { lastModified: 5 }) })],
    ["the same object", () => ({ name: "a", source: blob })],
  ])("is the same for the same entries: %s", (_, make) => {
    expect(plan([make()]).etag).toMatch(/^"[\w-]{32}"$/);
    expect(plan([make()]).etag).toBe(plan([make()]).etag);
  });

  const first: ZipEntry = { name: "a", source: "octets" };
  test.each<[string, ZipEntry, ZipEntry, object?]>([
    ["octets", first, { ...first, source: "others" }],
    ["a name", first, { ...first, name: "b" }],
    ["a time", first, { ...first, modified: 5 }],
    ["a mode", first, { ...first, mode: 0o600 }],
    ["a comment", first, { ...first, comment: "a" }],
    ["the archive's comment", first, first, { comment: "a" }],
    ["the archive's time", first, first, { modified: 5 }],
    ["a tag", pinned('"1"'), pinned('"2"')],
    ["a checksum", pinned('"1"'), { ...pinned('"1"'), crc32: 1 }],
    [
      "a source of which nothing is known",
      { name: "a", source: anywhere(noise(9)) },
      { name: "a", source: anywhere(noise(9)) },
    ],
    ["the target of a link", { name: "a", symlink: "b" }, { name: "a", symlink: "c" }],
  ])("changes with %s", (_, one, other, options) => {
    expect(plan([one]).etag).not.toBe(plan([other], options).etag);
  });

  test("is weak if one in it is", () => {
    expect(plan([pinned('W/"1"')]).etag).toMatch(/^W\/"[\w-]{32}"$/);
  });
});

describe("a source that has changed", () => {
  test("its size", async () => {
    const { read, size } = plan([{ name: "a", source: { ...anywhere(noise(10)), read: () => [noise(9)] } }]);
    await expect(octetsOf(read(0, size))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_MISMATCH" }),
    );
    await expect(octetsOf(read(size - 20, size))).resolves.toBeDefined();
    await expect(octetsOf(read(size - 70, size))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_MISMATCH" }),
    );
  });

  test("its octets, between two readings; the next plan sees it as it is", async () => {
    const octets = noise(1000);
    const source = anywhere(octets);
    const { read, size } = plan([{ name: "a", source }]);
    await octetsOf(read(0, size));
    octets[5] ^= 1;
    await expect(octetsOf(read(0, size))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_MISMATCH" }),
    );
    await octetsOf(plan([{ name: "a", source }]).read(0, size));
  });

  test("its octets, against the checksum that was given", async () => {
    const { read, size } = plan([{ name: "a", source: anywhere(noise(10)), crc32: 1 }]);
    await expect(octetsOf(read(0, size))).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_MISMATCH" }),
    );
  });
});

test.each([
  [2 ** 32 - 2, 20, 16],
  [2 ** 32 - 1, 45, 24],
])(
  "a local header for %i octets needs version %i, and a descriptor of %i octets",
  async (length, version, extra) => {
    const whole = (crc: number | undefined) => plan([{ name: "a", source: sparse(length), crc32: crc }]);
    expect((await octetsOf(whole(1).read(4, 6))).readUInt16LE()).toBe(version);
    expect(whole(undefined).size - whole(1).size).toBe(extra);
  },
);

describe.skipIf(lacks("unzip", "7z", "bsdtar", "python3"))("more than 4 GiB", () => {
  const GIB = 2 ** 30;
  /** The archive as a sparse file: what is zeros in it anyway is not written. */
  async function asFile(entries: readonly ZipEntry[]): Promise<{ path: string; size: number }> {
    const { size, read } = plan(entries);
    const path = join(freshFolder(), "huge.zip");
    const file = openSync(path, "w");
    ftruncateSync(file, size);
    let at = 0;
    for (const entry of entries) {
      const head = await octetsOf(read(at, at + 200));
      writeSync(file, head, 0, head.length, at);
      at += (entry.source as { size: number }).size + head.readUInt16LE(26) + head.readUInt16LE(28) + 30;
    }
    const end = await octetsOf(read(at, size));
    writeSync(file, end, 0, end.length, at);
    closeSync(file);
    return { path, size };
  }

  test.each([
    ["one entry of 2^32 - 2 octets", [2 ** 32 - 2], false],
    ["one entry of 2^32 - 1 octets", [2 ** 32 - 1], true],
    ["50 GiB in ten entries", Array.from({ length: 10 }, () => 5 * GIB), true],
    ["offsets that need ZIP64 where sizes don't", [3 * GIB, 3 * GIB, 1], true],
  ])("%s", async (_, sizes, wide) => {
    const { path, size } = await asFile(
      sizes.map((length, index) => ({
        name: `${index}`,
        source: sparse(length),
        crc32: length === 1 ? crc32(Buffer.alloc(1)) : 0x12345678,
      })),
    );
    expect(size).toBeGreaterThan(sizes.reduce((sum, length) => sum + length));
    const list =
      "import sys,zipfile\nfor i in zipfile.ZipFile(sys.argv[1]).infolist(): print(i.file_size, i.extract_version)";
    const versions = await succeeds(pathOf("python3"), ["-c", list, path]);
    expect(
      versions
        .trim()
        .split("\n")
        .map((line) => Number(line.split(" ")[0])),
    ).toEqual(sizes);
    expect(versions.includes(" 45")).toBe(wide);
    expect(await succeeds(pathOf("unzip"), ["-Z", path])).toContain(`${sizes.length} file`);
    const total = sizes.reduce((sum, length) => sum + length);
    expect(await succeeds(pathOf("7z"), ["l", path])).toContain(` ${total} `);
    expect((await succeeds(pathOf("bsdtar"), ["-tvf", path])).match(/\d{10,}/g)?.map(Number) ?? []).toEqual(
      sizes.filter((length) => length > 1),
    );
  });

  test("70,000 entries: a range in the middle takes no time", async () => {
    const entries = Array.from({ length: 70_000 }, (_, index) => ({
      name: `${index}`,
      source: sparse(GIB),
      crc32: 1,
    }));
    const { size, read } = plan(entries);
    const begin = performance.now();
    for (let turn = 0; turn < 1000; turn++) await octetsOf(read(turn * GIB * 50, turn * GIB * 50 + 100));
    await octetsOf(read(size - 1000, size));
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

test("an array of entries that are all stored is the same archive as the stream, but for its descriptors", async () => {
  const entries = (): ZipEntry[] => [
    { name: "a", source: "text" },
    { name: "b/" },
    { name: "c", source: noise(100_000) },
    { name: "d", symlink: "a" },
  ];
  const { read, size } = plan(entries());
  expect((await octetsOf(read(0, size))).equals(await octetsOf(zipStream(entries(), STORE)))).toBe(true);
});
