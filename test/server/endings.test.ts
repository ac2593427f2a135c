import { Readable } from "node:stream";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type BodySource, json, type Reply, stream, text } from "../../src/index.ts";
import type { RawClient } from "../support/raw-client.ts";
import { request, start, takeErrors, type TestServer } from "../support/servers.ts";

const secret = new Error("the password is 12345");

/** Throws in the place of an expression. */
function fail(): never {
  throw secret;
}

/** Sources that throw before their first piece. */
const EARLY: Record<string, () => BodySource> = {
  generator: () =>
    (function* () {
      yield fail();
    })(),
  "async generator": () =>
    (async function* () {
      yield await Promise.resolve().then(fail);
    })(),
  "generator function": () => () => {
    throw secret;
  },
  "async writer": () => async () => {
    await Promise.resolve();
    throw secret;
  },
  "writer that fails": () => (out) => out.fail(secret),
  "web stream": () => new ReadableStream({ start: (controller) => controller.error(secret) }),
  iterable: () => ({
    [Symbol.iterator]() {
      throw secret;
    },
  }),
  "first piece that is none": () => [5 as never],
  "stream that is being read": () => {
    const locked = new ReadableStream<string>();
    locked.getReader();
    return locked;
  },
};

/** Sources that throw after a first piece, most of them once that has arrived. */
const LATE: Record<string, (arrived: () => Promise<unknown>) => BodySource> = {
  "async generator": (arrived) =>
    (async function* () {
      yield "partial";
      await arrived();
      throw secret;
    })(),
  "async writer": (arrived) => async (out) => {
    await out.write("partial");
    await arrived();
    throw secret;
  },
  "writer that fails": (arrived) => async (out) => {
    await out.write("partial");
    await arrived();
    out.fail(secret);
  },
  "web stream": (arrived) =>
    new ReadableStream<string>({
      async start(controller) {
        controller.enqueue("partial");
        await arrived();
        controller.error(secret);
      },
    }),
  "Node Readable": (arrived) =>
    Readable.from(
      (async function* () {
        yield Buffer.from("partial");
        await arrived();
        throw secret;
      })(),
    ),
  "generator of something that is no piece": (arrived) =>
    (async function* () {
      yield "partial";
      await arrived();
      yield 5 as never;
    })(),
  generator: () =>
    (function* () {
      yield "partial";
      throw secret;
    })(),
  "array with undefined in it": () => ["partial", undefined as never, "more"],
};
/** Those that don't wait: what they sent and the end of the connection arrive as one. */
const IMPATIENT = ["generator", "array with undefined in it"];

describe.each(Object.entries(EARLY))("a %s that throws before the first piece", (_name, source) => {
  test("is a 500 without details, and the connection goes on", async () => {
    const server = await start(({ path }) =>
      path === "/next" ? text("next") : stream("text/plain", source()),
    );
    const client = await server.connect();
    client.write(request("/") + request("/next"));
    expect(await client.response()).toMatchObject({ status: 500, body: "500 Internal Server Error\n" });
    expect((await client.response()).body).toBe("next");
    expect(client.text).not.toContain("12345");
    const errors = await takeErrors(server);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(Error);
  });
});

describe.each(Object.entries(LATE))("a %s that throws after its first piece", (name, source) => {
  /** A server with the source, and a client that has sent this. */
  async function ask(octets: string, headers = {}): Promise<{ server: TestServer; client: RawClient }> {
    let client!: RawClient;
    const arrived = () => client.until("partial");
    const server = await start(() => stream("text/plain", source(arrived), { headers }));
    client = await server.connect();
    client.write(octets);
    return { server, client };
  }

  test("in chunks is cut before the last chunk", async () => {
    const { server, client } = await ask(request("/") + request("/next"));
    expect(await client.ending()).toBe("FIN");
    const response = await client.response();
    expect(response).toMatchObject({ status: 200, body: "partial", complete: false });
    expect(client.text.endsWith("7\r\npartial\r\n")).toBe(true);
    expect(client.text).not.toContain("12345");
    expect(await takeErrors(server)).toHaveLength(1);
    expect(server.server.stats.requests).toBe(1);
  });

  test("with a length is cut short", async () => {
    const { server, client } = await ask(request("/"), { "content-length": 100 });
    expect(await client.ending()).toBe("FIN");
    expect(await client.response()).toMatchObject({ status: 200, body: "partial", complete: false });
    expect(await takeErrors(server)).toHaveLength(1);
  });

  // libuv takes a reset that comes together with data for an end: see curl's tests for those.
  if (!IMPATIENT.includes(name)) {
    test("in HTTP/1.0 is reset, since only the end delimits it", async () => {
      const { server, client } = await ask("GET / HTTP/1.0\r\n\r\n");
      expect(await client.ending()).toBe("RST");
      expect(await takeErrors(server)).toHaveLength(1);
    });
  }

  test("to HEAD does not throw, since it is not read", async () => {
    const { client } = await ask(request("HEAD /"));
    expect(await client.response("HEAD")).toMatchObject({ status: 200 });
  });
});

