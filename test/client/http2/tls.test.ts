import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../../support/certificate.ts";
import { lacks } from "../../support/programs.ts";
import { codeOf, open, read } from "../clients.ts";
import { nodeServer } from "./servers.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.skipIf(lacks("openssl"))("over TLS", () => {
  const certificate = makeCertificate();
  const tls = { ca: certificate.cert };

  const served = (options: object = {}) =>
    nodeServer(
      (stream) => {
        stream.respond();
        setTimeout(() => stream.end("two"), 5);
      },
      { ...certificate, ...options },
    );

  /** A server that speaks HTTP/1.1 alone, and counts its connections. */
  async function older(
    options: TlsOptions = { ALPNProtocols: ["http/1.1"] },
  ): Promise<{ url: string; connections: () => number; closed: () => Promise<unknown> }> {
    const sockets: Socket[] = [];
    const http = createHttpServer((_, answer) => void setTimeout(() => answer.end("one"), 20));
    const server = createTlsServer({ ...certificate, ...options }, (socket) => {
      sockets.push(socket);
      http.emit("connection", socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return {
      url: `https://localhost:${(server.address() as { port: number }).port}`,
      connections: () => sockets.length,
      closed: () => once(sockets[0], "close"),
    };
  }

  test("a server that speaks both speaks HTTP/2, on one connection for all the first requests", async () => {
    const server = await served({ allowHTTP1: true });
    const http = open({ tls });
    const responses = await Promise.all(Array.from({ length: 20 }, () => http.request(server.url)));
    expect(new Set(responses.map(({ httpVersion }) => httpVersion))).toEqual(new Set(["2.0"]));
    for (const { body } of responses) expect(await body.text()).toBe("two");
    expect(server.sessions).toHaveLength(1);
  });

  test("http2: false never offers it", async () => {
    const server = await served();
    expect(await codeOf(open({ tls, http2: false }).request(server.url))).toBe("ERR_SLUICE_TLS");
  });

  test.each([{ ALPNProtocols: ["http/1.1"] }, {}])(
    "a server that speaks HTTP/1.1 alone speaks that: %j",
    async (options) => {
      const server = await older(options);
      const http = open({ tls });
      const responses = await Promise.all([1, 2, 3].map(() => http.request(server.url)));
      expect(responses.map(({ httpVersion }) => httpVersion)).toEqual(["1.1", "1.1", "1.1"]);
      for (const { body } of responses) expect(await body.text()).toBe("one");
      expect(server.connections()).toBe(3);
    },
  );

  test("what an origin spoke is remembered: the next time all connections are made at once", async () => {
    let together = 1;
    const handshakes: (() => void)[] = [];
    const server = await older({
      // A handshake goes on when as many have begun.
      SNICallback: (_name, done) => {
        handshakes.push(() => done(null));
        if (handshakes.length === together) for (const next of handshakes.splice(0)) next();
      },
    });
    const http = open({ tls, timeouts: { idle: 50 } });
    await read(http.request(server.url));
    await server.closed();
    together = 3;
    const all = await Promise.all([1, 2, 3].map(() => read(http.request(server.url))));
    expect(all.map(({ text }) => text)).toEqual(["one", "one", "one"]);
    expect(server.connections()).toBe(4);
  });

  test("where no connection can be made, all the first requests are told so", async () => {
    const http = open({ tls });
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(http.request("https://127.0.0.1:1/"))));
    expect(codes).toEqual(Array(3).fill("ERR_SLUICE_CONNECT"));
    const server = await served();
    const untrusting = open();
    const refused = await Promise.all([1, 2].map(() => codeOf(untrusting.request(server.url))));
    expect(refused).toEqual(Array(2).fill("ERR_SLUICE_TLS"));
  });

  test("a first request that is given up leaves the connection to the others", async () => {
    const server = await served();
    const http = open({ tls });
    const controller = new AbortController();
    const first = codeOf(http.request(server.url, { signal: controller.signal }));
    const second = read(http.request(server.url));
    controller.abort();
    expect(await first).toBe("ERR_SLUICE_ABORTED");
    expect((await second).text).toBe("two");
    expect(server.sessions).toHaveLength(1);
  });

  test("bodies go both ways, and trailers", async () => {
    const server = await nodeServer(async (stream) => {
      stream.respond({}, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-end": "yes" }));
      stream.pipe(stream);
    }, certificate);
    const body = Array.from({ length: 200 }, (_, index) => String(index).padStart(10_000, "x"));
    const response = await open({ tls }).request(server.url, { body, decode: false });
    expect((await response.body.text()) === body.join("")).toBe(true);
    expect((await response.trailers).fields.get("x-end")).toBe("yes");
    expect(await response.ending).toEqual({ outcome: "complete" });
  });

  test("goes through the tunnel of a proxy", async () => {
    const server = await served();
    const asked: string[] = [];
    const sockets: Socket[] = [];
    const proxy = createHttpServer();
    proxy.on("connect", (request, socket) => {
      asked.push(`${request.url} ${request.httpVersion}`);
      const onward = connect(server.port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Fine\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      sockets.push(onward, socket as Socket);
      for (const each of [onward, socket]) each.on("error", () => {});
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(resolve));
    });
    const { port } = proxy.address() as { port: number };
    const http = open({ tls, proxy: `http://localhost:${port}` });
    const responses = await Promise.all([1, 2, 3].map(() => http.request(server.url)));
    expect(responses.map(({ httpVersion }) => httpVersion)).toEqual(["2.0", "2.0", "2.0"]);
    for (const { body } of responses) expect(await body.text()).toBe("two");
    expect(asked).toEqual([`localhost:${server.port} 1.1`]);
  });

  test('"cleartext" is for http URLs, and https ones are as ever', async () => {
    const server = await served({ allowHTTP1: true });
    const response = await open({ tls, http2: "cleartext" }).request(server.url);
    expect([response.httpVersion, await response.body.text()]).toEqual(["2.0", "two"]);
    const { url } = await older();
    expect((await open({ tls, http2: "cleartext" }).request(url)).httpVersion).toBe("1.1");
  });

  test('"cleartext" is not for a proxy, which is asked by HTTP/1.1', async () => {
    const proxy = createHttpServer((request, answer) => answer.end(request.url)).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    closing.push(() => {
      proxy.closeAllConnections();
      return new Promise((resolve) => proxy.close(resolve));
    });
    const { port } = proxy.address() as { port: number };
    const http = open({ http2: "cleartext", proxy: `http://127.0.0.1:${port}` });
    const response = await http.request("http://example.test/a");
    expect([response.httpVersion, await response.body.text()]).toEqual(["1.1", "http://example.test/a"]);
  });
});

test("the option is one of three", () => {
  for (const http2 of ["yes", 1, null])
    expect(() => open({ http2: http2 as never })).toThrow(/ERR_SLUICE_OPTION|http2/);
});
