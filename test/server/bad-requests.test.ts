import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type ErrorCode, type Handler, type ServerLimits, SluiceError, text } from "../../src/index.ts";
import type { RawClient } from "../support/raw-client.ts";
import { request, start } from "../support/servers.ts";

interface BadRequest {
  readonly name: string;
  readonly head: string;
  readonly body?: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly limits?: Partial<ServerLimits>;
}

const post = (...fields: string[]): string => request("POST /", fields);
const CHUNKED = post("Transfer-Encoding: chunked");

/** Faults of the head: the handler never gets to see it. */
const HEADS: [name: string, head: string, status: number, code: ErrorCode][] = [
  // Transfer-Encoding
  ["a misspelt coding", post("Transfer-Encoding: chrunkd"), 501, "ERR_SLUICE_TRANSFER_CODING_UNKNOWN"],
  [
    "a coding that is not undone",
    post("Transfer-Encoding: gzip, chunked"),
    501,
    "ERR_SLUICE_TRANSFER_CODING_UNKNOWN",
  ],
  [
    "chunked twice in one line",
    post("Transfer-Encoding: chunked, chunked"),
    400,
    "ERR_SLUICE_TRANSFER_CODING",
  ],
  [
    "chunked in two lines",
    post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    400,
    "ERR_SLUICE_TRANSFER_CODING",
  ],
  ["chunked not last", post("Transfer-Encoding: chunked, gzip"), 400, "ERR_SLUICE_TRANSFER_CODING"],
  ["chunked with a parameter", post("Transfer-Encoding: chunked;q=1"), 400, "ERR_SLUICE_TRANSFER_CODING"],
  [
    "chunked with a no-break space",
    post("Transfer-Encoding: \xa0chunked"),
    400,
    "ERR_SLUICE_TRANSFER_CODING",
  ],
  ["an empty Transfer-Encoding", post("Transfer-Encoding:"), 400, "ERR_SLUICE_TRANSFER_CODING"],
  [
    "chunked in HTTP/1.0",
    request("POST / HTTP/1.0", ["Transfer-Encoding: chunked"]),
    400,
    "ERR_SLUICE_TRANSFER_CODING",
  ],
  [
    "chunked with a length",
    post("Transfer-Encoding: chunked", "Content-Length: 5"),
    400,
    "ERR_SLUICE_LENGTH_AND_CODING",
  ],
  [
    "a length with chunked",
    post("Content-Length: 5", "Transfer-Encoding: chunked"),
    400,
    "ERR_SLUICE_LENGTH_AND_CODING",
  ],
  // Content-Length
  ["a signed length", post("Content-Length: +5"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  ["a negative length", post("Content-Length: -1"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  ["a hexadecimal length", post("Content-Length: 0x5"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  ["an empty length", post("Content-Length:"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  ["a length twice in one line", post("Content-Length: 5, 5"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  ["a length in two lines", post("Content-Length: 5", "Content-Length: 5"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  ["two lengths", post("Content-Length: 5, 6"), 400, "ERR_SLUICE_CONTENT_LENGTH"],
  [
    "a length of 20 digits",
    post("Content-Length: 18446744073709551621"),
    413,
    "ERR_SLUICE_CONTENT_LENGTH_TOO_LARGE",
  ],
  ["a length of 2^53", post("Content-Length: 9007199254740992"), 413, "ERR_SLUICE_CONTENT_LENGTH_TOO_LARGE"],
  // Fields
  ["a folded line", request("/", ["A: 1", " folded"]), 400, "ERR_SLUICE_OBS_FOLD"],
  ["white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "ERR_SLUICE_OBS_FOLD"],
  ["a space before the colon", request("/", ["Transfer-Encoding : chunked"]), 400, "ERR_SLUICE_FIELD_NAME"],
  ["a field without a name", request("/", [": 1"]), 400, "ERR_SLUICE_FIELD_NAME"],
  ["a field without a colon", request("/", ["Accept"]), 400, "ERR_SLUICE_FIELD_NAME"],
  ["NUL in a value", request("/", ["A: 1\0"]), 400, "ERR_SLUICE_FIELD_VALUE"],
  ["NUL in a name", request("/", ["A\0: 1"]), 400, "ERR_SLUICE_FIELD_NAME"],
  ["DEL in a value", request("/", ["A: \x7f"]), 400, "ERR_SLUICE_FIELD_VALUE"],
  ["a bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\nA: 1\r\n\r\n", 400, "ERR_SLUICE_LINE_ENDING"],
  ["a bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "ERR_SLUICE_LINE_ENDING"],
  ["a bare CR in a value", request("/", ["A: 1\r2"]), 400, "ERR_SLUICE_LINE_ENDING"],
  // Host
  ["two Hosts", request("/", ["Host: a", "Host: b"]), 400, "ERR_SLUICE_HOST"],
  ["the same Host twice", request("/", ["Host: a", "host: a"]), 400, "ERR_SLUICE_HOST"],
  ["two Hosts in HTTP/1.0", request("GET / HTTP/1.0", ["Host: a", "Host: b"]), 400, "ERR_SLUICE_HOST"],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400, "ERR_SLUICE_HOST"],
  ["a Host with a path", request("/", ["Host: a/b"]), 400, "ERR_SLUICE_HOST"],
  // The request line
  ["brackets in the method", "G[T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ERR_SLUICE_METHOD"],
  ["NUL in the method", "GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ERR_SLUICE_METHOD"],
  ["an octet above ASCII in the method", "G\xc9T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ERR_SLUICE_METHOD"],
  ["a space before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ERR_SLUICE_METHOD"],
  ["two spaces before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ERR_SLUICE_REQUEST_LINE"],
  ["two spaces behind the target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ERR_SLUICE_REQUEST_LINE"],
  ["no version", "GET /\r\n\r\n", 400, "ERR_SLUICE_REQUEST_LINE"],
  ["a fragment", request("/a#b"), 400, "ERR_SLUICE_TARGET"],
  ["an octet above ASCII in the target", request("/\xe9"), 400, "ERR_SLUICE_TARGET"],
  ["a target without a slash", request("a/b"), 400, "ERR_SLUICE_TARGET"],
  ["user information in the target", request("http://user@a/"), 400, "ERR_SLUICE_TARGET"],
  ["a version in lower case", request("GET / http/1.1"), 400, "ERR_SLUICE_REQUEST_LINE"],
  ["HTTP/1.10", request("GET / HTTP/1.10"), 400, "ERR_SLUICE_REQUEST_LINE"],
  ["HTTP/3.0", request("GET / HTTP/3.0"), 505, "ERR_SLUICE_VERSION"],
  ["HTTP/0.9", request("GET / HTTP/0.9"), 505, "ERR_SLUICE_VERSION"],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "ERR_SLUICE_HTTP2_PREFACE"],
  ["the hello of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "ERR_SLUICE_TLS_ON_PLAIN_PORT"],
  ["octets that mean nothing", "\x00\x00\x00\xff\xfe", 400, "ERR_SLUICE_METHOD"],
  ["two empty lines before the request", `\r\n\r\n${request("/")}`, 400, "ERR_SLUICE_METHOD"],
  ["another expectation", post("Expect: tea"), 417, "ERR_SLUICE_EXPECTATION"],
  // Limits
  ["a target over 8,000 octets", request(`/${"a".repeat(8_000)}`), 414, "ERR_SLUICE_TARGET_TOO_LONG"],
  ["a head over 16 KiB", request("/", [`A: ${"a".repeat(16_384)}`]), 431, "ERR_SLUICE_HEAD_TOO_LARGE"],
  [
    "more than 100 fields",
    request(
      "/",
      Array.from({ length: 100 }, (_, at) => `A${at}: 1`),
    ),
    431,
    "ERR_SLUICE_TOO_MANY_FIELDS",
  ],
];

/** Faults of a chunked body: the handler reads up to the fault, then its read throws. */
const CHUNKS: [name: string, body: string, code: ErrorCode, status?: number][] = [
  ["a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE"],
  ["a space behind a size", "5 \r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_EXTENSION"],
  ["a space before a size", " 5\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE"],
  ["a negative size", "-1\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE"],
  ["an underscore in a size", "5_0\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE"],
  ["an empty size", "\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE"],
  ["a size of 17 digits", "10000000000000005\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE_TOO_LARGE"],
  ["a size of 2^53", "20000000000000\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_SIZE_TOO_LARGE"],
  [
    "17 octets announced, 27 sent",
    "11\r\n012345678901234567890123456\r\n0\r\n\r\n",
    "ERR_SLUICE_CHUNK_DATA_END",
  ],
  ["data without CR LF", "5\r\nhello0\r\n\r\n", "ERR_SLUICE_CHUNK_DATA_END"],
  ["data with a bare LF", "5\r\nhello\n0\r\n\r\n", "ERR_SLUICE_CHUNK_DATA_END"],
  ["data with CR X", "5\r\nhello\rX0\r\n\r\n", "ERR_SLUICE_CHUNK_DATA_END"],
  ["a bare LF behind a size", "5\nhello\r\n0\r\n\r\n", "ERR_SLUICE_LINE_ENDING"],
  ["a bare LF behind the last size", "5\r\nhello\r\n0\n\r\n", "ERR_SLUICE_LINE_ENDING"],
  ["a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_LINE_ENDING"],
  ["a bare LF in a quoted extension", '5;a="\n"\r\nhello\r\n0\r\n\r\n', "ERR_SLUICE_LINE_ENDING"],
  ["CR LF in a quoted extension", '5;a="\r\n"\r\nhello\r\n0\r\n\r\n', "ERR_SLUICE_CHUNK_EXTENSION"],
  ["CR X behind an extension", "5;a\rX\nhello\r\n0\r\n\r\n", "ERR_SLUICE_LINE_ENDING"],
  ["an extension without a name", "5;\r\nhello\r\n0\r\n\r\n", "ERR_SLUICE_CHUNK_EXTENSION"],
  ["a bare LF in the trailers", "0\r\nA: 1\nB: 2\r\n\r\n", "ERR_SLUICE_LINE_ENDING"],
  ["a bare LF as the end of the trailers", "0\r\nA: 1\r\n\n", "ERR_SLUICE_LINE_ENDING"],
  ["a folded trailer", "0\r\nA: 1\r\n 2\r\n\r\n", "ERR_SLUICE_OBS_FOLD"],
  ["a space before the colon of a trailer", "0\r\nA : 1\r\n\r\n", "ERR_SLUICE_FIELD_NAME"],
  ["NUL in a trailer", "0\r\nA: \0\r\n\r\n", "ERR_SLUICE_FIELD_VALUE"],
  [
    "a request in the place of trailers",
    "0\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n",
    "ERR_SLUICE_FIELD_NAME",
  ],
  ["65 trailers", `0\r\n${"A: 1\r\n".repeat(65)}\r\n`, "ERR_SLUICE_TOO_MANY_TRAILERS", 431],
  ["trailers over 8 KiB", `0\r\nA: ${"a".repeat(8_192)}\r\n\r\n`, "ERR_SLUICE_TRAILERS_TOO_LARGE", 431],
  [
    "extensions of many chunks",
    `1;a=${"b".repeat(4_000)}\r\n.\r\n`.repeat(5),
    "ERR_SLUICE_CHUNK_EXTENSIONS_TOO_LARGE",
  ],
  ["leading zeros of many chunks", `${"0".repeat(4_000)}1\r\n.\r\n`.repeat(5), "ERR_SLUICE_CHUNK_OVERHEAD"],
];

const cases: BadRequest[] = [
  ...HEADS.map(([name, head, status, code]) => ({ name, head, status, code })),
  ...CHUNKS.map(([name, body, code, status = 400]) => ({ name, head: CHUNKED, body, status, code })),
  {
    name: "a length over the limit",
    head: post("Content-Length: 11"),
    status: 413,
    code: "ERR_SLUICE_BODY_TOO_LARGE",
    limits: { bodyBytes: 10 },
  },
  {
    name: "chunks over the limit",
    head: CHUNKED,
    body: "6\r\n123456\r\n5\r\n78901\r\n0\r\n\r\n",
    status: 413,
    code: "ERR_SLUICE_BODY_TOO_LARGE",
    limits: { bodyBytes: 10 },
  },
];

/** Every request that arrived, and how reading its body ended. */
function recorder(): { handler: Handler; seen: { target: string; body: string; error: unknown }[] } {
  const seen: { target: string; body: string; error: unknown }[] = [];
  const handler: Handler = async (incoming) => {
    const entry = { target: incoming.target, body: "", error: undefined as unknown };
    seen.push(entry);
    try {
      for await (const piece of incoming.body) entry.body += Buffer.from(piece).toString("latin1");
    } catch (error) {
      entry.error = error;
      throw error;
    }
    return text(`${incoming.target} ${entry.body}`);
  };
  return { handler, seen };
}

/** The refusal is all that comes, it names the rule, and the connection is closed in order. */
async function checkRefusal(client: RawClient, { status, code }: BadRequest): Promise<void> {
  const response = await client.response();
  expect(response).toMatchObject({ status, complete: true });
  expect(response.body).toContain(code);
  expect(response.headers.get("connection")).toBe("close");
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.has("date")).toBe(true);
  expect(await client.ending()).toBe("FIN");
  expect(client.rest).toBe("");
}

/** What follows a fault looks like a request, and must not be taken for one. */
const SMUGGLED = request("/smuggled");

describe.each(cases)("$name", (bad) => {
  const { head, body = "", code, limits = {} } = bad;

  test(`is refused with ${bad.status} ${code}`, async () => {
    const { handler, seen } = recorder();
    const server = await start(handler, { limits });
    const client = await server.connect();
    client.write(request("/before") + head + body + SMUGGLED);
    expect(await client.response()).toMatchObject({ status: 200, body: "/before " });
    await checkRefusal(client, bad);
    expect(seen.map(({ target }) => target)).not.toContain("/smuggled");
  });

  test("is refused byte by byte", async () => {
    const { handler, seen } = recorder();
    const server = await start(handler, { limits });
    const client = await server.connect();
    // Long ones in bigger steps: what matters is that every part is cut somewhere.
    const octets = head + body + SMUGGLED;
    const step = octets.length > 1_000 ? 997 : 1;
    for (let at = 0; at < octets.length && !client.ended; at += step) {
      client.write(octets.slice(at, at + step));
      await turn();
    }
    await checkRefusal(client, bad);
    expect(seen.map(({ target }) => target)).not.toContain("/smuggled");
    if (body === "") expect(seen).toEqual([]);
    else expect(seen[0].error).toMatchObject({ code, name: "ProtocolError" });
  });
});

test.each([
  ["a chunk extension", `${CHUNKED}5;a=`, "b", "ERR_SLUICE_CHUNK_LINE_TOO_LONG", 400],
  ["a trailer", `${CHUNKED}0\r\nA: `, "b", "ERR_SLUICE_TRAILERS_TOO_LARGE", 431],
  ["trailers", `${CHUNKED}0\r\n`, "A: b\r\n", "ERR_SLUICE_TOO_MANY_TRAILERS", 431],
  ["a chunk size", CHUNKED, "0", "ERR_SLUICE_CHUNK_LINE_TOO_LONG", 400],
  ["a field", "GET / HTTP/1.1\r\nA: ", "b", "ERR_SLUICE_HEAD_TOO_LARGE", 431],
  ["fields", "GET / HTTP/1.1\r\n", "A: b\r\n", "ERR_SLUICE_TOO_MANY_FIELDS", 431],
  ["a method", "", "A", "ERR_SLUICE_HEAD_TOO_LARGE", 431],
  ["a target", "GET /", "a", "ERR_SLUICE_TARGET_TOO_LONG", 414],
] as const)("%s of 1 MiB is refused while it arrives", async (_name, before, repeated, code, status) => {
  const { handler } = recorder();
  const server = await start(handler);
  const client = await server.connect();
  client.write(before);
  client.write(repeated.repeat(Math.ceil((1024 * 1024) / repeated.length)));
  const response = await client.response();
  expect(response).toMatchObject({ status });
  expect(response.body).toContain(code);
  expect(await client.ending()).toBe("FIN");
});

test("10,000 trailers are refused", async () => {
  const { handler, seen } = recorder();
  const server = await start(handler);
  const client = await server.connect();
  client.write(CHUNKED);
  client.write("5\r\nhello\r\n0\r\n");
  for (let at = 0; at < 10_000; at++) client.write(`X-${at}: ${at}\r\n`);
  const response = await client.response();
  expect(response.status).toBe(431);
  expect(response.body).toContain("ERR_SLUICE_TOO_MANY_TRAILERS");
  await client.ending();
  for (const { error } of seen) expect(error).toBeInstanceOf(SluiceError);
});

test("a refusal reaches a peer that goes on sending", async () => {
  const { handler } = recorder();
  const server = await start(handler);
  const client = await server.connect({ allowHalfOpen: true });
  client.write(request("POST /", ["Content-Length: x"]));
  const filler = Buffer.alloc(64 * 1024, "a");
  for (let sent = 0; sent < 64 && !client.ended; sent++) {
    client.write(filler);
    await turn();
  }
  const response = await client.response();
  expect(response).toMatchObject({ status: 400, complete: true });
  expect(await client.ending()).toBe("FIN");
  client.finish();
  await client.closed();
});
