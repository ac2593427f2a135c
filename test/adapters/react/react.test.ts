import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import { createElement as h, type ReactNode, Suspense, use } from "react";
import { renderToPipeableStream, renderToReadableStream as renderOnNode } from "react-dom/server";
import { renderToReadableStream as renderOnEdge } from "react-dom/server.edge";
import { describe, expect, test, vi } from "vitest";
import { toResponse } from "../../../src/adapters/fetch/index.ts";
import { send } from "../../../src/adapters/node-http/index.ts";
import { react, type ReactHooks, type ReactOptions } from "../../../src/adapters/react/index.ts";
import { text } from "../../../src/replies/index.ts";
import { RawClient } from "../../support/raw-client.ts";
import { request, start, takeErrors } from "../../support/servers.ts";

type Render = (node: ReactNode, hooks: ReactHooks, more?: object) => ReturnType<Parameters<typeof react>[0]>;

const APIS: [string, Render][] = [
  ["renderToPipeableStream", (node, hooks, more) => renderToPipeableStream(node, { ...hooks, ...more })],
  ["renderToReadableStream of Node", (node, hooks, more) => renderOnNode(node, { ...hooks, ...more })],
  ["renderToReadableStream of the edge", (node, hooks, more) => renderOnEdge(node, { ...hooks, ...more })],
];

interface Gate<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function gateOf<T>(): Gate<T> {
  let resolve!: Gate<T>["resolve"];
  let reject!: Gate<T>["reject"];
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

const Late = ({ gate }: { gate: Gate<string> }): ReactNode => h("b", null, use(gate.promise));

function Broken(): ReactNode {
  throw new Error("in the shell");
}

const pageWith = (gate: Gate<string>): ReactNode =>
  h(
    "html",
    null,
    h(
      "body",
      null,
      h("h1", null, "Shell"),
      h(Suspense, { fallback: h("i", null, "Waiting") }, h(Late, { gate })),
    ),
  );

describe.each(APIS)("%s", (_, render) => {
  test("leaves with its shell; what is late follows", async () => {
    const gate = gateOf<string>();
    const server = await start(() => react((hooks) => render(pageWith(gate), hooks)));
    const client = await server.connect();
    client.write(request("/"));
    await client.until("Waiting");
    expect(client.text).not.toContain("<b>");
    gate.resolve("Late");
    const answer = await client.response();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.body).toMatch(/^<!DOCTYPE html><html>.*Shell.*<b>Late<\/b>.*$/s);
    expect(answer.complete).toBe(true);
  });

  test("is coded on its way, and flushed", async () => {
    const gate = gateOf<string>();
    const server = await start(() => react((hooks) => render(pageWith(gate), hooks)));
    const client = await server.connect();
    client.write(request("/", ["Accept-Encoding: gzip"]));
    await client.until((all) => all.split("\r\n\r\n").length > 1 && all.length > 300);
    gate.resolve("Late");
    const answer = await client.response();
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    const { gunzipSync } = await import("node:zlib");
    expect(gunzipSync(Buffer.from(answer.body, "latin1")).toString()).toContain("<b>Late</b>");
  });

  test("answers 500 where the shell can't be rendered", async () => {
    const server = await start(() => react((hooks) => render(h(Broken), hooks)));
    const client = await server.connect();
    expect((await client.write(request("/")).response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ message: "in the shell" }]);
  });

  test("answers with the fallback where the shell can't be rendered", async () => {
    const fallback: ReactOptions["fallback"] = (error) => text((error as Error).message, { status: 503 });
    const server = await start(() => react((hooks) => render(h(Broken), hooks), { fallback }));
    const client = await server.connect();
    const answer = await client.write(request("/")).response();
    expect([answer.status, answer.body]).toEqual([503, "in the shell"]);
  });

  test("goes on after what React recovers from, and reports it", async () => {
    const gate = gateOf<string>();
    const failure = new Error("behind the shell");
    const server = await start(() => react((hooks) => render(pageWith(gate), hooks)));
    const client = await server.connect();
    client.write(request("/"));
    await client.until("Waiting");
    gate.reject(failure);
    const answer = await client.response();
    expect(answer.complete).toBe(true);
    expect(answer.body).toContain("$RX");
    expect(await takeErrors(server)).toEqual([failure]);
  });

