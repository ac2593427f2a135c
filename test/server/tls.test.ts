import { connect as connectPlain } from "node:net";
import { Agent as HttpsAgent, get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { Agent, request as ask } from "undici";
import { describe, expect, test } from "vitest";
import { type Handler, type ServeOptions, stream, text } from "../../src/index.ts";
import { makeCertificate } from "../support/certificate.ts";
import { lacks, pathOf } from "../support/programs.ts";
import type { RawClient } from "../support/raw-client.ts";
import { run } from "../support/run.ts";
import { request, start, takeErrors } from "../support/servers.ts";

describe.skipIf(lacks("openssl"))("HTTPS", () => {
  const tls = lacks("openssl") ? undefined! : makeCertificate();
  const secure = (handler: Handler, options: ServeOptions = {}) => start(handler, { tls, ...options });
  const trailing: Handler = ({ headers }) => ({
    status: 200,
    headers: { "x-te": headers.get("te") ?? "" },
    body: ["one ", "two"],
    trailers: { "x-count": "2" },
    trailersAlways: true,
  });

  /** A source that waits until it has been read, and then throws. */
  const broken: Handler = () =>
    stream("text/plain", async function* () {
      yield "partial";
      await sleep(20);
      throw new Error("broken");
    });

  test("the url and the request say so", async () => {
    const server = await secure(({ url, body }) =>
      body.text().then((content) => text(`${url.protocol} ${content}`)),
    );
    expect(server.server.url.href).toBe(`https://127.0.0.1:${server.port}/`);
    const client = await server.connect();
    for (let round = 0; round < 3; round++) {
      client.write(request("POST /", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"));
      expect((await client.response()).body).toBe("https: hello");
    }
    expect(server.server.stats).toMatchObject({ connections: 1, requests: 3 });
  });

  test("node:https reads body and trailers", async () => {
    const { server } = await secure(trailing);
    const agent = new HttpsAgent({ keepAlive: true, rejectUnauthorized: false });
    for (let round = 0; round < 2; round++) {
      const response = await new Promise<{ body: string; trailers: unknown }>((resolve, reject) => {
        get(server.url, { agent }, (incoming) => {
          let body = "";
          incoming.on("data", (piece) => (body += piece));
          incoming.on("end", () => resolve({ body, trailers: incoming.trailers }));
        }).on("error", reject);
      });
      expect(response).toEqual({ body: "one two", trailers: { "x-count": "2" } });
    }
    agent.destroy();
  });

  test("undici reads body and trailers", async () => {
    const { server } = await secure(trailing);
    const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
    const { body, trailers } = await ask(server.url, { dispatcher });
    expect(await body.text()).toBe("one two");
    expect(trailers).toEqual({ "x-count": "2" });
    await dispatcher.destroy();
  });

  test.skipIf(lacks("curl")).each(["1.1", "2"])("curl reads it in HTTP/%s", async (version) => {
    const { server } = await secure(trailing);
    const { status, stdout } = await run(pathOf("curl"), ["-sk", "-i", `--http${version}`, server.url.href]);
    expect(status).toBe(0);
    const [head, body] = stdout.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/${version} 200`));
    expect(body).toMatch(/^one two[^]*x-count: 2/i);
  });

  describe("a cut stream", () => {
    test("in chunks lacks the last one", async () => {
      const server = await secure(broken);
      const client = await server.connect();
      client.write(request("/"));
      expect(await client.ending()).toBe("FIN");
      expect(await client.response()).toMatchObject({ body: "partial", complete: false });
      await takeErrors(server);
    });

    test("is an error for node:https and undici", async () => {
      const server = await secure(broken);
      const outcome = await new Promise((resolve, reject) => {
        get(server.server.url, { rejectUnauthorized: false }, (incoming) => {
          incoming.resume();
          incoming.on("end", () => resolve("complete"));
          incoming.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
        }).on("error", reject);
      });
      expect(outcome).toBe("ECONNRESET");
      const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
      const { body } = await ask(server.server.url, { dispatcher });
      await expect(body.text()).rejects.toThrow("other side closed");
      await dispatcher.destroy();
      await takeErrors(server, 2);
    });

    test.skipIf(lacks("curl")).each([
      ["in chunks", "--http1.1", 18],
      ["that only the end of the connection delimits", "--http1.0", 56],
    ])("%s is an error for curl", async (_name, version, code) => {
      const server = await secure(broken);
      const { status, stdout } = await run(pathOf("curl"), ["-sSk", version, server.server.url.href]);
      expect(stdout).toBe("partial");
      expect(status).toBe(code);
      await takeErrors(server);
    });
  });

  test("the leaving of a reader stops the source", async () => {
    for (const way of ["finish", "destroy"] as const) {
      let stopped = false;
      const server = await secure(() =>
        stream("text/plain", async function* () {
          try {
            for (;;) {
              yield "tick";
              await sleep(5);
            }
          } finally {
            stopped = true;
          }
        }),
      );
      const client = await server.connect();
      client.write(request("/"));
      await client.until("tick");
      const left = performance.now();
      client[way]();
      await expect.poll(() => stopped, { interval: 1 }).toBe(true);
      expect(performance.now() - left).toBeLessThan(50);
    }
  });

  test("a reader that stops is cut off, one that is slow is not", async () => {
    const size = 24 * 1024 * 1024;
    const server = await secure(() => ({ status: 200, headers: {}, body: Buffer.alloc(size, "a") }), {
      timeouts: { write: 250 },
    });
    const slow = await server.connect();
    slow.write(request("/"));
    const begun = performance.now();
    await slow.readSlowly(size, 2 ** 20, 40);
    expect(performance.now() - begun).toBeGreaterThan(500);
    const stopped = await server.connect();
    stopped.pause().write(request("/"));
    await expect.poll(() => server.server.stats.connections, { interval: 5, timeout: 3_000 }).toBe(2);
    await expect.poll(() => server.server.stats.connections, { interval: 5, timeout: 3_000 }).toBe(1);
  });

  test("big uploads arrive whole", async () => {
    const server = await secure(async ({ body }) => {
      let length = 0;
      for await (const piece of body) length += piece.length;
      return text(String(length));
    });
    const client = await server.connect();
    const size = 8 * 1024 * 1024;
    client.write(request("POST /", [`Content-Length: ${size}`])).write(Buffer.alloc(size));
    expect((await client.response()).body).toBe(String(size));
  });

  test("plain HTTP and a client without a protocol in common are closed, and the server goes on", async () => {
    const server = await secure(() => text("hello"));
    const plain = connectPlain(server.port, "127.0.0.1");
    plain.on("error", () => {});
    plain.write(request("/"));
    await new Promise<void>((resolve) => plain.once("close", () => resolve()));
    const alien = connectTls({
      port: server.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      ALPNProtocols: ["spdy/3"],
    });
    const error = await new Promise<Error>((resolve) => alien.once("error", resolve));
    expect(error.message).toMatch(/no application protocol/i);
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).body).toBe("hello");
  });

  test("a handshake that does not come to its end has the time of a head", async () => {
    const server = await secure(() => text("hello"), { timeouts: { head: 150 } });
    const socket = connectPlain(server.port, "127.0.0.1");
    socket.on("error", () => {});
    const begun = performance.now();
    await new Promise<void>((resolve) => socket.resume().once("close", () => resolve()));
    expect(performance.now() - begun).toBeLessThan(600);
  });

  test("handshakes that are under way do not outlive the server", async () => {
    const server = await secure(() => text("hello"));
    const socket = connectPlain(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    await sleep(20);
    const begun = performance.now();
    await server.server.close();
    await new Promise<void>((resolve) => socket.resume().once("close", () => resolve()));
    expect(performance.now() - begun).toBeLessThan(200);
  });

  test("no more handshakes can be under way than connections", async () => {
    const server = await secure(() => text("hello"), { limits: { connections: 3 } });
    const sockets = Array.from({ length: 5 }, () => connectPlain(server.port, "127.0.0.1"));
    let closed = 0;
    for (const socket of sockets)
      socket
        .resume()
        .on("error", () => {})
        .once("close", () => closed++);
    await expect.poll(() => closed, { interval: 5 }).toBe(2);
    for (const socket of sockets) socket.resetAndDestroy();
    let client!: RawClient;
    await expect
      .poll(async () => {
        client = await server.connect();
        return client.ended;
      })
      .toBe(false);
    client.write(request("/"));
    expect((await client.response()).body).toBe("hello");
  });

  test("running answers go on when the server closes", async () => {
    const server = await secure(() =>
      stream("text/plain", async function* () {
        yield "one ";
        await sleep(30);
        yield "two";
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("one ");
    await server.server.close();
    expect(await client.response()).toMatchObject({ body: "one two", complete: true });
  });

  test("the name of a file is no certificate to go on with", async () => {
    const { server } = await start(() => text(""), { tls });
    expect(() => server.setSecureContext({ key: "key.pem", cert: "cert.pem" })).toThrow(
      "wanted: the contents of the file: readFileSync('key.pem')",
    );
  });

  test("a key that does not fit is an error", async () => {
    await expect(start(() => text(""), { tls: { ...tls, key: "nonsense" } })).rejects.toThrow();
  });
});
