// In a file of its own: it replaces what the whole process has.

import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { describe, expect, test } from "vitest";
import { fromFetch } from "../../../src/adapters/fetch/index.ts";
import { request, start } from "../../support/servers.ts";
import type { WireResponse } from "../../support/wire-response.ts";

const HostRequest = globalThis.Request;
const HostResponse = globalThis.Response;
// Twice: the second time changes nothing.
fromFetch(() => new Response(), { replaceGlobals: true });
const Light = globalThis.Response;
const handlerOf = (fetch: Parameters<typeof fromFetch>[0]) => fromFetch(fetch, { replaceGlobals: true });

async function ask(
  fetch: Parameters<typeof fromFetch>[0],
  line = "/",
  fields: string[] = [],
  body = "",
): Promise<WireResponse> {
  const client = await (await start(handlerOf(fetch))).connect();
  return client.write(request(line, fields, body)).response(line.startsWith("HEAD") ? "HEAD" : "GET");
}

test("they are replaced once", () => {
  handlerOf(() => new Response());
  expect(Light).not.toBe(HostResponse);
  expect(globalThis.Response).toBe(Light);
});

describe("instanceof", () => {
  test("holds for light ones, the host's, and those of classes between", async () => {
    class Own extends Response {}
    const light = new Response("a");
    const host = new HostResponse("a");
    for (const response of [light, host, Response.error(), new Own("a")]) {
      expect(response).toBeInstanceOf(Response);
      expect(response).toBeInstanceOf(HostResponse);
    }
    expect(new Own("a")).toBeInstanceOf(Own);
    expect(light).not.toBeInstanceOf(Own);
    class OwnRequest extends Request {}
    const made = new Request("http://a.test/");
    expect(made).toBeInstanceOf(HostRequest);
    expect(new HostRequest("http://a.test/")).toBeInstanceOf(Request);
    expect(made).not.toBeInstanceOf(OwnRequest);
    expect(new OwnRequest("http://a.test/")).toBeInstanceOf(OwnRequest);
    expect({}).not.toBeInstanceOf(Response);
  });
});

/** What can be seen of a response. */
async function seen(response: Response): Promise<unknown> {
  const { status, statusText, ok, type, url, redirected, bodyUsed } = response;
  const headers = [...response.headers];
  const copy = response.clone();
  const body = response.body === null ? null : await response.text();
  return [
    status,
    statusText,
    ok,
    type,
    url,
    redirected,
    bodyUsed,
    headers,
    body,
    await copy.text(),
    response.bodyUsed,
  ];
}

const form = new FormData();
form.set("a", "b");

const INITS: [string, () => [body?: BodyInit | null, init?: ResponseInit]][] = [
  ["nothing", () => []],
  ["null", () => [null, { status: 204 }]],
  ["a text", () => ["höher"]],
  ["an empty text", () => [""]],
  ["a text with a type", () => ["{}", { headers: { "Content-Type": "application/json" } }]],
  ["a status", () => ["a", { status: 404, statusText: "Not Here" }]],
  ["a record", () => ["a", { headers: { "X-A": "1", "x-b": "2 ", "X-C": " 3" } }]],
  ["names in two spellings", () => ["a", { headers: { "X-A": "1", "x-a": "2" } }]],
  [
    "pairs",
    () => [
      "a",
      {
        headers: [
          ["X-A", "1"],
          ["x-a", "2"],
          ["set-cookie", "a"],
          ["set-cookie", "b"],
        ],
      },
    ],
  ],
  ["headers", () => ["a", { headers: new Headers({ "X-A": "1" }) }]],
  ["bytes", () => [new Uint8Array([97, 98])]],
  ["a buffer", () => [new Uint8Array([97, 98]).buffer]],
  ["a blob", () => [new Blob(["a"], { type: "text/x-a" })]],
  ["parameters", () => [new URLSearchParams({ a: "b" })]],
  ["a stream", () => [new Blob(["ab"]).stream()]],
  ["another response's", () => [new HostResponse("ab").body, new HostResponse("", { status: 201 })]],
];

