import { describe, expect, test } from "vitest";
import { type Body, type Handler, html, json, type Reply, stream, text } from "../../src/index.ts";
import { request, start, takeErrors } from "../support/servers.ts";
import { PIECES, SOURCES, webStream, WHOLE } from "../support/sources.ts";

const utf8 = (octets: string): string => Buffer.from(octets, "latin1").toString();

/** The response to one request, and to the next one, which shows that the connection has stayed in step. */
async function answer(handler: Handler, line = "/", fields: string[] = []) {
  const server = await start((incoming) => (incoming.path === "/next" ? text("next") : handler(incoming)));
  const client = await server.connect();
  client.write(request(line, fields) + request("/next"));
  const response = await client.response(line.split(" ")[0]);
  if (response.headers.get("connection") !== "close") expect((await client.response()).body).toBe("next");
  expect(client.rest).toBe("");
  return response;
}

describe.each(Object.entries(SOURCES))("a stream from %s", (name, source) => {
  test("arrives whole, in chunks", async () => {
    const response = await answer(() => stream("text/plain", source()));
    expect(response).toMatchObject({ status: 200, complete: true });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(utf8(response.body)).toBe(WHOLE);
    if (name === "Blob") {
      expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(WHOLE)));
    } else {
      expect(response.headers.get("transfer-encoding")).toBe("chunked");
      expect(response.headers.has("content-length")).toBe(false);
      expect(response.chunks!.map(utf8)).toEqual(PIECES);
    }
  });

  test("arrives whole by its Content-Length, where the reply says one", async () => {
    const headers = { "Content-Length": Buffer.byteLength(WHOLE) };
    const response = await answer(() => stream("text/plain", source(), { headers }));
    expect(response.headers.has("transfer-encoding")).toBe(false);
    expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(WHOLE)));
    expect(utf8(response.body)).toBe(WHOLE);
  });

  test("arrives whole over HTTP/1.0", async () => {
    const server = await start(() => stream("text/plain", source()));
    const client = await server.connect();
    client.write("GET / HTTP/1.0\r\n\r\n");
    expect(await client.ending()).toBe("FIN");
    const response = await client.response();
    expect(response.chunks).toBe(undefined);
    expect(utf8(response.body)).toBe(WHOLE);
  });
});

describe("bodies of known size", () => {
  test.each<[string, Body, string]>([
    ["a string", "höher 🌊", "höher 🌊"],
    ["an empty string", "", ""],
    ["bytes", Buffer.from("bytes"), "bytes"],
    ["no bytes", new Uint8Array(), ""],
    ["nothing", null, ""],
  ])("%s", async (_name, body, expected) => {
    const response = await answer(() => ({ status: 200, headers: {}, body }));
    expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(expected)));
    expect(utf8(response.body)).toBe(expected);
  });

  test.each([4_095, 4_096, 4_097, 65_535, 65_536, 300_000, 20 * 1024 * 1024])("%i bytes", async (size) => {
    const body = Buffer.alloc(size, "abcdefghijklmnopqrstuvwxyz");
    const server = await start(() => ({ status: 200, headers: {}, body }));
    const client = await server.connect();
    client.write(request("/", ["Connection: close"]));
    const whole = await client.whole();
    const content = whole.slice(whole.indexOf("\r\n\r\n") + 4);
    expect(content.length).toBe(size);
    expect(content === body.toString()).toBe(true);
  });

  test("a stream of a string is that string", async () => {
    const response = await answer(() => stream("text/plain", "whole"));
    expect(response).toMatchObject({ body: "whole", chunks: undefined });
  });

  test("a function that returns a string sends it", async () => {
    const response = await answer(() => stream("text/plain", () => "whole"));
    expect(response).toMatchObject({ body: "whole", chunks: ["whole"] });
  });
});

