// What particular about answers there is on node:http and node:http2; what holds everywhere is tested in test/behaviours.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type SendOptions, send, toListener } from "../../../src/adapters/node-http/index.ts";
import { UsageError } from "../../../src/errors.ts";
import { content, type Request, stream, text } from "../../../src/index.ts";
import { request } from "../../support/servers.ts";
import { askHttp2, listening, onNodeHttp, onNodeHttp2, onOwnListener, takeErrors } from "./node-servers.ts";

const WORDS = ["one ", "two ", "three"];

describe("on node:http", () => {
  test("a text has its length, and the connection goes on", async () => {
    const server = await onNodeHttp(() => text("Hello\n"));
    const client = await server.connect();
    client.write(request("/") + request("/"));
    for (let each = 0; each < 2; each++) {
      const response = await client.response();
      expect(response).toMatchObject({ status: 200, body: "Hello\n", complete: true });
      expect(response.headers.get("content-length")).toBe("6");
      expect(response.headers.get("connection")).toBe("keep-alive");
    }
  });

  test("each piece of a stream is a chunk", async () => {
    const server = await onNodeHttp(() => stream("text/plain", WORDS));
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response.chunks).toEqual(WORDS);
  });

  test("a piece leaves before the next one is made", async () => {
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await onNodeHttp(() =>
      stream("text/plain", async function* () {
        yield "first";
        await gate;
        yield "second";
      }),
    );
    const client = await server.connect();
    await client.write(request("/")).until("first");
    expect(client.text).not.toContain("second");
    go();
    expect((await client.response()).chunks).toEqual(["first", "second"]);
  });

  test("a head leaves when the source waits", async () => {
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await onNodeHttp(() =>
      stream("text/plain", async function* () {
        await gate;
        yield "late";
      }),
    );
    const client = await server.connect();
    await client.write(request("/")).until("\r\n\r\n");
    go();
    expect((await client.response()).body).toBe("late");
  });

  test("HEAD, 204 and 304 have no body", async () => {
    const server = await onNodeHttp(({ path }) => {
      if (path === "/204") return { status: 204, headers: {}, body: null };
      return content("text/plain", "Hello\n", { etag: '"1"' });
    });
    const client = await server.connect();
    client.write(request("HEAD /") + request("/204") + request("/", ['If-None-Match: "1"']) + request("/"));
    expect((await client.response("HEAD")).headers.get("content-length")).toBe("6");
    expect((await client.response()).headers.has("content-length")).toBe(false);
    expect(await client.response()).toMatchObject({ status: 304, body: "" });
    expect((await client.response()).body).toBe("Hello\n");
  });

  test("trailers follow for those who ask", async () => {
    const server = await onNodeHttp(() =>
      stream("text/plain", WORDS, { trailers: { "X-Count": () => "3" } }),
    );
    const client = await server.connect();
    client.write(request("/", ["TE: trailers"]) + request("/"));
    const told = await client.response();
    expect(told.headers.get("trailer")).toBe("X-Count");
    expect(told.trailers.get("x-count")).toBe("3");
    const untold = await client.response();
    expect(untold.headers.has("trailer")).toBe(false);
    expect(untold.trailers.size).toBe(0);
  });

  test("a text with trailers is chunked", async () => {
    const server = await onNodeHttp(() =>
      text("Hello", { trailers: { "X-Count": "1" }, trailersAlways: true }),
    );
    const client = await server.connect();
    const response = await client.write(request("/")).response();
    expect(response.chunks).toEqual(["Hello"]);
    expect(response.trailers.get("x-count")).toBe("1");
  });

  test("ranges are content()'s", async () => {
    const server = await onNodeHttp(() => content("text/plain", "0123456789".repeat(1000)));
    const client = await server.connect();
    client.write(request("/", ["Range: bytes=2-4"]) + request("/", ["Range: bytes=0-0,5000-5001"]));
    client.write(request("/", ["Range: bytes=20000-"]));
    expect(await client.response()).toMatchObject({ status: 206, body: "234" });
    const parts = await client.response();
    expect(parts.headers.get("content-type")).toMatch(/^multipart\/byteranges/);
    expect(parts.body).toMatch(/\r\n\r\n0\r\n[^]*\r\n\r\n01\r\n/);
    expect((await client.response()).status).toBe(416);
  });

  test("early hints go before the head, with any fields and of any interim status", async () => {
    const server = await onNodeHttp((incoming) => {
      incoming.informational(103, { link: "</a.css>; rel=preload, </b.js>; rel=preload", "X-Hint": "1" });
      incoming.informational(104, { "X-Upload": "0" });
      return text("Hello");
    });
    const client = await server.connect();
    const all = await client.write(request("/")).until("Hello");
    expect(all).toMatch(
      /^HTTP\/1.1 103 Early Hints\r\nlink: <\/a.css>; rel=preload, <\/b.js>; rel=preload\r\nX-Hint: 1\r\n\r\nHTTP\/1.1 104 .*\r\nX-Upload: 0\r\n\r\nHTTP\/1.1 200 OK\r\n/,
    );
  });

  test.each([99, 101, 200, 103.5])("%s is no interim status", async (status) => {
    const server = await onNodeHttp((incoming) => {
      incoming.informational(status);
      return text("");
    });
    const client = await server.connect();
    expect((await client.write(request("/")).response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_INVALID_START_LINE" }]);
  });

  test("clients of HTTP/1.0 get no hints, and the end of the connection as the end of the body", async () => {
    const server = await onNodeHttp((incoming) => {
      incoming.informational(103, { link: "</a.css>" });
      return stream("text/plain", WORDS, { trailers: { "X-Count": "3" }, trailersAlways: true });
    });
    const client = await server.connect();
    client.write("GET / HTTP/1.0\r\n\r\n");
    expect(await client.whole()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\none two three$/);
    expect(client.text).not.toContain("railer");
    expect(await client.ending()).toBe("FIN");
  });

  test("requests sent ahead are answered in order", async () => {
    const server = await onNodeHttp(({ path }) =>
      stream("text/plain", async function* () {
        for (let at = 0; at < 3; at++) {
          yield `${path}${at} `;
          await sleep(path === "/0" ? 5 : 0);
        }
      }),
    );
    const client = await server.connect();
    client.write(Array.from({ length: 20 }, (_, at) => request(`/${at}`)).join(""));
    for (let at = 0; at < 20; at++) expect((await client.response()).body).toBe(`/${at}0 /${at}1 /${at}2 `);
  });

  test("a codec is flushed at each piece", async () => {
    for (const coding of ["gzip", "br"]) {
      let go: () => void = () => {};
      const gate = new Promise<void>((resolve) => (go = resolve));
      const server = await onNodeHttp(() =>
        stream("text/plain", async function* () {
          yield "first";
          await gate;
          yield "second";
        }),
      );
      const response = await fetch(`http://127.0.0.1:${server.port}/`, {
        headers: { "accept-encoding": coding },
      });
      expect(response.headers.get("content-encoding")).toBe(coding);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader.read()).value).toBe("first");
      go();
      expect((await reader.read()).value).toBe("second");
      expect((await reader.read()).done).toBe(true);
    }
  });
});

