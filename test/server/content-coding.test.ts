import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Reply, type ReplyOptions, type ServeOptions, serve, stream, text } from "../../src/index.ts";
import { EACH_CODING, octets, prose, unpack } from "../content/codings-by-zlib.ts";
import { request, start } from "../support/servers.ts";
import type { WireResponse } from "../support/wire-response.ts";

const BODY = prose(5000);
const LONG_AGO = "Sun, 06 Nov 1994 08:49:37 GMT";

/** The answer to one request for a reply. */
async function get(
  reply: () => Reply,
  fields: readonly string[],
  how: { options?: ServeOptions; line?: string } = {},
): Promise<WireResponse> {
  const { options = {}, line = "/" } = how;
  const server = await start(reply, options);
  const client = await server.connect();
  client.write(request(line, fields));
  return client.response(line.startsWith("HEAD") ? "HEAD" : "GET");
}

const codingOf = ({ headers }: WireResponse): string => headers.get("content-encoding") ?? "identity";
const long = (options?: ReplyOptions) => (): Reply => text(BODY, options);

describe.each(EACH_CODING)("%s", (coding) => {
  test("a body that is known is coded at once, with its size and its tag", async () => {
    const reply = long({ headers: { ETag: '"x"' } });
    const { headers, body } = await get(reply, [`Accept-Encoding: ${coding}`]);
    expect(headers.get("content-encoding")).toBe(coding);
    expect(headers.get("content-length")).toBe(String(body.length));
    expect(headers.get("vary")).toBe("Accept-Encoding");
    expect(headers.get("etag")).toBe(`"x-${coding}"`);
    expect(unpack(coding, octets(body)).toString()).toBe(BODY);
  });

  test.each([
    ["of 64 KiB", () => text(prose(65_536)), prose(65_536)],
    ["that streams", () => stream("text/plain", [BODY, BODY]), BODY + BODY],
    ["that is empty", () => stream("text/plain", []), ""],
    ["that streams umlauts", () => stream("text/plain", ["zw", "ö", Buffer.from("lf")]), "zwölf"],
  ])("a body %s is coded in chunks", async (_name, reply, plain) => {
    const { headers, chunks, body } = await get(reply, [`Accept-Encoding: ${coding}`]);
    expect(headers.get("content-encoding")).toBe(coding);
    expect(headers.get("transfer-encoding")).toBe("chunked");
    expect(chunks!.length).toBeGreaterThan(0);
    expect(unpack(coding, octets(body)).toString()).toBe(plain);
  });

  test("HEAD has the fields of GET, and no body", async () => {
    for (const reply of [long({ headers: { ETag: 'W/"x"' } }), () => stream("text/plain", [BODY])]) {
      const ask = [`Accept-Encoding: ${coding}`];
      const [whole, head] = [await get(reply, ask), await get(reply, ask, { line: "HEAD /" })];
      expect(head.body).toBe("");
      for (const [name, value] of whole.headers)
        if (!/^(date|transfer-encoding)$/.test(name))
          expect([name, head.headers.get(name)]).toEqual([name, value]);
      expect(codingOf(head)).toBe(coding);
    }
  });

  test("one byte less than 64 KiB has a length, and is whole", async () => {
    const { headers, body } = await get(() => text(prose(65_535)), [`Accept-Encoding: ${coding}`]);
    expect(headers.get("content-length")).toBe(String(body.length));
    expect(unpack(coding, octets(body)).toString()).toBe(prose(65_535));
  });
});

