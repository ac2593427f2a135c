import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS, Client, Fields, request } from "../../src/client/index.ts";
import { CONTENT_CODINGS } from "../../src/content/codings.ts";
import { answering, chunked, listen, ok, type RawServer } from "../support/raw-server.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

/** What the server gets of one request. */
async function sent(
  options: Parameters<Client["request"]>[1],
  path = "/",
  answer = ok(),
): Promise<{ line: string; lines: readonly string[]; body: string; server: RawServer }> {
  const server = await listen(async (peer) => peer.write((await peer.request(), answer)));
  await (await open().request(server.url + path, options)).body.discard();
  const [peer] = server.peers;
  const [head, ...rest] = peer.text.split("\r\n\r\n");
  const [line, ...lines] = head.split("\r\n");
  return { line, lines, body: rest.join("\r\n\r\n"), server };
}

describe("the request line", () => {
  test.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "M-SEARCH", "get"])(
    "%s is sent as it is",
    async (method) => {
      expect((await sent({ method })).line).toBe(`${method} / HTTP/1.1`);
    },
  );

  test("GET is the default, and POST with a body", async () => {
    expect((await sent({})).line).toBe("GET / HTTP/1.1");
    expect((await sent({ body: "" })).line).toBe("POST / HTTP/1.1");
  });

  test.each([
    ["", "/"],
    ["/", "/"],
    ["?a=b&c=%20", "/?a=b&c=%20"],
    ["/a b/ü?ä=1", "/a%20b/%C3%BC?%C3%A4=1"],
    ["/a#fragment", "/a"],
    ["/a/../b/./c", "/b/c"],
    ["/a%2Fb%0d%0aX:1", "/a%2Fb%0d%0aX:1"],
    ["//host/path", "//host/path"],
    ["/a\r\nX-Injected: 1", "/aX-Injected:%201"],
  ])("the target of %j is %j", async (path, target) => {
    const { line, lines } = await sent({}, path);
    expect(line).toBe(`GET ${target} HTTP/1.1`);
    expect(lines.join()).not.toContain("Injected");
  });
});

describe("the fields", () => {
  test("that are sent by itself", async () => {
    const { lines, server } = await sent({});
    expect(lines).toEqual([
      `Host: 127.0.0.1:${server.port}`,
      `Accept-Encoding: ${CONTENT_CODINGS.join(", ")}`,
      "TE: trailers",
      "Connection: TE",
    ]);
  });

  test("that are not wanted", async () => {
    const { lines, server } = await sent({ decode: false, teTrailers: false });
    expect(lines).toEqual([`Host: 127.0.0.1:${server.port}`]);
  });

  test("stand in the caller's order and spelling, each line by itself", async () => {
    const headers: [string, string][] = [
      ["x-B", "1"],
      ["X-a", ""],
      ["X-B", "2, 3"],
      ["Accept", '\t a/b ; q="x"\xe4'.trim()],
    ];
    const { lines } = await sent({ headers, decode: false, teTrailers: false });
    expect(lines.slice(1)).toEqual(["x-B: 1", "X-a: ", "X-B: 2, 3", 'Accept: a/b ; q="x"\xe4']);
  });

  test.each([
    ["an object", { a: "1", b: ["2", "3"], c: 4 }, ["a: 1", "b: 2", "b: 3", "c: 4"]],
    ["Fields", Fields.from([["A", "1"]]), ["A: 1"]],
    ["web headers", new Headers([["A", "1"]]), ["a: 1"]],
    ["a map", new Map([["A", "1"]]), ["A: 1"]],
  ])("can be %s", async (_what, headers, expected) => {
    const { lines } = await sent({ headers, decode: false, teTrailers: false });
    expect(lines.slice(1)).toEqual(expected);
  });

  test.each([
    ["Host", "example.org", ["Host: example.org"]],
    ["accept-encoding", "br;q=1", ["accept-encoding: br;q=1"]],
    ["Te", "trailers;q=0.5", ["Te: trailers;q=0.5", "Connection: TE"]],
  ])("the caller's %s wins over the client's", async (name, value, expected) => {
    const { lines } = await sent({ headers: { [name]: value } });
    const those = lines.filter((line) => new RegExp(`^${name}:|^connection:`, "i").test(line));
    expect(those).toEqual(name === "Te" ? expected : [...expected, "Connection: TE"]);
  });

  test("Connection: close of the caller is obeyed, and stands beside TE", async () => {
    const server = await answering(ok("a"));
    const client = open();
    const ask = () => read(client.request(server.url, { headers: { connection: "close" } }));
    await ask();
    await ask();
    expect(server.peers).toHaveLength(2);
    expect(server.peers[0].text).toContain("\r\nConnection: close, TE\r\n");
  });

  test("a range asks for octets that are not coded", async () => {
    const { lines } = await sent({ headers: { Range: "bytes=0-1" } });
    expect(lines).toContain("Accept-Encoding: identity");
  });

  test("what they came from can change while a redirect is followed", async () => {
    const headers = new Fields().append("X-A", "1");
    const server = await listen((peer) =>
      peer.answer("HTTP/1.1 302 \r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", ok()),
    );
    const response = open().request(server.url, { headers });
    headers.set("X-A", "2");
    await response;
    expect(server.peers[0].text.match(/X-A: ./g)).toEqual(["X-A: 1", "X-A: 1"]);
  });
});