describe("what was set on the response before", () => {
  const set =
    (headers: Record<string, string | string[]>, status = 200) =>
    (options: SendOptions) =>
      toSend(headers, status, options);

  function toSend(headers: Record<string, string | string[]>, status: number, options: SendOptions) {
    return (req: Parameters<typeof send>[1], res: Parameters<typeof send>[2]) => {
      res.statusCode = status;
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      const reply = { headers: { "Set-Cookie": "b=2", Vary: "Accept", "X-Both": "reply" }, status: 200 };
      if (req.url === "/failing") return send(() => Promise.reject(new Error("meant")), req, res, options);
      return send(
        { ...reply, body: req.url === "/long" ? "long ".repeat(1000) : "Hello" },
        req,
        res,
        options,
      );
    };
  }

  test("stays, but for what the reply says", async () => {
    const server = await onOwnListener(
      set({
        "Set-Cookie": ["a=1"],
        Vary: "Origin, accept",
        "X-Both": "app",
        "X-App": "1",
        "Content-Length": "99",
      }),
    );
    const client = await server.connect();
    const { headers, body } = await client.write(request("/")).response();
    expect(body).toBe("Hello");
    expect(headers.get("set-cookie")).toBe("a=1, b=2");
    expect(headers.get("vary")).toBe("Origin, Accept");
    expect(headers.get("x-both")).toBe("reply");
    expect(headers.get("x-app")).toBe("1");
    expect(headers.get("content-length")).toBe("5");
  });

  test("a status stays where the reply's is 200", async () => {
    const server = await onOwnListener(set({}, 201));
    const client = await server.connect();
    expect(await client.write(request("/")).response()).toMatchObject({ status: 201, reason: "Created" });
  });

  test("is what the reply is weighed by", async () => {
    const server = await onOwnListener(set({ ETag: '"1"', "Content-Type": "text/plain" }));
    const client = await server.connect();
    client.write(request("/", ['If-None-Match: "1"']) + request("/long", ["Accept-Encoding: gzip"]));
    expect((await client.response()).status).toBe(304);
    const coded = await client.response();
    expect(coded.headers.get("content-encoding")).toBe("gzip");
    expect(coded.headers.get("etag")).toBe('"1-gzip"');
    expect(coded.headers.get("vary")).toBe("Accept, Accept-Encoding");
  });

  test("a coding that the body has already is not applied twice", async () => {
    const server = await onOwnListener(set({ "Content-Encoding": "br", "Content-Type": "text/plain" }));
    const client = await server.connect();
    const response = await client.write(request("/long", ["Accept-Encoding: gzip, br"])).response();
    expect(response.headers.get("content-encoding")).toBe("br");
    expect(response.body).toHaveLength(5000);
  });

  test("an error takes nothing of what described the answer", async () => {
    const server = await onOwnListener(
      set({ ETag: '"1"', "Cache-Control": "max-age=9", "Content-Language": "de", "X-App": "1" }, 201),
    );
    const client = await server.connect();
    const { status, headers } = await client.write(request("/failing")).response();
    expect(status).toBe(500);
    expect([...headers.keys()].toSorted()).toEqual([
      "connection",
      "content-length",
      "content-type",
      "date",
      "keep-alive",
      "x-app",
    ]);
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });
});

