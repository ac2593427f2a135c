import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { gzipSync } from "node:zlib";

import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { brokenStreamError } from "../../../src/client/broken-stream.ts";
import { Client, type ClientResponse } from "../../../src/client/index.ts";
import type { Layer, SluiceError, TruncatedError } from "../../../src/errors.ts";
import type { StreamWriter } from "../../../src/index.ts";
import {
  ACK,
  block,
  CONTINUATION,
  DATA,
  data,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  ends,
  frame,
  GOAWAY,
  headers,
  HEADERS,
  number32,
  PING,
  ping,
  PUSH_PROMISE,
  reset,
  RST_STREAM,
  settings,
} from "../../support/http2-frames.ts";
import { open, read, rejection } from "../clients.ts";
import { frameServer, nodeServer } from "./servers.ts";

const client = () => open({ http2: "cleartext" });

const goaway = (last: number, code: number): Buffer =>
  frame(GOAWAY, 0, 0, Buffer.concat([number32(last), number32(code)]));

const head = (fields: readonly (readonly [string, string])[] = [], flags = END_HEADERS): Buffer =>
  headers(1, [[":status", "200"], ...fields], flags);

/** What came of a request: how the response ended, or why there was none. */
async function outcomeOf(answer: Promise<ClientResponse>): Promise<Record<string, unknown>> {
  let response: ClientResponse;
  try {
    response = await answer;
  } catch (error) {
    const { name, code, layer, offset } = error as TruncatedError;
    return { name, code, ...(layer === undefined ? {} : { layer, offset }) };
  }
  const error = await response.body.text().then(
    () => undefined,
    (thrown: unknown) => thrown as SluiceError,
  );
  const { outcome, ...ending } = await response.ending;
  if (error === undefined) return { outcome };
  expect(ending).toMatchObject({ error });
  await expect(response.trailers).rejects.toBe(error);
  const { layer } = ending as { layer?: Layer };
  return { outcome, code: error.code, layer, offset: error.offset };
}

/** What a client makes of these frames, sent once its request has come. */
async function of(...frames: readonly Uint8Array[]): Promise<Record<string, unknown>> {
  const server = await frameServer(async (peer) => {
    await peer.request();
    peer.send(...frames);
  });
  return outcomeOf(client().request(server.url));
}

const truncated = (offset: number, layer = "http2") => ({
  outcome: "truncated",
  code: "ERR_SLUICE_TRUNCATED",
  layer,
  offset,
});
const corrupt = (offset: number) => ({
  outcome: "corrupt",
  code: "ERR_SLUICE_HTTP2",
  layer: "http2",
  offset,
});

