// oxlint-disable eslint/no-underscore-dangle -- The names are node:http's.
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  Agent,
  createServer as createNodeServer,
  type IncomingMessage,
  request as nodeRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { get as secureGet } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createServer, incomingOf } from "../../../../src/adapters/node-http/index.ts";
import { serve } from "../../../../src/index.ts";
import { makeCertificate } from "../../../support/certificate.ts";
import { lacks } from "../../../support/programs.ts";
import { RawClient } from "../../../support/raw-client.ts";
import {
  type AnyServer,
  ask,
  errors,
  type Listener,
  listening,
  Log,
  onSluice,
  same,
  withOptions,
} from "./side-by-side.ts";

const hello: Listener = (_request, response) => void response.end("hello");
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("listen", () => {
  test.each<[string, (server: Server, listening: () => void) => unknown]>([
    ["(port, host, callback)", (server, done) => server.listen(0, "127.0.0.1", done)],
    ["(port, host, backlog, callback)", (server, done) => server.listen(0, "127.0.0.1", 10, done)],
    ["(port, callback)", (server, done) => server.listen(0, done)],
    ["(callback)", (server, done) => server.listen(done)],
    ["({ port, host }, callback)", (server, done) => server.listen({ port: 0, host: "127.0.0.1" }, done)],
  ])("%s", async (_name, listen) => {
    await same(
      async (create) => {
        const server = create(hello) as Server;
        const states = [server.listening, server.address()];
        await new Promise<void>((resolve) => expect(listen(server, resolve)).toBe(server));
        expect([...states, server.listening]).toEqual([false, null, true]);
        return server;
      },
      async (_port, server) => (await ask((server.address() as AddressInfo).port)).body,
    );
  });

  test("a path", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-path-"));
    const path = join(folder, "socket");
    const server = onSluice(hello) as Server;
    server.listen(path);
    await once(server, "listening");
    expect(server.address()).toBe(path);
    const [response] = (await once(
      nodeRequest({ socketPath: path, agent: new Agent() }).end(),
      "response",
    )) as [IncomingMessage];
    expect(await text(response)).toBe("hello");
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    rmSync(folder, { recursive: true });
  });

  test("a port that is taken: error", async () => {
    const codes = await same(
      (create) => create(hello),
      async (port, server) => {
        const { constructor: Again } = server as unknown as {
          constructor: new (options: object) => AnyServer;
        };
        const second = new Again({}) as Server;
        second.listen(port, "127.0.0.1");
        const [error] = (await once(second, "error")) as [NodeJS.ErrnoException];
        return [error.code, second.listening];
      },
    );
    expect(codes).toEqual(["EADDRINUSE", false]);
  });

  test("again after close", async () => {
    const server = onSluice(hello);
    for (let round = 0; round < 2; round++) {
      const port = await listening(server);
      expect((await ask(port)).body).toBe("hello");
      await new Promise<void>((resolve) => server.close(() => resolve()));
      expect(server.listening).toBe(false);
    }
  });

  test("listeners of request can be replaced, as socket.io does", async () => {
    const seen = await same(
      (create) => {
        const server = create(hello) as Server;
        const [first] = server.listeners("request") as Listener[];
        server.removeAllListeners("request");
        server.on("request", (request, response) => {
          response.setHeader("X-Around", "1");
          void first(request, response);
        });
        return server;
      },
      (port) => ask(port),
    );
    expect(seen.headers).toMatchObject({ "x-around": "1" });
  });
});