describe("helpers", () => {
  test("text", async () => {
    const response = await answer(() => text("höher", { status: 201, headers: { "X-A": "1" } }));
    expect(response).toMatchObject({ status: 201, reason: "Created" });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(response.headers.get("x-a")).toBe("1");
    expect(utf8(response.body)).toBe("höher");
  });

  test("json", async () => {
    const response = await answer(() => json({ a: ["ä", null] }));
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(utf8(response.body)).toBe('{"a":["ä",null]}');
  });

  test("html", async () => {
    const response = await answer(() => ({ ...html`<p>${"<b>"}</p>`, status: 404 }));
    expect(response).toMatchObject({ status: 404, body: "<p>&lt;b&gt;</p>" });
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  });
});

describe("a web Response", () => {
  test("with text", async () => {
    const response = await answer(() => new Response("höher", { status: 202, headers: { "X-A": "1" } }));
    expect(response).toMatchObject({ status: 202, complete: true });
    expect(response.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
    expect(utf8(response.body)).toBe("höher");
  });

  test("with a stream, several cookies, and nothing", async () => {
    const headers = new Headers();
    headers.append("set-cookie", "a=1, b");
    headers.append("set-cookie", "c=2");
    const streamed = await answer(
      () => new Response(webStream(["a", "b"].map((it) => Buffer.from(it))), { headers }),
    );
    expect(streamed).toMatchObject({ body: "ab", chunks: ["a", "b"] });
    expect(streamed.head).toContain("set-cookie: a=1, b\r\nset-cookie: c=2\r\n");
    expect((await answer(() => new Response(null, { status: 204 }))).status).toBe(204);
    const redirect = await answer(() => Response.redirect("http://a/b", 303));
    expect(redirect.headers.get("location")).toBe("http://a/b");
    expect(JSON.parse((await answer(() => Response.json({ a: 1 }))).body)).toEqual({ a: 1 });
  });

  test("to HEAD is cancelled", async () => {
    let cancelled = false;
    const response = await answer(
      () => new Response(new ReadableStream({ cancel: () => void (cancelled = true) }, { highWaterMark: 0 })),
      "HEAD /",
    );
    expect(response.status).toBe(200);
    expect(cancelled).toBe(true);
  });

  test("that was read already is a mistake", async () => {
    const server = await start(async () => {
      const response = new Response("a");
      await response.text();
      return response;
    });
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).status).toBe(500);
    expect(await takeErrors(server)).toEqual([expect.objectContaining({ code: "ERR_SLUICE_BODY_USED" })]);
  });
});

