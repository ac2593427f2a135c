import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Handler, stream, text } from "../../src/index.ts";
import { request, start, type TestServer } from "../support/servers.ts";

const hello: Handler = () => text("hello");
const drops: Handler = () =>
  stream("text/plain", async function* () {
    yield "drip ";
    await Promise.resolve();
    yield "drop";
  });

describe("HTTP/1.1", () => {
  test("keeps the connection, and says nothing about it", async () => {
    const server = await start(hello);
    const client = await server.connect();
    for (let round = 0; round < 3; round++) {
      client.write(request("/"));
      const response = await client.response();
      expect(response).toMatchObject({ status: 200, body: "hello" });
      expect(response.headers.has("connection")).toBe(false);
      expect(response.headers.get("content-length")).toBe("5");
    }
    expect(server.server.stats).toMatchObject({ connections: 1, requests: 3 });
  });

  test.each(["close", "Close", "foo, close", "close, te", "keep-alive, close"])(
    "closes for Connection: %s",
    async (value) => {
      const server = await start(hello);
      const client = await server.connect();
      client.write(request("/", [`Connection: ${value}`]));
      const response = await client.response();
      expect(response.headers.get("connection")).toBe("close");
      expect(await client.ending()).toBe("FIN");
    },
  );

  test.each(["keep-alive", "content-length", "transfer-encoding", "closed"])(
    "stays for Connection: %s",
    async (value) => {
      const server = await start(async ({ body }) => text(await body.text()));
      const client = await server.connect();
      client.write(request("POST /", [`Connection: ${value}`, "Content-Length: 5"], "hello"));
      expect((await client.response()).body).toBe("hello");
      client.write(request("POST /", ["Content-Length: 5"], "again"));
      expect((await client.response()).body).toBe("again");
    },
  );

  test("closes where the reply says so", async () => {
    const server = await start(() => text("bye", { headers: { connection: "close" } }));
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test("one empty line before a request is ignored", async () => {
    const server = await start(hello);
    const client = await server.connect();
    client.write(`${request("/")}\r\n${request("/")}`);
    expect((await client.response()).body).toBe("hello");
    expect((await client.response()).body).toBe("hello");
  });
});

describe("HTTP/1.0", () => {
  test("closes", async () => {
    const server = await start(hello);
    const client = await server.connect();
    client.write("GET / HTTP/1.0\r\n\r\n");
    const response = await client.response();
    expect(response).toMatchObject({ status: 200, body: "hello", complete: true });
    expect(response.headers.get("connection")).toBe("close");
    expect(response.headers.get("content-length")).toBe("5");
    expect(await client.ending()).toBe("FIN");
  });

  test("keeps the connection for Connection: keep-alive, and says so", async () => {
    const server = await start(hello);
    const client = await server.connect();
    for (let round = 0; round < 3; round++) {
      client.write("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
      const response = await client.response();
      expect(response.headers.get("connection")).toBe("keep-alive");
      expect(response.body).toBe("hello");
    }
  });

  test.each(["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\nTE: trailers\r\n\r\n"])(
    "never gets chunks: %j",
    async (head) => {
      const server = await start(drops);
      const client = await server.connect();
      client.write(head);
      await client.ending();
      const response = await client.response();
      expect(response).toMatchObject({ status: 200, body: "drip drop", chunks: undefined });
      expect(response.headers.has("transfer-encoding")).toBe(false);
      expect(response.headers.has("content-length")).toBe(false);
      expect(response.headers.get("connection")).toBe("close");
      expect(await client.ending()).toBe("FIN");
    },
  );

  test("a length that is known keeps the connection, trailers or not", async () => {
    const server = await start(() => ({ status: 200, headers: {}, body: "hello", trailers: { "x-a": "1" } }));
    const client = await server.connect();
    client.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const response = await client.response();
    expect(response).toMatchObject({ body: "hello", complete: true });
    expect(response.headers.get("content-length")).toBe("5");
    expect(response.headers.get("connection")).toBe("keep-alive");
  });
});

describe("answers without a body", () => {
  test.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("%s answered %i starts no stream", async (method, status) => {
    const log: string[] = [];
    const sources: Record<string, () => never> = {
      function: () => (() => log.push("function called")) as never,
      generator: () =>
        (async function* () {
          try {
            log.push("generator begun");
            yield "body";
          } finally {
            log.push("generator ended");
          }
        })() as never,
      web: () =>
        new ReadableStream(
          { pull: () => void log.push("stream pulled"), cancel: () => void log.push("cancelled") },
          { highWaterMark: 0 },
        ) as never,
    };
    const server = await start(({ path }) => stream("text/plain", sources[path.slice(1)](), { status }));
    const client = await server.connect();
    for (const source of Object.keys(sources)) {
      client.write(request(`${method} /${source}`));
      const response = await client.response(method);
      expect(response.status).toBe(status);
      expect(response.headers.has("content-length")).toBe(false);
      expect(response.headers.has("transfer-encoding")).toBe(false);
    }
    client.write(request("HEAD /web"));
    await client.response("HEAD");
    expect(client.rest).toBe("");
    expect(log).toEqual(["cancelled", "cancelled"]);
  });

  test("HEAD gets the length that GET would have", async () => {
    const server = await start(hello);
    const client = await server.connect();
    client.write(request("HEAD /") + request("/"));
    const head = await client.response("HEAD");
    expect(head.headers.get("content-length")).toBe("5");
    expect((await client.response()).body).toBe("hello");
    expect(client.rest).toBe("");
  });

  test("204 has no Content-Length, 304 only the reply's own", async () => {
    const server = await start(({ path }) => ({
      status: Number(path.slice(1)),
      headers: path === "/304" ? { "content-length": 5, etag: '"a"' } : {},
      body: null,
    }));
    const client = await server.connect();
    client.write(request("/204") + request("/304") + request("/200"));
    expect((await client.response()).headers.has("content-length")).toBe(false);
    expect((await client.response()).headers.get("content-length")).toBe("5");
    expect((await client.response()).headers.get("content-length")).toBe("0");
  });

  test("a 204 with a body is a mistake", async () => {
    const server = await start(() => text("body", { status: 204 }));
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).status).toBe(500);
    expect(server.errors.splice(0)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_BODY_NOT_ALLOWED" }),
    ]);
  });

  test("nothing follows CONNECT", async () => {
    const paths: string[] = [];
    const server = await start((incoming) => {
      paths.push(incoming.target);
      return { status: 200, headers: {}, body: null };
    });
    const client = await server.connect();
    client.write(request("CONNECT example.org:443", ["Host: example.org:443"]) + request("/smuggled"));
    const response = await client.response("HEAD");
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
    expect(client.rest).toBe("");
    expect(paths).toEqual(["example.org:443"]);
  });
});

