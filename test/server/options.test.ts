import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import {
  type Handler,
  SERVER_LIMITS,
  SERVER_TIMEOUTS,
  type ServeOptions,
  serve,
  type SluiceError,
  text,
} from "../../src/index.ts";
import { start } from "../support/servers.ts";

const hello = () => text("hello");

describe("what an option cannot be is an error, and nothing listens", () => {
  test.each<[string, unknown]>([
    ["a negative limit", { limits: { headBytes: -1 } }],
    ["a limit that is NaN", { limits: { bodyBytes: Number.NaN } }],
    ["a limit that is a text", { limits: { connections: "10" } }],
    ["a limit that is misspelt", { limits: { headByte: 1 } }],
    ["an option that is misspelt", { timeout: {} }],
    ["a limit that is null", { limits: { requests: null } }],
    ["a negative timeout", { timeouts: { head: -1 } }],
    ["a timeout that is a text", { timeouts: { idle: "5s" } }],
    ["a negative number of workers", { workers: -1 }],
    ["half a worker", { workers: 0.5 }],
    ["no stream at a time", { limits: { streams: 0 } }],
    ["half a stream at a time", { limits: { streams: 0.5 } }],
    ["tls without anything", { tls: {} }],
    ["tls with a key alone", { tls: { key: "key" } }],
    ["tls with a certificate alone", { tls: { cert: "certificate" } }],
    ["tls whose certificate is misspelt", { tls: { key: "key", certificate: "certificate" } }],
    ["tls with nothing in it", { tls: { key: [], cert: "" } }],
    ["tls with what node:tls would not look at", { tls: { secureContext: {} } }],
  ])("%s", async (_name, options) => {
    await expect(serve(options as ServeOptions, hello)).rejects.toMatchObject({
      code: "ERR_SLUICE_OPTION",
      name: "UsageError",
    });
  });

  test.each([-1, 65_536, 80.5, Number.NaN])("the port %d", async (port) => {
    await expect(serve({ port, host: "127.0.0.1" }, hello)).rejects.toThrow(RangeError);
  });
});

describe("the error says what was given, and what is wanted", () => {
  test.each<[unknown, unknown, string]>([
    [{ http2: "yes" }, hello, `found "http2: 'yes'"; wanted: true, false or "cleartext"`],
    [{ allowHalfOpen: 1 }, hello, 'found "allowHalfOpen: 1"; wanted: true or false'],
    [{ workers: 0.5 }, hello, 'found "workers: 0.5"; wanted: a whole number'],
    [{ tls: null }, hello, 'found "tls: null"; wanted: an object'],
    [{ limits: null }, hello, 'found "limits: null"; wanted: an object'],
    [{ timeouts: 5 }, hello, 'found "timeouts: 5"; wanted: an object'],
    [
      { timeouts: { idle: "5s" } },
      hello,
      `found "timeouts.idle: '5s'"; wanted: a number that is not negative`,
    ],
    [{ timeouts: { hed: 1 } }, hello, 'found "timeouts.hed is no option"; wanted: one of head, idle,'],
    [{ compress: ["lzma"] }, hello, `found "compress: ['lzma']"; wanted: true, false, or a list of zstd,`],
    [{ onError: {} }, hello, 'found "onError: an object"; wanted: a function'],
    [{ key: "" }, hello, 'found "key is no option"; wanted: in tls: { key }'],
    [{ http2: Symbol("yes") }, hello, 'found "http2: a symbol"'],
    [
      { porrt: 1 },
      hello,
      'found "porrt is no option"; wanted: one of compress, limits, onError, port, host,',
    ],
    [{ https: {} }, hello, 'found "https is no option"; wanted: tls: { key, cert }'],
    [{ fetch: hello }, hello, "wanted: serve(options, fromFetch(app.fetch))"],
    [{ timeout: 5 }, hello, "wanted: timeouts: { head, idle, body, write, linger }"],
    [new Koa(), undefined, 'found "options: an application, with callback and listen"'],
    [new Hono(), undefined, "wanted: fromFetch(app.fetch) of sluice/fetch"],
    [null, hello, 'found "options: null"; wanted: an object, and then the handler'],
    [hello, {}, 'found "options: a function"; wanted: an object, and then the handler'],
    [{}, undefined, 'found "handler: undefined"; wanted: a function'],
    [{}, express(), "wanted: createServer(app) of sluice/node-http"],
    [{}, new Koa(), "wanted: createServer(app.callback()) of sluice/node-http"],
    [{}, fastify(), "wanted: fastify({ serverFactory }) with createServer of sluice/node-http"],
    [{}, new Hono(), "wanted: fromFetch(app.fetch) of sluice/fetch"],
    // As of itty-router and h3.
    [{}, { routes: [], fetch: hello }, "wanted: fromFetch(router.fetch) of sluice/fetch"],
  ])("%o", async (options, handler, message) => {
    await expect(serve(options as ServeOptions, handler as Handler)).rejects.toMatchObject({
      code: "ERR_SLUICE_OPTION",
      message: expect.stringContaining(message) as string,
    });
  });
});