describe("fields", () => {
  test("keep their order and spelling, and numbers and lists are written out", async () => {
    const headers = { "X-b": "1", "x-A": 2, "Set-Cookie": ["a=1", "b=2"] };
    const { head } = await answer(() => ({ status: 200, headers, body: "" }));
    expect(head).toContain("X-b: 1\r\nx-A: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
  });

  const INJECTIONS: [string, Partial<Reply>][] = [
    ["CR LF in a value", { headers: { "X-A": "1\r\nX-Injected: 1" } }],
    ["a bare LF in a value", { headers: { "X-A": "1\nX-Injected: 1" } }],
    ["a bare CR in a value", { headers: { "X-A": "1\rX-Injected: 1" } }],
    ["NUL in a value", { headers: { "X-A": "1\0 X-Injected" } }],
    ["what becomes LF in latin-1", { headers: { "X-A": "1\u010aX-Injected: 1" } }],
    ["CR LF in a name", { headers: { "X-A: 1\r\nX-Injected": "1" } }],
    ["a space in a name", { headers: { "X-Injected ": "1" } }],
    ["an empty name", { headers: { "": "X-Injected" } }],
    ["Transfer-Encoding", { headers: { "Transfer-Encoding": "chunked", "X-Injected": "1" } }],
    ["Trailer", { headers: { Trailer: "X-Injected" } }],
    ["a Connection that names something", { headers: { Connection: "X-Injected" } }],
    ["Upgrade", { headers: { Upgrade: "X-Injected" } }],
    [
      "two lengths",
      {
        headers: [
          ["Content-Length", "4"],
          ["content-length", "5"],
          ["X-Injected", "1"],
        ],
      },
    ],
    ["a length that is no number", { headers: { "Content-Length": "4, 4", "X-Injected": "1" } }],
    ["a wrong length", { headers: { "Content-Length": "5", "X-Injected": "1" } }],
    ["a status with a line in it", { status: "200 OK\r\nX-Injected: 1" as never }],
    ["a status that is a text", { status: "204" as never, headers: { "X-Injected": "1" } }],
    ["a status below 200", { status: 101, headers: { "X-Injected": "1" } }],
    ["a status above 599", { status: 600, headers: { "X-Injected": "1" } }],
    ["a status that is no whole number", { status: 200.5, headers: { "X-Injected": "1" } }],
    ["no status", { status: undefined as never, headers: { "X-Injected": "1" } }],
    [
      "a forbidden trailer",
      { trailers: { "content-length": "5" }, trailersAlways: true, headers: { "X-Injected": "1" } },
    ],
    ["a trailer name with a line in it", { trailers: ["a\r\nX-Injected"], trailersAlways: true }],
    ["trailers that are none", { trailers: null as never, headers: { "X-Injected": "1" } }],
    ["trailer names that are numbers", { trailers: [1] as never, headers: { "X-Injected": "1" } }],
    ["fields that are none", { headers: null as never }],
    ["a number as the body", { body: 5 as never, headers: { "X-Injected": "1" } }],
    ["an object as the body", { body: {} as never, headers: { "X-Injected": "1" } }],
    ["undefined as the body", { body: undefined as never, headers: { "X-Injected": "1" } }],
  ];

  test.each(INJECTIONS)("%s is a 500, and nothing of it is on the wire", async (_name, part) => {
    const server = await start(({ path }) =>
      path === "/next" ? text("next") : { status: 200, headers: {}, body: "body", ...part },
    );
    // A status line that is kept from an earlier answer must not let a status through.
    const client = await server.connect();
    client.write(request("/") + request("/next"));
    const response = await client.response();
    expect(response).toMatchObject({ status: 500, body: "500 Internal Server Error\n", complete: true });
    expect((await client.response()).body).toBe("next");
    expect(client.text).not.toContain("Injected");
    expect(client.rest).toBe("");
    expect(await takeErrors(server)).toHaveLength(1);
  });
});

describe("a handler that returns nonsense", () => {
  const hostile = Object.defineProperty({ status: 200, headers: {} }, "body", {
    enumerable: true,
    get() {
      throw new Error("hostile");
    },
  });
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a string", "text"],
    ["a number", 200],
    ["an object without a body", { status: 200, headers: {} }],
    ["a promise of undefined", Promise.resolve()],
    ["an object that throws", hostile],
    ["a function", () => text("")],
  ])("%s is a 500", async (_name, value) => {
    const server = await start(() => value as Reply);
    const client = await server.connect();
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ status: 500, body: "500 Internal Server Error\n" });
    expect(await takeErrors(server)).toHaveLength(1);
  });

  test("a promise of another library will do", async () => {
    // oxlint-disable-next-line no-thenable -- which is what is tested
    const thenable = { then: (resolve: (reply: Reply) => void) => resolve(text("then")) };
    expect((await answer(() => thenable as never)).body).toBe("then");
    const later = {
      // oxlint-disable-next-line no-thenable -- as above
      then: (resolve: () => void) => void setTimeout(resolve, 10),
    };
    const response = await answer(() =>
      stream("text/plain", ((out: { write(piece: string): void }) => {
        setTimeout(() => out.write("then"), 1);
        return later;
      }) as never),
    );
    expect(response).toMatchObject({ body: "then", complete: true });
  });
});

describe("a resource that gives no reply", () => {
  const gives: Record<string, unknown> = {
    nothing: undefined,
    null: null,
    "a promise of nothing": Promise.resolve(undefined),
    "another resource": { respond: () => text("") },
    "a promise of a resource": Promise.resolve({ respond: () => text("") }),
  };

  test.each(Object.entries(gives))("%s is a 500, however it was returned", async (_, given) => {
    const resource = { respond: () => given } as never;
    const ways: Handler[] = [() => resource, () => Promise.resolve(resource)];
    for (const handler of ways) {
      const server = await start(handler);
      const client = await server.connect();
      expect((await client.write(request("/")).response()).status).toBe(500);
      expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_REPLY" }]);
    }
  });
});