describe("close", () => {
  test("waits for what is under way, and closes what is idle", async () => {
    const lines = await same(
      (create) => create(),
      async (port, server) => {
        const log = new Log();
        const idle = await RawClient.connect(port);
        const busy = await RawClient.connect(port);
        let finish: () => void;
        server.on("request", (request: IncomingMessage, response) => {
          if (request.url === "/") response.end("hello");
          else {
            response.write("begun");
            finish = () => response.end(" and done");
          }
        });
        idle.write(GET);
        await idle.response();
        busy.write(GET.replace("/", "/busy").replace("Host", "Connection: close\r\nHost"));
        await busy.until("begun");
        server.on("close", () => log.add("close"));
        const closed = new Promise<void>((resolve) => {
          server.close((error) => {
            log.add(`called back ${error === undefined}`);
            resolve();
          });
        });
        log.add(`listening ${server.listening}`);
        await idle.ending();
        log.add("idle is closed");
        finish!();
        await closed;
        return [...log.lines, (await busy.whole()).includes(" and done")];
      },
    );
    expect(lines).toEqual(["listening false", "idle is closed", "close", "called back true", true]);
  });

  test("of one that does not listen: ERR_SERVER_NOT_RUNNING", async () => {
    for (const server of [onSluice(hello)]) {
      const code = await new Promise((resolve) => {
        server.close((error) => resolve((error as NodeJS.ErrnoException).code));
      });
      expect(code).toBe("ERR_SERVER_NOT_RUNNING");
    }
  });

  test("closeAllConnections cuts, closeIdleConnections does not", async () => {
    const seen = await same(
      (create) => create((_request, response) => void response.write("begun")),
      async (port, server) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        await client.until("begun");
        server.closeIdleConnections();
        const other = await RawClient.connect(port);
        other.write(GET);
        await other.until("begun");
        const before = client.ended;
        server.closeAllConnections();
        await client.ending();
        return [before, server.listening];
      },
    );
    expect(seen).toEqual([false, true]);
  });

  test("await using", async () => {
    let port: number;
    {
      await using server = createServer(hello).listen(0, "127.0.0.1");
      await once(server, "listening");
      port = (server.address() as AddressInfo).port;
    }
    await expect(once(connect(port, "127.0.0.1"), "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("the socket of a request", () => {
  test("connection is emitted with it, once", async () => {
    let connections = 0;
    const server = onSluice((request, response) => {
      response.end(String(request.socket === seen));
    });
    let seen: unknown;
    server.on("connection", (socket: Socket) => {
      connections++;
      seen = socket;
    });
    const client = await RawClient.connect(await listening(server));
    client.write(GET + GET);
    expect([(await client.response()).body, (await client.response()).body]).toEqual(["true", "true"]);
    expect(connections).toBe(1);
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("meant");
      },
    ],
    ["rejects", () => Promise.reject(new Error("meant"))],
    ["rejects later", () => new Promise((_, reject) => setTimeout(reject, 30, new Error("meant")))],
  ])("a listener of connection that %s: onError is told, and the request goes on", async (_name, fail) => {
    const server = onSluice(hello).on("connection", fail);
    const client = await RawClient.connect(await listening(server));
    client.write(GET);
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" });
    await expect.poll(() => errors.splice(0)).toMatchObject([{ message: "meant" }]);
    client.write(GET);
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" });
  });

  test("what would break messages is refused, the rest does nothing or what it says", async () => {
    const port = await listening(
      withOptions({}, (request, response) => {
        const { socket } = request;
        const refused: unknown[] = [];
        const attempts = [
          () => socket.write("x"),
          () => socket.end("x"),
          () => socket.pipe(response),
          () => socket.on("data", () => {}),
          () => socket.once("readable", () => {}),
          () => socket.setEncoding("utf8"),
          () => socket.unshift("x"),
          () => socket.read() as unknown,
          () => socket.push("x"),
          () => socket.prependOnceListener("data", () => {}),
          () => socket._write("x", "latin1", () => {}),
          () => socket._writev!([], () => {}),
          () => (socket as unknown as Record<string, Function>)._writeGeneric(false, "x", "latin1", () => {}),
        ];
        for (const attempt of attempts) {
          try {
            attempt();
          } catch (error) {
            refused.push((error as NodeJS.ErrnoException).code);
          }
        }
        socket.setNoDelay(true).setKeepAlive(true).pause().resume().ref();
        socket.cork();
        socket.uncork();
        socket.removeListener("close", () => {});
        response.end(JSON.stringify(refused));
      }),
    );
    const { body } = await ask(port);
    expect(JSON.parse(body)).toEqual(Array.from({ length: 13 }, () => "ERR_SLUICE_SOCKET"));
  });

  test("what the engine listens with stays; what the application listens with goes", async () => {
    const log = new Log();
    const server = onSluice((request, response) => {
      const { socket } = request;
      const heard = (): void => log.add("heard");
      socket.on("close", heard).once("end", heard).setTimeout(1000, heard);
      socket.removeAllListeners("close").removeAllListeners();
      socket.on("close", heard).off("close", heard);
      for (const event of socket.eventNames())
        for (const listener of socket.listeners(event)) socket.removeListener(event, listener as () => void);
      response.end(String(socket.listenerCount("close") > 0));
    });
    const client = await RawClient.connect(await listening(server));
    client.write(GET);
    expect((await client.response()).body).toBe("true");
    client.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(log.lines).toEqual([]);
  });

  test("what is patched there the engine does not see", async () => {
    const server = onSluice((request, response) => {
      request.socket.write = () => true;
      response.end("hello");
    });
    expect((await ask(await listening(server))).body).toBe("hello");
  });

  test("end() sends what is there, and ends", async () => {
    const isWhole = await same(
      (create) =>
        create((request, response) => {
          response.end("last", () => request.socket.end());
        }),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        return (await client.whole()).endsWith("last");
      },
    );
    expect(isWhole).toBe(true);
  });

  test("close is heard", async () => {
    const server = onSluice(hello);
    const closed = new Promise<void>((resolve) => {
      server.on("request", (request: IncomingMessage) => void request.socket.once("close", () => resolve()));
    });
    const client = await RawClient.connect(await listening(server));
    client.write(GET);
    await client.response();
    client.destroy();
    await closed;
  });
});

