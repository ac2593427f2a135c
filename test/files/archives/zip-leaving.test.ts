// Who reads an archive decides how fast its sources are read, and when they are stopped.

import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { tarStream } from "../../../src/files/archives/tar-stream.ts";
import type { ZipEntry } from "../../../src/files/archives/zip-entry.ts";
import { zip } from "../../../src/files/archives/zip.ts";
import { zipStream } from "../../../src/files/archives/zip-stream.ts";
import { pump } from "../../../src/reply/pump.ts";
import type { Resource } from "../../../src/reply/resource.ts";
import { Fields } from "../../../src/semantics/fields.ts";
import { CollectingSink } from "../../reply/collecting-sink.ts";
import { anywhere, noise, octetsOf } from "./archive-support.ts";

const KINDS: [string, (entries: Iterable<ZipEntry>) => AsyncIterableIterator<Uint8Array>][] = [
  ["zip, stored", (entries) => zipStream(entries, { store: true })],
  ["zip, deflated", (entries) => zipStream(entries)],
  ["tar", (entries) => tarStream(entries)],
];

/** Enough that entries leave piece by piece. */
const SIZE = 300_000;

describe.each(KINDS)("%s", (_, archive) => {
  test("leaving after any number of pieces runs every finally once", async () => {
    for (let pieces = 0; pieces < 40; pieces++) {
      let [open, begun, listing] = [0, 0, 0];
      const source = async function* () {
        open += 1;
        begun += 1;
        try {
          for (let at = 0; at < SIZE; at += 50_000) {
            await turn();
            yield noise(50_000);
          }
        } finally {
          open -= 1;
        }
      };
      const entries = function* (): Generator<ZipEntry> {
        listing += 1;
        try {
          for (let index = 0; index < 3; index++) yield { name: `${index}`, source, size: SIZE };
        } finally {
          listing -= 1;
        }
      };
      const stream = archive(entries());
      let read = 0;
      while (read < pieces && (await stream.next()).done !== true) read += 1;
      expect(await stream.return?.()).toEqual({ done: true, value: undefined });
      await turn();
      expect({ open, listing }, `after ${pieces} pieces, ${begun} begun`).toEqual({ open: 0, listing: 0 });
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    }
  });

  test("an archive that nobody has begun lets go of every stream in it", async () => {
    const streams = [Readable.from(["a"]), Readable.from(["b"])];
    let cancelled = false;
    const web = new ReadableStream<string>({ cancel: () => void (cancelled = true) });
    const file = anywhere(Buffer.from("file"));
    const sources = [...streams, web, file];
    await archive(sources.map((source, index) => ({ name: `${index}`, source, size: 4 }))).return?.();
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true]);
    expect({ cancelled, closed: file.closed }).toEqual({ cancelled: true, closed: 1 });
  });

  test("so does one that is left, or fails, before their turn", async () => {
    const make = () => Readable.from([Buffer.alloc(SIZE)]);
    const [first, second] = [make(), make()];
    const stream = archive(
      [first, second].map((source, index) => ({ name: `${index}`, source, size: SIZE })),
    );
    await stream.next();
    await stream.return?.();
    expect([first.destroyed, second.destroyed]).toEqual([true, true]);

    const third = make();
    const failing = archive([
      { name: "bad", source: ["a"], size: 2 },
      { name: "third", source: third, size: SIZE },
    ]);
    await expect(octetsOf(failing)).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_MISMATCH" }),
    );
    expect(third.destroyed).toBe(true);
  });

  test.each<[string, ZipEntry[]]>([
    ["of a bad name", [{ name: "../a" }]],
    ["that stands twice", [{ name: "a", source: "first" }, { name: "a" }]],
    ["of a bad property", [{ name: "a", mode: -1 }]],
  ])("an entry %s is refused, and its source let go of", async (_reason, bad) => {
    for (const source of [anywhere(noise(10)), Readable.from(["a"])]) {
      const entries = function* (): Generator<ZipEntry> {
        yield* bad.slice(0, -1);
        yield { ...bad.at(-1)!, source, size: 10 };
      };
      await expect(octetsOf(archive(entries()))).rejects.toMatchObject({ name: "UsageError" });
      expect("closed" in source && "reads" in source ? source.closed === 1 : source.destroyed).toBe(true);
    }
  });

  test("an entry that is none is refused", async () => {
    for (const entry of [null, undefined, "a"])
      await expect(octetsOf(archive([entry as never]))).rejects.toMatchObject({
        code: "ERR_SLUICE_ARCHIVE_ENTRY",
      });
  });

  test("an entry that comes after the reader has left is let go of, too", async () => {
    let give!: (entry: ZipEntry) => void;
    const awaited = new Promise<ZipEntry>((resolve) => (give = resolve));
    const entries = async function* (): AsyncGenerator<ZipEntry> {
      yield await awaited;
    };
    const stream = archive(entries() as never);
    const waiting = stream.next();
    await turn();
    await stream.return?.();
    const source = anywhere(noise(10));
    give({ name: "late", source });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(1);
  });

  test("a source that waits for ever is stopped at once", async () => {
    let cancelled: unknown;
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(noise(SIZE - 1)),
      cancel: (reason: unknown) => void (cancelled = reason),
    });
    const stream = archive([{ name: "a", source, size: SIZE }]);
    let waiting = stream.next();
    for (;;) {
      const first = await Promise.race([
        waiting,
        turn()
          .then(turn)
          .then(turn)
          .then(() => "waits" as const),
      ]);
      if (first === "waits" && cancelled === undefined) break;
      waiting = stream.next();
    }
    await stream.return?.();
    expect(cancelled).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test("a promise of a source that comes too late is let go of", async () => {
    let resolve!: (source: Readable) => void;
    const promise = new Promise<Readable>((resolved) => (resolve = resolved));
    const stream = archive([{ name: "a", source: () => promise, size: SIZE }]);
    const waiting = stream.next();
    await turn();
    await stream.return?.();
    const late = Readable.from(["late"]);
    resolve(late);
    await waiting;
    await turn();
    expect(late.destroyed).toBe(true);
  });

  test("sources with a close are closed once when they were read", async () => {
    const files = [anywhere(noise(10)), anywhere(noise(SIZE))];
    await octetsOf(archive(files.map((source, index) => ({ name: `${index}`, source }))));
    expect(files.map(({ closed }) => closed)).toEqual([1, 1]);
  });

  test("nothing is pulled that is not wanted yet", async () => {
    let pulled = 0;
    const source = async function* () {
      for (let at = 0; at < 100; at++) {
        pulled += 1;
        yield noise(100_000, at);
      }
    };
    const stream = archive([{ name: "a", source, size: 10_000_000 }]);
    let consumed = 0;
    for await (const piece of stream) {
      consumed += piece.length;
      // What deflate holds is at most its window and its block.
      expect(pulled * 100_000 - consumed).toBeLessThan(500_000);
      await turn();
    }
    expect(pulled).toBe(100);
  });
});