describe("a body that has begun", () => {
  test("is complete with END_STREAM, whatever comes behind it", async () => {
    const body = [head(), data(1, "abc", END_STREAM)];
    expect(await of(...body)).toEqual({ outcome: "complete" });
    for (const code of [0, 2, 8]) expect(await of(...body, reset(1, code))).toEqual({ outcome: "complete" });
    for (const code of [0, 2]) expect(await of(...body, goaway(1, code))).toEqual({ outcome: "complete" });
  });

  test.each([
    ["a reset", reset(1, 2), truncated(3)],
    ["a reset without an error code", reset(1, 0), truncated(3)],
    ["a reset by CANCEL", reset(1, 8), truncated(3)],
    ["a reset by REFUSED_STREAM", reset(1, 7), truncated(3)],
    ["a reset by PROTOCOL_ERROR", reset(1, 1), corrupt(3)],
    ["GOAWAY for an error", goaway(1, 2), truncated(3)],
    ["GOAWAY that disowns it", goaway(0, 0), truncated(3)],
    ["trailers that don't end it", headers(1, [["x-a", "b"]], END_HEADERS), corrupt(3)],
    ["trailers with a status", headers(1, [[":status", "200"]]), corrupt(3)],
    ["trailers in upper case", headers(1, [["X-A", "b"]]), corrupt(3)],
    ["another head", head(), corrupt(3)],
    ["a frame of no stream's", frame(HEADERS, END_HEADERS, 2, block([[":status", "200"]])), corrupt(3)],
    ["a promise", frame(PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([number32(2), block([])])), corrupt(3)],
  ] as const)("is not complete after %s", async (_what, last, expected) => {
    expect(await of(head(), data(1, "abc"), last)).toEqual(expected);
  });

  test("is not complete where it's not as long as announced", async () => {
    const announced = head([["content-length", "5"]]);
    expect(await of(announced, data(1, "abc", END_STREAM))).toEqual(truncated(3, "length"));
    expect(await of(announced, data(1, "abc"), reset(1, 0))).toEqual(truncated(3, "length"));
    expect(await of(announced, data(1, "abcde"), data(1, "f", END_STREAM))).toEqual(corrupt(5));
    expect(await of(announced, data(1, "abcde", END_STREAM))).toEqual({ outcome: "complete" });
    expect(await of(announced, data(1, "abcde"), reset(1, 0))).toEqual(truncated(5));
  });

  test("is told of as far as it came, however slowly it is read", async () => {
    for (const last of [reset(1, 2), goaway(1, 2), undefined]) {
      const server = await frameServer(async (peer) => {
        await peer.request();
        await peer.sent(head(), data(1, "abc"), data(1, "def"), ...(last === undefined ? [] : [last]));
        if (last === undefined) peer.socket.end();
      });
      const response = await client().request(server.url);
      await expect(response.ending).resolves.toMatchObject({ outcome: "truncated", offset: 6 });
      let text = "";
      const error = await rejection(
        (async () => {
          for await (const piece of response.body) text += Buffer.from(piece).toString();
        })(),
      );
      expect([text, error.code, error.offset]).toEqual(["abcdef", "ERR_SLUICE_TRUNCATED", 6]);
    }
  });

  test("is told of as far as it came, also where more had come than its reader has taken", async () => {
    const piece = "x".repeat(16_000);
    for (const last of [reset(1, 2), goaway(1, 2), reset(1, 0)]) {
      const server = await frameServer(async (peer) => {
        await peer.request();
        peer.send(head(), ...Array<Buffer>(12).fill(data(1, piece)), last);
      });
      const response = await client().request(server.url);
      await expect(response.ending).resolves.toMatchObject({ outcome: "truncated", offset: 192_000 });
      let octets = 0;
      const error = await rejection(
        (async () => {
          for await (const { length } of response.body) octets += length;
        })(),
      );
      expect([octets, error.code]).toEqual([192_000, "ERR_SLUICE_TRUNCATED"]);
    }
  });

  test("is complete, however slowly it is read, where the connection ends behind it", async () => {
    const piece = "x".repeat(16_000);
    const server = await frameServer(async (peer) => {
      await peer.request();
      const body = Array.from({ length: 15 }, (_, index) => data(1, piece, index === 14 ? END_STREAM : 0));
      await peer.sent(head(), ...body, goaway(1, 0));
      peer.socket.end();
    });
    const response = await client().request(server.url);
    expect((await response.ending).outcome).toBe("complete");
    expect((await response.body.text()).length).toBe(15 * piece.length);
  });
});

test("what breaks off says so in words of HTTP/2, whatever part of it does", async () => {
  const words =
    "The stream was reset, or its connection ended, before the message did (RFC 9113 section 8.1)";
  for (const fields of [[], [["content-length", "5"]]] as const) {
    const server = await frameServer(async (peer) => {
      await peer.request();
      peer.send(head(fields), data(1, "abc"), reset(1, 2));
    });
    const error = await rejection((await client().request(server.url)).body.text());
    expect([error.message, error.section]).toEqual([`${words} at byte 3`, "RFC 9113 section 8.1"]);
  }
  const early = await frameServer(async (peer) => {
    await peer.request();
    peer.send(headers(1, [[":status", "103"]], END_HEADERS), reset(1, 2));
  });
  expect((await rejection(client().request(early.url))).message).toBe(`${words} at byte 0`);
});