describe("timeouts", () => {
  test.each<
    [string, (request: IncomingMessage, response: EventEmitter & { setTimeout: Function }, log: Log) => void]
  >([
    ["of the request", (request, _response, log) => void request.setTimeout(30, () => log.add("request"))],
    ["of the response", (_request, response, log) => void response.setTimeout(30, () => log.add("response"))],
  ])("%s: its listener decides", async (_name, set) => {
    const lines = await same(
      (create) => create(),
      async (port, server) => {
        const log = new Log();
        server.on("request", (request: IncomingMessage, response) => {
          set(request, response, log);
          response.on("timeout", () => setImmediate(() => response.end("late")));
        });
        const { body } = await ask(port, { method: "POST", fields: ["Content-Length: 1"] }).catch(() => ({
          body: "",
        }));
        return [...log.lines, body];
      },
    );
    expect(lines.length).toBeGreaterThan(1);
  });

  test("of the server: nobody listens, so the socket is destroyed", async () => {
    const ending = await same(
      (create) => {
        const server = create(() => {});
        (server as Server).setTimeout(30);
        return server;
      },
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        await client.ending();
        return client.text;
      },
    );
    expect(ending).toBe("");
  });

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => unknown]>([
    ["the response", (_request, response) => response.setTimeout(30)],
    ["the request", (request) => request.setTimeout(30)],
    ["the socket", (request) => request.socket.setTimeout(30)],
  ])("of %s: nothing to the next one on the connection", async (_name, set) => {
    const bodies = await same(
      (create) =>
        create((request, response) => {
          if (request.url === "/next") setTimeout(() => response.end("next"), 90);
          else {
            set(request, response);
            response.end("first");
          }
        }),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        const { body } = await client.response();
        client.write(GET.replace("/", "/next"));
        return [body, (await client.response()).body];
      },
    );
    expect(bodies).toEqual(["first", "next"]);
  });

  test("of a request that failed: nothing to those that were sent ahead", async () => {
    const port = await listening(
      withOptions({}, (request, response) => {
        if (request.url === "/next") setTimeout(() => response.end("next"), 90);
        else {
          response.setTimeout(30);
          throw new Error("meant");
        }
      }),
    );
    const client = await RawClient.connect(port);
    client.write(GET + GET.replace("/", "/next"));
    expect([(await client.response()).status, (await client.response()).body]).toEqual([500, "next"]);
    expect(errors.splice(0)).toMatchObject([{ message: "meant" }]);
  });

  test("of the server: it holds again after that of a request", async () => {
    const server = onSluice((_request, response) => void response.setTimeout(60_000, () => {}).end("first"));
    (server as Server).setTimeout(30);
    const client = await RawClient.connect(await listening(server));
    client.write(GET);
    expect((await client.response()).body).toBe("first");
    await client.ending();
  });

  test("a listener that rejects: onError is told", async () => {
    const server = onSluice(() => {});
    const listener = async (socket: Socket): Promise<void> => {
      socket.destroy();
      await Promise.reject(new Error("meant"));
    };
    (server as Server).setTimeout(30, listener as (socket: Socket) => void);
    const client = await RawClient.connect(await listening(server));
    client.write(GET);
    await client.ending();
    await expect.poll(() => errors.splice(0)).toMatchObject([{ message: "meant" }]);
  });

  test("keepAliveTimeout counts while the server runs", async () => {
    const server = onSluice(hello);
    const port = await listening(server);
    expect(server.keepAliveTimeout).toBe(5_000);
    server.keepAliveTimeout = 100;
    const client = await RawClient.connect(port);
    client.write(GET);
    await client.response();
    const answered = performance.now();
    await client.ending();
    expect(performance.now() - answered).toBeGreaterThan(90);
  });

  test("the others map to limits and timeouts", () => {
    const server = withOptions({ timeouts: { head: 1000 }, limits: { requests: 3, connections: 4 } });
    expect([server.headersTimeout, server.maxRequestsPerSocket, server.maxConnections]).toEqual([1000, 3, 4]);
    server.headersTimeout = 2000;
    server.maxRequestsPerSocket = 0;
    server.maxConnections = 5;
    expect([server.headersTimeout, server.maxRequestsPerSocket, server.maxConnections]).toEqual([2000, 0, 5]);
  });

  test("requestTimeout, maxHeadersCount and connections are what they can be here", async () => {
    const server = onSluice((_request, response) => void response.end(String(server.connections)));
    expect([server.requestTimeout, server.maxHeadersCount, server.connections]).toEqual([30_000, 100, 0]);
    server.requestTimeout = 1000;
    server.maxHeadersCount = 2;
    expect([server.requestTimeout, server.maxHeadersCount]).toEqual([1000, 2]);
    const port = await listening(server);
    expect((await ask(port, { fields: ["A: 1"] })).body).toBe("1");
    expect((await ask(port, { fields: ["A: 1", "B: 2"] })).status).toBe(431);
    const unbounded = onSluice();
    unbounded.maxHeadersCount = 0;
    expect(unbounded.maxHeadersCount).toBe(0);
  });

  test("maxRequestsPerSocket: the last answer says close", async () => {
    const server = onSluice(hello);
    server.maxRequestsPerSocket = 2;
    const client = await RawClient.connect(await listening(server));
    client.write(GET);
    expect((await client.response()).headers.has("connection")).toBe(false);
    client.write(GET);
    expect((await client.response()).headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });
});