describe("send", () => {
  test("resolves when the response has left, also for those that fail", async () => {
    const order: string[] = [];
    const server = await onOwnListener((options) => async (req, res) => {
      res.on("finish", () => order.push("finish"));
      await send(
        (incoming: Request) => (incoming.path === "/" ? text("Hello") : Promise.reject(new Error("meant"))),
        req,
        res,
        options,
      );
      order.push("resolved");
    });
    const client = await server.connect();
    client.write(request("/") + request("/failing"));
    await client.response();
    expect((await client.response()).status).toBe(500);
    await expect.poll(() => order, { interval: 2 }).toEqual(["finish", "resolved", "finish", "resolved"]);
    await takeErrors(server);
  });

  test("to a response that has ended is reported, and hurts nobody", async () => {
    const server = await onOwnListener((options) => async (req, res) => {
      res.end("Hello");
      await send(text("again"), req, res, options);
    });
    const client = await server.connect();
    client.write(request("/") + request("/"));
    for (let each = 0; each < 2; each++) expect((await client.response()).body).toBe("Hello");
    const errors = await takeErrors(server, 2);
    for (const error of errors) expect(error).toMatchObject({ code: "ERR_SLUICE_OUT_OF_ORDER" });
  });

  test("to a response that has begun is reported, and the response cut", async () => {
    const server = await onOwnListener((options) => async (req, res) => {
      res.write("Hello");
      await send(text("again"), req, res, options);
    });
    const client = await server.connect();
    client.write(request("/"));
    const response = await client.response();
    expect(response).toMatchObject({ body: "Hello", complete: false });
    expect((await takeErrors(server))[0]).toBeInstanceOf(UsageError);
  });

  test("to a response that another answer is sent to is reported, and doesn't touch that", async () => {
    let stopped = 0;
    const server = await onOwnListener((options) => async (req, res) => {
      void send(stream("text/plain", WORDS), req, res, options);
      const late = stream("text/plain", new ReadableStream({ cancel: () => void stopped++ }));
      await send(late, req, res, options);
    });
    const client = await server.connect();
    client.write(request("/") + request("/"));
    for (let each = 0; each < 2; each++)
      expect(await client.response()).toMatchObject({ body: WORDS.join(""), complete: true });
    expect(await takeErrors(server, 2)).toHaveLength(2);
    expect(stopped).toBe(2);
  });

  test("where somebody else ends the response meanwhile is reported", async () => {
    const server = await onOwnListener((options) => async (req, res) => {
      const sent = send(() => sleep(20).then(() => text("late")), req, res, options);
      res.end("early");
      await sent;
    });
    const client = await server.connect();
    expect((await client.write(request("/")).response()).body).toBe("early");
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_OUT_OF_ORDER" }]);
  });

  test.each([
    ["compres", { compres: true } as SendOptions],
    ["compress", { compress: "gzip" as never }],
    ["onError", { onError: 1 as never }],
    ["limits.backlogBytes", { limits: { backlogBytes: -1 } }],
  ])("refuses what %s may not be", (_, options) => {
    expect(() => toListener(() => text(""), options)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
    );
  });

  test("refuses what is no request or no response", async () => {
    const refused: unknown[] = [];
    const attempt = (call: () => unknown): void => {
      try {
        call();
      } catch (error) {
        refused.push((error as { code?: unknown }).code, (error as Error).message);
      }
    };
    const server = await onOwnListener((options) => (req, res) => {
      const given = text("") as never;
      attempt(() => (send as Function)(given));
      attempt(() => (send as Function)(given, req));
      attempt(() => send(given, res as never, req as never));
      attempt(() => (send as Function)(req, res, given));
      attempt(() => (toListener(() => given) as Function)());
      attempt(() => toListener(() => given)(res as never, req as never));
      return send(text("Hello"), req, res, options);
    });
    expect((await (await server.connect()).write(request("/")).response()).body).toBe("Hello");
    expect(refused.filter((each) => each === "ERR_SLUICE_OPTION")).toHaveLength(6);
    expect(refused[1]).toContain("wanted: send(answer, request, response)");
    expect(refused[9]).toContain("wanted: listener(request, response)");
  });

  test("refuses a listener without a handler", () => {
    expect(() => toListener(text("") as never)).toThrow(
      'found "handler: an object"; wanted: a function: toListener(handler, options)',
    );
  });
});

