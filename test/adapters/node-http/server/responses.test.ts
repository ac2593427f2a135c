// oxlint-disable eslint/no-underscore-dangle -- The names are node:http's.
import { once } from "node:events";
import { type IncomingMessage, ServerResponse } from "node:http";
import { finished as whenFinished, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "vitest";
import { RawClient } from "../../../support/raw-client.ts";
import { ask, type Asked, errors, type Listener, listening, Log, same, withOptions } from "./side-by-side.ts";

/** Listeners whose whole answers are compared. */
const ANSWERS: Record<string, Listener> = {
  "end alone": (_, response) => void response.end(),
  "end with text": (_, response) => void response.end("grüße"),
  "end with latin-1": (_, response) => void response.end("grüße", "latin1"),
  "end with base64": (_, response) => void response.end("aGVsbG8=", "base64"),
  "end with bytes": (_, response) => void response.end(new Uint8Array([104, 105])),
  "write and end": (_, response) => {
    response.write("one");
    response.write("zwei ü", "utf8");
    response.write("AQI=", "base64");
    response.end("three");
  },
  "an empty write": (_, response) => {
    response.write("");
    response.end("x");
  },
  "writeHead and end": (_, response) =>
    void response.writeHead(201, { "X-A": "1", "x-b": ["2", "3"] }).end("x"),
  "writeHead with a reason": (_, response) => void response.writeHead(200, "Fine", { a: 1 }).end("x"),
  "writeHead with a flat list": (_, response) => void response.writeHead(200, ["A", "1", "B", "2"]).end("x"),
  "writeHead over setHeader": (_, response) => {
    response.setHeader("X-A", "old");
    response.setHeader("X-C", 3);
    response.writeHead(200, { "x-a": "new", "X-B": "b" }).end("x");
  },
  "statusCode and statusMessage": (_, response) => {
    response.statusCode = 404;
    response.statusMessage = "Gone Fishing";
    response.end("x");
  },
  "the reasons of node:http": (_, response) => void response.writeHead(413).end("x"),
  "setHeader with lists": (_, response) => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.appendHeader("X-A", "1").appendHeader("X-A", "2");
    response.removeHeader("X-None");
    response.end(
      JSON.stringify([response.getHeaders(), response.getHeaderNames(), response.hasHeader("x-a")]),
    );
  },
  "a length that holds": (_, response) => {
    response.setHeader("Content-Length", 6);
    response.write("abc");
    response.end("def");
  },
  "a length as text": (_, response) => void response.writeHead(200, { "content-length": "3" }).end("abc"),
  "chunked by hand": (_, response) => {
    response.setHeader("Transfer-Encoding", "chunked");
    response.end("abc");
  },
  shouldKeepAlive: (_, response) => {
    response.shouldKeepAlive = false;
    response.end("x");
  },
  "no Date": (_, response) => {
    response.sendDate = false;
    response.end(String(response.sendDate));
  },
  "204": (_, response) => void response.writeHead(204).end(),
  "204 with a body that is dropped": (_, response) => void response.writeHead(204).end("x"),
  "304": (_, response) => void response.writeHead(304, { etag: '"a"' }).end(),
  "304 with a length": (_, response) => void response.writeHead(304, { "content-length": 9 }).end(),
  "a stream": (_, response) => void Readable.from(["a", "b", "c"]).pipe(response),
  "a pipeline": (_, response) => void pipeline(Readable.from(["a", "b", "c"]), response),
  "flushHeaders first": (_, response) => {
    response.flushHeaders();
    setImmediate(() => response.end("late"));
  },
  corked: (_, response) => {
    response.cork();
    response.write("a");
    response.write("b");
    response.uncork();
    response.end("c");
  },
  "headers of the web": (_, response) => {
    response.setHeaders(
      new Headers([
        ["x-a", "1"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ]),
    );
    response.end("x");
  },
};

/** Those that node:http itself fails at with HTTP/1.0, and with HEAD. */
const TRAILERS: Record<string, Listener> = {
  "announced trailers": (_, response) => {
    response.writeHead(200, { Trailer: "X-Sum, X-More" });
    response.write("body");
    response.addTrailers({ "X-Sum": " 12:30: a", "X-More": "2" });
    response.end();
  },
  "trailers that nobody announced": (_, response) => {
    response.write("body");
    response.addTrailers([["X-Sum", "1"]] as never);
    response.end();
  },
  "trailers where there are no chunks": (_, response) => {
    response.addTrailers({ "X-Sum": "1" });
    response.end("body");
  },
};

const CASES: Record<string, Asked> = {
  GET: {},
  "HTTP/1.0": { version: "1.0" },
  "HTTP/1.0 with keep-alive": { version: "1.0", fields: ["Connection: keep-alive"] },
  "Connection: close": { fields: ["Connection: close"] },
};

describe.each(Object.entries(CASES))("a response to %s is what it is on node:http", (name, asked) => {
  test.each(Object.entries(ANSWERS))("%s", async (_name, listener) => {
    const seen = await same(
      (create) => create(listener),
      async (port) => {
        const { headers, ...rest } = await ask(port, asked);
        // Whether a connection of HTTP/1.0 is kept is ours to say: node:http keeps none.
        const { connection, "content-length": length, "transfer-encoding": coding, ...others } = headers;
        // And node:http does not tell it a length that it knows, but sends it chunks that the application asks for.
        const framing = name.includes("1.0") ? undefined : [connection, length, coding];
        return { ...rest, headers: others, framing };
      },
    );
    expect(seen.complete).toBe(true);
  });
});

describe("trailers of a response", () => {
  test.each(Object.entries(TRAILERS))("%s", async (_name, listener) => {
    const seen = await same(
      (create) => create(listener),
      (port) => ask(port),
    );
    expect(seen).toMatchObject({ body: "body", complete: true });
  });
});

describe("a response to HEAD", () => {
  test.each(Object.entries(ANSWERS))("%s", async (_name, listener) => {
    await same(
      (create) => create(listener),
      async (port) => {
        const { headers, ...rest } = await ask(port, { method: "HEAD" });
        // node:http names the framing of an answer that isn't there, which says nothing.
        const { "transfer-encoding": _framing, trailer: _trailer, ...others } = headers;
        return { ...rest, headers: others };
      },
    );
  });
});

/** What a listener finds out about its response, told in a second answer. */
async function finds(
  asks: (request: IncomingMessage, response: ServerResponse, log: Log) => unknown,
): Promise<string[]> {
  return same(
    (create) => create(),
    async (port, server) => {
      const log = new Log();
      const over = new Promise<void>((resolve, reject) => {
        server.on("request", (request: IncomingMessage, response: ServerResponse) => {
          response.on("close", () => setImmediate(() => setImmediate(resolve)));
          Promise.resolve(asks(request, response, log)).catch(reject);
        });
      });
      const client = await RawClient.connect(port);
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await over;
      return log.lines;
    },
  );
}

const state = (response: ServerResponse): string => {
  const { headersSent, finished, writableEnded, writableFinished, destroyed, closed, writable } = response;
  const { writableNeedDrain, writableObjectMode, errored, statusCode } = response;
  return JSON.stringify([
    [headersSent, finished, writableEnded, writableFinished, destroyed, closed, writable],
    [writableNeedDrain, writableObjectMode, errored === null, statusCode],
  ]);
};

describe("what a response tells", () => {
  test("events and states, in order", async () => {
    const lines = await finds((request, response, log) => {
      log.watch(response, "response", ["pipe", "unpipe", "prefinish", "finish", "close", "drain", "error"]);
      log.watch(request, "request", ["end", "close", "aborted", "error"]);
      log.add(state(response));
      response.write("a", () => log.add("written"));
      log.add(state(response));
      response.on("finish", () => log.add(`${state(response)} ${response.socket === null}`));
      response.on("close", () => log.add(state(response)));
      response.end("b");
      log.add(state(response));
    });
    expect(lines.filter((line) => line.startsWith("response "))).toEqual([
      "response prefinish",
      "response finish",
      "response close",
    ]);
  });

  test("the callbacks of end(), each once", async () => {
    const lines = await finds((_request, response, log) => {
      response.end("x", () => log.add(`first ${response.writableFinished}`));
      response.end(() => log.add(`second ${response.writableFinished}`));
      response.on("close", () => {
        response.end((error?: NodeJS.ErrnoException) => log.add(`late ${error?.code}`));
      });
    });
    expect(new Set(lines)).toEqual(
      new Set(["first true", "second true", "late ERR_STREAM_ALREADY_FINISHED"]),
    );
    expect(lines).toHaveLength(3);
  });

  test("a listener that comes after end() hears finish", async () => {
    const lines = await finds(async (_request, response, log) => {
      response.end("x");
      await once(response, "finish");
      log.add("finish");
    });
    expect(lines).toEqual(["finish"]);
  });

  test("stream.finished() of both", async () => {
    const lines = await finds(async (request, response, log) => {
      whenFinished(response, (error) => log.add(`response ${error?.code}`));
      whenFinished(request, (error) => log.add(`request ${error?.code}`));
      response.end("x");
    });
    expect(lines.toSorted()).toEqual(["request undefined", "response undefined"]);
  });

  test("a request and a response after the end", async () => {
    await finds((request, response, log) => {
      response.on("close", () =>
        setImmediate(() =>
          log.add(
            JSON.stringify([
              request.destroyed,
              request.readableEnded,
              request.complete,
              request.readable,
              request.aborted,
            ]),
          ),
        ),
      );
      response.end("x");
    });
  });

  test("a write after the end", async () => {
    await finds((_request, response, log) => {
      response.on("error", (error: NodeJS.ErrnoException) => log.add(`error ${error.code}`));
      response.end("x");
      log.add(
        String(
          response.write("y", (error) => log.add(`called back ${(error as NodeJS.ErrnoException).code}`)),
        ),
      );
      response.end();
      response.end((error?: NodeJS.ErrnoException) => log.add(`end ${error?.code}`));
    });
  });

  test("what is no piece, and what is no field", async () => {
    const lines = await finds((_request, response, log) => {
      const tried = (attempt: () => unknown): void => {
        try {
          attempt();
          log.add("fine");
        } catch (error) {
          log.add((error as NodeJS.ErrnoException).code ?? String(error));
        }
      };
      tried(() => response.write(null));
      tried(() => response.write(5));
      tried(() => response.end({}));
      tried(() => response.setHeader("a b", "c"));
      tried(() => response.setHeader("a", "b\nc"));
      tried(() => response.setHeader("a", undefined as never));
      tried(() => response.writeHead(99));
      tried(() => response.writeHead(1000));
      tried(() => response.writeHead(200, { "a b": "c" }));
      tried(() => response.writeHead(200, { a: "b\r\nc" }));
      tried(() => response.writeHead(200, "re\nason"));
      tried(() => response.writeHead(200, ["odd"]));
      response.statusMessage = "OK";
      tried(() => response.writeHead(200, { Trailer: "X", "Content-Length": 1 }));
      tried(() => response.addTrailers({ "a b": "c" }));
      tried(() => response.writeEarlyHints({ link: "no link" }));
      response.removeHeader("x");
      response.write("x");
      tried(() => response.setHeader("late", "1"));
      tried(() => response.writeHead(200));
      tried(() => response.removeHeader("late"));
      tried(() => response.flushHeaders());
      response.end();
    });
    expect(lines).not.toContain("ERR_SLUICE_INVALID_FIELD");
  });

  test("a listener that is patched over writeHead, write and end gets called, as compression does", async () => {
    await same(
      (create) =>
        create((_request, response) => {
          // oxlint-disable-next-line typescript/unbound-method -- They are called with their response.
          const { writeHead, write, end } = response;
          response.writeHead = function (this: ServerResponse, ...given: unknown[]) {
            this.setHeader("X-Patched", "head");
            return Reflect.apply(writeHead, this, given);
          };
          response.write = ((chunk: string) =>
            Reflect.apply(write, response, [chunk.toUpperCase()])) as never;
          response.end = ((chunk: string) => Reflect.apply(end, response, [chunk.toUpperCase()])) as never;
          response.write("a");
          response.end("b");
        }),
      (port) => ask(port),
    );
  });

  test("interim responses", async () => {
    const text = await same(
      (create) =>
        create((_request, response) => {
          response.writeProcessing();
          response.writeEarlyHints(
            { link: ["</a>; rel=preload", "</b>; rel=preload"], "x-trace": " 12:30: a" },
            () => response.writeHead(200, { connection: "close", date: "now" }).end("done"),
          );
        }),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        return (await client.whole()).split("\r\n\r\n").slice(0, 2);
      },
    );
    expect(text[1]).toContain("103 Early Hints");
  });
});