describe("a server that speaks something else", () => {
  const foreign = async (script: (socket: Socket) => unknown): Promise<string> => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => script(socket));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };

  test.each([
    ["HTTP/1.1, and closes", (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["HTTP/1.1, and stays", (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
    ["SMTP", (socket: Socket) => socket.write("220 hello\r\n")],
  ])("is told apart from a broken one: %s", async (_name, script) => {
    const error = await rejection(client().request(await foreign(script)));
    expect(error).toMatchObject({ name: "ProtocolError", code: "ERR_SLUICE_HTTP2" });
    expect(error.message).toContain("another protocol, such as HTTP/1.1");
  });

  test("and what goes wrong later on has its own name", () => {
    const cause = Object.assign(new Error("Protocol error"), { code: "ERR_HTTP2_ERROR" });
    const broken = { code: 2, cause, isLost: true, isRefused: false, came: "nothing", octets: 0 } as const;
    const messages = [true, false].map(
      (isSpoken) => brokenStreamError({ ...broken, isSpoken, length: undefined }).message,
    );
    expect(messages[0]).toContain('found "INTERNAL_ERROR"');
    expect(messages[1]).toContain("another protocol");
  });
});

describe("before a response has begun", () => {
  const INTERIM = headers(1, [[":status", "103"]], END_HEADERS);

  test.each([
    ["a reset", [reset(1, 2)], { name: "EndedError", code: "ERR_SLUICE_STREAM_RESET" }],
    ["a reset without an error code", [reset(1, 0)], { name: "EndedError", code: "ERR_SLUICE_STREAM_RESET" }],
    ["GOAWAY for an error", [goaway(1, 2)], { name: "EndedError", code: "ERR_SLUICE_CONNECTION_LOST" }],
    [
      "a reset behind an interim response",
      [INTERIM, reset(1, 2)],
      { name: "TruncatedError", code: "ERR_SLUICE_TRUNCATED", layer: "head", offset: 0 },
    ],
    ["no status", [headers(1, [["a", "b"]])]],
    ["a status of two digits", [headers(1, [[":status", "20"]])]],
    ["status 101", [headers(1, [[":status", "101"]], END_HEADERS)]],
    ["an interim response that ends the stream", [headers(1, [[":status", "103"]])]],
    [
      "a name in upper case",
      [
        headers(1, [
          [":status", "200"],
          ["Foo", "b"],
        ]),
      ],
    ],
    [
      "a field of a connection",
      [
        headers(1, [
          [":status", "200"],
          ["connection", "close"],
        ]),
      ],
    ],
    [
      "Transfer-Encoding",
      [
        headers(1, [
          [":status", "200"],
          ["transfer-encoding", "chunked"],
        ]),
      ],
    ],
    [
      "a field before the status",
      [
        headers(1, [
          ["a", "b"],
          [":status", "200"],
        ]),
      ],
    ],
    [
      "two statuses",
      [
        headers(1, [
          [":status", "200"],
          [":status", "200"],
        ]),
      ],
    ],
    [
      "a pseudo-field of requests",
      [
        headers(1, [
          [":status", "200"],
          [":path", "/"],
        ]),
      ],
    ],
    [
      "two lengths",
      [
        headers(1, [
          [":status", "200"],
          ["content-length", "1"],
          ["content-length", "1"],
        ]),
      ],
    ],
    [
      "a length that is none",
      [
        headers(1, [
          [":status", "200"],
          ["content-length", "+1"],
        ]),
      ],
    ],
    [
      "a length without a body",
      [
        headers(1, [
          [":status", "200"],
          ["content-length", "1"],
        ]),
      ],
    ],
    ["a window update by nothing", [frame(8, 0, 0, number32(0))]],
  ] as const)(
    "%s",
    async (_what, frames, expected = { name: "ProtocolError", code: "ERR_SLUICE_HTTP2" } as never) => {
      expect(await of(...frames)).toEqual(expected);
    },
  );

  test.each([
    ["HTTP/1", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n"],
  ])("%s", async (_what, octets) => {
    const server = await frameServer(
      (peer) => {
        peer.send(Buffer.from(octets));
        peer.socket.end();
      },
      { settings: Buffer.alloc(0) },
    );
    expect(await outcomeOf(client().request(server.url))).toEqual({
      name: "ProtocolError",
      code: "ERR_SLUICE_HTTP2",
    });
  });

  test("the end of the connection", async () => {
    const server = await frameServer(async (peer) => {
      await peer.request();
      peer.socket.end();
    });
    expect(await outcomeOf(client().request(server.url))).toEqual({
      name: "EndedError",
      code: "ERR_SLUICE_CONNECTION_LOST",
    });
  });

  test("a value outside latin-1's printable characters never reaches the caller", async () => {
    for (const value of ["a\0b", "a\rb", "a\x7fb"]) {
      const server = await frameServer(async (peer) => {
        await peer.request();
        peer.send(
          headers(1, [
            [":status", "200"],
            ["x-a", value],
            ["x-b", "\xe9"],
          ]),
        );
      });
      const answer = await client()
        .request(server.url)
        .catch((error: unknown) => error as SluiceError);
      if ("code" in answer) expect(answer.code).toMatch(/^ERR_SLUICE_(HTTP2|FIELD_VALUE)$/);
      else expect(answer.headers.get("x-a")).toBe(undefined);
    }
  });
});

describe("what is wrong with a connection, and Node 20 tells the server alone", () => {
  afterEach(() => vi.restoreAllMocks());

  test.each([
    ["data on no stream", [data(0, "x")]],
    ["DATA before the head", [data(1, "abc", END_STREAM)]],
    [
      "a header block that is none",
      [frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.of(0xff, 0xff, 0xff))],
    ],
    ["a frame that is too big", [frame(DATA, 0, 1, Buffer.alloc(17_000))]],
    ["data on no stream, inside a body", [head(), data(1, "abc"), data(0, "x")]],
  ] as const)("%s is noticed, if by the silence that follows", async (_what, frames) => {
    const clock = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => clock() + ahead);
    const server = await frameServer(async (peer) => {
      await peer.request();
      peer.send(...frames);
    });
    const outcome = outcomeOf(client().request(server.url));
    await expect.poll(() => server.peers[0]?.of(GOAWAY).length).toBe(1);
    const forward = setInterval(() => (ahead += 5_000), 50);
    const told = frames.length === 1 ? { name: "ProtocolError", code: "ERR_SLUICE_HTTP2" } : corrupt(3);
    const silent =
      frames.length === 1 ? { name: "EndedError", code: "ERR_SLUICE_CONNECTION_LOST" } : truncated(3);
    expect(await outcome).toEqual(process.version.startsWith("v20.") ? silent : told);
    clearInterval(forward);
  });

  test("and silence alone is no reason: a server that answers PING is there", async () => {
    const clock = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => clock() + ahead);
    const forward = setInterval(() => (ahead += 5_000), 150);
    const server = await frameServer(async (peer) => {
      await peer.request();
      peer.send(head());
      await peer.until(({ type }) => type === PING);
      clearInterval(forward);
      peer.send(frame(PING, ACK, 0, peer.of(PING)[0].payload));
      ahead += 60_000;
      setTimeout(() => peer.send(data(1, "abc", END_STREAM)), 300);
    });
    const response = await client().request(server.url, { timeouts: { body: 0, head: 0 } });
    expect(await response.body.text()).toBe("abc");
    expect(server.peers[0].of(PING)).toHaveLength(1);
  });
});