describe("a body that nobody reads", () => {
  const post = (length: number, ...fields: string[]): string =>
    request("POST /", [`Content-Length: ${length}`, ...fields]);

  test("is read away up to the limit, and the connection goes on", async () => {
    const server = await start(hello, { limits: { drainedBytes: 1_000 } });
    const client = await server.connect();
    client.write(post(1_000));
    const response = await client.response();
    expect(response.headers.has("connection")).toBe(false);
    client.write("a".repeat(1_000) + request("/"));
    expect((await client.response()).body).toBe("hello");
  });

  test("and is longer closes the connection, as the head says already", async () => {
    const server = await start(hello, { limits: { drainedBytes: 1_000 } });
    const client = await server.connect();
    client.write(post(1_001));
    const response = await client.response();
    expect(response).toMatchObject({ body: "hello", complete: true });
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test("in chunks is read away up to the limit", async () => {
    const server = await start(hello, { limits: { drainedBytes: 1_000 } });
    const client = await server.connect();
    const head = request("POST /", ["Transfer-Encoding: chunked"]);
    client.write(head);
    expect((await client.response()).body).toBe("hello");
    client.write(`3e8\r\n${"a".repeat(1_000)}\r\n0\r\n\r\n${head}`);
    expect((await client.response()).body).toBe("hello");
    client.write(`3e9\r\n${"a".repeat(1_001)}\r\n0\r\n\r\n${request("/")}`);
    expect(await client.ending()).toBe("FIN");
    expect(client.rest).toBe("");
  });

  test("that was given up after its beginning counts as one", async () => {
    const server = await start(
      async ({ body }) => {
        for await (const piece of body) return text(Buffer.from(piece).toString());
        return text("empty");
      },
      { limits: { drainedBytes: 1_000 } },
    );
    const client = await server.connect();
    client.write(`${post(100_000)}first`);
    const response = await client.response();
    expect(response.body).toBe("first");
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test("that is bad after its answer ends the connection without another word", async () => {
    const server = await start(hello);
    const client = await server.connect();
    client.write(request("POST /", ["Transfer-Encoding: chunked"]));
    expect((await client.response()).body).toBe("hello");
    client.write(`zz\r\n${request("/")}`);
    expect(await client.ending()).toBe("FIN");
    expect(client.rest).toBe("");
  });
});

describe("allowHalfOpen", () => {
  /** What a connection that is opened later asks for is read later: what others sent before it has been seen by then. */
  const whatWasSent = async (server: TestServer): Promise<void> => {
    const later = await server.connect();
    later.write(request("/later"));
    await later.response();
  };

  test("off: a peer that has closed its side is not answered", async () => {
    const reasons: unknown[] = [];
    const server = await start(async (incoming) => {
      await once(incoming.signal, "abort");
      reasons.push(incoming.signal.reason);
      return text("late");
    });
    const client = await server.connect();
    client.write(request("/")).finish();
    expect(await client.whole()).toBe("");
    expect(reasons).toEqual([expect.objectContaining({ code: "ERR_SLUICE_READER_LEFT" })]);
  });

  test("on: all that it has asked for is answered, then the connection closes", async () => {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await start(
      async ({ path }) => {
        if (path === "/") await gate;
        return text("late");
      },
      { allowHalfOpen: true, timeouts: { idle: 5_000 } },
    );
    const client = await server.connect();
    client.write(request("/") + request("/") + request("/")).finish();
    await whatWasSent(server);
    go();
    const begun = performance.now();
    for (let count = 0; count < 3; count++) expect((await client.response()).body).toBe("late");
    expect(await client.ending()).toBe("FIN");
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  test("on: a peer that closes its side during an answer gets it all, then the connection closes", async () => {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await start(
      ({ path }) =>
        path === "/later"
          ? text("")
          : stream("text/plain", async function* () {
              yield "one ";
              await gate;
              yield "two";
            }),
      { allowHalfOpen: true, timeouts: { idle: 5_000 } },
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("one ");
    client.finish();
    await whatWasSent(server);
    go();
    expect(await client.response()).toMatchObject({ body: "one two", complete: true });
    expect(await client.ending(1_000)).toBe("FIN");
  });
});

test("the last request that a connection may make is told so", async () => {
  const server = await start(hello, { limits: { requests: 3 } });
  const client = await server.connect();
  client.write(request("/").repeat(5));
  const heads = [await client.response(), await client.response(), await client.response()];
  expect(heads.map(({ headers }) => headers.get("connection"))).toEqual([undefined, undefined, "close"]);
  expect(await client.ending()).toBe("FIN");
  expect(client.rest).toBe("");
});

test("Date is in every answer, and a reply's own wins", async () => {
  const date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const server = await start(({ path }) => text("", path === "/own" ? { headers: { date } } : {}));
  const client = await server.connect();
  client.write(request("/") + request("/own"));
  const now = (await client.response()).headers.get("date")!;
  expect(now).toMatch(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
  expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(3_000);
  expect((await client.response()).headers.get("date")).toBe(date);
});