  test("reports what failed before the page began to leave", async () => {
    const gate = gateOf<string>();
    const failure = new Error("early");
    gate.reject(failure);
    const server = await start(() => react((hooks) => render(pageWith(gate), hooks), { allReady: true }));
    const client = await server.connect();
    expect((await client.write(request("/")).response()).complete).toBe(true);
    expect(await takeErrors(server)).toEqual([failure]);
  });

  test("tells its own listener instead, whose digest the browser gets", async () => {
    const gate = gateOf<string>();
    const told: unknown[] = [];
    const onError = (error: unknown): string => {
      told.push(error);
      return "digest-7";
    };
    const server = await start(() => react((hooks) => render(pageWith(gate), hooks), { onError }));
    const client = await server.connect();
    client.write(request("/"));
    await client.until("Waiting");
    gate.reject("why");
    expect((await client.response()).body).toContain("digest-7");
    expect(told).toEqual(["why"]);
  });

  test.each<[string, () => never]>([
    [
      "throws",
      () => {
        throw new Error("no log");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no log")) as never],
  ])("goes on where its own listener %s, and reports that, too", async (_name, onError) => {
    const gate = gateOf<string>();
    const server = await start(() => react((hooks) => render(pageWith(gate), hooks), { onError }));
    const client = await server.connect();
    client.write(request("/"));
    await client.until("Waiting");
    gate.reject(new Error("behind the shell"));
    expect((await client.response()).complete).toBe(true);
    expect(await takeErrors(server, 2)).toMatchObject([
      { message: "no log" },
      { message: "behind the shell" },
    ]);
  });

  test("answers 500 also where its own listener throws, which is printed", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    const onError = (): never => {
      throw new Error("no log");
    };
    const server = await start(() => react((hooks) => render(h(Broken), hooks), { onError }));
    const client = await server.connect();
    expect((await client.write(request("/")).response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ message: "in the shell" }]);
    expect(printed.mock.calls).toMatchObject([[{ message: "in the shell" }, { message: "no log" }]]);
    printed.mockRestore();
  });

  test("waits for everything where it's told to", async () => {
    const gate = gateOf<string>();
    const rendering = react((hooks) => render(pageWith(gate), hooks), { allReady: true });
    let settled = false;
    void rendering.then(() => (settled = true));
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect(settled).toBe(false);
    gate.resolve("Late");
    const response = await toResponse(await rendering, new Request("http://test/"));
    expect(await response.text()).toMatch(/Shell.*<b>Late<\/b>/s);
  });

  test("has status and headers that the shell has found out", async () => {
    let status = 200;
    const Found = (): ReactNode => {
      status = 404;
      return h("p", null, "Nothing here");
    };
    const reply = await react((hooks) => render(h(Found), hooks), {
      status: () => status,
      headers: () => ({ "Content-Type": "text/html; charset=UTF-8", "X-Status": String(status) }),
    });
    const response = await toResponse(reply, new Request("http://test/"));
    expect(response.status).toBe(404);
    expect(response.headers.get("x-status")).toBe("404");
    expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(await response.text()).toBe("<p>Nothing here</p>");
  });

  test("passes React's own options through", async () => {
    const more = { nonce: "n-1", bootstrapScripts: ["/app.js"] };
    const reply = await react((hooks) => render(h("p"), hooks, more));
    const html = await (await toResponse(reply, new Request("http://test/"))).text();
    expect(html).toMatch(/<script[^>]* src="\/app.js"[^>]* nonce="n-1"/);
  });

