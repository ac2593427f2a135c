// Heads that the host refuses, and framing that somebody has set on the response before.

import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { send } from "../../../src/adapters/node-http/index.ts";
import { type Reply, stream, text } from "../../../src/index.ts";
import { request } from "../../support/servers.ts";
import {
  askHttp2,
  listening,
  type NodeServer,
  onNodeHttp2,
  onOwnListener,
  takeErrors,
} from "./node-servers.ts";
import { createServer as createHttp2Server } from "node:http2";

const WORDS = ["one ", "two"];

const words = (options = {}): Reply =>
  stream(
    "text/plain",
    async function* () {
      for (const word of WORDS) {
        await Promise.resolve();
        yield word;
      }
    },
    options,
  );

const TRAILERS = { trailers: { "x-t": () => "1" }, trailersAlways: true };

/** A server that prepares its response before it sends a reply by it, but not where a second request asks for `/next`. */
function prepared(prepare: (response: ServerResponse) => void, reply: () => Reply): Promise<NodeServer> {
  return onOwnListener((options) => (req, res) => {
    if (req.url === "/next") return res.end("next");
    prepare(res);
    return send(reply(), req, res, options);
  });
}

const REPLIES: readonly [string, () => Reply][] = [
  ["a text", () => text("whole")],
  ["a stream that waits", () => words()],
  ["a stream that doesn't", () => stream("text/plain", WORDS)],
  ["no body", () => ({ status: 204, headers: {}, body: null })],
];

describe.each(REPLIES)("a host that refuses the head of %s", (_name, reply) => {
  test("once: a 500 takes its place, and nothing of the answer leaves with it", async () => {
    const server = await prepared(
      (res) => {
        res.setHeader("x-own", "1");
        res.setHeader("set-cookie", "own=1");
        const writeHead = res.writeHead.bind(res) as (...given: unknown[]) => typeof res;
        res.writeHead = () => {
          res.writeHead = writeHead;
          throw new Error("meant");
        };
      },
      () => {
        const made = reply();
        return {
          ...made,
          headers: [...Object.entries(made.headers), ["Set-Cookie", "a=1"], ["x-a", "1"]],
        };
      },
    );
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response).toMatchObject({ status: 500, complete: true });
    expect(["x-own", "set-cookie", "x-a"].map((name) => response.headers.get(name))).toEqual([
      "1",
      "own=1",
      undefined,
    ]);
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
    expect(await client.write(request("/next")).response()).toMatchObject({ body: "next" });
  });

  test("always: the connection is cut", async () => {
    const server = await prepared((res) => {
      res.writeHead = () => {
        throw new Error("meant");
      };
    }, reply);
    const client = await server.connect();
    client.write(request("/"));
    expect(["FIN", "RST"]).toContain(await client.ending());
    expect(await takeErrors(server, 2)).toMatchObject([{ message: "meant" }, { message: "meant" }]);
  });

  test("when it has left: the connection is cut", async () => {
    const server = await prepared((res) => {
      const writeHead = res.writeHead.bind(res) as (...given: unknown[]) => typeof res;
      res.writeHead = function late(...given: unknown[]) {
        writeHead(...given);
        throw new Error("meant");
      };
    }, reply);
    const client = await server.connect();
    client.write(request("/"));
    expect(["FIN", "RST"]).toContain(await client.ending());
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });
});