describe("upgrade", () => {
  const setUp = (create: (listener: Listener) => AnyServer): AnyServer => {
    const server = create((_request, response) => void response.end("plain"));
    const sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (request.url !== "/socket") {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (web) => {
        web.on("message", (message: Buffer) =>
          web.send(`${request.headers.host !== undefined} ${message.toString()}`),
        );
      });
    });
    return server;
  };

  test("ws speaks on it", async () => {
    const messages = await same(setUp, async (port) => {
      const web = new WebSocket(`ws://127.0.0.1:${port}/socket`);
      await once(web, "open");
      web.send("one");
      const [message] = (await once(web, "message")) as [Buffer];
      web.close();
      await once(web, "close");
      return [message.toString(), (await ask(port)).body.slice(0, 5)];
    });
    expect(messages).toEqual(["true one", "plain"]);
  });

  test("ws takes the server itself", async () => {
    const server = withOptions({}, hello);
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (web, { url }) => web.send(`You are at ${url}`));
    const web = new WebSocket(`ws://127.0.0.1:${await listening(server)}/socket`);
    const [message] = (await once(web, "message")) as [Buffer];
    web.terminate();
    expect(message.toString()).toBe("You are at /socket");
  });

  test("incomingOf makes for serve's upgrade the request that node:http has", async () => {
    const told = ({
      method,
      url,
      httpVersion,
      httpVersionMinor,
      headers,
      rawHeaders,
      complete,
    }: IncomingMessage) =>
      JSON.stringify([method, url, httpVersion, httpVersionMinor, headers, rawHeaders, complete]);
    const answer = (message: IncomingMessage, socket: Socket): void => {
      message.on("end", () => socket.end(`HTTP/1.1 403 Forbidden\r\n\r\n${told(message)}`)).resume();
    };
    const asked =
      "GET /x?y HTTP/1.1\r\nHost: a\r\nCookie: a\r\ncookie: b\r\nX-A: 1\r\nx-a: 2\r\n" +
      "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const on = async (port: number): Promise<string> => {
      const client = await RawClient.connect(port);
      return client.write(asked).whole();
    };
    const server = await serve(
      {
        host: "127.0.0.1",
        upgrade: (request, socket) => answer(incomingOf(request, socket), socket),
      },
      () => {
        throw new Error("not asked");
      },
    );
    const node = createNodeServer().on("upgrade", answer as () => void);
    expect(await on(server.port)).toBe(await on(await listening(node)));
    await server.close();
  });

  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("meant");
      },
    ],
    ["rejects", () => Promise.reject(new Error("meant"))],
  ])("a listener that %s: the socket is destroyed, and onError told", async (_name, fail) => {
    const server = withOptions({}, hello).on("upgrade", fail);
    const client = await RawClient.connect(await listening(server));
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    expect(await client.whole()).toBe("");
    expect(errors.splice(0)).toMatchObject([{ message: "meant" }]);
    expect((await ask(await listening(server))).body).toBe("hello");
  });

  test("the timeout of the server is not that of the other protocol", async () => {
    const octets = await same(
      (create) => {
        const server = create(hello).on("upgrade", (_request: IncomingMessage, socket: Socket) => {
          setTimeout(() => socket.end("still here"), 120);
        });
        (server as Server).setTimeout(50);
        return server;
      },
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        await client.response();
        client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        return (await client.whole()).endsWith("still here");
      },
    );
    expect(octets).toBe(true);
  });

  test("a listener can refuse", async () => {
    const code = await same(setUp, async (port) => {
      const client = await RawClient.connect(port);
      client.write("GET /no HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      return client.whole();
    });
    expect(code).toContain("403 Forbidden");
  });

  test("nobody listens: an ordinary request", async () => {
    await same(
      (create) => create(hello),
      (port) => ask(port, { fields: ["Connection: Upgrade", "Upgrade: websocket"] }),
    );
  });
});

