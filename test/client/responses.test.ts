import { describe, expect, test } from "vitest";
import type { Fields } from "../../src/client/index.ts";
import { answering, answeringOnce, chunked, listen, ok } from "../support/raw-server.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

/** Sends octets for as long as anybody takes them. */
async function endlessly(send: (octets: string) => Promise<boolean>, octets: string): Promise<void> {
  while (await send(octets));
}

test("the head of a response", async () => {
  const server = await answering(
    "HTTP/1.1 299 Very \xe4 odd\r\nset-cookie: a=1, 2\r\nX-B:\t b \t\r\nSet-Cookie: c=3\r\nContent-Length: 0\r\n\r\n",
  );
  const response = await open().request(`${server.url}/a?b`);
  expect(response.status).toBe(299);
  expect(response.ok).toBe(true);
  expect(response.reason).toBe("Very \xe4 odd");
  expect(response.httpVersion).toBe("1.1");
  expect([...response.headers]).toEqual([
    ["set-cookie", "a=1, 2"],
    ["X-B", "b"],
    ["Set-Cookie", "c=3"],
    ["Content-Length", "0"],
  ]);
  expect(response.headers.getAll("SET-cookie")).toEqual(["a=1, 2", "c=3"]);
  expect(response.url.href).toBe(`${server.url}/a?b`);
  expect(response.redirects).toEqual([]);
  expect(response.remote).toEqual({ address: "127.0.0.1", port: server.port });
});

test.each([
  [199 + 1, true],
  [299, true],
  [300, false],
  [404, false],
  [599, false],
  [999, false],
])("%i is a response: ok %s", async (status, isOk) => {
  const server = await answering(`HTTP/1.1 ${status} \r\nContent-Length: 1\r\n\r\nx`);
  const response = await open().request(server.url);
  expect([response.status, response.ok, await response.body.text()]).toEqual([status, isOk, "x"]);
});

describe("a response without a body, whatever its fields say", () => {
  const misleading = [
    "",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Encoding: gzip\r\n",
    `Repr-Digest: sha-256=:${Buffer.alloc(32).toString("base64")}:\r\n`,
    "Content-Encoding: unknown\r\n",
  ];
  test.each(
    [
      ["HEAD", 200],
      ["HEAD", 404],
      ["GET", 204],
      ["GET", 304],
      ["POST", 204],
    ].flatMap(([method, status]) => misleading.map((lines) => [method, status, lines] as const)),
  )("%s, %i and %j", async (method, status, lines) => {
    const server = await answering(`HTTP/1.1 ${status} \r\n${lines}\r\n`);
    const client = open();
    for (let count = 0; count < 2; count++) {
      const response = await client.request(server.url, { method: method as string, verify: "required" });
      expect(await response.body.text()).toBe("");
      expect(await response.ending).toEqual({ outcome: "complete" });
      expect((await response.trailers).fields.size).toBe(0);
    }
    expect(server.peers).toHaveLength(1);
  });
});