describe("framing that was set on the response", () => {
  test.each([
    ["transfer-encoding", "identity"],
    ["transfer-encoding", "gzip"],
    ["transfer-encoding", "gzip, chunked"],
    ["transfer-encoding", "chunked"],
    ["upgrade", "x"],
    ["keep-alive", "timeout=99"],
    ["connection", "upgrade"],
    ["connection", "keep-alive"],
    ["http2-settings", "AAMAAABk"],
    ["content-length", "2"],
    ["trailer", "x-t"],
  ])("%s: %s is not the reply's", async (name, value) => {
    const server = await prepared((res) => res.setHeader(name, value), words);
    const client = await server.connect();
    const response = await client.write(request("/") + request("/next")).response();
    expect(response).toMatchObject({ status: 200, chunks: WORDS, complete: true });
    expect(response.headers.get("transfer-encoding")).toBe("chunked");
    for (const each of ["upgrade", "http2-settings", "trailer"])
      expect(response.headers.has(each), each).toBe(false);
    expect(response.headers.get("connection") ?? "").not.toMatch(/upgrade/);
    expect(response.headers.get("keep-alive") ?? "").not.toMatch(/99/);
    expect(await client.response()).toMatchObject({ body: "next" });
  });

  test.each(["close", "Close, x"])("Connection: %s is obeyed", async (value) => {
    const server = await prepared((res) => res.setHeader("Connection", value), words);
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response).toMatchObject({ chunks: WORDS, complete: true });
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test("Connection: keep-alive keeps no connection that its client closes", async () => {
    const server = await prepared((res) => res.setHeader("Connection", "keep-alive"), words);
    const client = await server.connect();
    const response = await client.write(request("/", ["Connection: close"])).response();
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test("a client of HTTP/1.0 gets no chunks", async () => {
    const server = await prepared((res) => res.setHeader("Transfer-Encoding", "gzip"), words);
    const client = await server.connect();
    client.write("GET / HTTP/1.0\r\n\r\n");
    const all = await client.until("one two");
    expect(all).not.toMatch(/transfer-encoding/i);
    expect(await client.ending()).toBe("FIN");
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["a coding that is removed", (res) => res.removeHeader("Transfer-Encoding")],
    ["another coding", (res) => res.setHeader("Transfer-Encoding", "identity")],
  ])("trailers leave in spite of %s", async (_name, prepare) => {
    for (const reply of [() => words(TRAILERS), () => text("one two", TRAILERS)]) {
      const server = await prepared(prepare, reply);
      const client = await server.connect();
      const response = await client.write(request("/") + request("/next")).response();
      expect(response).toMatchObject({ body: "one two", complete: true });
      expect(response.trailers.get("x-t")).toBe("1");
      expect(await client.response()).toMatchObject({ body: "next" });
    }
  });
});

describe("on node:http2", () => {
  test("a head that it refuses is a 500", async () => {
    const errors: unknown[] = [];
    const server = await listening(
      createHttp2Server((req, res) => {
        const writeHead = res.writeHead.bind(res) as (...given: unknown[]) => typeof res;
        Object.assign(res, {
          writeHead: () => {
            res.writeHead = writeHead;
            throw new Error("meant");
          },
        });
        void send(words(), req, res, { onError: (error) => errors.push(error) });
      }),
      errors,
    );
    const { head, body, code } = await askHttp2(server, "/");
    expect([head[":status"], body, code]).toEqual([500, "500 Internal Server Error\n", 0]);
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("a head that it always refuses is a reset", async () => {
    const errors: unknown[] = [];
    const server = await listening(
      createHttp2Server((req, res) => {
        res.setHeader("location", ["/a", "/b"]);
        void send(words(), req, res, { onError: (error) => errors.push(error) });
      }),
      errors,
    );
    const { head, code } = await askHttp2(server, "/");
    expect([head[":status"], code]).toEqual([undefined, 2]);
    expect((await takeErrors(server, 2)).length).toBe(2);
  });

  test("trailers that it refuses are a reset, and nobody's uncaught exception", async () => {
    const server = await onNodeHttp2(() => words(TRAILERS));
    expect((await askHttp2(server, "/")).trailers).toMatchObject({ "x-t": "1" });
    const refusing = await listening(
      createHttp2Server((req, res) => {
        const sendTrailers = res.stream.sendTrailers.bind(res.stream);
        res.stream.sendTrailers = () => sendTrailers({ ":status": "200", connection: "x" });
        void send(words(TRAILERS), req, res);
      }),
    );
    const { body, code } = await askHttp2(refusing, "/");
    expect([body, code]).toEqual(["one two", 2]);
  });
});