describe("options", () => {
  test.each(["port", "host", "http2", "upgrade", "compress", "workers", "nothing"])("%s is none", (name) => {
    expect(() => createServer({ [name]: true } as never)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
    );
  });

  test.each([
    ["key", "in tls: { key }"],
    ["cert", "in tls: { cert }"],
    ["SNICallback", "in tls: { SNICallback }"],
    ["keepAliveTimeout", "timeouts.idle"],
    ["requestTimeout", "timeouts.body"],
    ["port", "in listen(port)"],
    ["http2", "serve(), which speaks it"],
    ["https", "tls: { key, cert }"],
    ["allowHTTP1", "serve(), which speaks HTTP/2 and HTTP/1.1"],
    ["prot", "one of tls, limits, timeouts, allowHalfOpen, onError"],
  ])("%s: the error says where it goes", (name, where) => {
    expect(() => createServer({ [name]: 1 } as never)).toThrow(
      `found "${name} is no option"; wanted: ${where}`,
    );
  });

  test.each<[string, readonly unknown[], string]>([
    [
      "options behind the listener",
      [hello, { tls: {} }],
      'found "a listener, and then an object"; wanted: createServer(options, listener)',
    ],
    ["two listeners", [hello, hello], 'found "a listener, and then a function"'],
    ["a text for a listener", [{}, "hello"], `found "listener: 'hello'"; wanted: a function`],
    [
      "an application of Koa",
      [new Koa()],
      'found "options: an application, with callback and listen"; wanted: createServer(app.callback())',
    ],
    [
      "options, and an application of Koa",
      [{}, new Koa()],
      'found "listener: an application, with callback and listen"; wanted: createServer(app.callback())',
    ],
    [
      "an application of Fastify",
      [fastify()],
      "wanted: fastify({ serverFactory: (handler) => createServer(handler) })",
    ],
    ["an application of Hono", [new Hono()], "wanted: serve(options, fromFetch(app.fetch))"],
    ["options, and one of Hono", [{}, new Hono()], "wanted: serve(options, fromFetch(app.fetch))"],
    ["a router of fetch", [{ fetch: hello }], "wanted: serve(options, fromFetch(router.fetch))"],
  ])("%s: the error says how it is run", (_, given, message) => {
    expect(() => (createServer as (...given: readonly unknown[]) => unknown)(...given)).toThrow(message);
  });

  test.each([
    ["a text", "options: 'tls'", "tls"],
    ["a limit that is no number", "limits.bodyBytes: '1'", { limits: { bodyBytes: "1" } }],
  ])("%s is refused", (_, found, options) => {
    expect(() => createServer(options as never)).toThrow(`found "${found}"; wanted: `);
  });

  test("null is none", async () => {
    expect((await ask(await listening(createServer(null, hello)))).body).toBe("hello");
  });

  test.skipIf(lacks("openssl"))("tls: encrypted, and HTTP/1.1 alone", async () => {
    const port = await listening(
      withOptions({ tls: makeCertificate() }, (request, response) => {
        const { socket } = request as IncomingMessage & {
          socket: { encrypted?: boolean; alpnProtocol?: unknown };
        };
        response.end(JSON.stringify([socket.encrypted, socket.alpnProtocol, request.httpVersion]));
      }),
    );
    const offers = { ALPNProtocols: ["h2", "http/1.1"] };
    const asked = secureGet({ ...offers, port, host: "127.0.0.1", rejectUnauthorized: false, agent: false });
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    expect(JSON.parse(await text(response))).toEqual([true, "http/1.1", "1.1"]);
  });

  test("limits hold: a head that is too large", async () => {
    const port = await listening(withOptions({ limits: { headBytes: 1000 } }, hello));
    const { status } = await ask(port, { fields: [`X: ${"x".repeat(2000)}`] });
    expect(status).toBe(431);
    expect(errors).toEqual([]);
  });
});
