// oxlint-disable oxc/no-async-endpoint-handlers -- It takes Fastify for Express 4.
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import fastify, { type FastifyInstance } from "fastify";
import { describe, expect, test } from "vitest";
import { RawClient } from "../../../support/raw-client.ts";
import {
  type AnyServer,
  ask,
  type Asked,
  type Create,
  listening,
  onNode,
  onSluice,
  same,
} from "./side-by-side.ts";

/** A small application with what Fastify's documentation shows: schemas, hooks, plugins, streams, hijacking, errors. */
async function app(create: Create): Promise<AnyServer> {
  const site = build(create);
  await site.ready();
  return site.server;
}

function build(create: Create): FastifyInstance {
  const site = fastify({ serverFactory: (handler) => create(handler) as never });
  site.addHook("onRequest", (_request, reply, done) => {
    reply.header("x-hook", "on-request");
    done();
  });
  site.addHook("onSend", async (_request, reply, payload) => {
    reply.header("x-sent", typeof payload);
    return payload;
  });
  site.get("/", (_request, reply) => reply.type("text/plain").send("Hello\n"));
  site.get("/async", async () => ({ hello: "world" }));
  site.get("/request", async (request) => {
    const { method, url, originalUrl, hostname, host, ip, protocol, query, params, is404 } = request;
    return { method, url, originalUrl, hostname, host, ip, protocol, query, params, is404 };
  });
  const schema = {
    params: { type: "object", properties: { id: { type: "integer" } } },
    response: { 200: { type: "object", properties: { id: { type: "integer" } } } },
  };
  site.get("/users/:id", { schema }, async (request) => ({ ...(request.params as object), secret: 1 }));
  site.post("/echo", async (request) => ({ body: request.body }));
  site.get("/stream", (_request, reply) =>
    reply.type("text/plain").send(Readable.from(["one\n", "two\n", "three\n"])),
  );
  site.get("/web-stream", (_request, reply) =>
    reply.send(new Response("of the web", { headers: { "x-web": "1" } })),
  );
  site.get("/buffer", (_request, reply) => reply.send(Buffer.from("büffer")));
  site.get("/empty", (_request, reply) => reply.code(204).send());
  site.get("/moved", (_request, reply) => reply.redirect("/async", 303));
  site.get("/raw", (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/plain" });
    reply.raw.write("raw ");
    reply.raw.end("bytes");
  });
  site.get("/trailer", (_request, reply) => {
    reply.trailer("x-count", (_reply, _payload, done) => done(null, "3"));
    return reply.send("with a trailer");
  });
  site.get("/throws", async () => {
    throw Object.assign(new Error("teapot"), { statusCode: 418 });
  });
  site.get("/broken", (_request, reply) =>
    reply.type("text/plain").send(
      Readable.from(
        (async function* () {
          yield "begun";
          await new Promise(setImmediate);
          throw new Error("broken");
        })(),
      ),
    ),
  );
  site.get("/hints", async (_request, reply) => {
    reply.raw.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
    return "hinted";
  });
  site.register(
    async (inner) => {
      inner.get("/inside", async (request) => request.routeOptions.url);
    },
    { prefix: "/v1" },
  );
  return site;
}

const json = ["Content-Type: application/json"];

const CASES: Record<string, Asked> = {
  hello: { target: "/" },
  "HEAD of it": { method: "HEAD", target: "/" },
  "HTTP/1.0": { target: "/", version: "1.0" },
  "an async handler": { target: "/async" },
  "what the request says": { target: "/request?a=1&a=2" },
  "a schema": { target: "/users/7" },
  "a schema that does not hold": { target: "/users/seven" },
  "a JSON body": { method: "POST", target: "/echo", fields: json, body: '{"a":[1]}' },
  "a JSON body that is none": { method: "POST", target: "/echo", fields: json, body: "{" },
  "a body of a type that nobody parses": {
    method: "POST",
    target: "/echo",
    fields: ["Content-Type: text/odd"],
    body: "odd",
  },
  "a body that is too large": {
    method: "POST",
    target: "/echo",
    fields: json,
    body: `"${"x".repeat(1_100_000)}"`,
  },
  stream: { target: "/stream" },
  "HEAD of a stream": { method: "HEAD", target: "/stream" },
  "a web Response": { target: "/web-stream" },
  "a buffer": { target: "/buffer" },
  "204": { target: "/empty" },
  redirect: { target: "/moved" },
  hijacked: { target: "/raw" },
  trailer: { target: "/trailer" },
  error: { target: "/throws" },
  "not found": { target: "/nowhere" },
  plugin: { target: "/v1/inside" },
};

/** HEAD and 304 say nothing of the framing here; node:http names the one that GET would have. */
const unframed = ({ headers, ...rest }: Awaited<ReturnType<typeof ask>>): unknown => {
  const { "transfer-encoding": _framing, ...others } = headers;
  return { ...rest, headers: others };
};

describe("Fastify 5 answers as on node:http", () => {
  test.each(Object.entries(CASES))("%s", async (_name, asked) => {
    await same(app, async (port) => {
      const seen = await ask(port, asked);
      return asked.method === "HEAD" ? unframed(seen) : seen;
    });
  });

  test("a stream that breaks is cut", async () => {
    const seen = await same(app, (port) => ask(port, "/broken"));
    expect(seen).toMatchObject({ body: "begun", complete: false });
  });

  test("early hints", async () => {
    const text = await same(app, async (port) => {
      const client = await RawClient.connect(port);
      client.write("GET /hints HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const [hints] = (await client.whole()).split("\r\n\r\n");
      return hints;
    });
    expect(text).toBe("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style");
  });

  test("listen and close are Fastify's own", async () => {
    for (const create of [onNode, onSluice]) {
      const site = build(create);
      const url = await site.listen({ port: 0, host: "127.0.0.1" });
      await listening(site.server);
      expect(await (await fetch(`${url}/async`)).json()).toEqual({ hello: "world" });
      expect((site.addresses()[0] as AddressInfo).port).toBe(Number(new URL(url).port));
      await site.close();
      expect(site.server.listening).toBe(false);
    }
  });
});
