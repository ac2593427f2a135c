// What a server may answer to the request that goes on where a response was cut. Octets of two versions never get into one file.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fetchFile, names, tryToFetch } from "./downloads.ts";
import { type Asked, honest, noise, type Script, script, type ScriptedServer } from "./scripted-server.ts";

const CONTENT = noise(100_000);
const OTHER = noise(100_000, 2);
const SHORTER = noise(60_000, 3);
const CUT = 30_000;

/** A good response that is cut, then the one in question, then good ones. */
function second(answer: (asked: Asked) => Script, later: Uint8Array = CONTENT): Promise<ScriptedServer> {
  return script((asked) => {
    if (asked.index === 0) return { ...honest(CONTENT, asked), cut: CUT };
    if (asked.index === 1) return answer(asked);
    return honest(later, asked, { ETag: later === CONTENT ? '"v1"' : '"v2"' });
  });
}

const part = (fields: Script["fields"], body: Uint8Array = CONTENT.subarray(CUT)): Script => ({
  status: 206,
  fields: { ETag: '"v1"', "Content-Range": "bytes 30000-99999/100000", ...fields },
  body,
});

describe("is used:", () => {
  test.each<[string, Script, requests: number]>([
    ["a chunked part", { ...part({}), chunked: true }, 2],
    ["a part of a size that is not told", part({ "Content-Range": "bytes 30000-99999/*" }), 2],
    [
      "fewer octets than were asked for",
      part({ "Content-Range": "bytes 30000-49999/100000" }, CONTENT.subarray(CUT, 50_000)),
      3,
    ],
    ["a part that is cut, too", { ...part({}), cut: 100 }, 3],
    ["a part that is reset", { ...part({}), cut: 0, by: "reset" }, 3],
    ["too few octets in chunks", { ...part({}, CONTENT.subarray(CUT, 50_000)), chunked: true }, 3],
    ["busy, with a time", { status: 503, fields: { "Retry-After": 0 } }, 3],
    ["busy, with a date", { status: 429, fields: { "Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT" } }, 3],
    ...[408, 425, 429, 500, 502, 503, 504, 529].map((status): [string, Script, number] => [
      `an answer that may pass: ${status}`,
      { status },
      3,
    ]),
  ])("%s", async (_, answer, requests) => {
    const { url, asked } = await second(() => answer);
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.restarted).toBeUndefined();
    expect(asked).toHaveLength(requests);
    for (const { fields } of asked.slice(1)) expect(fields.get("if-range")).toBe('"v1"');
  });
});

describe("begins again, since the file is another one now:", () => {
  test.each<[string, Script, reason: string, requests: number]>([
    ["200 with another entity tag", { fields: { ETag: '"v2"' }, body: OTHER }, "validator", 2],
    ["200 without one", { body: OTHER }, "validator", 2],
    ["200 with a weak one", { fields: { ETag: 'W/"v1"' }, body: OTHER }, "validator", 2],
    ["200 of another size", { fields: { ETag: '"v1"' }, body: SHORTER }, "size", 2],
    ["200 in a coding", { fields: { ETag: '"v1"', "Content-Encoding": "gzip" }, body: OTHER }, "coding", 2],
    ["a part with another entity tag", part({ ETag: '"v2"' }), "validator", 3],
    ["a part with a weak one", part({ ETag: 'W/"v1"' }), "validator", 3],
    ["a part of another size", part({ "Content-Range": "bytes 30000-99999/100001" }), "size", 3],
    ["a part in a coding", part({ "Content-Encoding": "gzip" }), "coding", 3],
    ["nothing more", { status: 416, fields: { "Content-Range": "bytes */20000" } }, "size", 3],
  ])("%s", async (_, answer, reason, requests) => {
    const later = answer.body === SHORTER ? SHORTER : OTHER;
    const { url, asked } = await second(() => answer, later);
    const { content, result, notes } = await fetchFile(url, { connections: 1 });
    expect(content.equals(later)).toBe(true);
    expect(result.restarted).toContain(reason);
    expect(notes.join()).toContain("beginning again: the file has changed");
    expect(asked).toHaveLength(requests);
    if (requests === 3) expect([...asked[2].fields]).toContainEqual(["range", "bytes=0-"]);
  });
});