describe("limits", () => {
  const field = (index: number, size = 10): [string, string] => [`x-${index}`, "v".repeat(size)];
  const sizeOf = (fields: readonly (readonly [string, string])[]): number =>
    fields.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);

  async function withHead(
    fields: readonly (readonly [string, string])[],
    limits: object,
  ): Promise<Record<string, unknown>> {
    const server = await frameServer(async (peer) => {
      await peer.request();
      peer.send(headers(1, fields));
    });
    return outcomeOf(open({ http2: "cleartext", limits }).request(server.url));
  }

  test("of the octets of a head", async () => {
    const fields = [[":status", "200"] as const, field(1, 300), field(2, 300)];
    expect(await withHead(fields, { headBytes: sizeOf(fields) })).toEqual({ outcome: "complete" });
    expect(await withHead(fields, { headBytes: sizeOf(fields) - 1 })).toEqual({
      name: "ProtocolError",
      code: "ERR_SLUICE_HEAD_TOO_LARGE",
    });
  });

  test("of the number of fields", async () => {
    const fields = [[":status", "200"] as const, ...Array.from({ length: 5 }, (_, index) => field(index))];
    expect(await withHead(fields, { headFields: 5 })).toEqual({ outcome: "complete" });
    expect(await withHead(fields, { headFields: 4 })).toEqual({
      name: "ProtocolError",
      code: "ERR_SLUICE_TOO_MANY_FIELDS",
    });
    expect(await withHead(fields, { headFields: Infinity, headBytes: Infinity })).toEqual({
      outcome: "complete",
    });
  });

  test("of trailers", async () => {
    const section = [field(1, 300), field(2, 300)];
    for (const [limits, code] of [
      [{ trailerBytes: sizeOf(section), trailerFields: 2 }, undefined],
      [{ trailerBytes: sizeOf(section) - 1 }, "ERR_SLUICE_TRAILERS_TOO_LARGE"],
      [{ trailerFields: 1 }, "ERR_SLUICE_TOO_MANY_TRAILERS"],
    ] as const) {
      const server = await frameServer(async (peer) => {
        await peer.request();
        peer.send(head(), data(1, "abc"), headers(1, section));
      });
      const outcome = await outcomeOf(open({ http2: "cleartext", limits }).request(server.url));
      if (code === undefined) expect(outcome).toEqual({ outcome: "complete" });
      else expect(outcome).toMatchObject({ outcome: "corrupt", code });
    }
  });

  test("of a head that never ends (CONTINUATION), of one that is packed well, and of many small fields", async () => {
    const long = block([field(1, 16_000)]);
    const unending = [frame(HEADERS, 0, 1, block([[":status", "200"]]))];
    for (let count = 0; count < 100; count++) unending.push(frame(CONTINUATION, 0, 1, long));
    // A field of 4,000 octets goes into the table, and then a thousand times one octet names it (RFC 7541 section 6.1).
    const indexed = Buffer.concat([
      Buffer.of(0x88, 0x40, 1, 0x61, 0x7f, 0xa1, 0x1e),
      Buffer.alloc(4_000, 0x62),
      Buffer.alloc(8_000, 0xbe),
    ]);
    const bomb = [frame(HEADERS, END_HEADERS | END_STREAM, 1, indexed)];
    const many = [
      frame(
        HEADERS,
        END_HEADERS,
        1,
        Buffer.concat([Buffer.of(0x88), ...Array<Buffer>(4_000).fill(block([["a", ""]]))]),
      ),
    ];
    for (const frames of [unending, bomb, many]) {
      const { code } = await of(...frames);
      expect(["ERR_SLUICE_HTTP2", "ERR_SLUICE_STREAM_RESET", "ERR_SLUICE_HEAD_TOO_LARGE"]).toContain(code);
    }
  });

  test("of frames that carry nothing", async () => {
    for (const nothing of [ping(), settings(), settings([[4, 100_000]])]) {
      const server = await frameServer(async (peer) => {
        await peer.request();
        peer.send(head(), data(1, "abc"), ...Array<Buffer>(20_000).fill(nothing));
      });
      const outcome = await outcomeOf(client().request(server.url));
      expect(outcome).toMatchObject({ outcome: expect.stringMatching(/corrupt|truncated/) });
      await server.peers[0].ending();
    }
  });

  test("of frames that carry nothing, also where their answers are read", async () => {
    const server = await frameServer(async (peer) => {
      await peer.request();
      peer.send(head(), data(1, "abc"));
      for (let count = 500; count <= 20_000; count += 500) {
        peer.send(...Array<Buffer>(500).fill(ping()));
        await peer.when(() => peer.of(PING).length >= count);
      }
    });
    expect(await outcomeOf(client().request(server.url))).toEqual({
      outcome: "corrupt",
      code: "ERR_SLUICE_HTTP2_OVERHEAD",
      layer: "http2",
      offset: undefined,
    });
    // Octets that were still to be read make the end a reset, which may overtake GOAWAY.
    expect([ENHANCE_YOUR_CALM, undefined]).toContain(await server.peers[0].ending());
  });

  test("some frames that carry nothing are fine", async () => {
    expect(
      await of(...Array<Buffer>(100).fill(ping()), head(), settings(), ping(), data(1, "abc", END_STREAM)),
    ).toEqual({ outcome: "complete" });
  });
});

