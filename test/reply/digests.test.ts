import { createHash } from "node:crypto";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { type Reply, type ReplyOptions, stream, text } from "../../src/reply/reply.ts";
import { prose } from "../content/codings-by-zlib.ts";
import { collected, type Pumping } from "./collecting-sink.ts";

/** The content of the examples in RFC 9530, and what its digests are there. */
const HELLO = '{"hello": "world"}\n';
const SHA_256 = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
const SHA_512 =
  "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:";
const IN_BROTLI = Buffer.from("CwmAeyJoZWxsbyI6ICJ3b3JsZCJ9CgM=", "base64");
const IN_BROTLI_SHA_256 = "sha-256=:d435Qo+nKZ+gLcUHn7GQtQ72hiBVAgqoLsZnZPiTGPk=:";
const EMPTY_SHA_256 = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

type Digests = readonly [content: string | undefined, repr: string | undefined];

const known = (options: ReplyOptions): Reply => text(HELLO, options);
const streamed = (options: ReplyOptions): Reply => stream("text/plain", HELLO.split(""), options);

async function inHeaders(reply: Reply, fields: Pumping["fields"] = {}): Promise<Digests> {
  const { headers, names } = await collected(reply, { fields, trailers: false });
  expect(names).toEqual([]);
  return [headers.get("content-digest"), headers.get("repr-digest")];
}

async function inTrailers(reply: Reply, fields: Pumping["fields"] = {}): Promise<Digests> {
  const { headers, trailers, names } = await collected(reply, { fields });
  expect(headers.has("content-digest") || headers.has("repr-digest")).toBe(false);
  expect(names.toSorted()).toEqual(
    Object.keys(trailers.toJSON())
      .map((name) => name.replace(/(^|-)[a-z]/g, (at) => at.toUpperCase()))
      .toSorted(),
  );
  return [trailers.get("content-digest"), trailers.get("repr-digest")];
}