describe("begins again, without asking for ranges:", () => {
  test.each<[string, Script, requests: number]>([
    ["200 with the same entity tag", { fields: { ETag: '"v1"' }, body: CONTENT }, 2],
    ["another range", part({ "Content-Range": "bytes 29999-99998/100000" }), 3],
    ["more than was asked for", part({ "Content-Range": "bytes 0-99999/100000" }, CONTENT), 3],
    ["no Content-Range", { status: 206, fields: { ETag: '"v1"' }, body: CONTENT.subarray(CUT) }, 3],
    ["no range in Content-Range", part({ "Content-Range": "bytes */100000" }), 3],
    ["another unit", part({ "Content-Range": "lines 30000-99999/100000" }), 3],
    ["a range that is backwards", part({ "Content-Range": "bytes 99999-30000/100000" }), 3],
    ["a length that is not the range's", part({}, CONTENT.subarray(CUT, 99_000)), 3],
    [
      "a part without an entity tag",
      { ...part({}), fields: { "Content-Range": "bytes 30000-99999/100000" } },
      3,
    ],
    ["several parts", part({ "Content-Type": "multipart/byteranges; boundary=x" }), 3],
    [
      "too many octets in chunks",
      { ...part({}, Buffer.concat([OTHER.subarray(CUT), OTHER])), chunked: true },
      3,
    ],
    ["416 without a size", { status: 416 }, 3],
  ])("%s", async (_, answer, requests) => {
    const { url, asked } = await second(() => answer);
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.restarted).toContain("does not send parts");
    expect(asked).toHaveLength(requests);
    if (requests === 3) expect(asked[2].fields.has("range")).toBe(false);
  });
});

describe("ends:", () => {
  test.each([403, 404, 410, 204, 300, 501, 505, 506, 510, 511])("status %i", async (status) => {
    const { url, asked } = await second(() => ({ status }));
    await expect(tryToFetch(url, { connections: 1 })).rejects.toMatchObject({
      code: "ERR_SLUICE_STATUS",
      responseStatus: status,
    });
    expect(asked).toHaveLength(2);
    // It may come back.
    expect(names()).toEqual(["file.bin.part", "file.bin.part.journal"]);
  });

  test("a server that wants its clients to come back tomorrow", async () => {
    const { url } = await second(() => ({ status: 503, fields: { "Retry-After": 86_400 } }));
    await expect(tryToFetch(url, { connections: 1 })).rejects.toMatchObject({ responseStatus: 503 });
  });

  test("as many tries without progress as there may be", async () => {
    const { url, asked } = await script((request) =>
      request.index === 0
        ? { ...honest(CONTENT, request), cut: CUT }
        : { ...honest(CONTENT, request), cut: 0 },
    );
    const failure = tryToFetch(url, { connections: 1, attempts: 2 });
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_TRUNCATED", layer: "length" });
    expect(asked).toHaveLength(4);
  });

  test("a file that is another one each time", async () => {
    const { url, asked } = await script((request) => ({
      ...honest(CONTENT, request, { ETag: `"${request.index}"` }),
      cut: 1000,
    }));
    await expect(tryToFetch(url, { connections: 1 })).rejects.toMatchObject({
      code: "ERR_SLUICE_DOWNLOAD_CHANGED",
    });
    expect(asked.length).toBeLessThan(10);
    expect(names()).toEqual(["file.bin.part", "file.bin.part.journal"]);
  });

  test("a server that never sends the whole, and nothing to go on by", async () => {
    const { url, asked } = await script(() => ({ body: CONTENT, cut: CUT }));
    await expect(tryToFetch(url, { attempts: 2 })).rejects.toMatchObject({ code: "ERR_SLUICE_TRUNCATED" });
    expect(asked).toHaveLength(3);
    expect(names()).toEqual([]);
  });
});

describe("the first response:", () => {
  test.each<[string, Script, requests: number]>([
    ["a whole one", { body: CONTENT }, 1],
    ["a whole one in chunks", { body: CONTENT, chunked: true }, 1],
    ["an unsatisfied one", { status: 416 }, 2],
    ["a part that does not begin at the beginning", part({}), 2],
    [
      "a part that is not all, of a size that is not told",
      { status: 206, fields: { "Content-Range": "bytes 0-999/*" }, body: CONTENT.subarray(0, 1000) },
      2,
    ],
    ["a busy one", { status: 503 }, 2],
  ])("%s", async (_, answer, requests) => {
    const { url, asked } = await script(({ index }) => (index === 0 ? answer : { body: CONTENT }));
    const { content, result } = await fetchFile(url);
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.restarted).toBeUndefined();
    expect(asked).toHaveLength(requests);
  });

  test("parts of a size that is never told", async () => {
    const { url, asked } = await script((request) => {
      const { start } = request.range!;
      if (start >= CONTENT.length) return honest(CONTENT, request);
      const body = CONTENT.subarray(start, start + 40_000);
      const contentRange = `bytes ${start}-${start + body.length - 1}/*`;
      return { status: 206, fields: { ETag: '"v1"', "Content-Range": contentRange }, body };
    });
    const { content } = await fetchFile(url);
    expect(content.equals(CONTENT)).toBe(true);
    expect(asked.map(({ fields }) => fields.get("range"))).toEqual([
      "bytes=0-",
      "bytes=40000-",
      "bytes=80000-",
      "bytes=100000-",
    ]);
  });

  test("a whole one in chunks that is cut, after which the size is told", async () => {
    const { url, asked } = await script((request) =>
      request.index === 0
        ? { fields: { ETag: '"v1"' }, body: CONTENT, chunked: true, cut: CUT }
        : honest(CONTENT, request),
    );
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.restarted).toBeUndefined();
    expect(asked.map(({ fields }) => fields.get("range"))).toEqual(["bytes=0-", "bytes=30000-"]);
  });

  test("nothing at all, which is a file, too", async () => {
    const { url, asked } = await script(({ range }) =>
      range === undefined
        ? { fields: { ETag: '"e"' } }
        : { status: 416, fields: { "Content-Range": "bytes */0" } },
    );
    const { result } = await fetchFile(url);
    expect(result).toMatchObject({ size: 0, etag: '"e"' });
    expect(asked).toHaveLength(2);
  });

  test("coded although nobody asked for it: the file is what the server says it is", async () => {
    const { url } = await script(() => ({
      fields: { "Content-Encoding": "GZIP", ETag: '"v1-gz"' },
      body: CONTENT,
    }));
    const { content, result, notes } = await fetchFile(url);
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.coding).toBe("gzip");
    expect(notes.join()).toContain("gzip");
  });

  test("none, from a server that is not there", async () => {
    const start = performance.now();
    const failure = tryToFetch("http://127.0.0.1:1/");
    await expect(failure).rejects.toMatchObject({ code: "ERR_SLUICE_CONNECT" });
    expect(performance.now() - start).toBeLessThan(500);
    expect(names()).toEqual([]);
  });
});