test("a handler may have a fetch of its own", async () => {
  await (
    await serve(
      { host: "127.0.0.1" },
      Object.assign(() => text("a"), { fetch: hello }),
    )
  ).close();
});

describe("tls with the name of a file where its contents belong", () => {
  const PEM = "-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----\n";
  const secret = "c2VjcmV0LW9mLXRoZS1zZXJ2ZXI=";
  const path = "wanted: the contents of the file: readFileSync(path)";

  test.each<[object, string]>([
    [
      { key: "key.pem", cert: "cert.pem" },
      `found "tls.key: 'key.pem'"; wanted: the contents of the file: readFileSync('key.pem')`,
    ],
    [
      { key: PEM, cert: "cert.pem" },
      `found "tls.cert: 'cert.pem'"; wanted: the contents of the file: readFileSync('cert.pem')`,
    ],
    [{ key: [{ pem: "key.pem" }], cert: PEM }, `found "tls.key: 'key.pem'"`],
    [{ key: PEM, cert: [PEM, "chain.pem"] }, `found "tls.cert: 'chain.pem'"`],
    [{ SNICallback: () => {}, key: "key.pem" }, `found "tls.key: 'key.pem'"`],
    [{ key: secret, cert: PEM }, path],
    [{ key: `${secret}\n`, cert: PEM }, `found "tls.key: text that is no PEM"; ${path}`],
    [{ key: "a\nb", cert: PEM }, `found "tls.key: text that is no PEM"; ${path}`],
  ])("%j", async (tls, message) => {
    const error = await serve({ tls }, hello).catch((reason: unknown) => reason as SluiceError);
    expect(error).toMatchObject({ code: "ERR_SLUICE_OPTION", message: expect.stringContaining(message) });
    // A key is not to stand in a log.
    expect((error as SluiceError).message).not.toContain(secret.slice(0, 17));
  });
});

test.each([["SNICallback"], ["pskCallback"]])("tls with %s needs no certificate", async (name) => {
  const tls = { [name]: () => null, pskIdentityHint: "hint" };
  await (await serve({ host: "127.0.0.1", tls }, hello)).close();
});

test("one stream at a time is a limit", async () => {
  await (await serve({ host: "127.0.0.1", limits: { streams: 1 } }, hello)).close();
});

test("undefined stands for the default", async () => {
  const { server } = await start(hello, {
    limits: { headBytes: undefined as never },
    timeouts: { head: undefined as never },
  });
  expect((await fetch(server.url)).status).toBe(200);
});

test("every limit and timeout has a default that is a number", () => {
  for (const value of [...Object.values(SERVER_LIMITS), ...Object.values(SERVER_TIMEOUTS)]) {
    expect(value).toBeTypeOf("number");
    expect(value).toBeGreaterThan(0);
  }
});

test("a port in use is an error of the system", async () => {
  const { port } = await start(hello);
  await expect(serve({ port, host: "127.0.0.1" }, hello)).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a host that nobody has is an error of the system", async () => {
  await expect(serve({ host: "192.0.2.1" }, hello)).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

describe("the url", () => {
  test.each([
    [{ host: "127.0.0.1" }, "127.0.0.1"],
    [{ host: "::1" }, "[::1]"],
    [{ host: "0.0.0.0" }, "localhost"],
    [{}, "localhost"],
  ])("of %j has the host %s", async (options, hostname) => {
    const server = await serve(options, hello);
    try {
      expect(server.url.href).toBe(`http://${hostname}:${server.port}/`);
      expect(await (await fetch(server.url)).text()).toBe("hello");
    } finally {
      await server.close({ grace: 0 });
    }
  });
});