describe("HTTP/1.0", () => {
  test("ends with its connection", async () => {
    const server = await answeringOnce("HTTP/1.0 200 OK\r\n\r\nold");
    const response = await open().request(server.url);
    expect(response.httpVersion).toBe("1.0");
    expect(await response.body.text()).toBe("old");
    expect(await response.ending).toEqual({ outcome: "complete" });
  });

  test.each([
    ["Content-Length: 1", 2],
    ["Connection: keep-alive\r\nContent-Length: 1", 1],
    ["Connection: Keep-Alive, close\r\nContent-Length: 1", 2],
    ["Proxy-Connection: keep-alive\r\nContent-Length: 1", 2],
  ])("with %j takes %i connections for two requests", async (lines, connections) => {
    const server = await answering(`HTTP/1.0 200 OK\r\n${lines}\r\n\r\nx`);
    const client = open();
    expect((await read(client.request(server.url))).text).toBe("x");
    expect((await read(client.request(server.url))).text).toBe("x");
    expect(server.peers).toHaveLength(connections);
  });

  test("has no chunks", async () => {
    const server = await answering("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    expect(await codeOf(open().request(server.url))).toBe("ERR_SLUICE_TRANSFER_CODING");
  });
});

describe("interim responses", () => {
  const EARLY = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";

  test("go to onInformational in order, and not to the response", async () => {
    const server = await answering(`HTTP/1.1 102 \r\n\r\n${EARLY}${ok("a", "X-Final: 1")}`);
    const seen: [number, Record<string, unknown>][] = [];
    const onInformational = (status: number, fields: Fields) => void seen.push([status, fields.toJSON()]);
    const client = open();
    const response = await client.request(server.url, { onInformational });
    expect(seen).toEqual([
      [102, {}],
      [103, { link: "</a.css>" }],
    ]);
    expect(response.headers.has("link")).toBe(false);
    expect(await response.body.text()).toBe("a");
    // Not asked for, they are nobody's business.
    expect((await read(client.request(server.url))).text).toBe("a");
    expect(server.peers).toHaveLength(1);
  });

  test("come at once, before the final one", async () => {
    let told!: () => void;
    const hinted = new Promise<void>((resolve) => (told = resolve));
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(EARLY);
      await hinted;
      peer.write(ok("a"));
    });
    expect((await read(open().request(server.url, { onInformational: () => told() }))).text).toBe("a");
  });

  test.each([
    [32, "a"],
    [33, "ERR_SLUICE_TOO_MANY_INTERIM"],
  ])("%i of them: %s", async (count, expected) => {
    const server = await answeringOnce(EARLY.repeat(count) + ok("a"));
    const reading = read(open().request(server.url));
    if (expected === "a") expect((await reading).text).toBe("a");
    else expect(await codeOf(reading)).toBe(expected);
  });

  test("their limit is that of one request, and can be its own", async () => {
    const server = await answering(EARLY.repeat(2) + ok("a"));
    const client = open({ limits: { interim: 2 } });
    for (let count = 0; count < 2; count++) expect((await read(client.request(server.url))).text).toBe("a");
    expect(server.peers).toHaveLength(1);
    expect(await codeOf(client.request(server.url, { limits: { interim: 1 } }))).toBe(
      "ERR_SLUICE_TOO_MANY_INTERIM",
    );
    await server.peers[0].closed();
  });

  test("what onInformational throws ends the request", async () => {
    const server = await answering(EARLY + ok("a"));
    const thrown = new Error("mine");
    const onInformational = () => {
      throw thrown;
    };
    expect(await rejection(open().request(server.url, { onInformational }))).toBe(thrown);
    await server.peers[0].closed();
  });

  test("an endless row of them is stopped", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      await endlessly((octets) => peer.sent(octets), EARLY.repeat(50));
    });
    expect(await codeOf(open().request(server.url))).toBe("ERR_SLUICE_TOO_MANY_INTERIM");
    await server.peers[0].closed();
  });

  test("101, which nobody has asked for, is refused", async () => {
    const server = await answering(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    );
    expect(await codeOf(open().request(server.url))).toBe("ERR_SLUICE_SURPLUS");
    await server.peers[0].closed();
  });
});

