import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { toFetch, toResponse } from "../../../src/adapters/fetch/index.ts";
import { content, json, type Reply, sse, stream, text, UsageError } from "../../../src/replies/index.ts";
import { file } from "../../../src/index.ts";

const URL_OF_TEST = "http://test.example/path?a=b";
const asked = (init?: RequestInit): Request => new Request(URL_OF_TEST, init);
const quiet = { onError: () => {} };

afterEach(() => vi.unstubAllGlobals());

/** What a host's `Response` is made with. */
function recordInits(): Record<string, unknown>[] {
  const inits: Record<string, unknown>[] = [];
  const Host = Response;
  vi.stubGlobal(
    "Response",
    class extends Host {
      constructor(body?: BodyInit | null, init?: ResponseInit) {
        inits.push({ ...init, body });
        super(body, init);
      }
    },
  );
  return inits;
}

describe("a reply as a web response", () => {
  test("whose body is known has its length, and no stream", async () => {
    const inits = recordInits();
    const response = await toResponse(text("höher"), asked());
    expect(response.status).toBe(200);
    expect([...response.headers]).toEqual([
      ["content-length", "6"],
      ["content-type", "text/plain; charset=utf-8"],
    ]);
    expect(await response.text()).toBe("höher");
    expect(inits[0].body).toBe("höher");
  });

  test("gets no type that it doesn't have", async () => {
    const response = await toResponse({ status: 200, headers: {}, body: "untyped" }, asked());
    expect(response.headers.has("content-type")).toBe(false);
    expect(await response.text()).toBe("untyped");
  });

  test("may be promised, a resource, or a web response", async () => {
    expect(await (await toResponse(Promise.resolve(json([1])), asked())).json()).toEqual([1]);
    const part = asked({ headers: { range: "bytes=2-4" } });
    const response = await toResponse(content("text/plain", "0123456789"), part);
    expect(response.status).toBe(206);
    expect(await response.text()).toBe("234");
    const other = new Response("made elsewhere", { status: 201, headers: { connection: "close" } });
    const passed = await toResponse(other, asked());
    expect(passed.status).toBe(201);
    expect(await passed.text()).toBe("made elsewhere");
  });

  test("has every Set-Cookie", async () => {
    const reply = text("", { headers: { "Set-Cookie": ["a=1", "b=2"] } });
    expect((await toResponse(reply, asked())).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test.each([204, 205, 304])("of status %i has no body", async (status) => {
    const response = await toResponse({ status, headers: {}, body: null }, asked());
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
  });

  test("to HEAD has the length and no body, and its source is never opened", async () => {
    let opened = false;
    const reply = stream(
      "text/plain",
      (function* () {
        opened = true;
        yield "12345";
      })(),
      { headers: { "content-length": 5 } },
    );
    const response = await toResponse(reply, asked({ method: "HEAD" }));
    expect(response.headers.get("content-length")).toBe("5");
    expect(response.body).toBeNull();
    expect(opened).toBe(false);
  });

  test("that is coded here tells workers not to code it again", async () => {
    const inits = recordInits();
    const headers = { "accept-encoding": "gzip" };
    const coded = await toResponse(text("a".repeat(5000)), asked({ headers }));
    expect(coded.headers.get("content-encoding")).toBe("gzip");
    expect(inits.at(-1)).toMatchObject({ encodeBody: "manual" });
    const plain = await toResponse(text("a".repeat(5000)), asked({ headers }), { compress: false });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(inits.at(-1)).not.toHaveProperty("encodeBody");
  });

  test("of a known length goes through a stream of that length where the host has one", async () => {
    const lengths: number[] = [];
    vi.stubGlobal(
      "FixedLengthStream",
      class extends TransformStream {
        constructor(length: number) {
          super();
          lengths.push(length);
        }
      },
    );
    const announced = { headers: { "content-length": 6 } };
    const response = await toResponse(stream("text/plain", ["123", "456"], announced), asked());
    expect(await response.text()).toBe("123456");
    expect(lengths).toEqual([6]);
    const failing = stream(
      "text/plain",
      function* () {
        yield "123";
        throw new Error("midway");
      },
      announced,
    );
    await expect((await toResponse(failing, asked(), quiet)).text()).rejects.toThrow("midway");
  });

  test("of lent buffers is the reader's to keep", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-fetch-"));
    try {
      const octets = Buffer.from(Array.from({ length: 300_000 }, (_, index) => `${index}\n`).join(""));
      await writeFile(join(folder, "numbers.bin"), octets);
      const response = await toResponse(file(join(folder, "numbers.bin")), asked());
      const pieces: Uint8Array[] = [];
      for await (const piece of response.body!) pieces.push(piece);
      expect(pieces.length).toBeGreaterThan(4);
      expect(Buffer.concat(pieces).equals(octets)).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a body that is streamed", () => {
  test("is asked for no more than one piece ahead of its reader", async () => {
    let made = 0;
    const numbers = stream("text/plain", async function* () {
      for (; made < 1000;) yield String((made += 1));
    });
    const response = await toResponse(numbers, asked());
    const reader = response.body!.getReader();
    for (let read = 1; read <= 5; read += 1) {
      expect(Buffer.from((await reader.read()).value!).toString()).toBe(String(read));
      await new Promise(setImmediate);
      expect(made).toBeLessThanOrEqual(read + 1);
    }
    await reader.cancel();
  });

  test("keeps a writer that doesn't wait within the backlog", async () => {
    const errors: unknown[] = [];
    const response = await toResponse(
      stream("text/plain", (out) => {
        for (let index = 0; index < 100; index += 1) void out.write("0123456789");
      }),
      asked(),
      { limits: { backlogBytes: 100 }, onError: (error) => errors.push(error) },
    );
    await expect(response.text()).rejects.toMatchObject({ code: "ERR_SLUICE_BACKLOG" });
    expect(errors).toMatchObject([{ code: "ERR_SLUICE_BACKLOG" }]);
  });

  test("leaves its head before its first piece", async () => {
    const gate = gateOf();
    const response = await toResponse(
      stream("text/plain", async function* () {
        await gate.promise;
        yield "late";
      }),
      asked(),
    );
    expect(response.status).toBe(200);
    gate.resolve();
    expect(await response.text()).toBe("late");
  });

  test("that fails behind some pieces fails behind them for the reader, too", async () => {
    const errors: unknown[] = [];
    const failure = new Error("midway");
    const reply = stream("text/plain", async function* () {
      yield "one";
      yield "two";
      throw failure;
    });
    const response = await toResponse(reply, asked(), { onError: (error) => errors.push(error) });
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("one");
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("two");
    await expect(reader.read()).rejects.toBe(failure);
    expect(errors).toEqual([failure]);
  });

  test("that fails behind a writer that didn't wait has what was written all the same", async () => {
    const reply = stream("text/plain", (out) => {
      for (const piece of ["one", "two", "three"]) void out.write(piece);
      throw new Error("midway");
    });
    const reader = (await toResponse(reply, asked(), quiet)).body!.getReader();
    for (const piece of ["one", "two", "three"])
      expect(Buffer.from((await reader.read()).value!).toString()).toBe(piece);
    await expect(reader.read()).rejects.toThrow("midway");
  });

  test.each<[string, Reply]>([
    ["too short", stream("text/plain", ["12"], { headers: { "content-length": 3 } })],
    ["too long", stream("text/plain", ["12", "34"], { headers: { "content-length": 3 } })],
  ])("that is %s for what it announced never ends in order", async (_, reply) => {
    const response = await toResponse(reply, asked(), quiet);
    await expect(response.text()).rejects.toMatchObject({ code: "ERR_SLUICE_LENGTH_MISMATCH" });
  });

  test("that fails before its first piece is a 500", async () => {
    const errors: unknown[] = [];
    const reply = stream("text/plain", async function* () {
      yield await Promise.reject<string>(new Error("at once"));
    });
    const response = await toResponse(reply, asked(), { onError: (error) => errors.push(error) });
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("500 Internal Server Error\n");
    expect(errors).toHaveLength(1);
  });

  test("whose reader leaves is stopped", async () => {
    const gate = gateOf();
    const response = await toResponse(
      stream("text/plain", async function* () {
        try {
          for (;;) yield "more";
        } finally {
          gate.resolve();
        }
      }),
      asked(),
    );
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel("enough");
    await gate.promise;
  });

  test("whose host gives the request up is stopped, and fails for whoever still reads", async () => {
    const gate = gateOf();
    const host = new AbortController();
    const response = await toResponse(
      sse(async function* () {
        try {
          yield { data: 1 };
          await new Promise(() => {});
        } finally {
          gate.resolve();
        }
      }),
      asked({ signal: host.signal }),
    );
    const reader = response.body!.getReader();
    await reader.read();
    const next = reader.read();
    host.abort();
    await expect(next).rejects.toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });
});

describe("what can't be answered", () => {
  test.each<[string, unknown]>([
    ["no reply", 42],
    ["a status that there isn't", { status: 700, headers: {}, body: null }],
    ["a field with a line end", { status: 200, headers: { a: "b\r\nc: d" }, body: null }],
    ["a framing field", text("", { headers: { "transfer-encoding": "chunked" } })],
  ])("is a 500: %s", async (_, answer) => {
    const errors: unknown[] = [];
    const response = await toResponse(answer as Reply, asked(), { onError: (error) => errors.push(error) });
    expect(response.status).toBe(500);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(UsageError);
  });

  test("is a 500 where the promise of it is rejected", async () => {
    const rejected = Promise.reject<Reply>(new Error("no answer"));
    expect((await toResponse(rejected, asked(), quiet)).status).toBe(500);
  });

  test("a request that was given up before", async () => {
    const response = await toResponse(new Promise<Reply>(() => {}), asked({ signal: AbortSignal.abort() }));
    expect(response.status).toBe(499);
  });

  test.each([{ compres: true }, { compress: "gzip" }, { onError: 1 }, { limits: { backlogBytes: -1 } }])(
    "options: %o",
    (options) => {
      expect(() => toResponse(text(""), asked(), options as object)).toThrow(
        expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
      );
    },
  );

  // Hono's own request among them, which has a URL, and no signal.
  test.each([undefined, null, "http://a.test/", { url: "http://a.test/" }, text("")])(
    "request: %o",
    (given) => {
      expect(() => toResponse(text(""), given as never)).toThrow(
        expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
      );
      const fetch = toFetch(() => text(""));
      expect(() => fetch(given as never)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OPTION" }));
    },
  );
});

function gateOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((yes) => (resolve = yes));
  return { promise, resolve };
}
