import { describe, expect, test } from "vitest";
import { fetchFile, names, tryToFetch } from "./downloads.ts";
import { honest, noise, script } from "./scripted-server.ts";

const CONTENT = noise(100_000);

describe("progress", () => {
  test("is told now and then, and at the end", async () => {
    const { url } = await script((request) => ({ ...honest(CONTENT, request), cut: 30_000 }));
    const { progress, notes } = await fetchFile(url, { connections: 1 });
    expect(progress.at(-1)).toMatchObject({
      received: 100_000,
      total: 100_000,
      secondsLeft: 0,
      segments: [],
    });
    for (const { received, bytesPerSecond, segments } of progress) {
      expect(received).toBeLessThanOrEqual(100_000);
      expect(bytesPerSecond).toBeGreaterThanOrEqual(0);
      for (const { start, position, end } of segments)
        expect(start <= position && position <= (end ?? Infinity)).toBe(true);
    }
    expect(notes.join()).toMatch(/trying again: .* at byte 30000/);
  });

  test("every 100 ms at most", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    const { progress } = await fetchFile(url, {}, { tick: 100 });
    expect(progress.length).toBeLessThan(10);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no")) as never],
  ])("to a listener that %s", async (_, onProgress) => {
    const { url } = await script((request) => honest(CONTENT, request));
    expect((await fetchFile(url, { onProgress })).content.equals(CONTENT)).toBe(true);
  });
});

describe("options", () => {
  test.each<[string, object]>([
    ["of no such name", { reattempts: 0 }],
    ["connections: 0", { connections: 0 }],
    ["connections: 17", { connections: 17 }],
    ["connections: 1.5", { connections: 1.5 }],
    ["attempts: -1", { attempts: -1 }],
    ["attempts: 0.5", { attempts: 0.5 }],
    ["tries", { tries: 5 }],
    ["resume", { resume: "no" }],
    ["verify", { verify: "maybe" }],
    ["redirect", { redirect: "manual" }],
    ["onProgress", { onProgress: true }],
    ["a signal that is none", { signal: {} }],
    ["timeouts", { timeouts: { body: -1 } }],
    ["timeouts of a client", { timeouts: { connect: 1000 } }],
    ["timeouts of other requests", { timeouts: { continue: 1000 } }],
    ["a Range", { headers: { range: "bytes=0-1" } }],
    ["an If-Range", { headers: { "If-Range": '"v1"' } }],
    ["an If-None-Match", { headers: { "If-None-Match": '"v1"' } }],
  ])("%s", async (_, options) => {
    await expect(tryToFetch("http://127.0.0.1:1/", options)).rejects.toMatchObject({
      code: "ERR_SLUICE_OPTION",
    });
    expect(names()).toEqual([]);
  });

  test("a URL that is none", async () => {
    await expect(tryToFetch("ftp://127.0.0.1/")).rejects.toMatchObject({ code: "ERR_SLUICE_URL" });
  });

  test("the first and the last number of connections", async () => {
    const { url } = await script((request) => honest(CONTENT, request));
    for (const connections of [1, 16]) await fetchFile(url, { connections });
  });

  test("the caller's fields are sent with each request", async () => {
    const { url, asked } = await script((request) => ({ ...honest(CONTENT, request), cut: 50_000 }));
    await fetchFile(url, {
      connections: 1,
      headers: { Authorization: "Bearer x", "accept-encoding": "gzip" },
    });
    for (const { fields } of asked)
      expect(Object.fromEntries(fields)).toMatchObject({
        authorization: "Bearer x",
        "accept-encoding": "gzip",
      });
  });
});

describe("nothing is left behind:", () => {
  test("no timers, sockets and files after success, failure and abort", async () => {
    const good = await script((request) => honest(CONTENT, request));
    const bad = await script((request) => ({
      ...honest(CONTENT, request),
      cut: 10 * (1 - Math.sign(request.index)),
    }));
    const silent = await script((request) => ({ ...honest(CONTENT, request), cut: 5_000, by: "silence" }));
    const count = (): string[] =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => kind !== "Immediate")
        .toSorted();
    // Kept connections are the client's.
    await fetchFile(good.url, { headers: { Connection: "close" } });
    const before = count();
    await fetchFile(good.url, { headers: { Connection: "close" } });
    await expect(tryToFetch(bad.url, { attempts: 1 })).rejects.toThrow();
    const signal = AbortSignal.timeout(100);
    await expect(tryToFetch(silent.url, { signal })).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED" });
    await expect.poll(count, { interval: 10 }).toEqual(before);
    expect([good.connections(), bad.connections(), silent.connections()]).toEqual([0, 0, 0]);
  });

  test("a signal that was aborted before", async () => {
    const { url, asked } = await script((request) => honest(CONTENT, request));
    const reason = new Error("no need");
    const failure = tryToFetch(url, { signal: AbortSignal.abort(reason) });
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED", cause: reason });
    expect([asked, names()]).toEqual([[], []]);
  });
});