describe("a handler that throws", () => {
  test.each<[string, () => Reply | Promise<Reply>]>([
    [
      "at once",
      () => {
        throw secret;
      },
    ],
    ["later", () => Promise.reject(secret)],
    [
      "something that is no error",
      () => {
        throw "the password is 12345";
      },
    ],
    [
      "undefined",
      () => {
        throw undefined;
      },
    ],
  ])("%s is a 500 without details", async (_name, handler) => {
    const server = await start(({ path }) => (path === "/next" ? text("next") : handler()));
    const client = await server.connect();
    client.write(request("/") + request("/next"));
    expect(await client.response()).toMatchObject({ status: 500, body: "500 Internal Server Error\n" });
    expect((await client.response()).body).toBe("next");
    expect(client.text).not.toContain("12345");
    expect(await takeErrors(server)).toHaveLength(1);
  });

  test("is a 500 without a body for HEAD", async () => {
    const server = await start(() => {
      throw secret;
    });
    const client = await server.connect();
    client.write(request("HEAD /") + request("HEAD /"));
    expect(await client.response("HEAD")).toMatchObject({ status: 500 });
    expect(await client.response("HEAD")).toMatchObject({ status: 500 });
    expect(client.rest).toBe("");
    expect(await takeErrors(server, 2)).toEqual([secret, secret]);
  });

  test("with an error of another connection is not the client's fault", async () => {
    const { ProtocolError } = await import("../../src/index.ts");
    const server = await start(() => {
      throw new ProtocolError("ERR_SLUICE_CHUNK_SIZE");
    });
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).status).toBe(500);
    expect(await takeErrors(server)).toHaveLength(1);
  });
});

describe("Content-Length and the body", () => {
  const headers = { "Content-Length": 5 };

  test.each<[string, BodySource]>([
    ["one piece that is too long", ["123456"]],
    [
      "a function",
      (out) => {
        void out.write("123456");
      },
    ],
  ])("%s is a 500", async (_name, source) => {
    const server = await start(() => stream("text/plain", source, { headers }));
    const client = await server.connect();
    client.write(request("/"));
    expect(await client.response()).toMatchObject({ status: 500, body: "500 Internal Server Error\n" });
    expect(await takeErrors(server)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_LENGTH_MISMATCH" }),
    ]);
  });

  test("a piece too many is not sent, and the connection is cut", async () => {
    const server = await start(() => stream("text/plain", ["1234", "56"], { headers }));
    const client = await server.connect();
    client.write(request("/") + request("/"));
    expect(await client.ending()).toBe("FIN");
    expect(await client.response()).toMatchObject({ status: 200, body: "1234", complete: false });
    expect(await takeErrors(server)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_LENGTH_MISMATCH" }),
    ]);
    expect(server.server.stats.requests).toBe(1);
  });

  test("a piece behind the whole body is not sent, and the connection is cut", async () => {
    const server = await start(() => stream("text/plain", ["12345", "6"], { headers }));
    const client = await server.connect();
    client.write(request("/") + request("/"));
    expect(await client.whole()).toMatch(/\r\n\r\n12345$/);
    expect(await takeErrors(server)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_LENGTH_MISMATCH" }),
    ]);
  });

  test("too little is cut", async () => {
    const server = await start(() => stream("text/plain", ["1234"], { headers }));
    const client = await server.connect();
    client.write(request("/") + request("/"));
    expect(await client.ending()).toBe("FIN");
    expect(await client.response()).toMatchObject({ status: 200, body: "1234", complete: false });
    expect(await takeErrors(server)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_LENGTH_MISMATCH" }),
    ]);
  });

  test("nothing at all is a 500", async () => {
    const server = await start(() => stream("text/plain", [], { headers }));
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).status).toBe(500);
    expect(await takeErrors(server)).toEqual([
      expect.objectContaining({ code: "ERR_SLUICE_LENGTH_MISMATCH" }),
    ]);
  });
});