describe("a light response is as the host's would be", () => {
  test.each(INITS)("of %s", async (_, init) => {
    expect(await seen(new Response(...init()))).toEqual(await seen(new HostResponse(...init())));
  });

  test("of form data", async () => {
    expect((await new Response(form).formData()).get("a")).toBe("b");
  });

  test.each<[string, () => [body?: BodyInit | null, init?: ResponseInit]]>([
    ["a status that can't be", () => [null, { status: 99 }]],
    ["a status that can't be", () => [null, { status: 600 }]],
    ["a status text that can't be", () => [null, { statusText: "\n" }]],
    ["a body where none can be", () => ["a", { status: 204 }]],
    ["a name that can't be", () => ["a", { headers: { "a b": "1" } }]],
    ["a value that can't be", () => ["a", { headers: { a: "1\n2" } }]],
    ["no object", () => ["a", 1 as never]],
    [
      "a stream that is locked",
      () => {
        const stream = new Blob(["a"]).stream();
        stream.getReader();
        return [stream];
      },
    ],
    [
      "a stream that was read",
      () => {
        const stream = new Blob(["a"]).stream();
        void stream.cancel();
        return [stream];
      },
    ],
  ])("refuses %s", (_, init) => {
    let host: unknown;
    try {
      void new HostResponse(...init());
    } catch (error) {
      host = error;
    }
    expect(host).toBeInstanceOf(Error);
    expect(() => new Response(...init())).toThrow(host);
  });

  test("keeps what it was given, also where that changes", async () => {
    const bytes = new Uint8Array([97]);
    const headers = new Headers({ a: "1" });
    const response = new Response(bytes, { headers });
    bytes[0] = 98;
    headers.set("a", "2");
    expect(response.headers.get("a")).toBe("1");
    expect(await response.text()).toBe("a");
  });

  test("keeps changes of its headers, whatever is asked of it", async () => {
    const response = new Response("a");
    const { headers } = response;
    expect(response.body).not.toBeNull();
    headers.set("x-late", "1");
    expect(response.headers.get("x-late")).toBe("1");
    expect(response.clone().headers.get("x-late")).toBe("1");
  });

  test.each([
    ["json", () => Response.json({ a: 1 }, { status: 201, headers: { x: "1" } })],
    ["json of another type", () => Response.json([], { headers: { "content-type": "application/ld+json" } })],
    ["redirect", () => Response.redirect("http://a.test/", 307)],
    ["error", () => Response.error()],
  ])("made by %s", async (_, make) => {
    const light = make();
    globalThis.Response = HostResponse;
    const host = make();
    globalThis.Response = Light;
    expect([light.status, light.type, [...light.headers], await light.text()]).toEqual([
      host.status,
      host.type,
      [...host.headers],
      await host.text(),
    ]);
  });

  test("refuses what has no JSON", () => {
    expect(() => Response.json(undefined)).toThrow(TypeError);
    expect(() => Response.json(() => {})).toThrow(TypeError);
  });
});

describe("an application", () => {
  const app = new Hono();
  app.get("/text", (context) => context.text("a text"));
  app.get("/json", (context) => context.json({ a: 1 }, 201));
  app.get("/events", (context) => streamSSE(context, (out) => out.writeSSE({ data: "one" })));
  app.use("/changed", async (context, next) => {
    await next();
    context.header("x-changed", "yes");
  });
  app.get("/changed", (context) => context.text("changed"));
  app.get("/empty", (context) => context.body(null, 204));

  test.each([
    ["/text", 200, "a text"],
    ["/json", 201, '{"a":1}'],
    ["/events", 200, "data: one\n\n"],
    ["/changed", 200, "changed"],
    ["/empty", 204, ""],
    ["/missing", 404, "404 Not Found"],
    ["HEAD /text", 200, ""],
  ])("answers %s", async (line, status, body) => {
    const answer = await ask(app.fetch, line);
    expect([answer.status, answer.body, answer.complete]).toEqual([status, body, true]);
    expect(answer.headers.has("x-changed")).toBe(line === "/changed");
  });

  test("sends lengths that are known", async () => {
    expect((await ask(app.fetch, "/text")).headers.get("content-length")).toBe("6");
  });

  test("makes requests of its request", async () => {
    const answer = await ask(
      async (incoming) => {
        const other = new Request(incoming, { headers: { "x-one": "2" } });
        const used = await Promise.resolve()
          .then(() => new Request(incoming))
          .catch((error: unknown) => (error as Error).name);
        return Response.json([other.url, other.method, other.headers.get("x-one"), await other.text(), used]);
      },
      "POST /p",
      ["Host: a.test", "Content-Length: 3", "X-One: 1"],
      "one",
    );
    expect(JSON.parse(answer.body)).toEqual(["http://a.test/p", "POST", "2", "one", "TypeError"]);
  });

  test("can't send one response twice", async () => {
    const response = new Response("once");
    const server = await start(handlerOf(() => response));
    const client = await server.connect();
    expect((await client.write(request("/")).response()).body).toBe("once");
    expect(response.bodyUsed).toBe(true);
    expect((await client.write(request("/")).response()).status).toBe(500);
    expect(server.errors.splice(0)).toMatchObject([{ code: "ERR_SLUICE_BODY_USED" }]);
  });
});
