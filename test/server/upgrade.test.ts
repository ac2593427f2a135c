import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { deferred } from "../../src/deferred.ts";
import { type Request, type ServeOptions, text } from "../../src/index.ts";
import { makeCertificate } from "../support/certificate.ts";
import { lacks } from "../support/programs.ts";
import { request, start, takeErrors, type TestServer } from "../support/servers.ts";
import { settled } from "../support/settled.ts";

type Upgrade = NonNullable<ServeOptions["upgrade"]>;

const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
const ASK = ["Connection: keep-alive, Upgrade", "Upgrade: echo"];

/** Says that it has switched, and then says everything twice. */
const echo: Upgrade = (_request, socket, first) => {
  socket.on("error", () => {});
  socket.write(SWITCHED);
  if (first.length > 0) socket.write(first);
  socket.pipe(socket);
};

const upgrading = (upgrade: Upgrade, options: ServeOptions = {}): Promise<TestServer> =>
  start(({ path, headers }) => text(`${path} ${headers.get("upgrade") ?? ""}`), { upgrade, ...options });

/** A server of ws, as its users write it. */
function websockets(): { upgrade: Upgrade; server: WebSocketServer } {
  const server = new WebSocketServer({ noServer: true });
  server.on("connection", (socket) => {
    socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
  });
  const upgrade: Upgrade = ({ method, headers, target }, socket, first) => {
    const incoming = { method, url: target, headers: Object.fromEntries(named(headers)), socket };
    server.handleUpgrade(incoming as never, socket, first, (ready) =>
      server.emit("connection", ready, incoming),
    );
  };
  return { upgrade, server };
}

function named(headers: Iterable<readonly [string, string]>): [string, string][] {
  return [...headers].map(([name, value]) => [name.toLowerCase(), value]);
}

describe.each([
  ["plain", false],
  ["TLS", true],
])("ws over %s", (_name, secure) => {
  const skipped = secure && lacks("openssl");
  const tls = secure && !skipped ? makeCertificate() : undefined;

  test.skipIf(skipped)("says everything back, whole and in pieces", async () => {
    const { upgrade, server: sockets } = websockets();
    const server = await upgrading(upgrade, { tls });
    const socket = new WebSocket(`${secure ? "wss" : "ws"}://127.0.0.1:${server.port}/chat`, {
      rejectUnauthorized: false,
    });
    await once(socket, "open");
    for (const message of ["hello", "", "wörld", "a".repeat(1_000_000)]) {
      socket.send(message);
      const [back] = (await once(socket, "message")) as [Buffer];
      expect(back.toString()).toBe(message);
    }
    // Nobody makes the client wait for its turn.
    let [count, sum] = [0, 0];
    socket.on("message", (back: Buffer) => ((sum += back.length), count++));
    for (let at = 0; at < 200; at++) socket.send(Buffer.alloc(10_000));
    await expect.poll(() => count).toBe(200);
    expect(sum).toBe(2_000_000);
    expect(server.server.stats).toMatchObject({ connections: 1, active: 1, requests: 1 });
    expect(server.server.stats.bytesReceived).toBeGreaterThan(3_000_000);
    socket.close(1000);
    await once(socket, "close");
    await expect.poll(() => server.server.stats.connections).toBe(0);
    sockets.close();
  });
});