describe("onError", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("gets the request, too", async () => {
    const seen: unknown[] = [];
    const server = await start(
      () => {
        throw secret;
      },
      { onError: (error, { path }) => seen.push([error, path]) },
    );
    const client = await server.connect();
    client.write(request("/a"));
    await client.response();
    expect(seen).toEqual([[secret, "/a"]]);
  });

  test("that throws is printed, and spoils nothing", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const server = await start(
      ({ path }) => {
        if (path === "/next") return text("next");
        throw secret;
      },
      {
        onError: () => {
          throw new Error("in onError");
        },
      },
    );
    const client = await server.connect();
    client.write(request("/") + request("/next"));
    expect((await client.response()).status).toBe(500);
    expect((await client.response()).body).toBe("next");
    expect(print.mock.calls).toEqual([[secret, new Error("in onError")]]);
  });

  test("by default prints the error", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const server = await start(
      () => {
        throw secret;
      },
      { onError: undefined as never },
    );
    const client = await server.connect();
    client.write(request("/"));
    expect((await client.response()).status).toBe(500);
    expect(print.mock.calls).toEqual([["GET /:", secret]]);
  });

  test("does not hear of readers who leave, also from what their leaving has aborted", async () => {
    const kinds: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
      timers: (signal) => sleep(10_000, undefined, { signal }),
      fetch: (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    };
    let over = 0;
    const server = await start(async ({ signal, path }) => {
      try {
        await kinds[path.slice(1)](signal);
      } finally {
        over++;
      }
      return text("");
    });
    for (const kind of Object.keys(kinds)) {
      const client = await server.connect();
      client.write(request(`/${kind}`));
      await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
      client.finish();
      await client.ending();
    }
    await expect.poll(() => over, { interval: 1 }).toBe(2);
    await turn();
    expect(server.errors).toEqual([]);
  });
});

