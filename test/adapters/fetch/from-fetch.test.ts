import { Hono } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { stream as honoStream, streamSSE } from "hono/streaming";
import { describe, expect, test } from "vitest";
import { type FetchEnv, fromFetch, toResponse } from "../../../src/adapters/fetch/index.ts";
import { resource, sse, stream, text } from "../../../src/replies/index.ts";
import { request, start, takeErrors, type TestServer } from "../../support/servers.ts";
import type { WireResponse } from "../../support/wire-response.ts";

type Fetch = Parameters<typeof fromFetch>[0];

/** The answer of an application to one request. */
async function ask(fetch: Fetch, line = "/", fields: string[] = [], body = ""): Promise<WireResponse> {
  const server = await start(fromFetch(fetch));
  return askAt(server, line, fields, body);
}

async function askAt(
  server: TestServer,
  line: string,
  fields: string[] = [],
  body = "",
): Promise<WireResponse> {
  const client = await server.connect();
  const method = /^[A-Z]+(?= )/.exec(line)?.[0] ?? "GET";
  return client.write(request(line, fields, body)).response(method);
}

const post = (body: string, type = "text/plain"): [string, string[], string] => [
  "POST /",
  [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`],
  body,
];

describe("a response", () => {
  test("of a text", async () => {
    const answer = await ask(() => new Response("höher", { status: 201, headers: { "x-one": "1" } }));
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
    expect(answer.headers.get("x-one")).toBe("1");
    expect(Buffer.from(answer.body, "latin1").toString()).toBe("höher");
  });

  test.each<[string, () => Response, string]>([
    ["JSON", () => Response.json({ a: 1 }), '{"a":1}'],
    ["bytes", () => new Response(new Uint8Array([97, 98])), "ab"],
    ["an ArrayBuffer", () => new Response(new Uint8Array([97, 98]).buffer), "ab"],
    ["a Blob", () => new Response(new Blob(["a", "b"])), "ab"],
    ["a form", () => new Response(new URLSearchParams({ a: "b c" })), "a=b+c"],
    ["a stream", () => new Response(new Blob(["ab"]).stream()), "ab"],
    ["nothing", () => new Response(null), ""],
  ])("of %s", async (_, make, body) => {
    expect((await ask(make)).body).toBe(body);
  });

  test("of form data can be read again", async () => {
    const form = new FormData();
    form.set("name", "value");
    form.set("file", new File(["content"], "a.txt"));
    const { headers, body } = await ask(() => new Response(form));
    const read = await new Response(body, { headers: [...headers] }).formData();
    expect(read.get("name")).toBe("value");
    expect(await (read.get("file") as File).text()).toBe("content");
  });

  test("has every Set-Cookie, and a place to go to", async () => {
    const answer = await ask(() => {
      const response = new Response(null, { status: 302, headers: { location: "/there" } });
      response.headers.append("set-cookie", "a=1");
      response.headers.append("set-cookie", "b=2");
      return response;
    });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("/there");
    expect(answer.head.match(/set-cookie: [ab]=./gi)).toHaveLength(2);
  });

  test.each([204, 205, 304])("of status %i", async (status) => {
    const answer = await ask(() => new Response(null, { status }));
    expect(answer.status).toBe(status);
    expect(answer.body).toBe("");
  });

  test("that announces its length has it", async () => {
    const answer = await ask(
      () => new Response(new Blob(["12345"]).stream(), { headers: { "content-length": "5" } }),
    );
    expect(answer.headers.get("content-length")).toBe("5");
    expect(answer.headers.has("transfer-encoding")).toBe(false);
    expect(answer.body).toBe("12345");
  });

  test("to HEAD says nothing of a length that nobody knows", async () => {
    const without = await ask(() => new Response(null), "HEAD /");
    expect(without.headers.has("content-length")).toBe(false);
    const known = await ask(() => new Response(null, { headers: { "content-length": "7" } }), "HEAD /");
    expect(known.headers.get("content-length")).toBe("7");
  });

  test.each<[string, () => unknown]>([
    ["an error", () => Response.error()],
    ["no response", () => "text"],
    ["nothing", () => undefined],
    [
      "one whose body was read",
      async () => {
        const response = new Response("read");
        await response.text();
        return response;
      },
    ],
    [
      "one whose body is being read",
      () => {
        const response = new Response("locked");
        response.body!.getReader();
        return response;
      },
    ],
    ["a rejection", () => Promise.reject(new Error("rejected"))],
    [
      "a throw",
      () => {
        throw new Error("thrown");
      },
    ],
  ])("in whose place there is %s is a 500, and told", async (_, make) => {
    const server = await start(fromFetch(make as Fetch));
    expect((await askAt(server, "/")).status).toBe(500);
    expect(await takeErrors(server)).toHaveLength(1);
  });
});

describe("a stream", () => {
  test("that fails is cut", async () => {
    const failure = new Error("midway");
    const server = await start(
      fromFetch(() => {
        let pulls = 0;
        return new Response(
          new ReadableStream(
            {
              pull(controller) {
                pulls += 1;
                if (pulls === 1) controller.enqueue(Buffer.from("begun"));
                else controller.error(failure);
              },
            },
            { highWaterMark: 0 },
          ),
        );
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    const answer = await client.response();
    expect(answer.body).toBe("begun");
    expect(answer.complete).toBe(false);
    expect(await takeErrors(server)).toEqual([failure]);
  });

  test("that is too short for its length is cut", async () => {
    const server = await start(
      fromFetch(() => new Response(new Blob(["123"]).stream(), { headers: { "content-length": "5" } })),
    );
    expect((await askAt(server, "/")).complete).toBe(false);
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_LENGTH_MISMATCH" }]);
  });

  test("whose reader leaves is cancelled, and the request's signal aborts", async () => {
    const seen = gateOf<unknown>();
    const aborted = gateOf<unknown>();
    const server = await start(
      fromFetch(({ signal }) => {
        signal.addEventListener("abort", () => aborted.resolve(signal.reason));
        return new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(Buffer.from("begun")),
            cancel: (reason) => seen.resolve(reason),
          }),
        );
      }),
    );
    const client = await server.connect();
    await client.write(request("/")).until("begun");
    client.reset();
    expect(await seen.promise).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
    expect(await aborted.promise).toBe(await seen.promise);
  });

  test("waits for a reader that has stopped", async () => {
    let made = 0;
    const server = await start(
      fromFetch(
        () =>
          new Response(
            new ReadableStream(
              {
                pull(controller) {
                  made += 1;
                  controller.enqueue(new Uint8Array(64 * 1024));
                },
              },
              { highWaterMark: 0 },
            ),
          ),
      ),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("200 OK");
    client.pause();
    let before = -1;
    await expect
      .poll(
        () => {
          const stood = before === made;
          before = made;
          return stood;
        },
        { interval: 100 },
      )
      .toBe(true);
    expect(made).toBeLessThan(1000);
    client.reset();
  });
});

describe("a request", () => {
  test("is a Request", async () => {
    const answer = await ask(
      (incoming) =>
        Response.json({
          is: incoming instanceof Request,
          method: incoming.method,
          url: incoming.url,
          mode: incoming.mode,
          one: incoming.headers.get("x-ONE"),
          two: incoming.headers.get("two"),
          has: [incoming.headers.has("X-One"), incoming.headers.has("two")],
          headers: incoming.headers instanceof Headers,
          all: [...incoming.headers].filter(([name]) => name.startsWith("x-")),
          names: [...incoming.headers.keys()].includes("host"),
          body: incoming.body,
        }),
      "/a%20b/?c=d",
      ["Host: Example.test:80", "X-One: 1", "X-One: 2"],
    );
    expect(JSON.parse(answer.body)).toEqual({
      is: true,
      method: "GET",
      url: "http://example.test/a%20b/?c=d",
      mode: "cors",
      one: "1, 2",
      two: null,
      has: [true, false],
      headers: true,
      all: [["x-one", "1, 2"]],
      names: true,
      body: null,
    });
  });

  test.each(["/", "/a/./b/../c", "/a/%2E%2e/b", "/'?'", "/a|b?c|d", "/?a=/../b", "//double", "/%zz", "*"])(
    "for %s has the URL that a parser would make of it",
    async (target) => {
      const line = target === "*" ? "OPTIONS *" : target;
      const answer = await ask(({ url }, env) => Response.json([url, env.request.url.href]), line);
      const [url, parsed] = JSON.parse(answer.body) as string[];
      expect(url).toBe(parsed);
    },
  );

  test("of absolute form has the URL that it names", async () => {
    const answer = await ask(({ url }) => new Response(url), "http://other.example/x");
    expect(answer.body).toBe("http://other.example/x");
  });

  test("whose Host makes no URL is answered 400", async () => {
    expect((await ask(({ url }) => new Response(url), "/", ["Host: a%zz.test"])).status).toBe(400);
  });

  test("joins its cookies as cookies are", async () => {
    const answer = await ask(({ headers }) => new Response(headers.get("Cookie")), "/", [
      "Cookie: a=1",
      "Cookie: b=2",
    ]);
    expect(answer.body).toBe("a=1; b=2");
  });

  test.each<[string, (incoming: Request) => Promise<unknown>, string, string | undefined]>([
    ["text", (incoming) => incoming.text(), "one", undefined],
    ["JSON", (incoming) => incoming.json() as Promise<unknown>, '"one"', undefined],
    ["bytes", async (incoming) => Buffer.from(await incoming.bytes()).toString(), "one", undefined],
    [
      "an ArrayBuffer",
      async (incoming) => Buffer.from(await incoming.arrayBuffer()).toString(),
      "one",
      undefined,
    ],
    [
      "a Blob",
      async (incoming) => {
        const blob = await incoming.blob();
        return blob.type === "text/x-test" ? blob.text() : blob.type;
      },
      "one",
      "text/x-test",
    ],
    [
      "a form",
      async (incoming) => (await incoming.formData()).get("a"),
      "a=one&b=two",
      "application/x-www-form-urlencoded",
    ],
    ["a stream", async (incoming) => new Response(incoming.body).text(), "one", undefined],
    ["another request", (incoming) => new Request(incoming.clone()).text(), "one", undefined],
    ["a clone of it", (incoming) => incoming.clone().text(), "one", undefined],
    [
      "what a clone has left",
      async (incoming) => (incoming.clone().text(), incoming.text()),
      "one",
      undefined,
    ],
    [
      "one made of its properties",
      (incoming) => new Request("http://other.test/", incoming).text(),
      "one",
      undefined,
    ],
  ])("has its body as %s", async (_, read, body, type) => {
    const answer = await ask(async (incoming) => Response.json(await read(incoming)), ...post(body, type));
    expect(answer.body).toBe('"one"');
  });

  test("whose body was read says so, and can't be read again", async () => {
    const answer = await ask(
      async (incoming) => {
        const before = incoming.bodyUsed;
        const looked = incoming.body !== null && incoming.bodyUsed;
        await incoming.text();
        const again = await incoming.text().catch((error: unknown) => (error as Error).name);
        return Response.json([before, looked, incoming.bodyUsed, again]);
      },
      ...post("one"),
    );
    expect(JSON.parse(answer.body)).toEqual([false, false, true, "TypeError"]);
  });

  test("without a body has none", async () => {
    const answer = await ask(
      async (incoming) => Response.json([incoming.body, await incoming.text(), incoming.bodyUsed]),
      ...post(""),
    );
    expect(JSON.parse(answer.body)).toEqual([null, "", false]);
  });

  test("comes with the request that it stands for", async () => {
    const server = await start(
      fromFetch((_, { request: ours }) => {
        ours.informational(103, { link: "</a.css>" });
        return Response.json([ours.remote.address, ours.httpVersion, ours.path]);
      }),
    );
    const client = await server.connect();
    client.write(request("/p"));
    expect((await client.response()).status).toBe(103);
    expect((await client.response()).body).toBe('["127.0.0.1","1.1","/p"]');
  });
});

describe("a body that is the client's fault", () => {
  const quiet = new Hono();
  quiet.onError((_, context) => context.text("the application's", 500));
  quiet.post("/gathered", async (context) =>
    context.text(String((await context.req.arrayBuffer()).byteLength)),
  );
  quiet.post("/streamed", async (context) => context.text(await new Response(context.req.raw.body).text()));
  quiet.post("/unread", () => {
    throw new Error("its own");
  });
  quiet.post("/told", async (context) => {
    const size = await context.req.text().catch(() => "none");
    return context.text(size, 422);
  });
  quiet.post("/stopped", async (context) => {
    await context.req.text().catch(() => {});
    return context.body(new Blob(["never read"]).stream(), 502);
  });
  const chunked = (path: string): [string, string[], string] => [
    `POST ${path}`,
    ["Transfer-Encoding: chunked"],
    "3\r\nabc\r\nno size\r\n",
  ];
  const large = (path: string): [string, string[], string] => [
    `POST ${path}`,
    ["Content-Length: 20"],
    "12345678901234567890",
  ];

  test.each<[string, [string, string[], string], number, string]>([
    ["too large", large("/gathered"), 413, "ERR_SLUICE_BODY_TOO_LARGE"],
    ["malformed", chunked("/gathered"), 400, "ERR_SLUICE_CHUNK_SIZE"],
    ["malformed in a stream", chunked("/streamed"), 400, "ERR_SLUICE_CHUNK_SIZE"],
    ["too large, in front of a stream", large("/stopped"), 413, "ERR_SLUICE_BODY_TOO_LARGE"],
    ["too large, and told by the application", large("/told"), 422, "none"],
    ["too large, and not what the application fell over", large("/unread"), 500, "the application's"],
  ])("because it is %s", async (_, [line, fields, body], status, told) => {
    const server = await start(fromFetch(quiet.fetch), { limits: { gatheredBytes: 10 } });
    const answer = await askAt(server, line, fields, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(told);
  });

  test("is answered so where a handler in toResponse reads it, and nobody is told", async () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): unknown => errors.push(error);
    const fetch: Fetch = (incoming, env) => {
      const answer = env.request.body.text().then((content) => text(content));
      return toResponse(answer, incoming, { onError });
    };
    const server = await start(fromFetch(fetch), { limits: { gatheredBytes: 10 } });
    expect((await askAt(server, ...large("/"))).status).toBe(413);
    expect(errors).toEqual([]);
  });
});

describe("a Host that makes no URL", () => {
  const host = ["Host: 256.256.256.256"];
  const whole: Fetch = (incoming) => new Response(incoming.url);
  const caught: Fetch = (incoming) => {
    try {
      return whole(incoming, { request: undefined as never });
    } catch {
      return new Response("the application's", { status: 500 });
    }
  };
  const told: unknown[] = [];
  const inReply: Fetch = (incoming, env) => {
    const answer = Promise.resolve().then(() => text(env.request.url.href));
    return toResponse(answer, incoming, { onError: (error) => told.push(error) });
  };

  test.each<[string, Fetch]>([
    ["thrown", whole],
    ["caught by the application", caught],
    ["what the answer in toResponse failed with", inReply],
  ])("is answered with 400, and nobody is told: %s", async (_, fetch) => {
    const answer = await ask(fetch, "/", host);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain("ERR_SLUICE_HOST");
    expect(told).toEqual([]);
  });
});

describe("Hono", () => {
  const app = new Hono<{ Bindings: FetchEnv }>();
  app.get("/text/:name", (context) => context.text(`Hello ${context.req.param("name")}`));
  app.post("/json", async (context) => context.json(await context.req.json()));
  app.get("/cookies", (context) => {
    context.header("Set-Cookie", "a=1");
    context.header("Set-Cookie", "b=2", { append: true });
    return context.html("<p>");
  });
  app.get("/stream", (context) =>
    honoStream(context, async (out) => {
      for (const piece of ["one", "two"]) await out.write(piece);
    }),
  );
  app.get("/events", (context) => streamSSE(context, (out) => out.writeSSE({ data: "one", id: "1" })));
  app.use("/coded", compress());
  app.get("/coded", (context) => context.text("a".repeat(2000)));
  app.use("/tagged", etag());
  app.get("/tagged", (context) => context.text("tagged"));
  app.get("/error", () => {
    throw new TypeError("in the application");
  });
  app.get("/env", (context) => context.text(context.env.request.remote.address));
  app.get("/reply", (context) =>
    toResponse(
      stream("text/plain", ["one", "two"], { trailers: { "x-count": "2" }, trailersAlways: true }),
      context.req.raw,
    ),
  );
  app.use("/changed", async (context, next) => {
    await next();
    context.res.headers.set("x-changed", "yes");
    context.header("x-more", "yes");
  });
  app.get("/changed", (context) =>
    toResponse(
      sse(async function* () {
        yield { data: 1 };
      }),
      context.req.raw,
    ),
  );
  app.get("/uncoded", (context) => toResponse(text("a".repeat(2_000)), context.req.raw, { compress: false }));
  app.get("/uncoded-response", (context) =>
    toResponse(new Response("a".repeat(2_000)), context.req.raw, { compress: false }),
  );
  app.get("/coded-response", (context) => toResponse(new Response("a".repeat(2_000)), context.req.raw));
  app.get("/refused", (context) => toResponse(42 as never, context.req.raw, { onError: () => {} }));
  app.get("/copied", async (context) => {
    const response = await toResponse(stream("text/plain", ["one", "two"]), context.req.raw);
    return context.text(`${response.status} ${await response.clone().text()} ${await response.text()}`);
  });

  test.each<[string, number, string]>([
    ["/text/you", 200, "Hello you"],
    ["/stream", 200, "onetwo"],
    ["/events", 200, "data: one\nid: 1\n\n"],
    ["/missing", 404, "404 Not Found"],
    ["/env", 200, "127.0.0.1"],
    ["/copied", 200, "200 onetwo onetwo"],
    ["/refused", 500, "500 Internal Server Error\n"],
  ])("answers %s", async (path, status, body) => {
    const answer = await ask(app.fetch, path);
    expect([answer.status, answer.body, answer.complete]).toEqual([status, body, true]);
  });

  test.each([
    ["/uncoded", undefined],
    ["/uncoded-response", undefined],
    ["/coded-response", "gzip"],
  ])("codes %s as it is told", async (path, coding) => {
    const { headers, body } = await ask(app.fetch, path, ["Accept-Encoding: gzip"]);
    expect(headers.get("content-encoding")).toBe(coding);
    if (coding === undefined) expect(body).toBe("a".repeat(2_000));
  });

  test("answers HEAD like GET also where its route returns a reply, and closes what that has opened", async () => {
    let closed = 0;
    const held = resource(() => ({
      size: 5,
      type: "text/plain",
      etag: '"tag"',
      read: () => ["12345"],
      close: () => void closed++,
    }));
    const holding = new Hono();
    holding.get("/held", (context) => toResponse(held, context.req.raw));
    holding.get("/dropped", async (context) => {
      await toResponse(held, context.req.raw);
      return context.text("another", 404);
    });
    holding.get("/thrown", async (context) => {
      await toResponse(held, context.req.raw);
      throw new Error("thrown");
    });
    holding.onError((_, context) => context.text("failed", 500));
    const server = await start(fromFetch(holding.fetch));
    const head = await askAt(server, "HEAD /held");
    expect([head.status, head.headers.get("content-length"), closed]).toEqual([200, "5", 1]);
    const unchanged = await askAt(server, "HEAD /held", ['If-None-Match: "tag"']);
    expect([unchanged.status, closed]).toEqual([304, 2]);
    expect([(await askAt(server, "HEAD /dropped")).status, closed]).toEqual([404, 3]);
    expect([(await askAt(server, "HEAD /thrown")).status, closed]).toEqual([500, 4]);
  });

  test("answers HEAD without the fields of the connection that its response has", async () => {
    const answer = await ask(() => new Response(null, { headers: { connection: "keep-alive" } }), "HEAD /");
    expect([answer.status, answer.headers.get("connection")]).toEqual([200, undefined]);
  });

  test("answers HEAD like GET, without a body", async () => {
    const answer = await ask(app.fetch, "HEAD /text/you");
    expect([answer.status, answer.body]).toEqual([200, ""]);
  });

  test("reads JSON", async () => {
    const [, fields, body] = post('{"a":[1]}', "application/json");
    expect((await ask(app.fetch, "POST /json", fields, body)).body).toBe('{"a":[1]}');
  });

  test("sets cookies", async () => {
    expect((await ask(app.fetch, "/cookies")).head.match(/set-cookie/gi)).toHaveLength(2);
  });

  test("codes by itself, and is not coded again", async () => {
    const answer = await ask(app.fetch, "/coded", ["Accept-Encoding: gzip, br"]);
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    const { gunzipSync } = await import("node:zlib");
    expect(gunzipSync(Buffer.from(answer.body, "latin1")).toString()).toBe("a".repeat(2000));
  });

  test("tags by itself", async () => {
    const server = await start(fromFetch(app.fetch));
    const tag = (await askAt(server, "/tagged")).headers.get("etag")!;
    expect((await askAt(server, "/tagged", [`If-None-Match: ${tag}`])).status).toBe(304);
  });

  test("answers its own errors", async () => {
    const shown = console.error;
    console.error = () => {};
    try {
      expect((await ask(app.fetch, "/error")).status).toBe(500);
    } finally {
      console.error = shown;
    }
  });

  test("returns replies, which keep all that they have", async () => {
    const answer = await ask(app.fetch, "/reply");
    expect(answer.chunks).toEqual(["one", "two"]);
    expect(answer.trailers.get("x-count")).toBe("2");
  });

  test("can change what a reply says", async () => {
    const answer = await ask(app.fetch, "/changed", ["Accept-Encoding: gzip"]);
    expect(answer.headers.get("x-changed")).toBe("yes");
    expect(answer.headers.get("x-more")).toBe("yes");
    expect(answer.headers.get("content-encoding")).toBe("gzip");
  });
});

test.each([
  ["no function", [{ fetch: () => {} }]],
  ["an option that there isn't", [() => {}, { replace: true }]],
  ["an option of another type", [() => {}, { replaceGlobals: "yes" }]],
])("refuses %s", (_, args) => {
  expect(() => Reflect.apply(fromFetch, undefined, args)).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
  );
});

function gateOf<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((yes) => (resolve = yes));
  return { promise, resolve };
}