describe("what proves that a response goes on where another one ended:", () => {
  const now = "Sun, 22 Nov 2026 08:00:00 GMT";
  test.each<[string, Record<string, string>, ifRange: string | undefined]>([
    ["a strong entity tag", { ETag: '"v1"' }, '"v1"'],
    [
      "a date that is a minute old",
      { Date: now, "Last-Modified": "Sun, 22 Nov 2026 07:59:00 GMT" },
      "Sun, 22 Nov 2026 07:59:00 GMT",
    ],
    ["not a younger one", { Date: now, "Last-Modified": "Sun, 22 Nov 2026 07:59:01 GMT" }, undefined],
    ["not one without a Date", { "Last-Modified": "Sun, 22 Nov 2026 07:59:00 GMT" }, undefined],
    ["not a weak entity tag", { ETag: 'W/"v1"' }, undefined],
    [
      "nor a date beside it",
      { ETag: 'W/"v1"', Date: now, "Last-Modified": "Sun, 22 Nov 2020 07:59:00 GMT" },
      undefined,
    ],
    ["nor what is none", { ETag: "v1" }, undefined],
  ])("%s", async (_, validators, ifRange) => {
    const { url, asked } = await script((request) => ({
      ...honest(CONTENT, request, validators),
      ...(request.index === 0 ? { cut: CUT } : {}),
    }));
    const { content, result } = await fetchFile(url, { connections: 1 });
    expect(content.equals(CONTENT)).toBe(true);
    expect(asked[1].fields.get("if-range")).toBe(ifRange);
    expect(asked[1].fields.get("range")).toBe(ifRange === undefined ? "bytes=0-" : "bytes=30000-99999");
    if (ifRange === undefined) expect(result.restarted).toContain("nothing proves");
  });
});

test(
  "whatever a server does, the file is one version or the download fails",
  { timeout: 30_000 },
  async () => {
    const versions = [noise(20_000, 4), noise(20_000, 5), noise(13_000, 6)];
    const step = fc.record({
      version: fc.nat(2),
      cut: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: 500, max: 20_000 })), { nil: undefined }),
      by: fc.constantFrom("fin" as const, "reset" as const),
      chunked: fc.boolean(),
      fault: fc.constantFrom(
        "none",
        "none",
        "none",
        "none",
        "ignore",
        "busy",
        "shifted",
        "unsatisfied",
        "tagless",
      ),
    });
    const outcomes = { whole: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { url } = await script((asked) => {
          const { version, fault, ...rest } = steps[Math.min(asked.index, steps.length - 1)];
          const content = versions[version];
          const etag = { ETag: `"v${version}"` };
          if (fault === "busy") return { status: 503 };
          if (fault === "unsatisfied") return { status: 416 };
          if (fault === "ignore") return { fields: etag, body: content, ...rest };
          const answer = honest(content, asked, etag);
          if (answer.status !== 206) return { ...answer, ...rest };
          const body = fault === "shifted" ? content.subarray(asked.range!.start + 1) : answer.body!;
          if (fault === "tagless")
            return {
              status: 206,
              fields: { "Content-Range": answer.fields!["Content-Range"] },
              body,
              ...rest,
            };
          return { ...answer, body, ...rest };
        });
        const outcome = await fetchFile(url, { attempts: 2 }, { segment: 2000 }).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) {
          expect(outcome).toHaveProperty("code", expect.stringMatching(/^ERR_SLUICE_/));
          outcomes.failed++;
          return;
        }
        outcomes.whole++;
        const { content } = outcome as { content: Buffer };
        const shifted = steps.some(({ fault, chunked }) => fault === "shifted" && chunked);
        // Nobody can see a shift inside a chunked part whose head is right; a digest would.
        if (!shifted) expect(versions.some((version) => content.equals(version))).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect(outcomes.whole).toBeGreaterThan(10);
  },
);