describe("what Accept-Encoding says", () => {
  test.each<[string, readonly string[], string]>([
    ["nothing", [], "identity"],
    ["an empty field", ["Accept-Encoding:"], "identity"],
    ["gzip", ["Accept-Encoding: gzip"], "gzip"],
    ["its old name", ["Accept-Encoding: x-gzip"], "gzip"],
    ["in capitals", ["Accept-Encoding: GZIP"], "gzip"],
    ["two, of which the server likes one better", ["Accept-Encoding: gzip, br"], "br"],
    ["two, of which the reader likes one better", ["Accept-Encoding: gzip, br;q=0.9"], "gzip"],
    ["in two lines", ["Accept-Encoding: gzip;q=0.5", "Accept-Encoding: deflate"], "deflate"],
    ["anything but gzip", ["Accept-Encoding: gzip;q=0, *"], EACH_CODING[0]],
    ["anything but brotli and zstd", ["Accept-Encoding: br;q=0, zstd;q=0, *;q=0.1"], "gzip"],
    ["nothing but identity", ["Accept-Encoding: identity"], "identity"],
    ["rather identity", ["Accept-Encoding: gzip;q=0.5, identity"], "identity"],
    ["what nobody knows", ["Accept-Encoding: sdch"], "identity"],
    ["no gzip", ["Accept-Encoding: gzip;q=0"], "identity"],
    ["gzip, or nothing", ["Accept-Encoding: gzip, identity;q=0"], "gzip"],
    ["no weight at all", ["Accept-Encoding: gzip;q=a"], "identity"],
  ])("%s", async (_name, fields, coding) => {
    const { status, headers } = await get(long(), fields);
    expect([status, headers.get("content-encoding") ?? "identity"]).toEqual([200, coding]);
    expect(headers.get("vary")).toBe("Accept-Encoding");
  });

  test.each(["identity;q=0", "*;q=0", "sdch, identity;q=0", "sdch, *;q=0"])("%s is a 406", async (value) => {
    const reply = long({ headers: { ETag: '"x"', Vary: "Cookie", "Content-Language": "en" } });
    const { status, headers, body } = await get(reply, [`Accept-Encoding: ${value}`]);
    expect([status, body]).toEqual([406, "406 Not Acceptable\n"]);
    expect(headers.get("vary")).toBe("Cookie, Accept-Encoding");
    expect([...headers.keys()].filter((name) => /^etag$|encoding$|language/.test(name))).toEqual([]);
  });

  test("a 406 lets the source go without beginning it", async () => {
    let begun = false;
    let cancelled = false;
    const source = new ReadableStream<string>(
      {
        pull: () => void (begun = true),
        cancel: () => void (cancelled = true),
      },
      { highWaterMark: 0 },
    );
    const { status } = await get(() => stream("text/plain", source), ["Accept-Encoding: *;q=0"]);
    expect([status, begun, cancelled]).toEqual([406, false, true]);
  });
});

describe("what a server offers", () => {
  test.each<[ServeOptions["compress"], string, string]>([
    [["gzip"], "br, gzip", "gzip"],
    [["gzip"], "br", "identity"],
    [["gzip", "br"], "br, gzip", "gzip"],
    [["zstd", "gzip"], "zstd;q=0.1, gzip;q=0.05", EACH_CODING.includes("zstd") ? "zstd" : "gzip"],
    [true, "deflate", "deflate"],
    [false, "gzip", "identity"],
    [[], "gzip", "identity"],
    [false, "identity;q=0", "identity"],
    [undefined, "gzip", "gzip"],
  ])("%j, and the reader takes %s: %s", async (compress, accepted, coding) => {
    const response = await get(long(), [`Accept-Encoding: ${accepted}`], { options: { compress } });
    expect([response.status, codingOf(response)]).toEqual([200, coding]);
    const offers = compress !== false && compress?.toString() !== "";
    expect(response.headers.has("vary")).toBe(offers);
  });

  test.each<[unknown]>([["gzip"], [["gzip", "lzma"]], [["GZIP"]], [[undefined]], [1], [null], [{}]])(
    "%j is no option",
    async (compress) => {
      await expect(serve({ compress } as ServeOptions, long())).rejects.toMatchObject({
        code: "ERR_SLUICE_OPTION",
      });
    },
  );
});