describe("a response against the rules is refused, and its connection closed:", () => {
  test.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n", "ERR_SLUICE_STATUS_LINE"],
    ["HTTP/0.9", "<html>hello</html>\r\n\r\n", "ERR_SLUICE_STATUS_LINE"],
    ["HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", "ERR_SLUICE_VERSION"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "ERR_SLUICE_STATUS_LINE"],
    [
      "bare LF behind the status line",
      "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx",
      "ERR_SLUICE_LINE_ENDING",
    ],
    ["bare LF behind a field", "HTTP/1.1 200 OK\r\nContent-Length: 1\n\r\nx", "ERR_SLUICE_LINE_ENDING"],
    ["bare CR in a value", "HTTP/1.1 200 OK\r\nX: a\rContent-Length: 1\r\n\r\nx", "ERR_SLUICE_LINE_ENDING"],
    ["NUL in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", "ERR_SLUICE_FIELD_VALUE"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", "ERR_SLUICE_FIELD_NAME"],
    ["obs-fold", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "ERR_SLUICE_OBS_FOLD"],
    [
      "Transfer-Encoding beside Content-Length",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
      "ERR_SLUICE_LENGTH_AND_CODING",
    ],
    [
      "two Content-Lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "two equal Content-Lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "a negative Content-Length",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
      "ERR_SLUICE_CONTENT_LENGTH",
    ],
    [
      "chunked twice",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      "ERR_SLUICE_TRANSFER_CODING",
    ],
    [
      "gzip as a transfer coding",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "ERR_SLUICE_TRANSFER_CODING_UNKNOWN",
    ],
  ])("%s", async (_what, octets, code) => {
    const server = await answering(octets);
    const error = await rejection(open().request(server.url));
    expect([error.name, error.code]).toEqual(["ProtocolError", code]);
    await server.peers[0].closed();
  });

  test.each([
    ["a size that is none", "x\r\n", "ERR_SLUICE_CHUNK_SIZE"],
    ["bare LF behind a size", "1\nx\r\n0\r\n\r\n", "ERR_SLUICE_LINE_ENDING"],
    ["data longer than its size", "1\r\nxy\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_DATA_END"],
    ["a space before a size", " 1\r\nx\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE"],
    ["a size beyond 2^53", "fffffffffffffff\r\n", "ERR_SLUICE_CHUNK_SIZE_TOO_LARGE"],
    ["a trailer with a space before the colon", "0\r\na : 1\r\n\r\n", "ERR_SLUICE_FIELD_NAME"],
  ])("in chunks: %s", async (_what, chunks, code) => {
    const server = await answering(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n${chunks}`,
    );
    const response = await open().request(server.url);
    const error = await rejection(response.body.text());
    expect([error.name, error.code]).toEqual(["ProtocolError", code]);
    expect(await response.ending).toEqual({ outcome: "corrupt", layer: "chunked", error });
    expect(await rejection(response.trailers)).toBe(error);
    await server.peers[0].closed();
  });
});

describe("limits, the last that passes and the first that does not:", () => {
  const LINE = "HTTP/1.1 200 OK\r\n";
  const head = (size: number) =>
    `${LINE}Content-Length: 1\r\nX: ${"x".repeat(size - LINE.length - 26)}\r\n\r\nx`;
  const fields = (count: number) => `${LINE}Content-Length: 1\r\n${"X: 1\r\n".repeat(count - 1)}\r\nx`;

  test.each([
    ["16,384 octets of head", {}, head(16_384), "x"],
    ["16,385 octets of head", {}, head(16_385), "ERR_SLUICE_HEAD_TOO_LARGE"],
    ["1,000 octets of head", { headBytes: 1_000 }, head(1_000), "x"],
    ["1,001 octets of head", { headBytes: 1_000 }, head(1_001), "ERR_SLUICE_HEAD_TOO_LARGE"],
    ["100 fields", {}, fields(100), "x"],
    ["101 fields", {}, fields(101), "ERR_SLUICE_TOO_MANY_FIELDS"],
    ["3 fields", { headFields: 3 }, fields(3), "x"],
    ["4 fields", { headFields: 3 }, fields(4), "ERR_SLUICE_TOO_MANY_FIELDS"],
    ["2 trailers", { trailerFields: 2 }, chunked(["x"], [], ["a: 1", "b: 2"]), "x"],
    [
      "3 trailers",
      { trailerFields: 2 },
      chunked(["x"], [], ["a: 1", "b: 2", "c: 3"]),
      "ERR_SLUICE_TOO_MANY_TRAILERS",
    ],
    ["20 octets of trailers", { trailerBytes: 20 }, chunked(["x"], [], [`a: ${"1".repeat(13)}`]), "x"],
    [
      "21 octets of trailers",
      { trailerBytes: 20 },
      chunked(["x"], [], [`a: ${"1".repeat(14)}`]),
      "ERR_SLUICE_TRAILERS_TOO_LARGE",
    ],
    [
      "a chunk line of 10",
      { chunkLineBytes: 10 },
      chunked([]).replace("0\r\n", "1;234567=a\r\nx\r\n0\r\n"),
      "x",
    ],
    [
      "a chunk line of 11",
      { chunkLineBytes: 10 },
      chunked([]).replace("0\r\n", "1;2345678=a\r\nx\r\n0\r\n"),
      "ERR_SLUICE_CHUNK_LINE_TOO_LONG",
    ],
    ["64 octets to gather", { gatheredBytes: 64 }, ok("x".repeat(64)), "x".repeat(64)],
    ["65 octets to gather", { gatheredBytes: 64 }, ok("x".repeat(65)), "ERR_SLUICE_BODY_TOO_LARGE"],
  ])("%s", async (_what, limits, octets, expected) => {
    const server = await answering(octets);
    const reading = read(open({ limits }).request(server.url));
    if (expected.startsWith("x")) expect((await reading).text).toBe(expected);
    else expect(await codeOf(reading)).toBe(expected);
  });

  test("what is gathered can have a limit of the request, or of the call", async () => {
    const server = await answering(ok("12345"));
    const client = open();
    const ask = (gatheredBytes = 100) => client.request(server.url, { limits: { gatheredBytes } });
    expect(await codeOf((await ask(4)).body.text())).toBe("ERR_SLUICE_BODY_TOO_LARGE");
    expect(await codeOf((await ask()).body.bytes(4))).toBe("ERR_SLUICE_BODY_TOO_LARGE");
    expect(await (await ask(4)).body.text(5)).toBe("12345");
    // One that is iterated has no size that is too large.
    let octets = 0;
    for await (const piece of (await ask(4)).body) octets += piece.length;
    expect(octets).toBe(5);
  });
});

describe("a server without an end is stopped, and its connection closed:", () => {
  test.each([
    ["a head", "HTTP/1.1 200 OK\r\nX: ", "x".repeat(1000), "ERR_SLUICE_HEAD_TOO_LARGE"],
    ["fields", "HTTP/1.1 200 OK\r\n", "a: 1\r\n".repeat(100), "ERR_SLUICE_TOO_MANY_FIELDS"],
    ["a status line", "HTTP/1.1 200 ", "x".repeat(1000), "ERR_SLUICE_HEAD_TOO_LARGE"],
    [
      "trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
      "a: 1\r\n".repeat(100),
      "ERR_SLUICE_TOO_MANY_TRAILERS",
    ],
    [
      "extensions",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
      "a;".repeat(1000),
      "ERR_SLUICE_CHUNK_LINE_TOO_LONG",
    ],
    [
      "zeros in front of a size",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      "0".repeat(1000),
      "ERR_SLUICE_CHUNK_LINE_TOO_LONG",
    ],
    [
      "padding",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      `1;a=${"b".repeat(2000)}\r\nx\r\n`,
      "ERR_SLUICE_CHUNK_EXTENSIONS_TOO_LARGE",
    ],
    ["octets for text()", "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(100_000), "ERR_SLUICE_BODY_TOO_LARGE"],
  ])("%s", async (_what, beginning, more, code) => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(beginning);
      await endlessly((octets) => peer.sent(octets), more);
    });
    expect(await codeOf(read(open({ limits: { gatheredBytes: 1_000_000 } }).request(server.url)))).toBe(code);
    await server.peers[0].closed();
  });
});