describe("what can't be sent is not sent", () => {
  test("a head that is refused leaves nothing to the next one", async () => {
    const port = await listening(
      withOptions({}, ({ url }, response) => {
        const refused =
          url === "/status"
            ? () => response.writeHead(999)
            : () => response.writeHead(204, { "Transfer-Encoding": "gzip" });
        const code = url === "/status" ? "ERR_SLUICE_INVALID_START_LINE" : "ERR_SLUICE_FRAMING_FIELD";
        expect(refused).toThrow(expect.objectContaining({ code }));
        response.writeHead(404);
        response.end("body");
      }),
    );
    for (const target of ["/status", "/framing"])
      expect(await ask(port, target)).toMatchObject({ status: 404, reason: "Not Found", body: "body" });
  });

  test("shouldKeepAlive is what it is on node:http, unless a field says otherwise", async () => {
    const ends = await same(
      (create) =>
        create(({ url }, response) => {
          response.shouldKeepAlive = false;
          if (url === "/kept") response.setHeader("Connection", "keep-alive");
          response.end("x");
        }),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n");
        const kept = (await client.response()).headers.get("connection") !== "close";
        client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        return [kept, (await client.response()).headers.get("connection"), await client.ending()];
      },
    );
    expect(ends).toEqual([true, "close", "FIN"]);
  });

  test("a length that is too long: 500", async () => {
    const port = await listening(
      withOptions({}, (_, response) => void response.writeHead(200, { "content-length": 3 }).end("four")),
    );
    expect(await ask(port)).toMatchObject({ status: 500, complete: true });
    expect(errors.splice(0)).toMatchObject([{ code: "ERR_SLUICE_LENGTH_MISMATCH" }]);
  });

  test("Keep-Alive and Connection: keep-alive are the server's to say", async () => {
    const port = await listening(
      withOptions({}, (_, response) => {
        response.writeHead(200, {
          Connection: "keep-alive",
          "Keep-Alive": "timeout=1",
          "Proxy-Connection": "x",
        });
        response.end("x");
      }),
    );
    const client = await RawClient.connect(port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const head = (await client.whole()).split("\r\n\r\n")[0];
    expect(head).not.toMatch(/keep-alive|proxy/i);
    expect(head).toContain("Connection: close");
  });

  test("a length that is too short is cut", async () => {
    const log = new Log();
    const port = await listening(
      withOptions({}, (_, response) => {
        log.watch(response, "response", ["error", "finish", "close"]);
        response.writeHead(200, { "content-length": 5 });
        response.write("four");
        setImmediate(() => response.end());
      }),
    );
    expect(await ask(port)).toMatchObject({ status: 200, body: "four", complete: false });
    expect(errors.splice(0)).toMatchObject([{ code: "ERR_SLUICE_LENGTH_MISMATCH" }]);
    expect(log.lines).toEqual(["response error", "response close"]);
  });

  test("two framings become one", async () => {
    const port = await listening(
      withOptions({}, (_, response) => {
        response.writeHead(200, { "content-length": 3, "transfer-encoding": "chunked" });
        response.end("abc");
      }),
    );
    const { headers, body } = await ask(port);
    expect(body).toBe("abc");
    expect(headers).toEqual({ "transfer-encoding": "chunked" });
  });

  test.each(["gzip", "gzip, chunked", "chunked, gzip", "x"])(
    "Transfer-Encoding: %s is refused: nobody could read the body",
    async (coding) => {
      const port = await listening(
        withOptions({}, (_, response) => {
          response.setHeader("Transfer-Encoding", coding);
          response.end("abc");
        }),
      );
      const { status, headers } = await ask(port);
      expect([status, headers["transfer-encoding"]]).toEqual([500, undefined]);
      expect(errors.splice(0)).toMatchObject([{ code: "ERR_SLUICE_FRAMING_FIELD" }]);
    },
  );

  test.each(["chunked", "Chunked", " chunked", "identity"])(
    "Transfer-Encoding: %s is not",
    async (coding) => {
      const port = await listening(
        withOptions({}, (_, response) => {
          response.setHeader("Transfer-Encoding", coding);
          response.end("abc");
        }),
      );
      expect(await ask(port)).toMatchObject({ status: 200, body: "abc", complete: true });
    },
  );

  test.each<[string, Record<string, string | string[]>, string]>([
    ["a value", { link: "</a>; rel=preload", "x-a": "b\r\nevil: 1" }, "ERR_INVALID_CHAR"],
    ["one of several", { link: "</a>; rel=preload", "x-a": ["b", "c\nevil: 1"] }, "ERR_INVALID_CHAR"],
    ["a name", { link: "</a>; rel=preload", "x-a: b\r\nevil": "1" }, "ERR_INVALID_HTTP_TOKEN"],
    ["a link", { link: "</a\r\nevil: 1>; rel=preload" }, "ERR_INVALID_CHAR"],
  ])("a line break in %s of early hints is refused", async (_, hints, code) => {
    const codes: unknown[] = [];
    const port = await listening(
      withOptions({}, (_request, response) => {
        try {
          response.writeEarlyHints(hints);
        } catch (error) {
          codes.push((error as NodeJS.ErrnoException).code);
        }
        response.end("x");
      }),
    );
    expect(await ask(port)).toMatchObject({ status: 200, body: "x" });
    expect(codes).toEqual([code]);
  });

  test("no octets past the message", async () => {
    const codes: unknown[] = [];
    const port = await listening(
      withOptions({}, (_, response) => {
        const raw = response as ServerResponse & Record<"_send" | "_writeRaw", (text: string) => void>;
        for (const attempt of [() => raw._send("x"), () => raw._writeRaw("HTTP/1.1 200 OK\r\n\r\n")]) {
          try {
            attempt();
          } catch (error) {
            codes.push((error as NodeJS.ErrnoException).code);
          }
        }
        response.end("x");
      }),
    );
    expect(await ask(port)).toMatchObject({ body: "x" });
    expect(codes).toEqual(["ERR_SLUICE_SOCKET", "ERR_SLUICE_SOCKET"]);
  });

  test.each([600, 999, 101])("a status of %i is refused", async (status) => {
    const port = await listening(
      withOptions({}, (_, response) => {
        try {
          response.writeHead(status);
        } catch (error) {
          response.writeHead(500).end((error as NodeJS.ErrnoException).code);
        }
      }),
    );
    expect(await ask(port)).toMatchObject({ status: 500, body: "ERR_SLUICE_INVALID_START_LINE" });
  });
});