describe.each([
  ["known, in headers", known, inHeaders],
  ["a stream, in trailers", streamed, inTrailers],
] as const)("%s", (_name, reply, digests) => {
  test.each<[string, ReplyOptions, Pumping["fields"], Digests]>([
    ["none is asked for", {}, {}, [undefined, undefined]],
    ["none is asked for, but wanted", {}, { "Want-Repr-Digest": "sha-256=5" }, [undefined, undefined]],
    ["SHA-256", { digest: "sha-256" }, {}, [SHA_256, SHA_256]],
    ["SHA-512", { digest: "sha-512" }, {}, [SHA_512, SHA_512]],
    [
      "the reader prefers another",
      { digest: "sha-256" },
      { "Want-Repr-Digest": "sha-512=10, sha-256=1" },
      [SHA_512, SHA_512],
    ],
    [
      "the reader prefers another of the content",
      { digest: "sha-256" },
      { "Want-Content-Digest": "sha-512=3" },
      [SHA_512, SHA_512],
    ],
    [
      "the reader prefers what nobody has",
      { digest: "sha-256" },
      { "Want-Repr-Digest": "sha=10" },
      [SHA_256, SHA_256],
    ],
    [
      "the reader's wish is malformed",
      { digest: "sha-256" },
      { "Want-Repr-Digest": "sha-512=11" },
      [SHA_256, SHA_256],
    ],
    ["where wanted, and nobody wants it", { digest: "wanted" }, {}, [undefined, undefined]],
    [
      "where wanted, of the representation",
      { digest: "wanted" },
      { "Want-Repr-Digest": "sha-256=1" },
      [undefined, SHA_256],
    ],
    [
      "where wanted, of the content",
      { digest: "wanted" },
      { "Want-Content-Digest": "sha-512=1" },
      [SHA_512, undefined],
    ],
    [
      "where wanted, of both",
      { digest: "wanted" },
      { "Want-Content-Digest": "sha-512=1", "Want-Repr-Digest": "sha-512=1" },
      [SHA_512, SHA_512],
    ],
    [
      "where wanted, by the order of preference",
      { digest: "wanted" },
      { "Want-Repr-Digest": "sha-512=3, sha-256=10, unixsum=1" },
      [undefined, SHA_256],
    ],
    [
      "where wanted, equally",
      { digest: "wanted" },
      { "Want-Repr-Digest": "sha-512=3, sha-256=3" },
      [undefined, SHA_256],
    ],
    [
      "where wanted, and refused",
      { digest: "wanted" },
      { "Want-Repr-Digest": "sha-256=0" },
      [undefined, undefined],
    ],
    [
      "where wanted, one refused",
      { digest: "wanted" },
      { "Want-Repr-Digest": "sha-256=0, sha-512=1" },
      [undefined, SHA_512],
    ],
    [
      "where wanted, malformed",
      { digest: "wanted" },
      { "Want-Repr-Digest": "sha-256" },
      [undefined, undefined],
    ],
    ["of a part: only of its content", { digest: "sha-256", status: 206 }, {}, [SHA_256, undefined]],
    [
      "of a part, where that of the whole is wanted",
      { digest: "wanted", status: 206 },
      { "Want-Repr-Digest": "sha-256=1" },
      [undefined, undefined],
    ],
  ])("%s", async (_case, options, fields, expected) => {
    expect(await digests(reply(options), fields)).toEqual(expected);
  });

  test("Content-MD5 for those who ask for it", async () => {
    const md5 = createHash("md5").update(HELLO).digest("base64");
    const both = await collected(reply({ contentMd5: true, digest: "sha-256" }));
    const alone = await collected(reply({ contentMd5: true }));
    for (const { headers, trailers } of [both, alone])
      expect(trailers.get("content-md5") ?? headers.get("content-md5")).toBe(md5);
    expect(both.trailers.get("repr-digest") ?? both.headers.get("repr-digest")).toBe(SHA_256);
    expect(alone.trailers.has("repr-digest") || alone.headers.has("repr-digest")).toBe(false);
  });
});

test("the digests of the examples in RFC 9530, byte for byte", async () => {
  const coded: Reply = {
    status: 200,
    headers: { "Content-Type": "application/json", "Content-Encoding": "br" },
    body: IN_BROTLI,
    digest: "sha-256",
  };
  expect(await inHeaders(coded)).toEqual([IN_BROTLI_SHA_256, IN_BROTLI_SHA_256]);
  expect(await inHeaders(text("", { digest: "sha-256" }))).toEqual([EMPTY_SHA_256, EMPTY_SHA_256]);
});

