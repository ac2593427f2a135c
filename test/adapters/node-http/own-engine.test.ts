// `send` on the responses of this package's own createServer, which imitate those of node:http.

import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import compression from "compression";
import express from "express";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createServer, type HttpServer, send, toListener } from "../../../src/adapters/node-http/index.ts";
import { content, type Handler, stream, text } from "../../../src/index.ts";
import { destroyClients, RawClient } from "../../support/raw-client.ts";
import { request } from "../../support/servers.ts";

const servers: HttpServer[] = [];
const errors: unknown[] = [];

afterEach(async () => {
  destroyClients();
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    await closed;
  }
  expect(errors.splice(0)).toEqual([]);
});

async function on(listener: Parameters<typeof createServer>[1]): Promise<RawClient> {
  const server = createServer({}, listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  return RawClient.connect(port);
}

const onError = (error: unknown): unknown => errors.push(error);

describe("on the engine by its createServer", () => {
  test("texts, streams, trailers, hints, parts and HEAD are what they are on node:http", async () => {
    const levels = content("text/plain", "0123456789");
    const handler: Handler = (incoming) => {
      if (incoming.path === "/levels") return levels;
      incoming.informational(103, { Link: "</a.css>; rel=preload" });
      return stream("text/plain", ["one ", "two"], { trailers: { "X-Count": () => "2" } });
    };
    const client = await on(toListener(handler, { onError }));
    client.write(
      request("HEAD /levels") + request("/levels", ["Range: bytes=2-4"]) + request("/", ["TE: trailers"]),
    );
    expect((await client.response("HEAD")).headers.get("content-length")).toBe("10");
    expect(await client.response()).toMatchObject({ status: 206, body: "234" });
    expect((await client.response()).status).toBe(103);
    const streamed = await client.response();
    expect(streamed.chunks).toEqual(["one ", "two"]);
    expect(streamed.trailers.get("x-count")).toBe("2");
  });

  test("a body that fails is cut, and one that fails first is a 500", async () => {
    const client = await on(
      toListener(
        ({ path }) =>
          stream("text/plain", async function* () {
            if (path === "/") yield "first";
            await Promise.resolve();
            throw new Error("meant");
          }),
        { onError },
      ),
    );
    client.write(request("/early") + request("/"));
    expect((await client.response()).status).toBe(500);
    expect(await client.response()).toMatchObject({ body: "first", complete: false });
    expect(errors.splice(0)).toHaveLength(2);
  });

  test("a reader that leaves stops the source", async () => {
    let stopped = false;
    const client = await on(
      toListener(
        () =>
          stream("text/plain", async function* () {
            try {
              for (;;) yield "x".repeat(10_000);
            } finally {
              stopped = true;
            }
          }),
        { onError },
      ),
    );
    await client.write(request("/")).until("x");
    client.destroy();
    await expect.poll(() => stopped, { interval: 5, timeout: 1000 }).toBe(true);
  });

  test("an upload arrives", async () => {
    const client = await on(toListener(async ({ body }) => text(await body.text()), { onError }));
    client.write(
      request("POST /", ["Content-Length: 5"], "water") + request("POST /", ["Content-Length: 4"], "wine"),
    );
    expect((await client.response()).body).toBe("water");
    expect((await client.response()).body).toBe("wine");
  });

  /** What the system is given of a view that a reply has, and what `write` gets that middleware has put in front. */
  async function givenOf(prepare: (response: ServerResponse, seen: unknown[]) => void) {
    const view = new Uint8Array(10_000).fill(97);
    const given: unknown[] = [];
    const written = vi.spyOn(Socket.prototype, "write");
    const client = await on((req, res) => {
      prepare(res, given);
      void send(stream("application/octet-stream", [view]), req, res, { compress: false, onError });
    });
    const { body } = await client.write(request("/")).response();
    given.push(...written.mock.calls.map(([piece]) => piece));
    written.mockRestore();
    expect(body).toBe("a".repeat(view.length));
    return given.filter((piece) => piece instanceof Uint8Array).map(({ buffer }) => buffer === view.buffer);
  }

  test("a big view leaves as it is: what the engine puts on its responses is nobody's wrapper", async () => {
    expect(await givenOf(() => {})).toEqual([true]);
  });

  test("middleware that wraps write gets a copy, which it may keep", async () => {
    const copies = await givenOf((response, seen) => {
      const write = response.write.bind(response) as (...given: unknown[]) => boolean;
      response.write = ((piece: unknown, ...more: unknown[]) => {
        seen.push(piece);
        return write(piece, ...more);
      }) as typeof response.write;
    });
    expect(copies).toEqual([false, false]);
  });

  test("Express with compression answers there, too", async () => {
    const app = express();
    app.use(compression());
    const levels = content("text/plain", "water ".repeat(1000));
    app.get("/", (req, res) => send(levels, req, res, { onError }));
    const client = await on(app);
    client.write(
      request("/", ["Accept-Encoding: gzip", "Range: bytes=0-3"]) + request("/", ["Accept-Encoding: gzip"]),
    );
    const part = await client.response();
    expect(part).toMatchObject({ status: 206, body: "wate" });
    expect(part.headers.has("content-encoding")).toBe(false);
    expect((await client.response()).headers.get("content-encoding")).toBe("gzip");
  });
});
