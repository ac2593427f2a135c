import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Request, type ServeOptions, stream, text } from "../../src/index.ts";
import { request, start, takeErrors } from "../support/servers.ts";

const NAMES = [
  "connection:open",
  "connection:close",
  "connection:error",
  "request:start",
  "request:end",
  "chunk:sent",
  "trailer:dropped",
];

interface Message {
  readonly remote?: { address: string; port: number };
  readonly request?: Request;
  readonly status?: number;
  readonly size?: number;
  readonly error?: unknown;
}

let events: [name: string, message: Message][] = [];
const listeners = new Map(
  NAMES.map((name) => [`sluice:${name}`, (message: unknown) => void events.push([name, message as Message])]),
);

describe("with subscribers", () => {
  beforeEach(() => {
    events = [];
    for (const [name, listener] of listeners) subscribe(name, listener);
  });
  afterEach(() => {
    for (const [name, listener] of listeners) unsubscribe(name, listener);
  });

  const names = (): string[] => events.map(([name]) => name);
  const ended = (): Message[] =>
    events.filter(([name]) => name === "request:end").map(([, message]) => message);

  test("a request is told from its connection's beginning to its end", async () => {
    const { server, connect } = await start(() =>
      stream("text/plain", ["a", "höher", new Uint8Array(5_000)]),
    );
    const client = await connect();
    client.write(request("/"));
    await client.response();
    const { localPort } = client.socket;
    client.finish();
    await expect.poll(() => server.stats.connections, { interval: 1 }).toBe(0);
    expect(names()).toEqual([
      "connection:open",
      "request:start",
      "chunk:sent",
      "chunk:sent",
      "chunk:sent",
      "request:end",
      "connection:close",
    ]);
    const [open, begun, first, second, third, end, close] = events.map(([, message]) => message);
    expect(open).toEqual({ remote: { address: "127.0.0.1", port: localPort } });
    expect(close).toEqual(open);
    expect([first, second, third].map((message) => message.size)).toEqual([1, 6, 5_000]);
    expect(begun.request!.path).toBe("/");
    expect(end).toEqual({ request: begun.request, status: 200, error: undefined });
  });

  test("a refusal is told with its error", async () => {
    const { connect } = await start(() => text(""));
    const client = await connect();
    client.write(request("/", ["A : 1"]));
    await client.ending();
    expect(names().slice(0, 2)).toEqual(["connection:open", "connection:error"]);
    expect(events[1][1]).toMatchObject({
      error: { code: "ERR_SLUICE_FIELD_NAME" },
      remote: { address: "127.0.0.1" },
    });
  });

  test("a request that begins ends, also one whose body is bad from the beginning", async () => {
    const { connect } = await start(async ({ body }) => text(await body.text()));
    const client = await connect();
    client.write(request("POST /", ["Transfer-Encoding: chunked"], "x"));
    expect((await client.response()).status).toBe(400);
    expect(names().filter((name) => name === "request:start")).toHaveLength(ended().length);
  });

  test("a cut answer is told with its reason", async () => {
    const reason = new Error("broken");
    const server = await start(() =>
      stream("text/plain", async function* () {
        yield "a";
        throw reason;
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.ending();
    expect(await takeErrors(server)).toEqual([reason]);
    expect(ended()).toEqual([expect.objectContaining({ status: 200, error: reason })]);
  });

  test("an error reply is a complete answer", async () => {
    const server = await start(() => {
      throw new Error("broken");
    });
    const client = await server.connect();
    client.write(request("/"));
    await client.response();
    await takeErrors(server);
    expect(ended()).toEqual([expect.objectContaining({ status: 500, error: undefined })]);
  });

  test("a reader who leaves is told as the error", async () => {
    const { connect, server } = await start(() => new Promise<never>(() => {}));
    const client = await connect();
    client.write(request("/"));
    await expect.poll(() => server.stats.active, { interval: 1 }).toBe(1);
    client.reset();
    await expect.poll(() => ended().length, { interval: 1 }).toBe(1);
    expect(ended()[0]).toMatchObject({ error: { code: "ERR_SLUICE_READER_LEFT" } });
  });

  test("a request that leaves HTTP begins once, and ends with its connection", async () => {
    const upgrade: ServeOptions["upgrade"] = (_request, socket) => {
      events.push(["upgrade", {}]);
      socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      socket.on("end", () => socket.end()).resume();
    };
    const { connect, server } = await start(() => text(""), { upgrade });
    const client = await connect();
    client.write(request("/", ["Connection: Upgrade", "Upgrade: echo"]));
    await client.until("101 Switching Protocols");
    expect(names()).toEqual(["connection:open", "request:start", "upgrade"]);
    client.finish();
    await expect.poll(() => server.stats.connections, { interval: 1 }).toBe(0);
    expect(names().slice(3)).toEqual(["request:end", "connection:close"]);
    const [open, begun, , end, close] = events.map(([, message]) => message);
    expect(close).toEqual(open);
    expect(end).toMatchObject({ status: 0, error: { code: "ERR_SLUICE_READER_LEFT" } });
    expect(end.request).toBe(begun.request);
  });

  test("a connection too many is told as an error", async () => {
    const { connect } = await start(() => text(""), { limits: { connections: 0 } });
    const client = await connect();
    await client.response();
    expect(events).toEqual([
      [
        "connection:error",
        expect.objectContaining({
          error: expect.objectContaining({ code: "ERR_SLUICE_TOO_MANY_CONNECTIONS" }),
        }),
      ],
    ]);
  });
});

test("without subscribers nothing is published", async () => {
  const publish = NAMES.map((name) => vi.spyOn(channel(`sluice:${name}`), "publish"));
  const { connect } = await start(() => stream("text/plain", ["a"]));
  const client = await connect();
  client.write(request("/"));
  await client.response();
  client.write("nonsense\r\n");
  await client.ending();
  for (const spy of publish) expect(spy).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