describe("what is coded", () => {
  const headers = (name: string, value: string): ReplyOptions => ({ headers: { [name]: value } });

  test.each<[string, () => Reply, boolean]>([
    ["text", long(), true],
    ["JSON", long(headers("Content-Type", "application/json")), true],
    ["an event stream", long(headers("Content-Type", "text/event-stream")), true],
    ["SVG", long(headers("Content-Type", "image/svg+xml; charset=utf-8")), true],
    ["an image", long(headers("Content-Type", "image/png")), false],
    ["a video", long(headers("Content-Type", "video/mp4")), false],
    ["an archive", long(headers("Content-Type", "application/zip")), false],
    ["octets", long(headers("Content-Type", "application/octet-stream")), false],
    ["no type at all", () => ({ status: 200, headers: {}, body: BODY }), false],
    [
      "octets, on demand",
      long({ ...headers("Content-Type", "application/octet-stream"), compress: true }),
      true,
    ],
    ["an image, on demand", () => stream("image/png", [BODY], { compress: true }), true],
    ["text, but not on demand", long({ compress: false }), false],
    ["1023 octets", () => text(BODY.slice(0, 1023)), false],
    ["1024 octets", () => text(BODY.slice(0, 1024)), true],
    ["1023 bytes", () => ({ ...text(""), body: Buffer.from(BODY.slice(0, 1023)) }), false],
    ["1024 bytes", () => ({ ...text(""), body: Buffer.from(BODY.slice(0, 1024)) }), true],
    ["a stream of one octet", () => stream("text/plain", ["a"]), true],
    ["a page of an error", long({ status: 404 }), true],
    ["what must not be transformed", long(headers("Cache-Control", "public, no-transform")), false],
    [
      "what must not be transformed, on demand",
      long({ ...headers("Cache-Control", "No-Transform"), compress: true }),
      false,
    ],
    ["what speaks of no-transform otherwise", long(headers("Cache-Control", 'private="no-transform"')), true],
    ["a part", long({ status: 206, ...headers("Content-Range", "bytes 0-4999/6000") }), false],
    ["a part of any status", long(headers("Content-Range", "bytes 0-4999/6000")), false],
    ["what has its digest", long(headers("Repr-Digest", "sha-256=:AAAA:")), false],
    ["what has its checksum", long(headers("Content-MD5", "AAAA")), false],
  ])("%s: %#", async (_name, reply, coded) => {
    const response = await get(reply, ["Accept-Encoding: gzip"]);
    expect(codingOf(response)).toBe(coded ? "gzip" : "identity");
    expect(response.headers.get("vary")).toBe(coded ? "Accept-Encoding" : undefined);
    const { body } = response;
    const plain = coded ? gunzipSync(octets(body)).toString() : body;
    expect(BODY.startsWith(plain) || plain === "a").toBe(true);
  });

  test("what is coded already is not coded again (starred: double compression)", async () => {
    const response = await get(long(headers("Content-Encoding", "br")), ["Accept-Encoding: gzip"]);
    expect([codingOf(response), response.body]).toEqual(["br", BODY]);
    expect(response.headers.get("content-length")).toBe(String(BODY.length));
  });

  test("a 206 is never compressed (starred: compression 1.8.2)", async () => {
    const fields = headers("Content-Range", "bytes 0-4999/6000");
    const response = await get(long({ status: 206, ...fields, compress: true }), ["Accept-Encoding: gzip"]);
    expect([response.status, codingOf(response), response.body]).toEqual([206, "identity", BODY]);
  });

  test.each([204, 304])("a %i is left as it is", async (status) => {
    const reply = (): Reply => ({
      status,
      headers: { "Content-Type": "text/plain", ETag: '"x"' },
      body: null,
    });
    const response = await get(reply, ["Accept-Encoding: gzip"]);
    expect([response.status, codingOf(response), response.headers.get("etag")]).toEqual([
      status,
      "identity",
      '"x"',
    ]);
    expect(response.headers.has("vary")).toBe(false);
  });

  test("an error of the server's own is not coded, whatever its reader says", async () => {
    const server = await start(() => {
      throw new Error("on purpose");
    });
    const client = await server.connect();
    client.write(request("/", ["Accept-Encoding: gzip, identity;q=0"]));
    expect((await client.response()).status).toBe(500);
    expect(server.errors.splice(0)).toEqual([new Error("on purpose")]);
  });
});

describe("Vary", () => {
  test.each([
    ["Cookie", "Cookie, Accept-Encoding"],
    ["accept-encoding", "accept-encoding"],
    ["Cookie, Accept-Encoding, Accept", "Cookie, Accept-Encoding, Accept"],
    ["*", "*"],
    ["", "Accept-Encoding"],
  ])("%j becomes %j, coded or not", async (vary, merged) => {
    for (const accepted of ["gzip", "identity"]) {
      const { headers } = await get(long({ headers: { Vary: vary } }), [`Accept-Encoding: ${accepted}`]);
      expect(headers.get("vary")!.replace(/^, /, "")).toBe(merged);
    }
  });
});