test("what is gathered leaves before a source is waited for", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const entries = async function* (): AsyncGenerator<ZipEntry> {
    yield { name: "a", source: "first", store: true };
    yield {
      name: "b",
      store: true,
      source: async function* () {
        yield "second";
        await gate;
        yield "third";
      },
    };
  };
  const stream = zipStream(entries());
  const before: Buffer[] = [];
  while (!Buffer.concat(before).includes("second")) {
    const { value } = await stream.next();
    before.push(Buffer.from(value as Uint8Array));
  }
  expect(Buffer.concat(before).includes("first")).toBe(true);
  go();
  expect((await octetsOf(stream)).includes("third")).toBe(true);
});

test("many small entries leave together, from generators that don't wait, too", async () => {
  const entries = async function* (): AsyncGenerator<ZipEntry> {
    for (let index = 0; index < 5000; index++) {
      yield {
        name: `${index}`,
        source: (async function* () {
          yield "some text";
        })(),
      };
    }
  };
  const sizes: number[] = [];
  for await (const { length } of zipStream(entries())) sizes.push(length);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  expect(sizes.length).toBeLessThan(whole / 65_536 + 5);
});

test("entries that come once are sent once: an answer to HEAD is no empty archive later", async () => {
  const archive = zip(
    (async function* () {
      yield { name: "a", source: "b" };
    })(),
  );
  const reply = (method: string) => collected(archive, method);
  expect((await reply("HEAD")).status).toBe(200);
  const again = await reply("GET");
  expect(again.failure).toMatchObject({ code: "ERR_SLUICE_BODY_USED" });
  expect([again.ended, again.body.length]).toEqual([false, 0]);
});

/** The answer of an archive, as its reader gets it. */
async function collected(archive: Resource, method: string): Promise<CollectingSink> {
  const request = { method, headers: new Fields() };
  const sink = new CollectingSink(false, method !== "HEAD");
  await pump(await archive.respond(request), request, sink, []);
  return sink;
}
