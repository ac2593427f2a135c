// How answers end on node:http and node:http2: whole, cut, or left by their reader.

import { createServer } from "node:http";
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { send, toListener } from "../../../src/adapters/node-http/index.ts";
import { AbortedError, EndedError } from "../../../src/errors.ts";
import { type Handler, stream, type StreamWriter, text } from "../../../src/index.ts";
import { RawClient } from "../../support/raw-client.ts";
import { request } from "../../support/servers.ts";
import { settled } from "../../support/settled.ts";
import { listening, onNodeHttp, onNodeHttp2, onOwnListener, takeErrors } from "./node-servers.ts";

const failing = (headers = {}): ReturnType<Handler> =>
  stream(
    "text/plain",
    async function* () {
      yield "first";
      await sleep(1);
      yield "second";
      throw new Error("meant");
    },
    { headers },
  );

describe("a body that fails", () => {
  test("in chunks ends without the last one, behind all that was written", async () => {
    const server = await onNodeHttp(() => failing());
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response).toMatchObject({ chunks: ["first", "second"], complete: false });
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("by its length ends short of it", async () => {
    const server = await onNodeHttp(() => failing({ "Content-Length": 100 }));
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response).toMatchObject({ body: "firstsecond", complete: false });
    await takeErrors(server);
  });

  test("up to the end of the connection is a reset", async () => {
    let fail: (reason: Error) => void = () => {};
    const server = await onNodeHttp(() =>
      stream("text/plain", async function* () {
        yield "first";
        await new Promise((_, reject) => (fail = reject));
      }),
    );
    const client = await server.connect();
    // Up to Node 22 a client takes a reset that comes together with octets for an end.
    await client.write("GET / HTTP/1.0\r\n\r\n").until("first");
    fail(new Error("meant"));
    expect(await client.ending()).toBe("RST");
    await takeErrors(server);
  });

  test("before its first piece is a 500, and the connection goes on", async () => {
    const server = await onNodeHttp(({ path }) =>
      path === "/"
        ? stream("text/plain", async function* () {
            await Promise.resolve();
            if (path === "/") throw new Error("meant");
            yield "";
          })
        : text("next"),
    );
    const client = await server.connect();
    client.write(request("/") + request("/next"));
    expect((await client.response()).status).toBe(500);
    expect((await client.response()).body).toBe("next");
    await takeErrors(server);
  });

  test("behind another answer, which is still on its way, leaves that whole", async () => {
    const server = await onNodeHttp(async ({ path }) => {
      if (path === "/second") return failing();
      await sleep(30);
      return text("Hello");
    });
    const client = await server.connect();
    client.write(request("/first") + request("/second"));
    expect(await client.response()).toMatchObject({ body: "Hello", complete: true });
    await client.ending();
    await takeErrors(server);
  });

  test.each([
    ["too short", ["a"], "ERR_SLUICE_LENGTH_MISMATCH", "a"],
    ["too long", ["ab", "cd"], "ERR_SLUICE_LENGTH_MISMATCH", "ab"],
  ])("that is %s is cut", async (_, pieces, code, body) => {
    const server = await onNodeHttp(() => stream("text/plain", pieces, { headers: { "Content-Length": 3 } }));
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response).toMatchObject({ body, complete: false });
    expect(await takeErrors(server)).toMatchObject([{ code }]);
  });
});

describe("a body that fails on HTTP/2", () => {
  test.each<[string, (response: Http2ServerResponse) => void]>([
    ["by itself", () => {}],
    [
      "behind middleware that wraps write",
      (response) => {
        const write = response.write.bind(response) as (...given: unknown[]) => boolean;
        response.write = (...given: unknown[]) => write(...given);
      },
    ],
  ])("%s, to a reader that starts late, is reset behind all that was written", async (_, wrap) => {
    const errors: unknown[] = [];
    const reply = stream("text/plain", async function* () {
      yield "x".repeat(60_000);
      // More than fits into the window of a stream.
      yield "y".repeat(10_000);
      throw new Error("meant");
    });
    const server = await listening(
      createHttp2Server((incoming, response) => {
        wrap(response);
        void send(reply, incoming, response, { compress: false, onError: (error) => errors.push(error) });
      }),
      errors,
    );
    const session = connect(`http://127.0.0.1:${server.port}`);
    try {
      const incoming = session.request({ ":path": "/" });
      incoming.on("error", () => {}); // The code says it.
      const closed = new Promise((resolve) => incoming.on("close", resolve));
      expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
      let octets = 0;
      incoming.on("data", (piece: Buffer) => (octets += piece.length));
      await closed;
      expect([octets, incoming.rstCode]).toEqual([70_000, 2]);
    } finally {
      session.destroy();
    }
  });
});

