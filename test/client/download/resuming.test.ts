import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MACHINE } from "../../../src/client/download/claim.ts";
import { download } from "../../../src/client/download/download.ts";
import { formatJournal, parseJournal } from "../../../src/client/download/journal.ts";
import { fetchFile, names, target, tryToFetch } from "./downloads.ts";
import { honest, noise, type Script, script, type ScriptedServer } from "./scripted-server.ts";

const CONTENT = noise(100_000);
const LEFT = ["file.bin.part", "file.bin.part.journal"];

/** A server whose first response stops at this octet, where the download is then aborted. */
async function abortAt(
  cut: number,
  answer: (index: number) => Partial<Script> = () => ({}),
): Promise<ScriptedServer> {
  const server = await script((request) => ({
    ...honest(CONTENT, request),
    ...(request.index === 0 ? { cut, by: "silence" as const } : answer(request.index)),
  }));
  const stop = new AbortController();
  const reason = new Error("enough");
  const ended = tryToFetch(server.url, {
    connections: 1,
    signal: stop.signal,
    onProgress: ({ received }) => received === cut && stop.abort(reason),
  });
  await expect(ended).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED", cause: reason });
  return server;
}

describe("after an abort", () => {
  test("the next download goes on, and says how much was there", async () => {
    const { url, asked, connections } = await abortAt(30_000);
    expect(names()).toEqual(LEFT);
    await expect.poll(connections).toBe(0);
    expect(parseJournal(readFileSync(`${target()}.part.journal`, "utf8"))).toMatchObject({
      url,
      validator: { etag: '"v1"' },
      size: 100_000,
      done: [{ start: 0, end: 30_000 }],
    });
    // A journal can hold a secret of the URL.
    expect(statSync(`${target()}.part.journal`).mode & 0o777).toBe(0o600);
    const { content, result, progress } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result).toMatchObject({ resumed: 30_000, restarted: undefined, size: 100_000 });
    expect(progress.at(-1)).toMatchObject({ received: 100_000, total: 100_000, segments: [] });
    expect(asked.map(({ fields }) => fields.get("range"))).toEqual(["bytes=0-", "bytes=30000-99999"]);
  });

  test("it begins again where it is told to", async () => {
    const { url } = await abortAt(30_000);
    const { result } = await fetchFile(url, { resume: false });
    expect(result).toMatchObject({ resumed: 0, restarted: undefined });
  });

  test("it begins again where the file is another one", async () => {
    const { url } = await abortAt(30_000, () => ({
      status: 200,
      fields: { ETag: '"v2"' },
      body: CONTENT.subarray(5),
    }));
    const { content, result } = await fetchFile(url);
    expect(content.equals(CONTENT.subarray(5))).toBe(true);
    expect(result).toMatchObject({ resumed: 0, restarted: expect.stringContaining("changed") as string });
  });

  test.each<[string, () => void, reason: string]>([
    ["a journal that is torn", () => truncateSync(`${target()}.part.journal`, 40), "damaged"],
    ["an empty journal", () => truncateSync(`${target()}.part.journal`, 0), "damaged"],
    ["a journal with an octet changed", () => change((text) => text.replace("30000", "30001")), "damaged"],
    ["a part file that is too short", () => truncateSync(`${target()}.part`, 29_999), "shorter"],
    ["a journal of another place", () => rewrite({ url: "http://127.0.0.1/other" }), "another URL"],
  ])("it begins again after %s", async (_, harm, reason) => {
    const { url } = await abortAt(30_000);
    harm();
    const { content, result } = await fetchFile(url);
    expect(content.equals(CONTENT)).toBe(true);
    expect(result).toMatchObject({ resumed: 0, restarted: expect.stringContaining(reason) as string });
  });

  test("it begins again without the journal, or without the part file", async () => {
    for (const gone of LEFT) {
      const { url } = await abortAt(30_000);
      rmSync(join(target(), "..", gone));
      const { content, result } = await fetchFile(url);
      expect(content.equals(CONTENT)).toBe(true);
      expect(result.resumed).toBe(0);
    }
  });

  test("a file that was complete but for its name is asked about, not fetched", async () => {
    const { url, asked } = await abortAt(99_999);
    rewrite({ done: [{ start: 0, end: 100_000 }] });
    writeFileSync(`${target()}.part`, CONTENT);
    const { result } = await fetchFile(url);
    expect(result.resumed).toBe(99_999);
    expect(asked[1].fields.get("range")).toBe("bytes=99999-99999");
  });

  test("several gaps are filled, and nothing else is fetched", async () => {
    const { url, asked } = await abortAt(30_000);
    const part = Buffer.alloc(100_000);
    CONTENT.copy(part, 0, 0, 100);
    CONTENT.copy(part, 5000, 5000, 50_000);
    writeFileSync(`${target()}.part`, part);
    rewrite({
      done: [
        { start: 0, end: 100 },
        { start: 5000, end: 50_000 },
      ],
    });
    const { content, result } = await fetchFile(url, { connections: 3 }, { segment: 1_000_000 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.resumed).toBe(45_100);
    const ranges = asked.slice(1).map(({ fields }) => fields.get("range"));
    expect(ranges).toEqual(["bytes=100-4999", "bytes=50000-99999"]);
  });
});

