import { describe, expect, test, vi } from "vitest";
import { toFetch } from "../../../src/adapters/fetch/index.ts";
import { json, type Request as SluiceRequest, stream, text } from "../../../src/replies/index.ts";

const at = (target: string, init?: RequestInit & { duplex?: "half" }): Request =>
  new Request(`https://test.example:8443${target}`, init);

describe("a handler's request", () => {
  test("is the web request", async () => {
    const fetch = toFetch((request) =>
      json({
        method: request.method,
        target: request.target,
        url: request.url.href,
        query: request.query.get("a"),
        header: request.headers.get("X-One"),
        version: request.httpVersion,
        remote: request.remote,
      }),
    );
    const response = await fetch(at("/p%20q?a=%26#part", { method: "PUT", headers: { "x-one": "1" } }));
    expect(await response.json()).toEqual({
      method: "PUT",
      target: "/p%20q?a=%26",
      url: "https://test.example:8443/p%20q?a=%26",
      query: "&",
      header: "1",
      version: "unknown",
      remote: { address: "", port: 0 },
    });
  });

  test("knows who asks where the host tells", async () => {
    const fetch = toFetch((request: SluiceRequest, _server: { ip: string }) => json(request.remote), {
      remote: (_, { ip }) => ({ address: ip, port: 7 }),
    });
    expect(await (await fetch(at("/"), { ip: "192.0.2.1" })).json()).toEqual({
      address: "192.0.2.1",
      port: 7,
    });
  });

  test("comes with what the host passes", async () => {
    const fetch = toFetch((_: SluiceRequest, env: { name: string }, context: { id: number }) =>
      text(`${env.name} ${context.id}`),
    );
    expect(await (await fetch(at("/"), { name: "worker" }, { id: 3 })).text()).toBe("worker 3");
  });

  test("has its body, by pieces and whole", async () => {
    const body = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        start(controller) {
          for (const piece of ["one ", "two ", "three"]) controller.enqueue(Buffer.from(piece));
          controller.close();
        },
      });
    const whole = toFetch(async (request) => text(await request.body.text()));
    expect(await (await whole(at("/", { method: "POST", body: body(), duplex: "half" }))).text()).toBe(
      "one two three",
    );
    const pieces = toFetch((request) =>
      stream("text/plain", async function* () {
        for await (const piece of request.body) yield `[${Buffer.from(piece).toString()}]`;
      }),
    );
    expect(await (await pieces(at("/", { method: "POST", body: body(), duplex: "half" }))).text()).toBe(
      "[one ][two ][three]",
    );
  });

  test("whose body is too large to gather is answered 413", async () => {
    const fetch = toFetch(async (request) => text(await request.body.text()), {
      limits: { gatheredBytes: 3 },
    });
    expect((await fetch(at("/", { method: "POST", body: "123" }))).status).toBe(200);
    const refused = await fetch(at("/", { method: "POST", body: "1234" }));
    expect(refused.status).toBe(413);
    expect(await refused.text()).toContain("ERR_SLUICE_BODY_TOO_LARGE");
  });

  test("whose body breaks off throws", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("one")),
      pull: (controller) => controller.error(new Error("gone")),
    });
    let thrown: unknown;
    const fetch = toFetch(async (request) => {
      thrown = await request.body.text().catch((error: unknown) => error);
      return text("");
    });
    await fetch(at("/", { method: "POST", body, duplex: "half" }));
    expect(thrown).toMatchObject({ code: "ERR_SLUICE_READER_LEFT", cause: { message: "gone" } });
  });

  test("whose body somebody has read throws", async () => {
    const errors: unknown[] = [];
    const fetch = toFetch(async (request) => text(await request.body.text()), {
      onError: (error) => errors.push(error),
    });
    const request = at("/", { method: "POST", body: "read" });
    await request.text();
    expect((await fetch(request)).status).toBe(500);
    expect(errors).toMatchObject([{ code: "ERR_SLUICE_BODY_USED" }]);
  });

  test("is not read further than it's wanted, and let go of at the end", async () => {
    let pulled = 0;
    let cancelled!: () => void;
    const over = new Promise<void>((resolve) => (cancelled = resolve));
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(64 * 1024));
        },
        cancel: cancelled,
      },
      { highWaterMark: 0 },
    );
    const fetch = toFetch(async (request) => {
      await request.body[Symbol.asyncIterator]().next();
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
      return text("enough");
    });
    expect(await (await fetch(at("/", { method: "POST", body, duplex: "half" }))).text()).toBe("enough");
    await over;
    expect(pulled).toBeLessThan(8);
  });

  test("aborts its signal when the reader of the answer leaves", async () => {
    let signal!: AbortSignal;
    const fetch = toFetch((request) => {
      ({ signal } = request);
      return stream("text/plain", async function* () {
        for (;;) yield "more";
      });
    });
    const reader = (await fetch(at("/"))).body!.getReader();
    await reader.read();
    expect(signal.aborted).toBe(false);
    await reader.cancel("left");
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: "ERR_SLUICE_READER_LEFT", cause: "left" });
  });

  test("has its host's signal on Deno only where the handler asks, since Deno prints a warning then", async () => {
    vi.stubGlobal("Deno", {});
    vi.resetModules();
    try {
      const fresh = await import("../../../src/adapters/fetch/index.ts");
      let asked = 0;
      const host = new AbortController();
      const reached = (path: string): Request =>
        Object.defineProperty(at(path, { method: "POST", body: "x" }), "signal", {
          get: () => (asked++, host.signal),
        });
      const fetch = fresh.toFetch(async (request) => {
        await request.body.text();
        if (request.path === "/signal") return text(String(request.signal.aborted));
        return request.path === "/stream" ? stream("text/plain", ["a", "b"]) : text("whole");
      });
      expect(await (await fetch(reached("/"))).text()).toBe("whole");
      expect(await (await fetch(reached("/stream"))).text()).toBe("ab");
      expect(asked).toBe(0);
      host.abort();
      expect((await fetch(reached("/signal"))).status).toBe(499);
      expect(asked).toBeGreaterThan(0);
    } finally {
      vi.unstubAllGlobals();
      vi.resetModules();
    }
  });

  test("of an answer that is complete never aborts", async () => {
    let signal!: AbortSignal;
    const host = new AbortController();
    const fetch = toFetch((request) => {
      ({ signal } = request);
      return text("done");
    });
    await (await fetch(at("/", { signal: host.signal }))).text();
    host.abort();
    expect(signal.aborted).toBe(false);
  });

  test("with fields that no host has checked is answered 400", async () => {
    const fetch = toFetch((request) => text(request.headers.get("a") ?? ""));
    const response = await fetch(at("/", { headers: { a: "b\u0001c" } }));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("ERR_SLUICE_FIELD_VALUE");
  });

  test("can ask for interim responses, which are left out", async () => {
    const fetch = toFetch((request) => {
      request.informational(103, { link: "</style.css>" });
      return text("final");
    });
    expect(await (await fetch(at("/"))).text()).toBe("final");
  });
});

test("what a handler throws is a 500, and told", async () => {
  const errors: unknown[] = [];
  const failure = new Error("in the handler");
  const fetch = toFetch(
    () => {
      throw failure;
    },
    { onError: (error) => errors.push(error) },
  );
  expect((await fetch(at("/"))).status).toBe(500);
  expect(errors).toEqual([failure]);
});

test.each([
  ["no function", [42]],
  ["an option that there isn't", [() => text(""), { port: 80 }]],
  ["a remote that is no function", [() => text(""), { remote: "192.0.2.1" }]],
])("refuses %s", (_, args) => {
  expect(() => Reflect.apply(toFetch, undefined, args)).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
  );
});
