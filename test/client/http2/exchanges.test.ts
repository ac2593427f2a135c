import { once } from "node:events";
import { constants } from "node:http2";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { diagnostics } from "../../../src/client/diagnostics.ts";
import { WHOLE } from "../../support/sources.ts";
import { SOURCES } from "../../support/sources.ts";
import { codeOf, open, read, rejection } from "../clients.ts";
import { nodeServer, type StreamHandler } from "./servers.ts";

const client = () => open({ http2: "cleartext" });

/** What a server gets of a body. */
async function gathered(stream: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe("a response", () => {
  test("has a status, fields in order, a body and trailers", async () => {
    const server = await nodeServer((stream) => {
      stream.respond(
        { ":status": 201, "x-one": "1", "set-cookie": ["a=1", "b=2"], trailer: "x-rows" },
        { waitForTrailers: true },
      );
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-rows": "7", "x-more": "m" }));
      stream.write("some ");
      setImmediate(() => stream.end("text"));
    });
    const response = await client().request(`${server.url}/a`);
    expect([response.status, response.reason, response.httpVersion]).toEqual([201, "", "2.0"]);
    expect(response.headers.getAll("set-cookie")).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("X-One")).toBe("1");
    expect([...response.headers].some(([name]) => name.startsWith(":"))).toBe(false);
    expect(response.remote).toEqual({ address: "127.0.0.1", port: server.port });
    expect(response.url.href).toBe(`${server.url}/a`);
    expect(await response.body.text()).toBe("some text");
    const { fields, undeclared, dropped } = await response.trailers;
    expect([fields.toJSON(), undeclared, dropped]).toEqual([
      { "x-rows": "7", "x-more": "m" },
      ["x-more"],
      [],
    ]);
    expect(await response.ending).toEqual({ outcome: "complete" });
  });

  test.each([
    ["HEAD", 200, { "content-length": "5", "content-encoding": "gzip" }],
    ["GET", 204, {}],
    ["GET", 304, { "content-length": "5" }],
    ["GET", 200, { "content-length": "0", "content-encoding": "gzip" }],
    ["GET", 200, { "content-encoding": "gzip" }],
  ])("to %s with %i and %j has no body", async (method, status, fields) => {
    const server = await nodeServer((stream) =>
      stream.respond({ ":status": status, ...fields }, { endStream: true }),
    );
    const response = await client().request(server.url, { method });
    expect(response.status).toBe(status);
    expect(await response.body.text()).toBe("");
    expect((await response.ending).outcome).toBe("complete");
    expect((await response.trailers).fields.size).toBe(0);
  });

  test("is decoded, and its digests are checked", async () => {
    const coded = gzipSync("a".repeat(100_000));
    const { createHash } = await import("node:crypto");
    const digest = (octets: Buffer): string =>
      `sha-256=:${createHash("sha256").update(octets).digest("base64")}:`;
    const server = await nodeServer((stream, headers) => {
      const wrong = headers[":path"] === "/wrong";
      stream.respond({
        "content-encoding": "gzip",
        "content-digest": digest(wrong ? Buffer.from("x") : coded),
      });
      if (headers[":path"] === "/cut") stream.end(coded.subarray(0, -1));
      else stream.end(coded);
    });
    const http = client();
    expect(await (await http.request(server.url)).body.text()).toBe("a".repeat(100_000));
    expect(await codeOf((await http.request(`${server.url}/wrong`)).body.text())).toBe(
      "ERR_SLUICE_DIGEST_MISMATCH",
    );
    const cut = await http.request(`${server.url}/cut`, { verify: false });
    expect(await codeOf(cut.body.text())).toBe("ERR_SLUICE_CODED_TRUNCATED");
    expect(server.sessions).toHaveLength(1);
  });

  test("arrives as it is sent, and chunks() shows what came at once", async () => {
    let next!: () => void;
    const server = await nodeServer(async (stream) => {
      stream.respond();
      for (const piece of ["one", "two", "three"]) {
        stream.write(piece);
        await new Promise<void>((resolve) => (next = resolve));
      }
      stream.end();
    });
    const response = await client().request(server.url, { chunks: true });
    const seen: [number, number, string][] = [];
    for await (const { number, size, payload } of response.body.chunks()) {
      seen.push([number, size, Buffer.from(payload).toString()]);
      next();
    }
    expect(seen).toEqual([
      [1, 3, "one"],
      [2, 3, "two"],
      [3, 5, "three"],
    ]);
  });

  test("comes after interim ones", async () => {
    const server = await nodeServer((stream) => {
      stream.additionalHeaders({ ":status": 102 });
      stream.additionalHeaders({ ":status": 103, link: "</a.css>" });
      stream.respond();
      stream.end("a");
    });
    const informed: [number, string | undefined][] = [];
    const response = await client().request(server.url, {
      onInformational: (status, headers) => informed.push([status, headers.get("link")]),
    });
    expect(await response.body.text()).toBe("a");
    expect(informed).toEqual([
      [102, undefined],
      [103, "</a.css>"],
    ]);
  });

  test("comes after a bounded number of interim ones", async () => {
    const server = await nodeServer((stream) => {
      for (let count = 0; count < 5; count++) stream.additionalHeaders({ ":status": 103 });
      stream.respond({}, { endStream: true });
    });
    for (const [interim, code] of [
      [5, undefined],
      [4, "ERR_SLUICE_TOO_MANY_INTERIM"],
    ] as const) {
      const answer = client().request(server.url, { limits: { interim } });
      if (code === undefined) expect((await answer).status).toBe(200);
      else expect(await codeOf(answer)).toBe(code);
    }
  });

  test("is told of, as the request is", async () => {
    const server = await nodeServer((stream) => stream.respond({ "x-a": "1" }, { endStream: true }));
    const told: any[] = [];
    const listener = (message: unknown): void => void told.push(message);
    diagnostics.request.subscribe(listener);
    diagnostics.response.subscribe(listener);
    try {
      await client().request(`${server.url}/a?b`, {
        headers: { "X-B": "2" },
        decode: false,
        teTrailers: false,
      });
    } finally {
      diagnostics.request.unsubscribe(listener);
      diagnostics.response.unsubscribe(listener);
    }
    expect(told[0]).toEqual({
      url: `${server.url}/a?b`,
      head: `GET /a?b HTTP/2\r\nhost: 127.0.0.1:${server.port}\r\nx-b: 2\r\n\r\n`,
    });
    expect(told[1]).toMatchObject({ httpVersion: "2.0", status: 200, reason: "" });
    expect(told[1].headers.get("x-a")).toBe("1");
  });

  test("may redirect", async () => {
    const server = await nodeServer((stream, { ":path": path }) => {
      if (path === "/") stream.respond({ ":status": 302, location: "/b" }, { endStream: true });
      else if (path === "/b") {
        stream.respond({ ":status": 307, location: "/c" });
        stream.end("moved");
      } else {
        stream.respond();
        stream.end("here");
      }
    });
    const response = await client().request(server.url);
    expect(await response.body.text()).toBe("here");
    expect(response.redirects.map(({ pathname }) => pathname)).toEqual(["/", "/b"]);
    expect(server.sessions).toHaveLength(1);
  });

  test("may be given up: the stream is reset, and the connection goes on", async () => {
    const codes: number[] = [];
    const server = await nodeServer((stream, { ":path": path }) => {
      stream.respond();
      if (path === "/long") {
        stream.write("x".repeat(10_000));
        stream.on("close", () => codes.push(stream.rstCode));
      } else stream.end("a");
    });
    const http = client();
    for await (const _ of (await http.request(`${server.url}/long`)).body) break;
    const discarded = await http.request(`${server.url}/long`);
    await discarded.body.discard();
    expect(await discarded.ending).toMatchObject({ outcome: "aborted", by: "reader" });
    const controller = new AbortController();
    const aborted = await http.request(`${server.url}/long`, { signal: controller.signal });
    const rest = rejection(aborted.body.text());
    controller.abort(new Error("enough"));
    expect((await rest).code).toBe("ERR_SLUICE_ABORTED");
    expect(await aborted.ending).toMatchObject({ outcome: "aborted", by: "signal" });
    await expect.poll(() => codes).toEqual(Array(3).fill(constants.NGHTTP2_CANCEL));
    expect(await read(http.request(server.url))).toEqual({ text: "a", outcome: "complete" });
    expect(server.sessions).toHaveLength(1);
  });

  test("may be given up before it has begun", async () => {
    let code: number | undefined;
    const server = await nodeServer((stream, { ":path": path }) => {
      if (path === "/never") stream.on("close", () => (code = stream.rstCode));
      else stream.respond({}, { endStream: true });
    });
    const http = client();
    await http.request(server.url);
    const controller = new AbortController();
    const answer = codeOf(http.request(`${server.url}/never`, { signal: controller.signal }));
    await turn();
    controller.abort();
    expect(await answer).toBe("ERR_SLUICE_ABORTED");
    await expect.poll(() => code).toBe(constants.NGHTTP2_CANCEL);
    expect((await http.request(server.url)).status).toBe(200);
    expect(server.sessions).toHaveLength(1);
  });
});