describe("trailers", () => {
  const TE = ["TE: trailers"];
  const reply = (
    trailers: Reply["trailers"],
    body: Reply["body"] = "body",
    trailersAlways = false,
  ): Reply => ({
    status: 200,
    headers: {},
    body,
    trailers,
    trailersAlways,
  });

  async function ask(
    answer: () => Reply,
    fields: string[] = TE,
  ): Promise<{ client: RawClient; errors: () => Promise<unknown[]> }> {
    const server = await start(({ path }) => (path === "/next" ? text("next") : answer()));
    const client = await server.connect();
    client.write(request("/", fields) + request("/next"));
    return { client, errors: () => takeErrors(server) };
  }

  test.each<[string, Reply["trailers"], Record<string, string>]>([
    ["values", { "X-A": "1", "x-b": "2" }, { "x-a": "1", "x-b": "2" }],
    ["functions", { "x-a": () => "1", "x-b": async () => turn("2") }, { "x-a": "1", "x-b": "2" }],
    [
      "allowed content fields",
      { "Content-Digest": "sha-256=:AA==:" },
      { "content-digest": "sha-256=:AA==:" },
    ],
    ["an empty value", { "x-a": "" }, { "x-a": "" }],
  ])("as %s follow a body, whatever it is", async (_name, trailers, expected) => {
    for (const body of ["body", null, ["bo", "dy"], new Blob(["body"])]) {
      const { client } = await ask(() => reply(trailers, body));
      const response = await client.response();
      expect(response.complete).toBe(true);
      expect(Object.fromEntries(response.trailers)).toEqual(expected);
      expect(response.headers.get("trailer")!.toLowerCase()).toBe(Object.keys(expected).join(", "));
      expect(response.headers.has("content-length")).toBe(false);
      expect((await client.response()).body).toBe("next");
    }
  });

  test.each([
    [[], false],
    [["TE: gzip"], false],
    [["TE: trailers;q=1"], true],
    [["TE: gzip, Trailers"], true],
    [["TE: x-trailers"], false],
  ])("are sent to whom says %j: %j", async (fields, wanted) => {
    const { client } = await ask(() => reply({ "x-a": "1" }, ["body"]), fields);
    const response = await client.response();
    expect(response.headers.get("trailer")).toBe(wanted ? "x-a" : undefined);
    expect(Object.fromEntries(response.trailers)).toEqual(wanted ? { "x-a": "1" } : {});
  });

  test("that nobody asked for leave a known size known", async () => {
    const { client } = await ask(() => reply({ "x-a": "1" }), []);
    expect((await client.response()).headers.get("content-length")).toBe("4");
  });

  test("are sent to everyone with trailersAlways, but not to HTTP/1.0", async () => {
    const { client } = await ask(() => reply({ "x-a": "1" }, "body", true), []);
    expect(Object.fromEntries((await client.response()).trailers)).toEqual({ "x-a": "1" });
    const server = await start(() => reply({ "x-a": "1" }, ["body"], true));
    const old = await server.connect();
    old.write("GET / HTTP/1.0\r\nTE: trailers\r\n\r\n");
    const whole = await old.whole();
    expect(whole.endsWith("\r\n\r\nbody")).toBe(true);
    expect(whole.toLowerCase()).not.toContain("trailer");
  });

  test("are not announced where no body follows", async () => {
    const server = await start(() => reply({ "x-a": "1" }, ["body"]));
    const client = await server.connect();
    client.write(request("HEAD /", TE) + request("HEAD /", TE));
    expect((await client.response("HEAD")).headers.has("trailer")).toBe(false);
    expect((await client.response("HEAD")).headers.has("trailer")).toBe(false);
    expect(client.rest).toBe("");
  });

  test("of a writer are set at the end", async () => {
    const { client } = await ask(() =>
      stream(
        "text/plain",
        async (out) => {
          await out.write("body");
          out.trailer("X-Count", "1");
          out.trailer("x-count", "2");
        },
        { trailers: ["X-Count", "X-Never-Set"] },
      ),
    );
    const response = await client.response();
    expect(response.headers.get("trailer")).toBe("X-Count, X-Never-Set");
    expect(Object.fromEntries(response.trailers)).toEqual({ "x-count": "2" });
  });

  test.each<[string, Reply["trailers"]]>([
    [
      "a function that throws",
      {
        "x-a": () => {
          throw secret;
        },
      },
    ],
    ["a promise that rejects", { "x-a": () => Promise.reject(secret) }],
    ["CR LF in a value", { "x-a": () => "1\r\nX-Injected: 1" }],
    ["a value beyond latin-1", { "x-a": () => "\u010a" }],
  ])("%s cuts the body", async (_name, trailers) => {
    const { client, errors } = await ask(() => reply(trailers, ["body"]));
    expect(await client.ending()).toBe("FIN");
    expect(await client.response()).toMatchObject({ status: 200, body: "body", complete: false });
    expect(client.text).not.toContain("Injected");
    expect(await errors()).toHaveLength(1);
  });

  test.each([
    ["content-length", "ERR_SLUICE_FORBIDDEN_TRAILER"],
    ["x-undeclared", "ERR_SLUICE_UNDECLARED_TRAILER"],
  ])("a writer cannot set %s", async (name, code) => {
    const { client, errors } = await ask(() =>
      stream("text/plain", (out) => out.trailer(name, "1"), { trailers: ["x-a"] }),
    );
    expect((await client.response()).status).toBe(500);
    expect(await errors()).toEqual([expect.objectContaining({ code })]);
  });

  test("a writer cannot set a value with a line in it", async () => {
    const { client, errors } = await ask(() =>
      stream("text/plain", (out) => out.trailer("x-a", "1\r\nX-Injected: 1"), { trailers: ["x-a"] }),
    );
    expect((await client.response()).status).toBe(500);
    expect(client.text).not.toContain("Injected");
    expect(await errors()).toEqual([expect.objectContaining({ code: "ERR_SLUICE_INVALID_FIELD" })]);
  });

  test("cannot outlive their reader", async () => {
    let asked = false;
    const server = await start(() =>
      reply({
        "x-a": async () => {
          asked = true;
          await sleep(30);
          return "1";
        },
      }),
    );
    const client = await server.connect();
    client.write(request("/", TE));
    await expect.poll(() => asked, { interval: 1 }).toBe(true);
    client.reset();
    await expect.poll(() => server.server.stats.connections, { interval: 1 }).toBe(0);
    await sleep(40);
  });
});

test("json refuses what has no JSON form", async () => {
  const server = await start(() => json(undefined));
  const client = await server.connect();
  client.write(request("/"));
  expect((await client.response()).status).toBe(500);
  expect(await takeErrors(server)).toEqual([expect.objectContaining({ code: "ERR_SLUICE_NO_JSON" })]);
});