describe("framing", () => {
  test.each([
    ["GET", undefined, []],
    ["HEAD", undefined, []],
    ["DELETE", undefined, []],
    ["OPTIONS", undefined, []],
    ["POST", undefined, ["Content-Length: 0"]],
    ["PUT", undefined, ["Content-Length: 0"]],
    ["PATCH", undefined, ["Content-Length: 0"]],
    ["POST", "", ["Content-Length: 0"]],
    ["GET", "", ["Content-Length: 0"]],
    ["DELETE", "ä", ["Content-Length: 2"]],
    ["PUT", new Uint8Array(3), ["Content-Length: 3"]],
    ["POST", new Blob(["abcd"]), ["Content-Length: 4"]],
    ["POST", ["a", "b"], ["Transfer-Encoding: chunked"]],
  ])("%s with the body %j", async (method, body, expected) => {
    const { lines } = await sent({ method, body });
    expect(lines.filter((line) => /^(content-length|transfer-encoding)/i.test(line))).toEqual(expected);
  });

  test("Content-Length of the caller says how long a stream will be", async () => {
    const { lines, body } = await sent({ headers: { "content-length": 4 }, body: ["ab", "cd"] });
    expect(lines).toContain("Content-Length: 4");
    expect(body).toBe("abcd");
  });
});