describe("a request", () => {
  test("has its target and fields in their places, names in lower case", async () => {
    const server = await nodeServer((stream, headers) => {
      stream.respond();
      stream.end(JSON.stringify(headers));
    });
    const response = await client().request(`http://user:pass@127.0.0.1:${server.port}/a?b=c`, {
      method: "DELETE",
      headers: [
        ["X-Upper", "1"],
        ["x-two", "a"],
        ["X-Two", "b"],
        ["Connection", "close"],
        ["TE", "gzip, trailers"],
        ["Host", "example.org"],
      ],
      decode: false,
    });
    expect(await response.body.json()).toEqual({
      ":method": "DELETE",
      ":scheme": "http",
      ":authority": "example.org",
      ":path": "/a?b=c",
      "x-upper": "1",
      "x-two": "a, b",
      te: "trailers",
      authorization: `Basic ${Buffer.from("user:pass").toString("base64")}`,
    });
  });

  test("says nothing of TE but trailers", async () => {
    const server = await nodeServer((stream, { te = "nothing" }) => {
      stream.respond();
      stream.end(te);
    });
    for (const [headers, te] of [
      [{}, "trailers"],
      [{ TE: "gzip;q=0.5, Trailers" }, "trailers"],
      [{ TE: "gzip" }, "nothing"],
    ] as const)
      expect((await read(client().request(server.url, { headers: headers as never }))).text).toBe(te);
  });

  test.each([
    ["Transfer-Encoding", "chunked", "ERR_SLUICE_FRAMING_FIELD"],
    ["Connection", "keep-alive", "ERR_SLUICE_FRAMING_FIELD"],
    ["Upgrade", "h2c", "ERR_SLUICE_FRAMING_FIELD"],
    ["Keep-Alive", "1", "ERR_SLUICE_FRAMING_FIELD"],
    ["Content-Length", "3", "ERR_SLUICE_LENGTH_MISMATCH"],
    ["Content-Length", "-3", "ERR_SLUICE_FRAMING_FIELD"],
    ["Host", "a b", "ERR_SLUICE_INVALID_FIELD"],
  ])("with %s: %s is refused before anything is sent", async (name, value, code) => {
    let requests = 0;
    const server = await nodeServer((stream) => {
      requests++;
      stream.respond({}, { endStream: true });
    });
    const http = client();
    const error = await rejection(http.request(server.url, { headers: { [name]: value }, body: "ab" }));
    expect([error.name, error.code]).toEqual(["UsageError", code]);
    expect((await http.request(server.url)).status).toBe(200);
    expect(requests).toBe(1);
  });

  test("with two lines of a field that is no list is refused", async () => {
    const server = await nodeServer((stream) => stream.respond({}, { endStream: true }));
    const headers: [string, string][] = [
      ["Content-Type", "a/b"],
      ["content-type", "c/d"],
    ];
    expect(await codeOf(client().request(server.url, { headers }))).toBe("ERR_SLUICE_REPEATED_FIELD");
  });

  test.each(Object.keys(SOURCES))("has a body from %s", async (name) => {
    const server = await nodeServer(async (stream) => {
      stream.respond();
      stream.end(await gathered(stream));
    });
    const { text, outcome } = await read(client().request(server.url, { body: SOURCES[name]() as never }));
    expect([text, outcome]).toEqual([WHOLE, "complete"]);
  });

  test.each([
    ["text", "höher", "6"],
    ["nothing", "", "0"],
    ["bytes", new Uint8Array(100_000), "100000"],
    ["an iterable", ["a", "b"], undefined],
  ])("announces the length of %s: %#", async (_what, body, length) => {
    const server = await nodeServer(async (stream, headers) => {
      const octets = (await gathered(stream)).length;
      stream.respond({ "x-length": headers["content-length"] ?? "none" });
      stream.end(String(octets));
    });
    const response = await client().request(server.url, { body });
    expect(response.headers.get("x-length")).toBe(length ?? "none");
    await response.body.text();
  });

  test("has trailers, and a digest among them", async () => {
    const server = await nodeServer(async (stream, headers) => {
      const trailers = once(stream, "trailers");
      const body = await gathered(stream);
      const [section] = await trailers;
      stream.respond({ "content-type": "application/json" });
      stream.end(JSON.stringify({ body, announced: headers["trailer"], section }));
    });
    const response = await client().request(server.url, {
      body: ["a", "b"],
      digest: "sha-256",
      trailers: { "x-rows": () => "2" },
    });
    const { body, announced, section } = (await response.body.json()) as {
      body: string;
      announced: string;
      section: Record<string, string>;
    };
    expect([body, section["x-rows"]]).toEqual(["ab", "2"]);
    expect(announced.toLowerCase()).toContain("x-rows");
    expect(section["content-digest"]).toContain("sha-256=:");
  });

  test("waits for 100 (Continue), and for no longer than it should", async () => {
    const server = await nodeServer(async (stream, { ":path": path, expect: expectation }) => {
      if (path === "/asks") stream.additionalHeaders({ ":status": 100 });
      if (path === "/refuses") {
        stream.respond({ ":status": 413 });
        stream.end("too much");
        return;
      }
      const body = await gathered(stream);
      stream.respond();
      stream.end(`${expectation}: ${body}`);
    });
    server.server.on("checkContinue", () => {});
    const http = client();
    const options = { body: "ab", expectContinue: true };
    const asked = await read(http.request(`${server.url}/asks`, { ...options, timeouts: { continue: 0 } }));
    expect(asked.text).toBe("100-continue: ab");
    const silent = await read(
      http.request(`${server.url}/silent`, { ...options, timeouts: { continue: 50 } }),
    );
    expect(silent.text).toBe("100-continue: ab");
    const refused = await http.request(`${server.url}/refuses`, { ...options, timeouts: { continue: 0 } });
    expect([refused.status, await refused.body.text()]).toEqual([413, "too much"]);
    expect(server.sessions).toHaveLength(1);
  });

  test("whose source throws is cut, and no server takes it for complete", async () => {
    const ends: [string, number][] = [];
    const server = await nodeServer((stream, { ":path": path }) => {
      if (path === "/fine") {
        stream.respond({}, { endStream: true });
        return;
      }
      let clean = false;
      stream.on("data", () => {});
      stream.on("end", () => (clean = !stream.aborted));
      stream.on("close", () => ends.push([clean ? "clean" : "cut", stream.rstCode]));
    });
    const http = client();
    const reason = new Error("no more rows");
    const error = await rejection(
      http.request(server.url, {
        body: (async function* () {
          yield "some";
          await turn();
          throw reason;
        })(),
      }),
    );
    expect(error).toBe(reason);
    await expect.poll(() => ends).toEqual([["cut", constants.NGHTTP2_INTERNAL_ERROR]]);
    expect((await http.request(`${server.url}/fine`)).status).toBe(200);
    expect(server.sessions).toHaveLength(1);
  });

  test.each([
    ["text", "a".repeat(2_000_000)],
    ["octets", Buffer.alloc(2_000_000, "a")],
  ])(
    "that is one big piece of %s may be taken slowly, in more time than it may stand still",
    async (_name, body) => {
      const server = await nodeServer(async (stream) => {
        let length = 0;
        for await (const piece of stream) {
          const rounds = Math.floor((length + piece.length) / 65_536) - Math.floor(length / 65_536);
          length += piece.length;
          if (rounds > 0) await sleep(30 * rounds);
        }
        stream.respond();
        stream.end(String(length));
      });
      const slow = open({ http2: "cleartext", timeouts: { head: 0, body: 400 } });
      const begun = performance.now();
      expect((await read(slow.request(server.url, { body }))).text).toBe("2000000");
      expect(performance.now() - begun).toBeGreaterThan(400);
    },
  );

  test("may still be sent while its response is read", async () => {
    const server = await nodeServer((stream) => {
      stream.respond();
      stream.pipe(stream);
    });
    let give!: (piece: string) => void;
    const given = async function* (): AsyncGenerator<string> {
      for (;;) {
        const piece = await new Promise<string>((resolve) => (give = resolve));
        if (piece === "") return;
        yield piece;
      }
    };
    const response = await client().request(server.url, { body: given() });
    const pieces: string[] = [];
    give("one");
    for await (const piece of response.body) {
      pieces.push(Buffer.from(piece).toString());
      give(pieces.length === 1 ? "two" : "");
    }
    expect(pieces).toEqual(["one", "two"]);
    expect(await response.ending).toEqual({ outcome: "complete" });
  });

  test.each<[string, StreamHandler]>([
    [
      "is a refusal that is complete",
      (stream) => {
        stream.respond({ ":status": 403 });
        stream.end("enough");
      },
    ],
    [
      "is complete, and the server wants no more (NO_ERROR)",
      (stream) => {
        stream.respond();
        stream.end("enough");
        stream.close(constants.NGHTTP2_NO_ERROR);
      },
    ],
  ])("is given up where the response %s", async (_, answer) => {
    let left: unknown;
    const server = await nodeServer(answer);
    const response = await client().request(server.url, {
      body: async (out) => {
        try {
          for (;;) {
            await out.write("x".repeat(1000));
            await turn();
          }
        } catch (error) {
          left = error;
        }
      },
    });
    expect(await response.body.text()).toBe("enough");
    expect((await response.ending).outcome).toBe("complete");
    await expect.poll(() => left).toMatchObject({ code: "ERR_SLUICE_ANSWERED" });
  });
});