/** A source that never waits but for its reader, and what becomes of it. */
function endless() {
  const state = { pulled: 0, stopped: false, aborted: false, resolved: false };
  const piece = "x".repeat(16 * 1024);
  const handler: Handler = ({ signal }) => {
    signal.addEventListener("abort", () => (state.aborted = signal.reason instanceof EndedError));
    return stream(
      "text/plain",
      async function* () {
        try {
          for (;;) {
            state.pulled++;
            yield piece;
          }
        } finally {
          state.stopped = true;
        }
      },
      { compress: false },
    );
  };
  return { state, handler };
}

describe("a reader", () => {
  test("that stops is waited for, and one that then leaves stops the source", async () => {
    const { state, handler } = endless();
    const server = await onNodeHttp(handler);
    const client = await server.connect();
    await client.write(request("/")).until((all) => all.length > 100_000);
    client.pause();
    // Loopback buffers are some megabytes.
    expect(await settled(() => state.pulled)).toBeLessThan(2000);
    client.destroy();
    await expect
      .poll(() => state, { interval: 5, timeout: 1000 })
      .toMatchObject({ stopped: true, aborted: true });
  });

  test("of HTTP/2 that stops is waited for, and one that then leaves stops the source", async () => {
    const { state, handler } = endless();
    const server = await onNodeHttp2(handler);
    const session = connect(`http://127.0.0.1:${server.port}`);
    try {
      const incoming = session.request({ ":path": "/" });
      incoming.on("error", () => {});
      await new Promise((resolve) => incoming.once("data", resolve));
      incoming.pause();
      expect(await settled(() => state.pulled)).toBeLessThan(100);
      incoming.close(8);
      await expect
        .poll(() => state, { interval: 5, timeout: 1000 })
        .toMatchObject({ stopped: true, aborted: true });
    } finally {
      session.destroy();
    }
  });

  test("that leaves while the source waits stops it, and send's promise resolves", async () => {
    let stopped: unknown;
    let resolved = false;
    const server = await onOwnListener((options) => async (req, res) => {
      const body = (out: StreamWriter) => {
        void out.write("first");
        return new Promise<void>((_, reject) => {
          out.signal.addEventListener("abort", () => {
            stopped = out.signal.reason;
            reject(stopped);
          });
        });
      };
      await send(stream("text/plain", body), req, res, options);
      resolved = true;
    });
    const client = await server.connect();
    await client.write(request("/")).until("first");
    client.destroy();
    await expect.poll(() => resolved, { interval: 5, timeout: 1000 }).toBe(true);
    expect(stopped).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });

  test("that leaves stops also the answers to what was sent ahead", async () => {
    let stopped = 0;
    const server = await onNodeHttp(() =>
      stream("text/plain", async function* () {
        try {
          for (;;) {
            yield "x".repeat(1000);
            await sleep(1);
          }
        } finally {
          stopped++;
        }
      }),
    );
    const client = await server.connect();
    await client.write(request("/").repeat(20)).until("x");
    client.destroy();
    await expect.poll(() => stopped, { interval: 5, timeout: 1000 }).toBe(20);
  });

  test("that has left before the answer begins costs no source", async () => {
    let opened = false;
    let done: () => void = () => {};
    const answered = new Promise<void>((resolve) => (done = resolve));
    const server = await onOwnListener((options) => async (req, res) => {
      await new Promise((resolve) => res.on("close", resolve));
      const body = () => {
        opened = true;
      };
      await send(stream("text/plain", body), req, res, options);
      done();
    });
    const client = await server.connect();
    client.write(request("/"));
    await sleep(20);
    client.destroy();
    await answered;
    expect(opened).toBe(false);
  });

  test("that a writer doesn't wait for is given up at the limit of the backlog", async () => {
    const server = await onNodeHttp(
      () =>
        stream("text/plain", (out) => {
          for (;;) void out.write("x".repeat(64 * 1024));
        }),
      { compress: false, limits: { backlogBytes: 1024 * 1024 } },
    );
    const client = await server.connect();
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ complete: false });
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_BACKLOG" }]);
  });
});

