import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { gate } from "../../../support/gate.ts";
import { RawClient } from "../../../support/raw-client.ts";
import { settled } from "../../../support/settled.ts";
import { ask, errors, type Listener, listening, Log, same, seenOf, withOptions } from "./side-by-side.ts";

/** What a listener tells of a request as JSON, on both. */
const told = <Value>(tell: (...given: Parameters<Listener>) => Value | Promise<Value>): Listener => {
  return async (request, response) => {
    response.end(JSON.stringify((await tell(request, response)) ?? null));
  };
};

const bodyOf = async (port: number, request: string): Promise<unknown> => {
  const client = await RawClient.connect(port);
  client.write(request);
  return JSON.parse((await client.response()).body) as unknown;
};

const FIELDS = [
  "Host: example.org",
  "Accept: a",
  "accept: b",
  "Cookie: a=1",
  "Cookie: b=2",
  "User-Agent: first",
  "User-Agent: second",
  "Authorization: first",
  "Authorization: second",
  "Set-Cookie: c=1",
  "Set-Cookie: d=2",
  "X-Own:  padded  ",
  "x-own: more",
  "X-Empty:",
  "Referer: r1",
  "Referer: r2",
  "X-Latin: \xe9",
].join("\r\n");

describe("a request is what it is on node:http", () => {
  test("its head, with fields in every form", async () => {
    const listener = told((request) => {
      const { method, url, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders } = request;
      const { headersDistinct, upgrade, aborted, destroyed, readable, statusCode } =
        request as IncomingMessage & {
          upgrade: unknown;
        };
      const head = { method, url, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders };
      return { ...head, headersDistinct, upgrade, aborted, destroyed, readable, statusCode };
    });
    const seen = await same(
      (create) => create(listener),
      (port) => bodyOf(port, `GET /a%20b?c=d HTTP/1.1\r\n${FIELDS}\r\n\r\n`),
    );
    expect(seen).toMatchObject({ url: "/a%20b?c=d", headers: { accept: "a, b", cookie: "a=1; b=2" } });
  });

  test("its instances and its socket", async () => {
    await same(
      (create) =>
        create(
          told((request, response) => {
            const { socket } = request;
            return [
              request instanceof IncomingMessage,
              request.socket === response.socket,
              request.connection === socket,
              response.req === request,
              socket.remoteAddress,
              socket.localAddress,
              socket.remoteFamily,
              typeof socket.remotePort,
              "encrypted" in socket,
              socket.destroyed,
              socket.readable,
              socket.writable,
            ];
          }),
        ),
      (port) => bodyOf(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
  });

  test.each(["GET", "DELETE"])("%s without a body ends at once", async (method) => {
    const lines = await same(
      (create) =>
        create(async (request, response) => {
          const log = new Log();
          log.watch(request, "request", ["end", "close", "aborted"]);
          request.resume();
          await once(request, "close");
          log.add(`${request.complete} ${request.readableEnded}`);
          response.end(JSON.stringify(log.lines));
        }),
      (port) => bodyOf(port, `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`),
    );
    expect(lines).toEqual(["request end", "request close", "true true"]);
  });

  test.each<[string, Listener]>([
    [
      "by its events",
      told(
        (request) =>
          new Promise((resolve) => {
            let body = "";
            request
              .setEncoding("utf8")
              .on("data", (piece) => (body += piece))
              .on("end", () => resolve(body));
          }),
      ),
    ],
    [
      "by iteration",
      told(async (request) => {
        let body = "";
        for await (const piece of request) body += String(piece);
        return body;
      }),
    ],
    [
      "by readable",
      told(
        (request) =>
          new Promise((resolve) => {
            let body = "";
            request.on("readable", () => {
              for (let piece = request.read(); piece !== null; piece = request.read()) body += String(piece);
            });
            request.on("end", () => resolve(body));
          }),
      ),
    ],
    [
      "by a pipeline",
      told(async (request) => {
        const through = new PassThrough();
        const body = text(through);
        await pipeline(request, through);
        return body;
      }),
    ],
    [
      "late",
      told(async (request) => {
        await turn();
        return text(request);
      }),
    ],
  ])("a body is read %s, in length or in chunks", async (_name, listener) => {
    for (const framed of [
      "Content-Length: 5\r\n\r\nhello",
      "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ]) {
      const body = await same(
        (create) => create(listener),
        (port) => bodyOf(port, `POST / HTTP/1.1\r\nHost: a\r\n${framed}`),
      );
      expect(body).toBe("hello");
    }
  });

  test("trailers", async () => {
    const seen = await same(
      (create) =>
        create(
          told(async (request) => {
            await text(request);
            const { trailers, rawTrailers, trailersDistinct, complete } = request;
            return { trailers, rawTrailers, trailersDistinct, complete };
          }),
        ),
      (port) =>
        bodyOf(
          port,
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n1\r\na\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n",
        ),
    );
    expect(seen).toMatchObject({ trailers: { "x-a": "1", "x-b": "2" } });
  });

  test("a body that nobody reads leaves the connection to the next request", async () => {
    const statuses = await same(
      (create) => create((request, response) => void response.end(request.url)),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n${"x".repeat(10_000)}`);
        const first = await client.response();
        client.write("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        return [first.body, (await client.response()).body];
      },
    );
    expect(statuses).toEqual(["/1", "/2"]);
  });

  test("100 (Continue) comes when the body is read, and not before", async () => {
    const port = await listening(
      withOptions({}, async (request, response) => {
        if (request.url === "/read") await text(request);
        response.end("answered");
      }),
    );
    const asks = (target: string): string =>
      `POST ${target} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
    const reading = await RawClient.connect(port);
    reading.write(asks("/read"));
    await reading.until("HTTP/1.1 100 Continue\r\n\r\n");
    reading.write("ok");
    await reading.until("answered");
    const refusing = await RawClient.connect(port);
    refusing.write(asks("/refuse"));
    expect(await refusing.whole()).toMatch(/^HTTP\/1.1 200 OK\r\n.*Connection: close.*answered$/s);
  });

  test("checkContinue takes the place of request", async () => {
    const seen = await same(
      (create) => {
        const server = create(() => expect.unreachable());
        server.on("checkContinue", (request: IncomingMessage, response) => {
          if (request.url === "/no") {
            response.writeHead(417, { connection: "close" }).end();
          } else {
            response.writeContinue();
            void text(request).then((body) => response.end(body, "utf8"));
          }
        });
        return server;
      },
      async (port) => {
        const client = await RawClient.connect(port);
        client.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        const interim = await client.until("\r\n\r\n");
        client.write("ok");
        const all = await client.until("ok");
        const refused = await ask(port, {
          method: "POST",
          target: "/no",
          fields: ["Expect: 100-continue", "Content-Length: 2"],
        });
        return [interim, all.split("\r\n\r\n").length, refused];
      },
    );
    expect(seen[0]).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  });

  test("a reader that does not read holds the body back", async () => {
    const size = 16 * 1024 * 1024;
    const heldBack = gate();
    const port = await listening(
      withOptions({}, async (request, response) => {
        request.read(0);
        await heldBack.opened;
        const held = request.readableLength;
        let octets = 0;
        for await (const piece of request) octets += (piece as Buffer).length;
        response.end(JSON.stringify([held, octets]));
      }),
    );
    const client = await RawClient.connect(port);
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    client.write(Buffer.alloc(size));
    expect(await settled(() => client.socket.bytesWritten - client.socket.writableLength)).toBeLessThan(size);
    heldBack.open();
    const [held, octets] = JSON.parse((await client.response()).body) as number[];
    expect(octets).toBe(size);
    expect(held).toBeLessThan(1024 * 1024);
  });
});

describe("a request that does not arrive whole", () => {
  test("the sender leaves: aborted, error, close", async () => {
    const lines = await same(
      (create) => create(),
      async (port, server) => {
        const log = new Log();
        const over = new Promise<void>((resolve) => {
          server.on("request", (request: IncomingMessage, response) => {
            request.on("aborted", () => log.add("aborted"));
            request.on("error", (error: NodeJS.ErrnoException) =>
              log.add(`error ${error.code} ${error.message}`),
            );
            request.on("end", () => log.add("end"));
            response.on("close", () => log.add("response close"));
            request.on("close", () => {
              log.add(`close ${request.destroyed} ${request.complete} ${request.aborted}`);
              resolve();
            });
            request.resume();
          });
        });
        const client = await RawClient.connect(port);
        const begun = once(server, "request");
        client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        await begun;
        client.reset();
        await over;
        return log.lines;
      },
    );
    expect(lines.at(0)).toBe("aborted");
    expect(lines).toContain("error ECONNRESET aborted");
  });

  test("an error that nobody listens for ends no process", async () => {
    await same(
      (create) => create(),
      async (port, server) => {
        const closed = new Promise<boolean>((resolve) => {
          server.on("request", (request: IncomingMessage) => {
            request.on("close", () => resolve(request.aborted)).resume();
          });
        });
        const client = await RawClient.connect(port);
        const begun = once(server, "request");
        client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        await begun;
        client.reset();
        return closed;
      },
    );
  });

  test("iteration throws", async () => {
    const code = await same(
      (create) => create(),
      async (port, server) => {
        const thrown = new Promise<unknown>((resolve) => {
          server.on("request", (request: IncomingMessage) => {
            text(request).then(resolve, (error: NodeJS.ErrnoException) => resolve(error.code));
          });
        });
        const client = await RawClient.connect(port);
        const begun = once(server, "request");
        client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        await begun;
        client.reset();
        return thrown;
      },
    );
    expect(code).toBe("ECONNRESET");
  });

  test("a malformed chunk is answered 400, and the listener is told", async () => {
    let heard: unknown;
    const server = withOptions(
      {},
      (request) => void request.on("error", (error) => (heard = error)).resume(),
    );
    const begun = once(server, "request");
    const port = await listening(server);
    const client = await RawClient.connect(port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
    await begun;
    client.write("zz\r\n");
    expect(await client.whole()).toMatch(/^HTTP\/1.1 400 /);
    expect(heard).toMatchObject({ code: "ECONNRESET", cause: { cause: { code: "ERR_SLUICE_CHUNK_SIZE" } } });
  });

  test("a body over the limit is answered 413", async () => {
    const port = await listening(
      withOptions({ limits: { bodyBytes: 10 } }, (request, response) => void request.pipe(response)),
    );
    const fits = await ask(port, { method: "POST", body: "x".repeat(10) });
    expect(fits).toMatchObject({ status: 200, body: "x".repeat(10) });
    expect(await ask(port, { method: "POST", body: "x".repeat(11) })).toMatchObject({ status: 413 });
  });

  test("destroy() cuts the connection", async () => {
    const ending = await same(
      (create) => create((request) => void request.destroy()),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        await client.ending();
        return client.text;
      },
    );
    expect(ending).toBe("");
  });

  test("a body that is read on after the answer ends with an error, and the connection goes on", async () => {
    let heard: unknown;
    const port = await listening(
      withOptions({}, (request, response) => {
        if (request.url === "/1") request.on("error", (error) => (heard = error)).resume();
        response.end(`answer to ${request.url}`);
      }),
    );
    const client = await RawClient.connect(port);
    client.write("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    expect(seenOf(await client.response()).body).toBe("answer to /1");
    client.write("-whole");
    client.write("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(seenOf(await client.response()).body).toBe("answer to /2");
    expect(heard).toMatchObject({ code: "ECONNRESET", cause: { code: "ERR_SLUICE_ANSWERED" } });
    expect(errors).toEqual([]);
  });
});