describe("entity tags", () => {
  const tagged = long({ headers: { ETag: '"x"' } });
  const weak = long({ headers: { ETag: 'W/"x"' } });
  const dated = long({ headers: { "Last-Modified": LONG_AGO } });

  test.each<[string, () => Reply, readonly string[], number]>([
    ["the tag of this coding", tagged, ["Accept-Encoding: gzip", 'If-None-Match: "x-gzip"'], 304],
    ["the weak tag of this coding", tagged, ["Accept-Encoding: gzip", 'If-None-Match: W/"x-gzip"'], 304],
    ["the tag of another coding", tagged, ["Accept-Encoding: gzip", 'If-None-Match: "x-br"'], 200],
    ["the tag of no coding", tagged, ["Accept-Encoding: gzip", 'If-None-Match: "x"'], 200],
    ["one of several", tagged, ["Accept-Encoding: br", 'If-None-Match: "x", "x-gzip", "x-br"'], 304],
    ["the tag, uncoded", tagged, ['If-None-Match: "x"'], 304],
    ["the coded tag, uncoded", tagged, ['If-None-Match: "x-gzip"'], 200],
    ["a weak one", weak, ["Accept-Encoding: gzip", 'If-None-Match: W/"x-gzip"'], 304],
    ["a weak one of another coding", weak, ["Accept-Encoding: gzip", 'If-None-Match: W/"x"'], 200],
    ["anything", tagged, ["Accept-Encoding: gzip", "If-None-Match: *"], 304],
    ["If-Match with the tag of this coding", tagged, ["Accept-Encoding: gzip", 'If-Match: "x-gzip"'], 200],
    ["If-Match with the tag of another", tagged, ["Accept-Encoding: gzip", 'If-Match: "x"'], 412],
    ["If-Match with a weak one", weak, ["Accept-Encoding: gzip", 'If-Match: W/"x-gzip"'], 412],
    ["a date", dated, ["Accept-Encoding: gzip", `If-Modified-Since: ${LONG_AGO}`], 304],
    [
      "an older date",
      dated,
      ["Accept-Encoding: gzip", "If-Modified-Since: Sat, 05 Nov 1994 08:49:37 GMT"],
      200,
    ],
    ["If-Unmodified-Since an older date", dated, ["If-Unmodified-Since: Sat, 05 Nov 1994 08:49:37 GMT"], 412],
  ])("%s", async (_name, reply, fields, status) => {
    for (const method of ["GET", "HEAD"]) {
      const response = await get(reply, fields, { line: `${method} /` });
      expect(response.status).toBe(status);
      expect(response.headers.get("vary")).toBe("Accept-Encoding");
      if (status === 200) continue;
      for (const name of ["content-encoding", "content-length"])
        expect([name, status === 304 && response.headers.has(name)]).toEqual([name, false]);
    }
  });

  test("a weak one stays weak", async () => {
    const { headers } = await get(weak, ["Accept-Encoding: br"]);
    expect(headers.get("etag")).toBe('W/"x-br"');
  });

  test("a 304 has the tag, Vary and what is cached with it, and nothing of the body", async () => {
    const reply = long({
      headers: {
        ETag: '"x"',
        "Cache-Control": "max-age=5",
        "Content-Language": "en",
        "Content-Location": "/b",
      },
    });
    const { headers, body } = await get(reply, ["Accept-Encoding: gzip", 'If-None-Match: "x-gzip"']);
    expect([headers.get("etag"), headers.get("vary"), headers.get("cache-control")]).toEqual([
      '"x-gzip"',
      "Accept-Encoding",
      "max-age=5",
    ]);
    expect([...headers.keys()].filter((name) => name.startsWith("content-"))).toEqual(["content-location"]);
    expect(body).toBe("");
  });

  test("a POST has no conditions of its own here, and is coded", async () => {
    const response = await get(
      tagged,
      ["Accept-Encoding: gzip", 'If-None-Match: "x-gzip"', "Content-Length: 0"],
      { line: "POST /" },
    );
    expect([response.status, codingOf(response)]).toEqual([200, "gzip"]);
  });
});

test("over HTTP/1.0 the end of the connection ends a coded body", async () => {
  const reply = (): Reply => stream("text/plain", [BODY]);
  const { headers, body } = await get(reply, ["Accept-Encoding: br"], { line: "GET / HTTP/1.0" });
  expect(headers.get("content-encoding")).toBe("br");
  expect(headers.has("transfer-encoding")).toBe(false);
  expect(brotliDecompressSync(octets(body)).toString()).toBe(BODY);
});

test.each([
  ["a stream", () => stream("text/plain", [BODY], { trailers: { "X-T": "1" } })],
  ["a text", () => text(BODY, { trailers: { "X-T": () => "1" } })],
])("trailers stand behind %s that is coded", async (_name, reply) => {
  const { trailers, body, complete } = await get(reply, ["Accept-Encoding: gzip", "TE: trailers"]);
  expect([complete, gunzipSync(octets(body)).toString() === BODY, [...trailers]]).toEqual([
    true,
    true,
    [["x-t", "1"]],
  ]);
});

test("a Content-Length that is given is that of the body as it was, and goes", async () => {
  const reply = (): Reply =>
    stream("text/plain", [BODY], {
      headers: { "Content-Length": String(BODY.length), "Accept-Ranges": "bytes" },
    });
  const { headers, body } = await get(reply, ["Accept-Encoding: gzip"]);
  expect([headers.has("content-length"), headers.has("accept-ranges")]).toEqual([false, false]);
  expect(gunzipSync(octets(body)).toString()).toBe(BODY);
});
