import { describe, expect, test } from "vitest";
import { content, type ContentOptions } from "../../src/files/content.ts";
import { resource } from "../../src/files/resource.ts";
import { text } from "../../src/reply/reply.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { noise } from "../content/codings-by-zlib.ts";
import { collected, type CollectingSink } from "../reply/collecting-sink.ts";

async function get(
  type: string,
  data: string | Uint8Array | Blob,
  fields: Readonly<Record<string, string>> = {},
  options?: ContentOptions,
): Promise<CollectingSink> {
  const request = { method: "GET", headers: Fields.from(fields) };
  return collected(await content(type, data, options).respond(request), { fields });
}

describe.each<[string, (bytes: Buffer<ArrayBuffer>) => Uint8Array | Blob]>([
  ["bytes", (bytes) => bytes],
  [
    "a view",
    (bytes) => new Uint8Array(Buffer.concat([Buffer.from("."), bytes, Buffer.from(".")])).subarray(1, -1),
  ],
  ["a Blob", (bytes) => new Blob([bytes.subarray(0, 5), bytes.subarray(5)])],
])("%s", (_name, dataOf) => {
  test.each([0, 1, 1023, 300_000])("of %i octets arrive, and every part of them", async (size) => {
    const bytes = noise(size);
    const data = dataOf(bytes);
    const whole = await get("application/octet-stream", data);
    expect([whole.status, whole.headers.get("content-length"), whole.body.equals(bytes)]).toEqual([
      200,
      String(size),
      true,
    ]);
    for (const [start, end] of [
      [0, 1],
      [size >> 1, size],
      [size - 1, size],
    ]) {
      if (start < 0 || start >= size) continue;
      const part = await get("application/octet-stream", data, { Range: `bytes=${start}-${end - 1}` });
      expect([part.status, part.body.equals(bytes.subarray(start, end))]).toEqual([206, true]);
    }
  });
});

test("text counts in octets of UTF-8", async () => {
  const { headers, body } = await get("text/plain", "zwölf");
  expect([headers.get("content-type"), headers.get("content-length"), body.toString()]).toEqual([
    "text/plain; charset=utf-8",
    "6",
    "zwölf",
  ]);
  expect((await get("text/plain", "zwölf", { Range: "bytes=0-1" })).body.toString()).toBe("zw");
});

test.each([
  ["text/css", "text/css; charset=utf-8"],
  ["text/css;charset=latin1", "text/css;charset=latin1"],
  ["application/json", "application/json"],
])("%s is %s", async (type, sent) => {
  expect((await get(type, "a")).headers.get("content-type")).toBe(sent);
});

describe("the entity tag", () => {
  test("is strong, and that of the octets", async () => {
    const [one, same, other] = await Promise.all(
      ["a", Buffer.from("a"), "b"].map((data) => get("text/plain", data)),
    );
    expect(one.headers.get("etag")).toMatch(/^"[\w-]{22}"$/);
    expect(same.headers.get("etag")).toBe(one.headers.get("etag"));
    expect(other.headers.get("etag")).not.toBe(one.headers.get("etag"));
  });

  test("answers If-None-Match and If-Range", async () => {
    const etag = (await get("text/plain", "abc")).headers.get("etag")!;
    expect((await get("text/plain", "abc", { "If-None-Match": etag })).status).toBe(304);
    expect((await get("text/plain", "abc", { Range: "bytes=1-1", "If-Range": etag })).body.toString()).toBe(
      "b",
    );
    expect((await get("text/plain", "abd", { Range: "bytes=1-1", "If-Range": etag })).body.toString()).toBe(
      "abd",
    );
  });

  test("of a Blob is none, unless it is given", async () => {
    expect((await get("text/plain", new Blob(["a"]))).headers.has("etag")).toBe(false);
    expect((await get("text/plain", new Blob(["a"]), {}, { etag: 'W/"own"' })).headers.get("etag")).toBe(
      'W/"own"',
    );
  });
});

test.each([[new Date(784_111_777_000)], [784_111_777_999]])(
  "the date %s is sent, and answers conditions",
  async (lastModified) => {
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    const { headers } = await get("text/plain", "a", {}, { lastModified });
    expect(headers.get("last-modified")).toBe(date);
    expect((await get("text/plain", "a", { "If-Modified-Since": date }, { lastModified })).status).toBe(304);
  },
);

test("one resource answers again and again, with its own options", async () => {
  const again = content("text/plain", "again", { status: 404, headers: { "X-Own": "1" } });
  for (let times = 0; times < 3; times++) {
    const fields = { Range: "bytes=0-0" };
    const sink = await collected(await again.respond({ method: "GET", headers: Fields.from(fields) }), {
      fields,
    });
    expect([sink.status, sink.headers.get("x-own"), sink.body.toString()]).toEqual([404, "1", "again"]);
  }
});

test("options of another name are refused", () => {
  const wrong = expect.objectContaining({ code: "ERR_SLUICE_OPTION" });
  expect(() => content("text/plain", "a", { lastModifed: 0 } as object)).toThrow(wrong);
  expect(() => resource(() => text("a"), { etag: '"a"' } as object)).toThrow(wrong);
});