describe("a response that is cut at every octet is complete where all of it has come, and nowhere else", () => {
  const coded = gzipSync("the content of a body");
  const digest = `sha-256=:${createHash("sha256").update("abcdef").digest("base64")}:`;
  const REFERENCES: Readonly<Record<string, readonly Buffer[]>> = {
    "of unknown length": [head(), data(1, "abc"), data(1, "def"), data(1, "", END_STREAM)],
    "of known length": [head([["content-length", "6"]]), data(1, "abc"), data(1, "def", END_STREAM)],
    "with trailers": [head([["trailer", "x-a"]]), data(1, "abcdef"), headers(1, [["x-a", "b"]])],
    "without a body": [headers(1, [[":status", "204"]])],
    "behind an interim one": [
      headers(1, [[":status", "103"]], END_HEADERS),
      head(),
      data(1, "abc", END_STREAM),
    ],
    "in gzip": [
      head([["content-encoding", "gzip"]]),
      data(1, coded.subarray(0, 9)),
      data(1, coded.subarray(9), END_STREAM),
    ],
    "with a digest": [head([["content-digest", digest]]), data(1, "abcdef", END_STREAM)],
    "with padding": [head(), frame(0, 0x8 | END_STREAM, 1, Buffer.from("\x05abc\0\0\0\0\0", "latin1"))],
    "in continuations": [
      frame(HEADERS, 0, 1, block([[":status", "200"]])),
      frame(CONTINUATION, END_HEADERS, 1, block([["x-a", "b"]])),
      data(1, "abc", END_STREAM),
    ],
    "then reset": [head(), data(1, "abc", END_STREAM), reset(1, 8)],
    "ended by a reset alone": [head(), data(1, "abc"), reset(1, 0)],
    "ended by GOAWAY alone": [head(), data(1, "abc"), goaway(1, 0)],
  };

  test.each(Object.keys(REFERENCES))("%s", async (name) => {
    const frames = REFERENCES[name];
    const octets = Buffer.concat(frames);
    const last = frames.findIndex(([, , , type, flags]) => type <= HEADERS && (flags & END_STREAM) !== 0);
    const whole = last === -1 ? Infinity : Buffer.concat(frames.slice(0, last + 1)).length;
    let cut = { count: 0, by: "FIN" };
    const server = await frameServer(async (peer) => {
      await peer.request();
      await peer.sent(octets.subarray(0, cut.count));
      if (cut.by === "FIN") peer.socket.end();
      else peer.socket.resetAndDestroy();
    });
    for (const by of ["FIN", "RST"]) {
      for (let count = 0; count <= octets.length; count++) {
        cut = { count, by };
        const http = new Client({ http2: "cleartext", proxy: false });
        const { outcome } = await outcomeOf(http.request(server.url));
        await http.close();
        // A reset may overtake what has been sent before it.
        if (by === "FIN") expect([count, outcome === "complete"]).toEqual([count, count >= whole]);
        else if (outcome === "complete") expect(count).toBeGreaterThanOrEqual(whole);
      }
    }
  });
});

