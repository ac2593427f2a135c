import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { crc32, inflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ZipEntry } from "../../../src/files/archives/zip-entry.ts";
import { zipStream } from "../../../src/files/archives/zip-stream.ts";
import { lacks, pathOf } from "../../support/programs.ts";
import { PIECES, SOURCES, WHOLE } from "../../support/sources.ts";
import {
  anywhere,
  checkedByAll,
  fileWith,
  noise,
  octetsOf,
  pythonZip,
  succeeds,
  zeros,
} from "./archive-support.ts";

const refusal = (code: string): object => expect.objectContaining({ name: "UsageError", code });

/** Fields of the local header of the first entry. */
function firstHeader(archive: Buffer) {
  const nameLength = archive.readUInt16LE(26);
  return {
    version: archive.readUInt16LE(4),
    flags: archive.readUInt16LE(6),
    method: archive.readUInt16LE(8),
    crc: archive.readUInt32LE(14),
    packed: archive.readUInt32LE(18),
    size: archive.readUInt32LE(22),
    data: archive.subarray(30 + nameLength + archive.readUInt16LE(28)),
  };
}

describe.skipIf(lacks("unzip", "7z", "bsdtar", "python3"))("other programs read", () => {
  const check = async (entries: Iterable<ZipEntry>, options = {}) => {
    const path = fileWith(await octetsOf(zipStream(entries, options)), "archive.zip");
    await checkedByAll(path);
    return pythonZip(path);
  };

  test("every kind of entry", async () => {
    const text = "a line of text\n".repeat(20_000);
    const time = Date.UTC(2024, 1, 29, 12, 34, 57);
    const { comment, entries } = await check(
      [
        { name: "plain.txt", source: "hello", modified: time, mode: 0o600, comment: "the entry's" },
        { name: "empty", source: "" },
        { name: "ümläut/", mode: 0o700 },
        { name: "ümläut/🌊.txt", source: Buffer.from(text), modified: new Date(time) },
        { name: "folder", directory: true },
        { name: "folder/link", symlink: "../plain.txt" },
        { name: "folder/large", source: [text, text, text] },
        { name: "folder/large, stored", source: zeros(300_000), store: true },
        { name: "folder/large, announced", source: zeros(300_000), size: 300_000 },
        { name: "folder/large, stored and announced", source: zeros(300_000), size: 300_000, store: true },
        {
          name: "folder/all known",
          source: zeros(300_000),
          size: 300_000,
          crc32: crc32(Buffer.alloc(300_000)),
          store: true,
        },
        { name: "noise", source: noise(1000) },
        { name: "before 1980", source: "x", modified: 0 },
        { name: "after 2107", source: "x", modified: Date.UTC(2200, 0) },
      ],
      { comment: "the archive's ü" },
    );
    expect(comment).toBe("the archive's ü");
    expect(entries.map(({ name, size, mode, method }) => [name, size, mode.toString(8), method])).toEqual([
      ["plain.txt", 5, "100600", 0],
      ["empty", 0, "100644", 0],
      ["ümläut/", 0, "40700", 0],
      ["ümläut/🌊.txt", text.length, "100644", 8],
      ["folder/", 0, "40755", 0],
      ["folder/link", 12, "120777", 0],
      ["folder/large", 3 * text.length, "100644", 8],
      ["folder/large, stored", 300_000, "100644", 0],
      ["folder/large, announced", 300_000, "100644", 8],
      ["folder/large, stored and announced", 300_000, "100644", 0],
      ["folder/all known", 300_000, "100644", 0],
      ["noise", 1000, "100644", 0],
      ["before 1980", 1, "100644", 0],
      ["after 2107", 1, "100644", 0],
    ]);
    expect(entries[0]).toMatchObject({
      content: "hello",
      time: [2024, 2, 29, 12, 34, 56],
      comment: "the entry's",
    });
    expect(entries[5].content).toBe("../plain.txt");
    expect(entries[12].time).toEqual([1980, 1, 1, 0, 0, 0]);
    expect(entries[13].time).toEqual([2107, 12, 31, 23, 59, 58]);
    // Where the size isn't announced there may be more than 4 GiB; what was read before its header needs no such thing.
    expect(entries.map(({ flags }) => (flags & 8) / 8)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
  });

  test("nothing at all", async () => {
    expect(await octetsOf(zipStream([])).then(({ length }) => length)).toBe(22);
  });

  test.each([65_534, 65_535, 65_536])(
    "%i entries",
    async (count) => {
      const entries = function* (): Generator<ZipEntry> {
        for (let index = 0; index < count; index++) yield { name: `${index}`, source: "x", store: true };
      };
      const archive = await octetsOf(zipStream(entries()));
      expect(archive.includes("PK\u0006\u0006")).toBe(count >= 65_535);
      const path = fileWith(archive, "archive.zip");
      const counted = "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))";
      expect(await succeeds(pathOf("python3"), ["-c", counted, path])).toBe(`${count}\n`);
      expect(await succeeds(pathOf("bsdtar"), ["-tf", path])).toContain(`\n${count - 1}\n`);
      if (count !== 65_536) return;
      expect(await succeeds(pathOf("unzip"), ["-tq", path])).toContain("No errors detected");
      expect(await succeeds(pathOf("7z"), ["t", path])).toContain("Everything is Ok");
    },
    60_000,
  );
});

describe("sources", () => {
  const writers = ["writer function", "async writer function", "writer function with flushes"];
  const names = Object.keys(SOURCES).filter((name) => !writers.includes(name));
  test.each(names)("%s", async (name) => {
    const archive = await octetsOf(zipStream([{ name: "a", source: SOURCES[name]() as never, store: true }]));
    const size = Buffer.byteLength(WHOLE);
    const { data, ...header } = firstHeader(archive);
    if ((header.flags & 8) === 0) expect(header).toMatchObject({ size, crc: crc32(WHOLE) });
    expect(data.subarray(0, name === "array of all kinds of bytes" ? 8 : size).toString()).toBe(
      name === "array of all kinds of bytes" ? WHOLE.slice(0, 7) : WHOLE,
    );
  });

  test.each([
    ["that returns text", () => WHOLE],
    ["that returns a promise of a stream", () => Promise.resolve(Readable.from(PIECES))],
    ["that returns what can be read from any offset", () => anywhere(Buffer.from(WHOLE))],
  ])("a function %s", async (_, source) => {
    const { data } = firstHeader(await octetsOf(zipStream([{ name: "a", source, store: true }])));
    expect(data.toString("utf8", 0, Buffer.byteLength(WHOLE))).toBe(WHOLE);
  });

  test("a function is not called before its turn", async () => {
    const calls: string[] = [];
    const source = (name: string) => () => {
      calls.push(name);
      return zeros(200_000);
    };
    const stream = zipStream([
      { name: "a", source: source("a"), store: true },
      { name: "b", source: source("b"), store: true },
    ]);
    expect(calls).toEqual([]);
    await stream.next();
    expect(calls).toEqual(["a"]);
    await octetsOf(stream);
    expect(calls).toEqual(["a", "b"]);
  });

  test("what is lent is copied before the next piece is asked for", async () => {
    const { PieceSource } = await import("../../../src/reply/body.ts");
    class Lending extends PieceSource {
      openPieces() {
        const buffer = Buffer.alloc(20_000);
        let turns = 0;
        return {
          lent: true,
          next: () =>
            Promise.resolve(
              turns++ < 10 ? { done: false, value: buffer.fill(turns) } : { done: true, value: undefined },
            ),
          stop() {},
        };
      }
    }
    const { data } = firstHeader(
      await octetsOf(zipStream([{ name: "a", source: new Lending(), store: true }])),
    );
    for (let turns = 0; turns < 10; turns++)
      expect([data[turns * 20_000], data[turns * 20_000 + 19_999]]).toEqual([turns + 1, turns + 1]);
  });

  test("entries in memory have their sizes in front of them, deflated or not", async () => {
    const octets = Buffer.from("some text, some more text, ".repeat(10_000));
    for (const source of [octets, octets.subarray(0, 1000), octets.toString()]) {
      const { flags, method, size, packed, crc, data } = firstHeader(
        await octetsOf(zipStream([{ name: "a", source }])),
      );
      expect({ flags: flags & 8, method, size, crc }).toEqual({
        flags: 0,
        method: 8,
        size: source.length,
        crc: crc32(source),
      });
      expect(inflateRawSync(data.subarray(0, packed)).length).toBe(source.length);
    }
  });

  test.each([0, 1, 255, 256, 511, 512, 4096, 65_535, 65_536, 65_537])(
    "%i octets, deflated and read back",
    async (size) => {
      const source = Buffer.alloc(size, "abcabd");
      const { method, packed, data } = firstHeader(await octetsOf(zipStream([{ name: "a", source }])));
      const found = method === 8 ? inflateRawSync(data.subarray(0, packed)) : data.subarray(0, packed);
      expect(found.equals(source)).toBe(true);
      expect(method).toBe(size > 6 ? 8 : 0);
    },
  );

  test("the same entries make the same archive", async () => {
    const make = () =>
      octetsOf(
        zipStream([
          { name: "a", source: "x" },
          { name: "b", source: [WHOLE] },
        ]),
      );
    const first = await make();
    await turn();
    expect((await make()).equals(first)).toBe(true);
  });
});

describe("an entry that is not what was announced breaks the archive off", () => {
  test.each<[string, Omit<ZipEntry, "name">]>([
    ["too short", { source: ["abc"], size: 4 }],
    ["too long", { source: ["abc"], size: 2 }],
    ["too short, large", { source: zeros(100_000), size: 100_001 }],
    ["too long, large", { source: zeros(100_000), size: 99_999 }],
    ["too long, stored", { source: zeros(100_000), size: 99_999, store: true }],
    ["bytes of another size", { source: "abc", size: 4 }],
    ["a Blob of another size", { source: new Blob(["abc"]), size: 4 }],
    ["another checksum", { source: ["abc"], crc32: 1 }],
    ["another checksum, in memory", { source: "abc", crc32: 1 }],
    ["another checksum, large", { source: zeros(100_000), crc32: 1, size: 100_000, store: true }],
    [
      "a source that has grown",
      { source: { ...anywhere(Buffer.alloc(10)), size: 9, read: () => ["0123456789"] } },
    ],
  ])("%s", async (_, entry) => {
    await expect(octetsOf(zipStream([{ name: "a", ...entry }]))).rejects.toThrow(
      refusal("ERR_SLUICE_ARCHIVE_MISMATCH"),
    );
  });

  test("the message says what and where", async () => {
    await expect(octetsOf(zipStream([{ name: "a.txt", source: ["abc"], size: 4 }]))).rejects.toThrow(
      'found "3 octets instead of 4: a.txt"',
    );
  });
});

describe("mistakes", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["no name", { source: "" }],
    ["no source", { name: "a" }],
    ["a source for a directory", { name: "a/", source: "" }],
    ["a source for a link", { name: "a", symlink: "b", source: "" }],
    ["a directory that is a link", { name: "a/", symlink: "b" }],
    ["a directory that is none", { name: "a/", directory: false, source: "" }],
    ["a mode", { name: "a", source: "", mode: -1 }],
    ["a size", { name: "a", source: "", size: 0.5 }],
    ["a CRC-32", { name: "a", source: "", crc32: 2 ** 32 }],
    ["a time", { name: "a", source: "", modified: new Date(Number.NaN) }],
    ["a time as text", { name: "a", source: "", modified: "2024-01-01" }],
    ["a comment", { name: "a", source: "", comment: "a".repeat(65_536) }],
    ["store", { name: "a", source: "", store: 1 }],
  ])("an entry: %s", async (_, entry) => {
    await expect(octetsOf(zipStream([entry as ZipEntry]))).rejects.toThrow(
      refusal("ERR_SLUICE_ARCHIVE_ENTRY"),
    );
  });

  test.each<[string, object]>([
    ["a comment", { comment: "a".repeat(65_536) }],
    ["a comment that looks like the end of an archive", { comment: "PK\u0005\u0006" }],
    ["a level", { level: 10 }],
    ["store", { store: "yes" }],
    ["a time", { modified: Number.NaN }],
  ])("an option: %s", (_, options) => {
    expect(() => zipStream([], options)).toThrow(refusal("ERR_SLUICE_ARCHIVE_ENTRY"));
  });

  test.each([42, true, {}, () => 42])("a source that is none: %s", async (source) => {
    await expect(octetsOf(zipStream([{ name: "a", source: source as never }]))).rejects.toThrow(
      refusal("ERR_SLUICE_BODY_SOURCE"),
    );
  });

  test("names that clash", async () => {
    const entries = [
      { name: "a", source: "" },
      { name: "a", source: "" },
    ];
    await expect(octetsOf(zipStream(entries))).rejects.toThrow(refusal("ERR_SLUICE_ARCHIVE_DUPLICATE"));
  });

  test("what a source throws comes out as it is", async () => {
    const reason = new Error("the disk");
    const source = function* () {
      yield "a";
      throw reason;
    };
    await expect(octetsOf(zipStream([{ name: "a", source }]))).rejects.toBe(reason);
  });
});