  test("is aborted when its reader leaves, and nobody is told", async () => {
    const gate = gateOf<string>();
    let signal!: AbortSignal;
    const server = await start(() =>
      react((hooks) => {
        ({ signal } = hooks);
        return render(pageWith(gate), hooks);
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("Waiting");
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    client.reset();
    await aborted;
    expect(signal.reason).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });

  test("is aborted when its reader leaves before the shell is rendered", async () => {
    const gate = gateOf<string>();
    const begun = gateOf<AbortSignal>();
    const server = await start(({ signal: left }) =>
      react(
        (hooks) => {
          begun.resolve(hooks.signal);
          return render(h(Late, { gate }), hooks);
        },
        { signal: left },
      ),
    );
    const client = await server.connect();
    client.write(request("/"));
    const signal = await begun.promise;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    client.reset();
    await aborted;
  });

  test("is cut where it is given up, and doesn't end as if it were complete", async () => {
    const giving = new AbortController();
    const reason = new Error("given up");
    const server = await start(() =>
      react((hooks) => render(pageWith(gateOf()), hooks), { signal: giving.signal }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("Waiting");
    giving.abort(reason);
    expect((await client.response()).complete).toBe(false);
    expect(await takeErrors(server)).toEqual([reason]);
  });

  test("is given up, by either side, without a word to its own listener", async () => {
    const told: unknown[] = [];
    const giving = new AbortController();
    const options = { signal: giving.signal, onError: (error: unknown) => void told.push(error) };
    const rendered = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
      const reply = await react((hooks) => render(pageWith(gateOf()), hooks), options);
      const response = await toResponse(reply, new Request("http://test/"), { onError: () => {} });
      const reader = response.body!.getReader();
      await reader.read();
      return reader;
    };
    await (await rendered()).cancel();
    const reader = await rendered();
    const next = reader.read();
    giving.abort(new Error("given up"));
    await expect(next).rejects.toThrow("given up");
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect(told).toEqual([]);
  });

  test("given up before its shell, is rejected with the reason, whatever the fallback", async () => {
    const giving = new AbortController();
    const rendering = react((hooks) => render(h(Late, { gate: gateOf<string>() }), hooks), {
      signal: giving.signal,
      fallback: () => text("fallback"),
    });
    const reason = new Error("given up");
    giving.abort(reason);
    await expect(rendering).rejects.toBe(reason);
    await expect(react((hooks) => render(h("p"), hooks), { signal: giving.signal })).rejects.toBe(reason);
  });

  test("to HEAD is not read, and is aborted", async () => {
    let signal!: AbortSignal;
    const reply = await react((hooks) => {
      ({ signal } = hooks);
      return render(pageWith(gateOf()), hooks);
    });
    const response = await toResponse(reply, new Request("http://test/", { method: "HEAD" }));
    expect(response.body).toBeNull();
    expect(signal.aborted).toBe(true);
  });

  test("of megabytes is whole", async () => {
    let rendered = 0;
    const Row = (): ReactNode => {
      rendered += 1;
      return h("p", null, "x".repeat(10_000));
    };
    // Side by side: React's stack is not deep enough for hundreds within each other.
    const rows = Array.from({ length: 401 }, (_row, key) => h(Suspense, { fallback: "", key }, h(Row)));
    const reply = await react((hooks) => render(h("div", null, rows), hooks));
    const response = await toResponse(reply, new Request("http://test/"));
    let octets = 0;
    for await (const piece of response.body!) octets += piece.length;
    expect(octets).toBeGreaterThan(4_000_000);
    expect(rendered).toBe(401);
  });
});

test.each([
  ["no function", [42], 'found "render: 42"; wanted: a function: react(render, options)'],
  ["an option that there isn't", [() => {}, { statis: 200 }], 'found "statis is no option"'],
])("refuses %s", async (_, args, message) => {
  await expect(Reflect.apply(react, undefined, args)).rejects.toMatchObject({
    code: "ERR_SLUICE_OPTION",
    message: expect.stringContaining(message) as string,
  });
});

test("refuses what React doesn't return", async () => {
  await expect(react(() => "<p>" as never)).rejects.toMatchObject({
    code: "ERR_SLUICE_BODY_SOURCE",
    message: expect.stringContaining('found "a string"; wanted: react(render): render returns') as string,
  });
});

test("works inside Express", async () => {
  const gate = gateOf<string>();
  const app = express();
  app.get("/", (req, res) =>
    send(() => react((hooks) => renderToPipeableStream(pageWith(gate), hooks)), req, res),
  );
  const server = app.listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    const client = await RawClient.connect((server.address() as AddressInfo).port);
    client.write(request("/"));
    await client.until("Waiting");
    gate.resolve("Late");
    const answer = await client.response();
    expect([answer.complete, answer.body]).toEqual([true, expect.stringContaining("<b>Late</b>")]);
  } finally {
    server.close();
  }
});

test("a stream that is destroyed is cut", async () => {
  const failure = new Error("destroyed");
  const broken = {
    pipe<T>(destination: T): T {
      const out = destination as { write(piece: string): boolean; destroy(error?: unknown): void };
      out.write("begun");
      setImmediate(() => out.destroy(failure));
      return destination;
    },
    abort: () => {},
  };
  const server = await start(() =>
    react((hooks) => {
      hooks.onShellReady();
      return broken;
    }),
  );
  const client = await server.connect();
  const answer = await client.write(request("/")).response();
  expect([answer.body, answer.complete]).toEqual(["begun", false]);
  expect(await takeErrors(server)).toEqual([failure]);
});