describe("on node:http2's compatibility API", () => {
  test("a text has its length, and a stream no fields of a connection", async () => {
    const server = await onNodeHttp2(({ path }) =>
      path === "/text" ? text("Hello") : stream("text/plain", WORDS, { headers: { Connection: "close" } }),
    );
    const whole = await askHttp2(server, "/text");
    expect(whole).toMatchObject({ body: "Hello", code: 0 });
    expect(whole.head["content-length"]).toBe("5");
    const streamed = await askHttp2(server, "/");
    expect(streamed).toMatchObject({ body: WORDS.join(""), code: 0 });
    expect(Object.keys(streamed.head)).toEqual([":status", "content-type", "vary", "date"]);
  });

  test("trailers, hints and lines that stay apart arrive", async () => {
    const server = await onNodeHttp2((incoming) => {
      incoming.informational(103, { link: "</a.css>; rel=preload" });
      const headers = { "Set-Cookie": ["a=1", "b=2"] };
      return stream("text/plain", WORDS, { headers, trailers: { "X-Count": () => "3" } });
    });
    const response = await askHttp2(server, "/", { te: "trailers" });
    expect(response.interim).toMatchObject([{ ":status": 103, link: "</a.css>; rel=preload" }]);
    expect(response.head["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(response.trailers).toMatchObject({ "x-count": "3" });
    expect(response.body).toBe(WORDS.join(""));
  });

  test("a body that fails is reset behind what was written", async () => {
    const server = await onNodeHttp2(() =>
      stream("text/plain", async function* () {
        yield "first";
        await sleep(1);
        throw new Error("meant");
      }),
    );
    expect(await askHttp2(server, "/")).toMatchObject({ body: "first", code: 2 });
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("a handler that fails is a 500", async () => {
    const server = await onNodeHttp2(() => {
      throw new Error("meant");
    });
    const response = await askHttp2(server, "/");
    expect(response.head[":status"]).toBe(500);
    expect(response.code).toBe(0);
    await takeErrors(server);
  });

  test("an upload arrives, with its target and authority", async () => {
    const server = await onNodeHttp2(async ({ url, body, httpVersion, remote }) =>
      text(`${url.protocol}${url.pathname} ${await body.text()} ${httpVersion} ${remote.address}`),
    );
    const { body } = await askHttp2(server, "/up", {}, "water");
    expect(body).toBe("http:/up water 2.0 127.0.0.1");
  });
});

test("an unread body of a request doesn't hold the connection", async () => {
  const server = await listening(createServer(toListener(() => text("Hello"))));
  const client = await server.connect();
  const body = "x".repeat(300_000);
  client.write(request("POST /", [`Content-Length: ${body.length}`], body) + request("/"));
  expect((await client.response()).body).toBe("Hello");
  expect((await client.response()).body).toBe("Hello");
});