describe("refused before an octet is on the wire:", () => {
  const usage: [string, Parameters<Client["request"]>[1], string][] = [
    ["a method with a space", { method: "GET /x" }, "ERR_SLUICE_INVALID_START_LINE"],
    ["a method with a line end", { method: "GET\r\nX: 1" }, "ERR_SLUICE_INVALID_START_LINE"],
    ["an empty method", { method: "" }, "ERR_SLUICE_INVALID_START_LINE"],
    ["CONNECT, which needs another target", { method: "CONNECT" }, "ERR_SLUICE_INVALID_START_LINE"],
    ["a value with CR LF", { headers: { a: "1\r\nb: 2" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["a value with LF", { headers: { a: "1\n" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["a value with NUL", { headers: { a: "\0" } }, "ERR_SLUICE_INVALID_FIELD"],
    [
      "a value beyond latin-1, whose low octets are CR LF",
      { headers: { a: "\u010d\u010a" } },
      "ERR_SLUICE_INVALID_FIELD",
    ],
    ["a name with a space", { headers: { "a b": "1" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["a name with a colon", { headers: { "a:": "1" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["an empty name", { headers: { "": "1" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["Host with a line end", { headers: { Host: "a\r\nb" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["Transfer-Encoding", { headers: { "transfer-encoding": "chunked" } }, "ERR_SLUICE_FRAMING_FIELD"],
    [
      "Transfer-Encoding with a body",
      { headers: { "transfer-encoding": "chunked" }, body: "a" },
      "ERR_SLUICE_FRAMING_FIELD",
    ],
    ["Upgrade", { headers: { upgrade: "websocket" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["Keep-Alive", { headers: { "keep-alive": "timeout=5" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["another Connection", { headers: { connection: "upgrade" } }, "ERR_SLUICE_FRAMING_FIELD"],
    [
      "a Content-Length that is no number",
      { headers: { "content-length": "+5" } },
      "ERR_SLUICE_FRAMING_FIELD",
    ],
    [
      "two Content-Lengths",
      {
        headers: [
          ["content-length", "1"],
          ["content-length", "2"],
        ],
        body: "a",
      },
      "ERR_SLUICE_FRAMING_FIELD",
    ],
    ["a Content-Length without a body", { headers: { "content-length": "5" } }, "ERR_SLUICE_LENGTH_MISMATCH"],
    [
      "another Content-Length than the body's",
      { headers: { "content-length": "5" }, body: "four" },
      "ERR_SLUICE_LENGTH_MISMATCH",
    ],
    [
      "a forbidden trailer",
      { body: ["a"], trailers: { "content-length": "1" } },
      "ERR_SLUICE_FORBIDDEN_TRAILER",
    ],
    ["a body that is none", { body: 5 as never }, "ERR_SLUICE_BODY_SOURCE"],
    ["trailers without a body", { trailers: { a: "1" } }, "ERR_SLUICE_OPTION"],
    ["a digest without a body", { digest: "sha-256" }, "ERR_SLUICE_OPTION"],
    ["an option that is none", { timeout: 5 } as never, "ERR_SLUICE_OPTION"],
    ["an option of the client", { proxy: false } as never, "ERR_SLUICE_OPTION"],
    ["a redirect that is none", { redirect: "never" as never }, "ERR_SLUICE_OPTION"],
    ["a decode that is none", { decode: 5 as never }, "ERR_SLUICE_OPTION"],
    ["a limit of decoding that is misspelt", { decode: { byte: 5 } as never }, "ERR_SLUICE_OPTION"],
    ["a ratio of decoding below one", { decode: { ratio: 0.5 } }, "ERR_SLUICE_OPTION"],
    ["a verify that is none", { verify: "yes" as never }, "ERR_SLUICE_OPTION"],
    ["a signal that is none", { signal: {} as never }, "ERR_SLUICE_OPTION"],
    ["an onInformational that is none", { onInformational: 1 as never }, "ERR_SLUICE_OPTION"],
    ["a timeout that is misspelt", { timeouts: { heads: 5 } as never }, "ERR_SLUICE_OPTION"],
    ["a timeout that is negative", { timeouts: { head: -1 } }, "ERR_SLUICE_OPTION"],
    ["a timeout that is no number", { timeouts: { head: NaN } }, "ERR_SLUICE_OPTION"],
    [
      "a timeout of a connection, which wouldn't hold",
      { timeouts: { connect: 5 } as never },
      "ERR_SLUICE_OPTION",
    ],
    [
      "a limit of a connection, which wouldn't hold",
      { limits: { headBytes: 5 } as never },
      "ERR_SLUICE_OPTION",
    ],
    ["a limit from Object.prototype", { limits: { toString: 5 } as never }, "ERR_SLUICE_OPTION"],
  ];
  test.each(usage)("%s", async (_what, options, code) => {
    const server = await answering(ok());
    const client = open();
    const error = await rejection(client.request(server.url, options));
    expect([error.name, error.code]).toEqual(["UsageError", code]);
    await client.close();
    await Promise.all(server.peers.map((peer) => peer.closed()));
    expect(server.peers.map(({ text }) => text).join("")).toBe("");
  });

  test("and what was refused leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const server = await answering(ok());
    for (const [, options] of usage) await rejection(open().request(server.url, { signal, ...options }));
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  });
});

describe("options of a client", () => {
  test.each([
    ["one that is none", { timeout: 5 }],
    ["one of a request", { method: "GET" }],
    ["a limit that is misspelt", { limits: { headByte: 5 } }],
    ["a limit that is a text", { limits: { headBytes: "5" } }],
    ["a lenience that is none", { lenient: { bareLf: true } }],
    ["tls that is no object", { tls: true }],
    ["a socketPath that is none", { socketPath: 5 }],
  ])("refused: %s", (_what, options) => {
    expect(() => new Client(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
    );
  });

  test.each(["socks5://localhost:1", "://", "file:///x"])("refused as a proxy: %s", (proxy) => {
    expect(() => new Client({ proxy })).toThrow(expect.objectContaining({ code: "ERR_SLUICE_URL" }));
  });

  test("undefined stands for the default", async () => {
    const server = await answering(ok("a"));
    const client = open({ limits: { headBytes: undefined }, timeouts: { head: undefined } } as never);
    expect((await read(client.request(server.url, { limits: { interim: undefined } as never }))).text).toBe(
      "a",
    );
  });

  test("the defaults are what is documented", () => {
    expect(CLIENT_TIMEOUTS).toEqual({
      connect: 10_000,
      head: 300_000,
      body: 300_000,
      continue: 1_000,
      idle: 4_000,
    });
    expect(CLIENT_LIMITS).toMatchObject({
      gatheredBytes: 67_108_864,
      interim: 32,
      redirects: 10,
      connections: 100,
    });
  });

  test("a timeout longer than any timer of Node's is none", async () => {
    const server = await answering(ok("a"));
    const client = open({ timeouts: { connect: 2 ** 33 } });
    expect((await read(client.request(server.url))).text).toBe("a");
  });
});

describe("URLs", () => {
  test.each([
    "",
    "/a",
    "a.b/c",
    "http://",
    "http://a:99999/",
    "ftp://a/",
    "file:///etc/passwd",
    "data:,x",
    "javascript:0",
  ])("refused: %j", async (url) => {
    expect(await codeOf(open().request(url))).toBe("ERR_SLUICE_URL");
  });

  test("a URL object does", async () => {
    const server = await answering(ok("a"));
    expect((await read(open().request(new URL("/x", server.url)))).text).toBe("a");
    expect(server.peers[0].text).toMatch(/^GET \/x /);
  });

  test.each([
    ["user:password", "user:password"],
    ["user", "user:"],
    [":password", ":password"],
    ["us%3Aer:p%40ss%2Fw%20%C3%BC", "us:er:p@ss/w ü"],
  ])("credentials in one are decoded and sent as Basic: %s", async (credentials, pair) => {
    const server = await answering(ok());
    const response = await open().request(`http://${credentials}@127.0.0.1:${server.port}/a?b#c`);
    expect(server.peers[0].text).toContain(
      `\r\nAuthorization: Basic ${Buffer.from(pair).toString("base64")}\r\n`,
    );
    expect(response.url.href).toBe(`${server.url}/a?b`);
    expect(server.peers[0].text).not.toContain("@");
  });

  test("the caller's Authorization wins over the URL's", async () => {
    const server = await answering(ok());
    await open().request(`http://a:b@127.0.0.1:${server.port}/`, { headers: { authorization: "Bearer x" } });
    expect(server.peers[0].text.match(/authorization: .*/gi)).toEqual(["authorization: Bearer x"]);
  });

  test.each([
    "http://me:secret@a:99999/",
    "ftp://me:secret@host/",
    "http://me:secret%ff@host/",
    "http://me:sec@ret@:x/",
  ])("the error about %s does not tell the password", async (url) => {
    const error = await rejection(open().request(url));
    expect(error.code).toBe("ERR_SLUICE_URL");
    expect(error.message).not.toMatch(/sec|ret|me:/);
  });

  test("the error of a connection that fails does not tell the password", async () => {
    const server = await listen((peer) => peer.reset());
    const error = await rejection(open().request(`http://me:secret@127.0.0.1:${server.port}/`));
    expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain("secret");
  });
});

describe("addresses", () => {
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((at) => at?.address === "::1");

  test.skipIf(!hasIpv6)("IPv6 in brackets", async () => {
    const server = await listen((peer) => peer.answer(ok("six")), { host: "::1" });
    const response = await open().request(`http://[::1]:${server.port}/`);
    expect(await response.body.text()).toBe("six");
    expect(response.remote).toEqual({ address: "::1", port: server.port });
    expect(server.peers[0].text).toContain(`Host: [::1]:${server.port}\r\n`);
  });

  test("a name", async () => {
    const server = await answering(ok("a"));
    const response = await open().request(`http://localhost:${server.port}/`);
    expect(await response.body.text()).toBe("a");
    expect(server.peers[0].text).toContain(`Host: localhost:${server.port}\r\n`);
  });

  test("the address is known when the connection is gone, too", async () => {
    const server = await answering(ok("a", "Connection: close"));
    const response = await open().request(server.url);
    await response.body.text();
    await server.peers[0].closed();
    expect(response.remote).toEqual({ address: "127.0.0.1", port: server.port });
  });

  describe("a Unix socket", () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-client-"));
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    test("takes every request, whatever its host", async () => {
      const path = join(folder, "a");
      const server = await listen((peer) => peer.answer(ok("unix"), ok("again")), { path });
      const client = open({ socketPath: path });
      expect((await read(client.request("http://example.test/a"))).text).toBe("unix");
      expect((await read(client.request("http://example.test/b"))).text).toBe("again");
      expect(server.peers).toHaveLength(1);
      expect(server.peers[0].text).toContain("Host: example.test\r\n");
      expect(await codeOf(open({ socketPath: join(folder, "none") }).request("http://a/"))).toBe(
        "ERR_SLUICE_CONNECT",
      );
    });
  });

  test("that nobody listens at", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, "close");
    const error = await rejection(open().request(`http://127.0.0.1:${port}/`));
    expect([error.name, error.code, error.cause.code]).toEqual([
      "EndedError",
      "ERR_SLUICE_CONNECT",
      "ECONNREFUSED",
    ]);
  });

  test("that don't exist", async () => {
    const error = await rejection(open().request("http://sluice.invalid/"));
    expect(error.code).toBe("ERR_SLUICE_CONNECT");
  });
});

describe("the function", () => {
  test("takes a client, or makes one that all share", async () => {
    const server = await answering(chunked(["a"]));
    await read(request(server.url, { client: open() }));
    await read(request(server.url));
    await read(request(server.url));
    expect(server.peers).toHaveLength(2);
  });

  test("refuses what is no option of either", async () => {
    expect(await codeOf(request("http://localhost/", { clients: 1 } as never))).toBe("ERR_SLUICE_OPTION");
  });
});
