// Middleware that throws where an answer is written through it, and others that end the response under an answer.

import { createServer as createNodeServer, type Server, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2Server } from "node:http2";
import { describe, expect, test } from "vitest";
import { createServer, send } from "../../../src/adapters/node-http/index.ts";
import { type Reply, stream, text } from "../../../src/index.ts";
import { request } from "../../support/servers.ts";
import { askHttp2, listening, type NodeServer, takeErrors } from "./node-servers.ts";

type Listener = (request: never, response: ServerResponse) => void;

const HOSTS: readonly [string, (listener: Listener) => Server | Http2Server][] = [
  ["node:http", (listener) => createNodeServer(listener as never)],
  ["createServer", (listener) => createServer(listener as never)],
  ["node:http2", (listener) => createHttp2Server(listener as never)],
];

/** What has come of an answer, and whether its reader takes it for whole. */
async function asked(server: NodeServer, host: string): Promise<[body: string, isWhole: boolean]> {
  if (host === "node:http2") {
    const { body, code } = await askHttp2(server, "/");
    return [body, code === 0];
  }
  const client = await server.connect();
  const { body, complete } = await client.write(request("/")).response();
  return [body, complete];
}

/** A server that prepares each response before it sends a reply by it. */
function prepared(
  make: (listener: Listener) => Server | Http2Server,
  prepare: (response: ServerResponse) => unknown,
  reply: (response: ServerResponse) => Reply,
): Promise<NodeServer> {
  const errors: unknown[] = [];
  const server = make((incoming, response) => {
    prepare(response);
    void send(reply(response), incoming, response, { onError: (error) => errors.push(error) });
  });
  return listening(server, errors);
}

const turn = (): Promise<void> => new Promise(setImmediate);

const words = (): Reply =>
  stream("text/plain", async function* () {
    for (const word of ["one ", "two ", "three"]) {
      yield word;
      await turn();
    }
  });

/** Makes the nth call of a method throw, from 1 on; 0 for each. */
function throwing(name: "write" | "end" | "flush" | "flushHeaders", nth: number) {
  return (response: ServerResponse): void => {
    const methods = response as unknown as Record<string, ((...given: unknown[]) => unknown) | undefined>;
    const method = methods[name];
    let calls = 0;
    methods[name] = function wrapped(...given: unknown[]): unknown {
      calls++;
      if (nth === 0 || calls === nth) throw new Error("meant");
      return method?.apply(this, given);
    };
    // What flushes is asked to where it wraps write.
    const write = response.write.bind(response) as (...given: unknown[]) => boolean;
    if (name === "flush") response.write = (...given: unknown[]) => write(...given);
  };
}

describe.each(HOSTS)("on %s", (host, make) => {
  test.each<[string, (response: ServerResponse) => void, () => Reply, string]>([
    ["write, once", throwing("write", 1), words, ""],
    ["write, later on", throwing("write", 2), words, "one "],
    ["write, each time", throwing("write", 0), words, ""],
    ["write of a view", throwing("write", 1), () => stream("text/plain", [new Uint8Array(6000)]), ""],
    ["flush", throwing("flush", 1), words, "one "],
    ["flush, each time", throwing("flush", 0), words, "one "],
    ["end", throwing("end", 1), words, "one two three"],
    ["end of a text", throwing("end", 1), () => text("whole"), ""],
  ])("middleware that throws in %s: cut, and told", async (_name, prepare, reply, body) => {
    const server = await prepared(make, prepare, reply);
    expect(await asked(server, host)).toEqual([body, false]);
    for (const error of await takeErrors(server)) expect(error).toMatchObject({ message: "meant" });
  });

  test("a source that waits is stopped where a piece before could not be written", async () => {
    let stopped: () => void;
    const isStopped = new Promise<void>((resolve) => (stopped = resolve));
    const server = await prepared(make, throwing("write", 1), () => {
      const source = new ReadableStream({
        start: (controller) => controller.enqueue("piece"),
        cancel: () => stopped(),
      });
      return stream("text/plain", source);
    });
    expect((await asked(server, host))[1]).toBe(false);
    await isStopped;
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test.each<[string, (response: ServerResponse) => Reply]>([
    [
      "a source",
      (response) =>
        stream("text/plain", async function* () {
          yield "a";
          response.end("other");
          await Promise.resolve();
          yield "b";
        }),
    ],
    [
      "a writer",
      (response) =>
        stream("text/plain", async (writer) => {
          void writer.write("a");
          response.end("other");
          await Promise.resolve();
          await writer.write("b");
        }),
    ],
  ])("whoever ends the response under %s has the last word, and it is told", async (_name, reply) => {
    const events: unknown[] = [];
    const listen = (response: ServerResponse): unknown => response.on("error", (error) => events.push(error));
    const server = await prepared(make, listen, reply);
    expect((await asked(server, host))[0]).toBe("other");
    expect(await takeErrors(server)).toMatchObject([{ code: "ERR_SLUICE_OUT_OF_ORDER" }]);
    expect(events).toEqual([]);
  });
});