describe("the path", () => {
  test("is replaced only by a whole file", async () => {
    writeFileSync(target(), "the old one");
    const { url } = await script((request) => ({ ...honest(CONTENT, request), cut: 0 }));
    await expect(tryToFetch(url, { attempts: 0 })).rejects.toThrow();
    expect(readFileSync(target(), "latin1")).toBe("the old one");
    const good = await script((request) => honest(CONTENT, request));
    expect((await fetchFile(good.url)).content.equals(CONTENT)).toBe(true);
  });

  test("is no folder, and its folder is there: before anything is sent", async () => {
    const { url, asked } = await script((request) => honest(CONTENT, request));
    mkdirSync(target());
    await expect(tryToFetch(url)).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_KIND" });
    const inside = download(url, join(target(), "missing", "file"));
    await expect(inside).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_FOLDER" });
    expect(asked).toEqual([]);
  });

  test("a part file that is a link is not followed", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    const elsewhere = `${target()}.elsewhere`;
    writeFileSync(elsewhere, "precious");
    symlinkSync(elsewhere, `${target()}.part`);
    await expect(tryToFetch(url)).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_KIND" });
    expect(readFileSync(elsewhere, "latin1")).toBe("precious");
  });
});

describe("two downloads to one path", () => {
  test("the second is refused, the first is whole, and then there may be another", async () => {
    const { url } = await script((request) =>
      request.index === 0
        ? { ...honest(CONTENT, request), cut: 30_000, by: "silence" }
        : honest(CONTENT, request),
    );
    const stop = new AbortController();
    const first = tryToFetch(url, { signal: stop.signal });
    await expect.poll(() => existsSync(`${target()}.part.lock`)).toBe(true);
    await expect(tryToFetch(url)).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_LOCKED" });
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED" });
    expect((await fetchFile(url)).content.equals(CONTENT)).toBe(true);
  });

  test("of many that begin at the same instant one at most is at it", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => tryToFetch(url)));
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_LOCKED" });
    expect(names()).toEqual(outcomes.some(({ status }) => status === "fulfilled") ? ["file.bin"] : []);
  });

  test.each<[string, string, hours: number, alive: boolean]>([
    ["a process that is gone", `${MACHINE}-4194305-12-0123456789ab`, 0, false],
    ["a process whose number is another's now", `${MACHINE}-${process.pid}-1-0123456789ab`, 0, false],
    ["another machine that is silent", "0123456789abcdef-77-12-0123456789ab", 1, false],
    ["another machine that is not", "0123456789abcdef-77-12-0123456789ab", 0, true],
  ])("the lock of %s", async (_, name, hours, alive) => {
    const { url } = await script((request) => honest(CONTENT, request));
    const lock = `${target()}.part.lock`;
    mkdirSync(lock);
    writeFileSync(join(lock, name), "");
    const then = Date.now() / 1000 - hours * 3600;
    utimesSync(join(lock, name), then, then);
    if (alive) await expect(tryToFetch(url)).rejects.toMatchObject({ code: "ERR_SLUICE_DOWNLOAD_LOCKED" });
    else await fetchFile(url);
  });
});

function change(how: (text: string) => string): void {
  const path = `${target()}.part.journal`;
  writeFileSync(path, how(readFileSync(path, "utf8")));
}

/** A journal that says something else, and is sound. */
function rewrite(fields: object): void {
  change((text) => {
    const journal = parseJournal(text);
    if ("fault" in journal) throw new Error(journal.fault);
    return formatJournal({ ...journal, ...fields });
  });
}