describe("a connection that leaves HTTP", () => {
  test.each([[false], ["cleartext"]] as const)(
    "is handed over with what came right behind, http2: %s",
    async (http2) => {
      const server = await upgrading(echo, { http2 });
      const client = await server.connect();
      client.write(request("/", ASK) + "first");
      await client.until(`${SWITCHED}first`);
      client.write(" and more");
      await client.until("first and more");
      client.finish();
      expect(await client.ending()).toBe("FIN");
    },
  );

  test("octet by octet, and behind another request", async () => {
    const server = await upgrading(echo);
    const client = await server.connect();
    for (const octet of request("/", ASK)) await client.sent(octet);
    await client.until(SWITCHED);
    const second = await server.connect();
    second.write(request("/one") + request("/two", ASK) + "first");
    expect(await second.response()).toMatchObject({ status: 200, body: "/one " });
    await second.until(`${SWITCHED}first`);
    second.write("more");
    await second.until("firstmore");
  });

  test.each<[string, string]>([
    ["a body", request("POST /", [...ASK, "Content-Length: 2"], "hi")],
    ["a chunked body", request("POST /", [...ASK, "Transfer-Encoding: chunked"], "2\r\nhi\r\n0\r\n\r\n")],
    ["an empty chunked body", request("POST /", [...ASK, "Transfer-Encoding: chunked"], "0\r\n\r\n")],
    ["no Connection: Upgrade", request("/", ["Upgrade: echo"])],
    ["HTTP/1.0", request("GET / HTTP/1.0", [...ASK])],
  ])("does not with %s: the handler answers", async (_name, octets) => {
    const server = await upgrading(echo);
    const client = await server.connect();
    client.write(octets);
    expect(await client.response()).toMatchObject({ status: 200, body: "/ echo" });
  });

  test.each([["h2c"], ["H2C"], ["h2c, h2c"]])("does not for %s, which is withdrawn", async (protocol) => {
    const server = await upgrading(echo);
    const client = await server.connect();
    const fields = [
      "Connection: Upgrade, HTTP2-Settings",
      `Upgrade: ${protocol}`,
      "HTTP2-Settings: AAMAAABk",
    ];
    client.write(request("/", fields));
    expect(await client.response()).toMatchObject({ status: 200, body: `/ ${protocol}` });
    client.write(request("/", ["Connection: Upgrade", `Upgrade: ${protocol}, echo`]));
    await client.until(SWITCHED);
  });

  test("does not where nobody speaks anything else", async () => {
    const server = await start(() => text("HTTP"));
    const client = await server.connect();
    client.write(request("/", ASK));
    expect(await client.response()).toMatchObject({ status: 200, body: "HTTP" });
  });

  test.each<[string, Upgrade]>([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
  ])("is closed where its handler %s, and the application is told", async (_name, upgrade) => {
    const server = await upgrading(upgrade);
    const client = await server.connect();
    client.write(request("/", ASK));
    await client.ending();
    expect(client.text).toBe("");
    expect(await takeErrors(server)).toEqual([new Error("broken")]);
    await expect.poll(() => server.server.stats.connections).toBe(0);
  });

  test("has the request whole", async () => {
    const seen = deferred<Request>();
    const server = await upgrading((incoming, socket) => {
      seen.resolve(incoming);
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    const client = await server.connect();
    client.write(request("/room?name=a", [...ASK, "Cookie: a=1"]));
    expect(await client.response()).toMatchObject({ status: 403 });
    const { path, query, headers, signal, body, remote } = await seen.promise;
    expect([path, query.get("name"), headers.get("cookie")]).toEqual(["/room", "a", "a=1"]);
    expect(signal.aborted).toBe(false);
    expect(await body.text()).toBe("");
    expect(remote.address).toBe("127.0.0.1");
  });

  test("counts among the connections, and outlives no server", async () => {
    const server = await upgrading(echo, { limits: { connections: 1 } });
    const client = await server.connect();
    client.write(request("/", ASK));
    await client.until(SWITCHED);
    const second = await server.connect();
    expect(await second.response()).toMatchObject({ status: 503 });
    // Closing waits for it, for as long as the grace is.
    const closing = server.server.close({ grace: 150 });
    await sleep(50);
    client.write("still there");
    await client.until("still there");
    const begun = performance.now();
    await closing;
    expect(performance.now() - begun).toBeLessThan(1_000);
    await client.ending();
  });

  test("closing resolves as soon as it is over", async () => {
    const server = await upgrading(echo);
    const client = await server.connect();
    client.write(request("/", ASK));
    await client.until(SWITCHED);
    const closing = server.server.close({ grace: 5_000 });
    client.finish();
    await closing;
  });

  test("has no deadline of HTTP any more", async () => {
    const timeouts = { head: 60, idle: 60, body: 60, write: 60, linger: 60 };
    const server = await upgrading(echo, { timeouts });
    const client = await server.connect();
    client.write(request("/", ASK));
    await client.until(SWITCHED);
    await sleep(250);
    client.write("still there");
    await client.until("still there");
  });

  describe.each([
    ["plain", false],
    ["TLS", true],
  ])("that nobody touches, %s", (_name, secure) => {
    const skipped = secure && lacks("openssl");
    const tls = secure && !skipped ? makeCertificate() : undefined;
    const timeouts = { head: 100 };
    const ask = async (server: TestServer) => {
      const client = await server.connect();
      client.write(request("/", ASK));
      return client;
    };

    test.skipIf(skipped)("has the time of a head", async () => {
      const server = await upgrading(() => {}, { tls, timeouts });
      const client = await ask(server);
      await client.ending();
      expect(client.text).toBe("");
      await expect.poll(() => server.server.stats.connections).toBe(0);
    });

    test.skipIf(skipped).each<[string, (socket: Socket) => unknown]>([
      ["reads", (socket) => socket.on("data", () => {})],
      ["waits until it is readable", (socket) => socket.on("readable", () => {})],
      ["waits for its end", (socket) => socket.on("end", () => {})],
      ["lets it flow", (socket) => socket.resume()],
      ["writes", (socket) => socket.write(SWITCHED)],
    ])("and any time where somebody %s", async (_how, touch) => {
      const given = deferred<Socket>();
      const server = await upgrading((_request, socket) => given.resolve(socket), { tls, timeouts });
      await ask(server);
      const socket = await given.promise;
      await sleep(40);
      touch(socket);
      await sleep(200);
      expect(socket.destroyed).toBe(false);
      socket.destroy();
    });
  });

  test("the socket has nothing of the server's left on it", async () => {
    const given = deferred<Socket>();
    const server = await upgrading((_request, socket) => given.resolve(socket));
    const client = await server.connect();
    client.write(request("/", ASK));
    const socket = await given.promise;
    expect(socket.listenerCount("data")).toBe(0);
    expect(socket.listenerCount("readable")).toBe(0);
    expect(socket.readableFlowing).toBe(null);
    expect(socket.timeout ?? 0).toBe(0);
    socket.destroy();
  });

  test("backpressure reaches the client through the socket", async () => {
    let socket!: Socket;
    const server = await upgrading((_request, given) => {
      socket = given;
      given.on("error", () => {});
      given.write(SWITCHED);
    });
    const client = await server.connect();
    client.write(request("/", ASK));
    await client.until(SWITCHED);
    const piece = Buffer.alloc(64 * 1024, "a");
    for (let at = 0; at < 1_000; at++) client.write(piece);
    await settled(() => server.server.stats.bytesReceived);
    expect(socket.readableLength).toBeLessThan(1024 * 1024);
    expect(server.server.stats.bytesReceived).toBeLessThan(8 * 1024 * 1024);
    let read = 0;
    socket.on("data", (bytes: Buffer) => (read += bytes.length));
    await expect.poll(() => read, { timeout: 5_000 }).toBe(piece.length * 1_000);
  });

  test("either side may close first, and the other goes on", async () => {
    const server = await upgrading((_request, socket, first) => {
      socket.write(SWITCHED);
      let all = first.toString();
      socket.on("data", (bytes: Buffer) => (all += bytes.toString()));
      socket.on("end", () => socket.end(`after the end: ${all}`));
    });
    const client = await server.connect();
    client.write(request("/", ASK)).write("one ");
    await client.until(SWITCHED);
    client.write("two").finish();
    await client.until("after the end: one two");
    const other = await upgrading((_request, socket) => {
      socket.end(SWITCHED);
      socket.on("data", (bytes: Buffer) => heard.push(bytes.toString()));
    });
    const heard: string[] = [];
    const late = await other.connect({ allowHalfOpen: true });
    late.write(request("/", ASK));
    expect(await late.ending()).toBe("FIN");
    late.write("still talking").finish();
    await expect.poll(() => heard.join("")).toBe("still talking");
  });
});

describe("an upgrade that waits behind an answer", () => {
  const ASKED = request("/up", ASK);

  test("gets every octet that was sent behind it, however many, when it comes to read them", async () => {
    const size = 400_000;
    const all = deferred<number>();
    const server = await upgrading(async (_request, socket, first) => {
      let got = first.length;
      // Whoever looks later than at once must not have lost anything.
      for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
      socket.on("data", (piece: Buffer) => {
        got += piece.length;
        if (got === size) all.resolve(got);
      });
      socket.write(SWITCHED);
    });
    const client = await server.connect();
    client.write(`${request("/")}${ASKED}`).write(Buffer.alloc(size));
    expect(await all.promise).toBe(size);
  });

  test("is none of the request before it to an AsyncLocalStorage", async () => {
    const storage = new AsyncLocalStorage<string>();
    const found = deferred<string | undefined>();
    const server = await start(
      async ({ path }) => {
        storage.enterWith(path);
        await Promise.resolve();
        return text("");
      },
      {
        upgrade: (_request, socket) => {
          found.resolve(storage.getStore());
          socket.end(SWITCHED);
        },
      },
    );
    const client = await server.connect();
    client.write(request("/first") + ASKED);
    expect(await found.promise).toBe(undefined);
    await client.ending();
  });

  test("is a request like others where the client has closed its side meanwhile", async () => {
    const answer = deferred<void>();
    const server = await start(
      async ({ path }) => {
        if (path === "/") await answer.promise;
        return text(path);
      },
      { upgrade: echo, allowHalfOpen: true },
    );
    const client = await server.connect();
    client.write(request("/") + ASKED).finish();
    await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
    answer.resolve();
    expect([(await client.response()).body, (await client.response()).body]).toEqual(["/", "/up"]);
    expect(await client.ending()).toBe("FIN");
  });
});