test("many exchanges side by side, of which one is reset", async () => {
  const server = await nodeServer((stream, { ":path": path }) => {
    stream.respond();
    stream.write("abc");
    setTimeout(() => (path === "/3" ? stream.destroy(new Error("no")) : stream.end("def")), 5);
  });
  const http = client();
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) => outcomeOf(http.request(`${server.url}/${index}`))),
  );
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 10 }, (_, index) => (index === 3 ? "truncated" : "complete")),
  );
  expect(server.sessions).toHaveLength(1);
  expect((await read(http.request(server.url))).outcome).toBe("complete");
});

describe("an upload that doesn't come to its end never ends its stream", () => {
  const reason = new Error("no more");
  const SOURCES: Readonly<Record<string, () => unknown>> = {
    "a generator that throws at once": () =>
      function* () {
        yield "some";
        throw reason;
      },
    "an async one that throws at once": () =>
      async function* () {
        yield "some";
        throw reason;
      },
    "one that throws later": () =>
      async function* () {
        yield "some";
        await turn();
        throw reason;
      },
    "a writer that throws": () => async (out: StreamWriter) => {
      await out.write("some");
      void out.write("more");
      throw reason;
    },
    "a writer that throws with everything sent": () => async (out: StreamWriter) => {
      await out.write("some");
      await out.flush();
      await turn();
      throw reason;
    },
    "a writer that throws ahead of flow control": () => async (out: StreamWriter) => {
      void out.write("x".repeat(100_000));
      await turn();
      throw reason;
    },
  };

  test.each(Object.keys(SOURCES))("%s", async (name) => {
    const server = await frameServer(() => {});
    const sent = client().request(server.url, { body: SOURCES[name]() as never });
    expect(await rejection(sent)).toBe(reason);
    const [peer] = server.peers;
    await peer.until(({ type }) => type === RST_STREAM);
    expect(peer.frames.filter((one) => ends(one))).toEqual([]);
  });

  test.each(["its signal", "the client"])("one that is ended by %s", async (by) => {
    const server = await frameServer(() => {});
    const http = new Client({ http2: "cleartext", proxy: false });
    const controller = new AbortController();
    const sent = rejection(
      http.request(server.url, {
        signal: controller.signal,
        body: async (out) => {
          for (;;) {
            await out.write("some");
            await turn();
          }
        },
      }),
    );
    await expect.poll(() => server.peers[0]?.content(1).length ?? 0).toBeGreaterThan(0);
    if (by === "the client") await http.close();
    else controller.abort();
    await sent;
    const [peer] = server.peers;
    if (by === "the client") await peer.ending();
    else await peer.until(({ type }) => type === RST_STREAM);
    expect(peer.frames.filter((one) => ends(one))).toEqual([]);
    await http.close();
  });
});