describe("the digest is that of the octets as they are sent", () => {
  test.each([
    ["known", () => text(prose(5000), { digest: "sha-256" }), false],
    ["known and big", () => text(prose(100_000), { digest: "sha-256" }), true],
    ["a stream", () => stream("text/plain", [prose(5000)], { digest: "sha-256" }), true],
  ])("%s", async (_name, reply, behind) => {
    const { headers, trailers, body } = await collected(reply(), { fields: { "Accept-Encoding": "gzip" } });
    expect(headers.get("content-encoding")).toBe("gzip");
    expect(prose(100_000).startsWith(gunzipSync(body).toString())).toBe(true);
    const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    const section = behind ? trailers : headers;
    expect([section.get("content-digest"), section.get("repr-digest")]).toEqual([digest, digest]);
    expect(headers.get("has-digest")).toBe(behind ? "sha-256" : undefined);
  });

  test("of text as of bytes, whatever its letters", async () => {
    const pieces = ["zw", "ö", Buffer.from("lf 🌊")];
    const { trailers } = await collected(stream("text/plain", pieces, { digest: "sha-256" }));
    const digest = createHash("sha256").update("zwölf 🌊").digest("base64");
    expect(trailers.get("repr-digest")).toBe(`sha-256=:${digest}:`);
    const head = await collected(text("zwölf 🌊", { digest: "sha-256" }));
    expect(head.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`);
  });
});

test("a reader that takes no trailers gets none, and no promise of one", async () => {
  const { headers, names, trailers } = await collected(streamed({ digest: "sha-256", contentMd5: true }), {
    trailers: false,
  });
  expect([headers.has("has-digest"), names, trailers.toJSON()]).toEqual([false, [], {}]);
});

test("trailersAlways sends them to everybody", async () => {
  const reply = streamed({ digest: "sha-256", trailersAlways: true });
  expect((await collected(reply, { trailers: false })).trailers.get("repr-digest")).toBe(SHA_256);
});

test("they stand beside trailers of the application's own", async () => {
  const { names, trailers } = await collected(
    streamed({ digest: "sha-256", trailers: { "X-T": () => "1" } }),
  );
  expect(names).toEqual(["X-T", "Content-Digest", "Repr-Digest"]);
  expect(trailers.toJSON()).toMatchObject({ "x-t": "1" });
});

test("HEAD has the digest of what GET would get", async () => {
  const { headers, pieces } = await collected(known({ digest: "sha-256" }), { method: "HEAD" });
  expect([headers.get("repr-digest"), pieces]).toEqual([SHA_256, []]);
});

test.each([
  ["a 304", { headers: { ETag: '"x"' } }, { "If-None-Match": '"x"' }],
  ["a 412", { headers: { ETag: '"x"' } }, { "If-Match": '"y"' }],
  ["a 406", {}, { "Accept-Encoding": "*;q=0" }],
])("%s in the reply's place has none", async (_name, options, fields) => {
  const { headers, names, status } = await collected(text(prose(2000), { ...options, digest: "sha-256" }), {
    fields,
  });
  expect(status).not.toBe(200);
  expect([headers.has("repr-digest"), headers.has("has-digest"), names]).toEqual([false, false, []]);
});

test("what fails has no digest", async () => {
  const source = function* (): Generator<string> {
    yield "a";
    throw new Error("on purpose");
  };
  const sink = await collected(stream("text/plain", source, { digest: "sha-256" }));
  expect([sink.failure, sink.trailers.toJSON()]).toEqual([new Error("on purpose"), {}]);
});

test("the example in brotli is what it says", () => {
  expect(brotliDecompressSync(IN_BROTLI).toString()).toBe(HELLO);
});

describe("Server-Timing", () => {
  test("tells when the first piece left, and the last", async () => {
    const { names, trailers } = await collected(stream("text/plain", ["a", "b"], { timing: true }));
    expect(names).toEqual(["Server-Timing"]);
    const match = /^first;dur=(\d+\.\d), total;dur=(\d+\.\d)$/.exec(trailers.get("server-timing")!)!;
    expect(Number(match[1])).toBeLessThanOrEqual(Number(match[2]));
    expect(Number(match[2])).toBeLessThan(5000);
  });

  test("the first piece is not the last one", async () => {
    const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
    const source = async function* (): AsyncGenerator<string> {
      yield "a";
      clock.mockReturnValue(1020);
      yield "b";
    };
    const { trailers } = await collected(stream("text/plain", source, { timing: true }));
    clock.mockRestore();
    const [first, total] = trailers
      .get("server-timing")!
      .match(/\d+\.\d/g)!
      .map(Number);
    expect([first, total]).toEqual([0, 20]);
  });

  test.each([
    [{ timing: false }, true],
    [{ timing: true }, false],
    [{}, true],
  ])("%j, trailers %j: none", async (options, trailers) => {
    const sink = await collected(stream("text/plain", ["a"], options), { trailers });
    expect([sink.names, sink.trailers.toJSON()]).toEqual([[], {}]);
  });

  test("a body that is known has one, too", async () => {
    const { trailers } = await collected(text("a", { timing: true }));
    expect(trailers.get("server-timing")).toMatch(/^first;dur=[\d.]+, total;dur=[\d.]+$/);
  });
});
