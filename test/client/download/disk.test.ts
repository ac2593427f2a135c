import { asSomebody } from "../../files/file-fixtures.ts";
import { type FileHandle, open, rename } from "node:fs/promises";
import { chmodSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import type { OpenHandle } from "../../../src/client/download/part-file.ts";
import { PartFile } from "../../../src/client/download/part-file.ts";
import { parseJournal } from "../../../src/client/download/journal.ts";
import { RangeSet } from "../../../src/client/download/range-set.ts";
import { fetchFile, names, target, tryToFetch } from "./downloads.ts";
import { honest, noise, script } from "./scripted-server.ts";

const CONTENT = noise(300_000);

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** Files on a disk that has room for so many octets, and takes part of a write where not all of it fits, as disks do. */
function diskOf(room: number, code = "ENOSPC"): { open: OpenHandle; truncated: () => boolean } {
  let full = false;
  let truncated = false;
  const openSmall: OpenHandle = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const real = handle.writev.bind(handle);
    const writev = async (buffers: readonly Uint8Array[], position: number) => {
      full = room === 0;
      if (full) throw failure(code);
      const part = Buffer.concat(buffers).subarray(0, room);
      room -= part.length;
      return real([part], position);
    };
    const truncate = handle.truncate.bind(handle);
    const truncateWatched = async (size?: number): Promise<void> => {
      truncated ||= full;
      await truncate(size);
    };
    return Object.assign(handle, { writev: writev as FileHandle["writev"], truncate: truncateWatched });
  };
  return { open: openSmall, truncated: () => truncated };
}

describe("a disk", () => {
  test.each(["ENOSPC", "EDQUOT", "EFBIG"])(
    "that is full (%s) ends it, and later it goes on",
    async (code) => {
      const { url } = await script((request) => honest(CONTENT, request));
      const disk = diskOf(200_000, code);
      const ended = tryToFetch(url, { connections: 1 }, { open: disk.open, batch: 50_000 });
      await expect(ended).rejects.toMatchObject({ code: "ERR_SLUICE_DISK_FULL", cause: { code } });
      expect(names()).toEqual(["file.bin.part", "file.bin.part.journal"]);
      const { content, result } = await fetchFile(url);
      expect(content.equals(CONTENT)).toBe(true);
      expect(result.resumed).toBeGreaterThanOrEqual(100_000);
    },
  );

  test("has what a journal says before the journal", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    const written = new RangeSet();
    let synced = new RangeSet();
    let journals = 0;
    const openWatched: OpenHandle = async (path, flags, mode) => {
      const handle = await open(path, flags, mode);
      const [writev, datasync] = [handle.writev.bind(handle), handle.datasync.bind(handle)];
      handle.writev = (async (buffers: Uint8Array[], position: number) => {
        const done = await writev(buffers, position);
        await new Promise((resolve) => setTimeout(resolve, 5));
        written.add(position, position + done.bytesWritten);
        return done;
      }) as typeof writev;
      handle.datasync = async () => {
        // What is written while it works may have missed it.
        const before = new RangeSet(written);
        await datasync();
        synced = before;
      };
      return handle;
    };
    const renameWatched = async (from: string, to: string): Promise<void> => {
      if (to.endsWith(".journal")) {
        journals++;
        const journal = parseJournal(readFileSync(from, "utf8"));
        const missing = new RangeSet("fault" in journal ? [{ start: 0, end: 1 }] : journal.done);
        for (const { start, end } of synced) missing.remove(start, end);
        expect([...missing]).toEqual([]);
      }
      await rename(from, to);
    };
    const tuning = { open: openWatched, rename: renameWatched, batch: 5_000, flush: 0, tick: 1 };
    await fetchFile(url, { connections: 2 }, tuning);
    expect(journals).toBeGreaterThan(0);
  });

  test("that fails ends it", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    const ended = tryToFetch(url, {}, { open: diskOf(0, "EIO").open });
    await expect(ended).rejects.toMatchObject({ code: "ERR_SLUICE_DISK" });
  });

  test("that fails ends it also while nothing arrives", async () => {
    const { url } = await script((request) => ({ ...honest(CONTENT, request), cut: 150_000, by: "silence" }));
    const ended = tryToFetch(url, { connections: 1 }, { open: diskOf(0, "EIO").open, batch: 50_000 });
    await expect(ended).rejects.toMatchObject({ code: "ERR_SLUICE_DISK" });
  });

  test("that refuses the last name: what has arrived is kept", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    const refuse = (_: string, to: string) => Promise.reject(failure(to === target() ? "EACCES" : "EIO"));
    const ended = tryToFetch(url, { connections: 1 }, { rename: refuse, flush: 60_000 });
    await expect(ended).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_FORBIDDEN" });
    expect(names()).toContain("file.bin.part");
  });

  test("that this process may not write to", async () => {
    const { url, asked } = await script((request) => honest(CONTENT, request));
    chmodSync(dirname(target()), 0o555);
    await asSomebody(() =>
      expect(tryToFetch(url)).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_FORBIDDEN" }),
    );
    chmodSync(dirname(target()), 0o755);
    expect(asked).toEqual([]);
  });
});

test("two writes at most are under way at a time, and each is finished whole", async () => {
  let active = 0;
  let most = 0;
  const handle = {
    stat: () => Promise.resolve({ isFile: () => true }),
    writev: async (pieces: Uint8Array[], position: number) => {
      most = Math.max(most, ++active);
      await new Promise((resolve) => setImmediate(resolve));
      active--;
      // A little at a time.
      const octet = Buffer.concat(pieces).subarray(0, 3);
      octet.copy(file, position);
      return { bytesWritten: octet.length };
    },
  };
  const file = Buffer.alloc(100);
  const part = await PartFile.open("anywhere", () => Promise.resolve(handle as never));
  const text = (letter: string): Buffer => Buffer.alloc(5, letter);
  await Promise.all(
    [0, 10, 20, 30, 40, 50, 60, 70, 80, 90].map((at, index) =>
      part.write([text(String(index)), text("x")], at),
    ),
  );
  expect(file.toString()).toBe(
    "00000xxxxx11111xxxxx22222xxxxx33333xxxxx44444xxxxx55555xxxxx66666xxxxx77777xxxxx88888xxxxx99999xxxxx",
  );
  expect(most).toBe(2);
});
