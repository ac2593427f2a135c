import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { settleDownload } from "../../src/client/download/options.ts";
import { request } from "../../src/client/index.ts";
import { environmentProxies } from "../../src/client/proxies.ts";
import { targetOf } from "../../src/client/target.ts";
import { answering, chunked, listen, ok } from "../support/raw-server.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

describe("a body that cannot be sent is refused before anybody is asked", () => {
  const locked = new ReadableStream();
  locked.getReader();
  test.each<[string, unknown, string]>([
    ["a number", 7, "ERR_SLUICE_BODY_SOURCE"],
    ["an object", {}, "ERR_SLUICE_BODY_SOURCE"],
    ["a stream that is locked", locked, "ERR_SLUICE_BODY_USED"],
  ])("%s", async (_what, body, code) => {
    expect(await codeOf(open().request("http://127.0.0.1:1/", { body: body as never }))).toBe(code);
  });

  test("a stream that was read to its end, which would be a whole body of nothing", async () => {
    const body = Readable.from(["a"]);
    for await (const _ of body);
    expect(await codeOf(open().request("http://127.0.0.1:1/", { body: body as never }))).toBe(
      "ERR_SLUICE_BODY_USED",
    );
  });
});

describe("a stream that fails", () => {
  test("before it is read rejects the request, and does not end the process", async () => {
    const server = await answering(ok("never"));
    const body = createReadStream("/nonexistent/file");
    const error = await rejection(open().request(server.url, { body: body as never }));
    expect(error.code).toBe("ENOENT");
  });

  test("while its request waits for a connection does so, too", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    });
    const client = open({ limits: { connections: 1 } });
    const first = await client.request(server.url);
    const body = new Readable({ read() {} });
    const second = rejection(client.request(server.url, { body: body as never }));
    body.destroy(new Error("failed early"));
    await new Promise((resolve) => setImmediate(resolve));
    await first.body.discard();
    expect((await second).message).toContain("failed early");
  });
});

test.each<[string, object, string]>([
  ["a method that is none", { method: "GET /x" }, "ERR_SLUICE_INVALID_START_LINE"],
  ["headers that are null", { headers: null }, "ERR_SLUICE_OPTION"],
  ["a trailer with a line end", { body: ["a"], trailers: { "x-a": "1\r\n" } }, "ERR_SLUICE_INVALID_FIELD"],
  [
    "two hosts",
    {
      headers: [
        ["Host", "a"],
        ["host", "b"],
      ],
    },
    "ERR_SLUICE_REPEATED_FIELD",
  ],
  ["a host that is none", { headers: { Host: "a b" } }, "ERR_SLUICE_INVALID_FIELD"],
])("%s reaches no server", async (_what, options, code) => {
  const server = await answering(ok("never"));
  expect(await codeOf(open().request(server.url, options))).toBe(code);
  expect(server.peers.map(({ text }) => text).join("")).toBe("");
});

test("options that are null are refused as others are", async () => {
  expect(await codeOf(request("http://127.0.0.1:1/", null as never))).toBe("ERR_SLUICE_OPTION");
});

describe("the error says what was given, and what is wanted", () => {
  test.each<[object, string]>([
    [{ limits: { connections: 0 } }, 'found "limits.connections: 0"; wanted: a number from 1 on'],
    [{ tls: "yes" }, `found "tls: 'yes'"; wanted: an object`],
    [{ http2: 2 }, 'found "http2: 2"; wanted: true, false or "cleartext"'],
    [{ prot: 5 }, 'found "prot is no option"; wanted: one of limits, timeouts, lenient,'],
    [{ timeout: 5 }, "wanted: timeouts: { connect, head, body, continue, idle }"],
    [{ ca: "" }, "wanted: in tls: { ca }"],
    [{ socketPath: 5 }, 'found "socketPath: 5"; wanted: a path'],
  ])("of a client: %o", (options, sentence) => expect(() => open(options)).toThrow(sentence));

  test.each<[object, string]>([
    [{ headers: "a" }, `found "headers: 'a'"; wanted: an object, pairs or Fields`],
    [{ metod: "GET" }, 'found "metod is no option"; wanted: one of method, headers, body,'],
    [{ timeout: 5 }, "wanted: timeouts, or signal: AbortSignal.timeout(ms)"],
    [{ json: {} }, "wanted: body: JSON.stringify(…)"],
    [{ tls: {} }, "wanted: new Client({ tls })"],
    [{ limits: { connections: 1 } }, "wanted: one of gatheredBytes, backlogBytes, interim, redirects"],
    [{ body: { a: 1 } }, 'found "an object"; wanted: JSON.stringify(…)'],
    [{ body: 5 }, 'found "a number"; wanted: String(…)'],
    [{ body: Promise.resolve("") }, 'found "a promise"; wanted: its result, with await'],
    [{ redirect: "never" }, `found "redirect: 'never'"; wanted: "follow", "manual" or "error"`],
    [{ decode: 5 }, 'found "decode: 5"; wanted: true, false, or limits'],
    [{ decode: { ratio: 0.5 } }, 'found "decode.ratio: 0.5"; wanted: a number from 1 on'],
    [{ verify: "yes" }, `found "verify: 'yes'"; wanted: true, false or "required"`],
    [{ onInformational: {} }, 'found "onInformational: an object"; wanted: a function'],
    [{ signal: {} }, 'found "signal: an object"; wanted: an AbortSignal'],
    [{ trailers: { a: "1" } }, 'found "trailers, or a digest, without a body"; wanted: a body'],
  ])("of a request: %o", async (options, sentence) => {
    const { message } = await rejection(open().request("http://127.0.0.1:1/", options));
    expect(message).toContain(sentence);
  });

  test.each<[object, string]>([
    [{ connections: 17 }, 'found "connections: 17"; wanted: a whole number from 1 to 16'],
    [{ attempts: -1 }, 'found "attempts: -1"; wanted: a whole number, or Infinity'],
    [{ resume: "no" }, `found "resume: 'no'"; wanted: true or false`],
    [{ verify: 1 }, 'found "verify: 1"; wanted: true, false or "required"'],
    [{ onProgress: 1 }, 'found "onProgress: 1"; wanted: a function'],
    [{ signal: {} }, 'found "signal: an object"; wanted: an AbortSignal'],
    [{ redirect: "manual" }, `found "redirect: 'manual'"; wanted: "follow" or "error"`],
    [{ headers: { Range: "bytes=0-" } }, 'found "headers with range"; wanted: none of the download\'s own'],
    [
      { checksum: "crc:1" },
      `found "checksum: 'crc:1'"; wanted: one of sha-256, sha-512, sha-1, md5, a colon`,
    ],
    [{ checksum: "md5:00" }, `found "checksum: 'md5:00'"; wanted: 16 octets in hex or base64`],
  ])("of a download: %o", (options, sentence) =>
    expect(() => settleDownload("http://127.0.0.1:1/", "f", options)).toThrow(sentence),
  );

  test("of a download: its path", () =>
    expect(() => settleDownload("http://127.0.0.1:1/", "", {})).toThrow(
      `found "path: ''"; wanted: a path, or the URL of a file`,
    ));
});

