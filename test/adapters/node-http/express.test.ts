// Express 5, also with the middleware `compression` mounted.

import { createServer } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import compression from "compression";
import express, { type Express } from "express";
import { describe, expect, test } from "vitest";
import { type SendOptions, send, toListener } from "../../../src/adapters/node-http/index.ts";
import { content, json, sse, stream, text } from "../../../src/index.ts";
import { request } from "../../support/servers.ts";
import { listening, type NodeServer, takeErrors } from "./node-servers.ts";

function onExpress(prepare: (app: Express, options: SendOptions) => void): Promise<NodeServer> {
  const errors: unknown[] = [];
  const app = express();
  prepare(app, { onError: (error) => errors.push(error) });
  return listening(createServer(app), errors);
}

describe("Express", () => {
  test("has handlers as routes, and replies in routes", async () => {
    const server = await onExpress((app, options) => {
      app.get(
        "/listener",
        toListener(({ path }) => text(path), options),
      );
      app.get("/rivers/:river", (req, res) => {
        res.status(201).cookie("a", "1");
        return send(text(req.params.river), req, res, options);
      });
    });
    const client = await server.connect();
    client.write(request("/listener") + request("HEAD /listener") + request("/rivers/elbe"));
    expect((await client.response()).body).toBe("/listener");
    expect((await client.response("HEAD")).headers.get("content-length")).toBe("9");
    const river = await client.response();
    expect(river).toMatchObject({ status: 201, reason: "Created", body: "elbe" });
    expect(river.headers.get("set-cookie")).toBe("a=1; Path=/");
    expect(river.headers.get("x-powered-by")).toBe("Express");
  });

  test("keeps the path that a handler is mounted on", async () => {
    const server = await onExpress((app, options) => {
      app.use(
        "/mounted",
        toListener(({ target, url }) => text(`${target} ${url.href}`), options),
      );
    });
    const client = await server.connect();
    client.write(request("/mounted/here?a=1", ["Host: river"]));
    expect((await client.response()).body).toBe("/mounted/here?a=1 http://river/mounted/here?a=1");
  });

  test("a body that a parser has read can't be read again; its trailers are there, and one without it can", async () => {
    const server = await onExpress((app, options) => {
      app.use(express.json());
      app.post(
        "/",
        toListener(async ({ body }) => {
          const error = await body.text().catch(({ code }: { code: string }) => code);
          return text(`${error} ${(await body.trailers).fields.get("x-sum")}`);
        }, options),
      );
    });
    const client = await server.connect();
    const chunks = '9\r\n{"a":"b"}\r\n0\r\nX-Sum: 2\r\n\r\n';
    const chunked = ["Transfer-Encoding: chunked", "Content-Type: application/json"];
    client.write(request("POST /", chunked, chunks));
    client.write(request("POST /", ["Content-Type: text/plain", "Content-Length: 5"], "water"));
    client.write(request("POST /"));
    expect((await client.response()).body).toBe("ERR_SLUICE_BODY_USED 2");
    expect((await client.response()).body).toBe("water undefined");
    expect((await client.response()).body).toBe(" undefined");
  });

  test("an answer may be promised", async () => {
    const server = await onExpress((app, options) => {
      app.get("/", (req, res) => send(Promise.resolve(text("kept")), req, res, options));
      app.get("/broken", (req, res) => send(Promise.reject(new Error("meant")), req, res, options));
    });
    const client = await server.connect();
    client.write(request("/") + request("/broken"));
    expect((await client.response()).body).toBe("kept");
    expect((await client.response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("its error middleware isn't called: onError is", async () => {
    let called = false;
    const server = await onExpress((app, options) => {
      app.get("/", (req, res) => send(() => Promise.reject(new Error("meant")), req, res, options));
      app.use((_: unknown, __: unknown, res: express.Response, ___: unknown) => {
        called = true;
        res.end();
      });
    });
    const client = await server.connect();
    expect((await client.write(request("/")).response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
    expect(called).toBe(false);
  });
});

/** Events, the second of them made when it is let. */
function gated() {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const reply = sse(async function* () {
    yield { data: "first" };
    await gate;
    yield { data: "second" };
  });
  return { reply, go };
}

const LONG = "water under the bridge ".repeat(200);

describe.each([
  ["by Sluice", undefined],
  ["by compression", false],
])("Express with compression, coded %s", (by, compress) => {
  const ours = by === "by Sluice";

  const onCompressed = (prepare: (app: Express, options: SendOptions) => void) =>
    onExpress((app, options) => {
      app.use(compression());
      prepare(app, { ...options, compress });
    });

  test.each(["gzip", "br"])("events leave when they happen, in %s", async (coding) => {
    const { reply, go } = gated();
    const server = await onCompressed((app, options) => {
      app.get("/", (req, res) => send(reply, req, res, options));
    });
    const response = await fetch(`http://127.0.0.1:${server.port}/`, {
      headers: { "accept-encoding": coding },
    });
    expect(response.headers.get("content-encoding")).toBe(coding);
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("data: first\n\n");
    go();
    expect((await reader.read()).value).toBe("data: second\n\n");
    expect((await reader.read()).done).toBe(true);
  });

  test("a text is coded once, with no length but its own", async () => {
    const server = await onCompressed((app, options) => {
      app.get("/", (req, res) => send(text(LONG), req, res, options));
    });
    const client = await server.connect();
    client.write(
      request("/", ["Accept-Encoding: gzip"]) + request("/", ["Accept-Encoding: br"]) + request("/"),
    );
    const gzip = await client.response();
    expect(gunzipSync(Buffer.from(gzip.body, "latin1")).toString()).toBe(LONG);
    expect(gzip.headers.get("content-length")).toBe(ours ? String(gzip.body.length) : undefined);
    expect(brotliDecompressSync(Buffer.from((await client.response()).body, "latin1")).toString()).toBe(LONG);
    expect((await client.response()).body).toBe(LONG);
  });

  test("HEAD is what GET would be, and the connection goes on", async () => {
    const server = await onCompressed((app, options) => {
      app.get("/", (req, res) => send(text(LONG), req, res, options));
    });
    const client = await server.connect();
    client.write(request("HEAD /", ["Accept-Encoding: gzip"]) + request("/"));
    expect(await client.response("HEAD")).toMatchObject({ status: 200, body: "" });
    expect((await client.response()).body).toBe(LONG);
  });

  test("a part is not coded", async () => {
    const server = await onCompressed((app, options) => {
      const levels = content("text/plain", LONG);
      app.get("/", (req, res) => send(levels, req, res, options));
    });
    const client = await server.connect();
    client.write(request("/", ["Accept-Encoding: gzip", "Range: bytes=0-1999"]));
    const { status, headers, body } = await client.response();
    expect(status).toBe(206);
    expect(headers.has("content-encoding")).toBe(false);
    expect(headers.get("content-length")).toBe("2000");
    expect(headers.has("cache-control")).toBe(false);
    expect(body).toBe(LONG.slice(0, 2000));
  });

  test("one strong entity tag has one content", async () => {
    const server = await onCompressed((app, options) => {
      const levels = content("text/plain", LONG);
      app.get("/", (req, res) => send(levels, req, res, options));
    });
    const client = await server.connect();
    client.write(request("/", ["Accept-Encoding: gzip"]) + request("/"));
    const [one, two] = [await client.response(), await client.response()];
    expect(one.headers.get("etag") === two.headers.get("etag")).toBe(one.body === two.body);
  });

  test("digests are true of what arrives, as fields and as trailers", async () => {
    const server = await onCompressed((app, options) => {
      app.get("/text", (req, res) => send(json(LONG, { digest: "sha-256" }), req, res, options));
      const pieces = [LONG, LONG];
      app.get("/", (req, res) =>
        send(stream("text/plain", pieces, { digest: "sha-256" }), req, res, options),
      );
    });
    const client = await server.connect();
    for (const path of ["/text", "/"]) {
      client.write(request(path, ["Accept-Encoding: gzip", "TE: trailers"]));
      const { body, headers, trailers } = await client.response();
      const octets = new Uint8Array(await crypto.subtle.digest("SHA-256", Buffer.from(body, "latin1")));
      const digest = headers.get("content-digest") ?? trailers.get("content-digest");
      expect(digest).toBe(`sha-256=:${Buffer.from(octets).toString("base64")}:`);
    }
  });

  test("trailers arrive behind what is coded", async () => {
    const server = await onCompressed((app, options) => {
      const reply = stream("text/plain", [LONG], { trailers: { "X-Count": () => "1" } });
      app.get("/", (req, res) => send(reply, req, res, options));
    });
    const client = await server.connect();
    const response = await client.write(request("/", ["Accept-Encoding: gzip", "TE: trailers"])).response();
    expect(gunzipSync(Buffer.from(response.body, "latin1")).toString()).toBe(LONG);
    expect(response.trailers.get("x-count")).toBe("1");
  });

  test("what says that it is not to be coded isn't", async () => {
    const server = await onCompressed((app, options) => {
      app.get("/reply", (req, res) =>
        send(stream("text/plain", [LONG], { compress: false }), req, res, options),
      );
      const headers = { "Cache-Control": "no-transform" };
      app.get("/field", (req, res) => send(stream("text/plain", [LONG], { headers }), req, res, options));
    });
    const client = await server.connect();
    for (const path of ["/reply", "/field"]) {
      const { body, headers } = await client.write(request(path, ["Accept-Encoding: gzip"])).response();
      expect(body).toBe(LONG);
      expect(headers.get("cache-control")).toBe(path === "/field" ? "no-transform" : undefined);
    }
  });

  test("a body that fails ends without the last chunk", async () => {
    let fail: (reason: Error) => void = () => {};
    const server = await onCompressed((app, options) => {
      const reply = stream("text/plain", async function* () {
        yield LONG;
        await new Promise((_, reject) => (fail = reject));
      });
      app.get("/", (req, res) => send(reply, req, res, options));
    });
    const client = await server.connect();
    await client
      .write(request("/", ["Accept-Encoding: gzip"]))
      .until((all) => /\r\n\r\n[0-9a-f]+\r\n/.test(all));
    fail(new Error("meant"));
    expect((await client.response()).complete).toBe(false);
    await takeErrors(server);
  });

  test("a reader that stops is waited for", async () => {
    let pulled = 0;
    let stopped = false;
    const server = await onCompressed((app, options) => {
      const reply = stream("text/plain", async function* () {
        try {
          for (;;) {
            pulled++;
            // What doesn't shrink.
            yield Buffer.from(crypto.getRandomValues(new Uint8Array(16 * 1024))).toString("latin1");
          }
        } finally {
          stopped = true;
        }
      });
      app.get("/", (req, res) => send(reply, req, res, options));
    });
    const client = await server.connect();
    await client.write(request("/", ["Accept-Encoding: gzip"])).until((all) => all.length > 10_000);
    client.pause();
    let before = -1;
    await expect
      .poll(
        () => {
          const still = pulled === before;
          before = pulled;
          return still;
        },
        { interval: 100, timeout: 8000 },
      )
      .toBe(true);
    expect(pulled).toBeLessThan(2000);
    client.destroy();
    await expect.poll(() => stopped, { interval: 5, timeout: 1000 }).toBe(true);
  });
});