test("a view that is used again after it was written has left as it was", async () => {
  for (const size of [100, 50_000]) {
    const server = await onNodeHttp(() =>
      stream("application/octet-stream", async function* () {
        const view = new Uint8Array(size);
        for (let each = 1; each <= 3; each++) {
          view.fill(64 + each);
          yield view;
        }
        structuredClone(view.buffer, { transfer: [view.buffer] });
      }),
    );
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response.complete).toBe(true);
    expect(response.chunks).toEqual(["A", "B", "C"].map((letter) => letter.repeat(size)));
  }
});

describe("the body of a request", () => {
  test("arrives as it is sent, with its trailers", async () => {
    const server = await onNodeHttp(async ({ body }) => {
      const words = await body.text();
      return text(`${words} ${(await body.trailers).fields.get("x-sum")}`);
    });
    const client = await server.connect();
    const chunks = "5\r\nwater\r\n5\r\n wine\r\n0\r\nX-Sum: 2\r\n\r\n";
    client.write(request("POST /", ["Transfer-Encoding: chunked", "Trailer: X-Sum"], chunks));
    expect((await client.response()).body).toBe("water wine 2");
  });

  test("that is not read makes its sender wait", async () => {
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await onNodeHttp(async ({ body }) => {
      let size = 0;
      for await (const piece of body) {
        size += piece.length;
        await gate;
      }
      return text(String(size));
    });
    const client = await server.connect();
    const size = 30_000_000;
    client.write(request("POST /", [`Content-Length: ${size}`]));
    client.write("x".repeat(size));
    expect(await settled(() => client.socket.bytesWritten - client.socket.writableLength)).toBeLessThan(size);
    go();
    expect((await client.response()).body).toBe(String(size));
  });

  test("that breaks off says so", async () => {
    let error: unknown;
    const server = await onNodeHttp(async ({ body }) => {
      error = await body.text().catch((reason: unknown) => reason);
      throw error;
    });
    const client = await server.connect();
    client.write(request("POST /", ["Content-Length: 10"], "abc"));
    await sleep(20);
    client.destroy();
    await expect.poll(() => error, { interval: 5 }).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
    expect(error).toBeInstanceOf(EndedError);
    expect(error).not.toBeInstanceOf(AbortedError);
  });

  test("that is expected is asked for by node:http", async () => {
    const server = await onNodeHttp(async ({ body }) => text(await body.text()));
    const client = await server.connect();
    client.write(request("POST /", ["Content-Length: 5", "Expect: 100-continue"]));
    await client.until("HTTP/1.1 100 Continue\r\n\r\n");
    client.write("water");
    await client.until("\r\n\r\nwater");
  });

  test("that is too large to gather is a 413", async () => {
    const server = await onNodeHttp(async ({ body }) => text(await body.text()), {
      limits: { gatheredBytes: 4 },
    });
    const client = await server.connect();
    client.write(request("POST /", ["Content-Length: 4"], "wine"));
    client.write(request("POST /", ["Content-Length: 5"], "water"));
    expect((await client.response()).body).toBe("wine");
    expect((await client.response()).status).toBe(413);
  });
});

test("a listener holds nothing once its connections are gone", async () => {
  const server = createServer(toListener(() => text("Hello")));
  const { port } = await listening(server);
  for (let each = 0; each < 5; each++) {
    const client = await RawClient.connect(port);
    await client.write(request("/")).response();
    client.destroy();
  }
  await expect
    .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))), {
      interval: 5,
    })
    .toBe(0);
});