test("a request that was lost on a used connection gets a new one while others wait", async () => {
  const server = await listen(async (peer, index) => {
    await peer.request();
    peer.write(ok("a"));
    await peer.request();
    // The first connection goes away with its second request; later ones stay.
    if (index === 0) peer.destroy();
    else for (peer.write(ok("b")); ; peer.write(ok("b"))) await peer.request();
  });
  const client = open({ limits: { connections: 1 }, timeouts: { idle: 0 } });
  await read(client.request(server.url));
  const all = await Promise.all([1, 2, 3].map(() => read(client.request(server.url))));
  expect(all.map(({ outcome }) => outcome)).toEqual(["complete", "complete", "complete"]);
});

describe("a body that lies in this process has not been sent", () => {
  const BIG = Buffer.alloc(24 * 1024 * 1024, 120);

  test("a server that reads it slowly is not one that does not answer", async () => {
    const server = await listen(async (peer) => {
      await peer.readSlowly(BIG.length, 4 * 1024 * 1024, 60);
      peer.write(ok("all"));
    });
    const client = open({ timeouts: { head: 250, body: 2_000 } });
    expect((await read(client.request(server.url, { body: BIG }))).text).toBe("all");
  });

  test("a server that reads nothing runs into timeouts.body", async () => {
    const server = await listen((peer) => void peer.pause());
    const client = open({ timeouts: { head: 0, body: 300 } });
    expect(await codeOf(client.request(server.url, { body: BIG }))).toBe("ERR_SLUICE_WRITE_TIMEOUT");
  });
});

describe("a second reader that is refused", () => {
  const coded = (): Promise<{ url: string }> =>
    answering(chunked([gzipSync("text").toString("latin1")], ["Content-Encoding: gzip"]));

  test("changes nothing of what the first is told", async () => {
    const response = await open().request((await coded()).url);
    const first = response.body.text();
    expect(await codeOf(response.body.text())).toBe("ERR_SLUICE_BODY_USED");
    expect(await first).toBe("text");
    expect(await response.ending).toEqual({ outcome: "complete" });
    await response.trailers;
  });

  test("takes no place from a chunk", async () => {
    const server = await answering(chunked(["a", "b"]));
    const { body } = await open().request(server.url, { chunks: true });
    const chunks = body.chunks()[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toMatchObject({ number: 1 });
    expect(await codeOf(body.text())).toBe("ERR_SLUICE_BODY_USED");
    expect((await chunks.next()).value).toMatchObject({ number: 2, size: 1 });
  });

  test("that gives up what was begun by hand settles its ending", async () => {
    const response = await open().request((await coded()).url);
    await response.body[Symbol.asyncIterator]().next();
    await response.body.discard();
    expect(await response.ending).toMatchObject({ outcome: "aborted", by: "reader" });
  });
});

test.each([
  ["internal.test", "http://internal.test./", false],
  ["internal.test.", "http://internal.test/", false],
  ["127.0.0.0/8", "http://127.1.2.3/", false],
  ["127.0.0.0/8", "http://128.1.2.3/", true],
  ["fd00::/8", "http://[fd12::1]/", false],
  ["10.0.0.0/99", "http://10.0.0.1/", true],
])("NO_PROXY=%s and %s: through the proxy? %s", (list, url, proxied) => {
  const proxies = environmentProxies({ http_proxy: "http://proxy.test:3128", no_proxy: list });
  expect(proxies(targetOf(url)) !== undefined).toBe(proxied);
});
