import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { toListener } from "../../../../src/adapters/node-http/index.ts";
import { stream } from "../../../../src/index.ts";
import { gate } from "../../../support/gate.ts";
import { RawClient } from "../../../support/raw-client.ts";
import { settled } from "../../../support/settled.ts";
import { ask, errors, type Listener, listening, Log, same, seenOf, withOptions } from "./side-by-side.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const MIB = 1024 * 1024;

describe("a reader that stops", () => {
  test("write() says so, drain follows, and everything arrives", async () => {
    let octets = 0;
    const seen = await same(
      (create) =>
        create(async (_request, response) => {
          const piece = Buffer.alloc(64 * 1024, "x");
          let stops = 0;
          for (octets = 0; octets < 24 * MIB; octets += piece.length) {
            if (response.write(piece)) continue;
            stops++;
            expect(response.writableNeedDrain).toBe(true);
            await once(response, "drain");
            expect(response.writableNeedDrain).toBe(false);
          }
          response.addTrailers({ "X-Stopped": String(stops > 0) });
          response.end();
        }),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET.replace("Host", "Connection: close\r\nHost")).pause();
        expect(await settled(() => octets)).toBeLessThan(24 * MIB);
        client.resume();
        const text = await client.whole();
        return [text.endsWith("\r\n0\r\nX-Stopped: true\r\n\r\n"), text.length > 24 * MIB];
      },
    );
    expect(seen).toEqual([true, true]);
  });

  test("holds a pipeline back", async () => {
    const source = { pulled: 0 };
    const piece = Buffer.alloc(64 * 1024);
    function* pieces(): Generator<Buffer> {
      for (; source.pulled < 64 * MIB; source.pulled += piece.length) yield piece;
    }
    const port = await listening(
      withOptions({}, (_request, response) => {
        pipeline(Readable.from(pieces()), response).catch(() => {});
      }),
    );
    const client = await RawClient.connect(port);
    client.pause().write(GET);
    expect(await settled(() => source.pulled)).toBeLessThan(16 * MIB);
  });

  test("who does not wait for it is cut at the backlog, and never before", async () => {
    const limits = { backlogBytes: 4 * MIB };
    const log = new Log();
    const port = await listening(
      withOptions({ limits }, (_request, response) => {
        log.watch(response, "response", ["finish", "close"]);
        for (let count = 0; count < 64 && !response.destroyed; count++) response.write(Buffer.alloc(MIB));
        log.add(`${response.destroyed}`);
      }),
    );
    const client = await RawClient.connect(port);
    client.pause().write(GET);
    await expect.poll(() => log.lines).toEqual(["true", "response close"]);
    expect(errors.splice(0)).toMatchObject([{ code: "ERR_SLUICE_BACKLOG" }]);
  });
});

describe("a reader that leaves", () => {
  test("the messages are told in order, and nothing else", async () => {
    const lines = await same(
      (create) => create(),
      async (port, server) => {
        const log = new Log();
        const over = new Promise<void>((resolve) => {
          server.on("request", (request: IncomingMessage, response: ServerResponse) => {
            log.watch(response, "response", ["finish", "close", "error"]);
            log.watch(request, "request", ["aborted", "error", "end", "close"]);
            response.write("begun");
            response.on("close", () => {
              log.add(`${response.destroyed} ${response.writableFinished}`);
              log.add(String(response.write("late", () => log.add("called back"))));
              response.end("later");
              // What else would come comes by then.
              void turn().then(() => setImmediate(resolve));
            });
          });
        });
        const client = await RawClient.connect(port);
        client.write(GET);
        await client.until("begun");
        client.reset();
        await over;
        return log.lines;
      },
    );
    expect(lines).toContain("response close");
    expect(lines).not.toContain("response finish");
  });

  test("the source of a pipeline is destroyed", async () => {
    const code = await same(
      (create) => create(),
      async (port, server) => {
        const over = new Promise<unknown>((resolve) => {
          server.on("request", (_request: IncomingMessage, response: ServerResponse) => {
            const source = new Readable({ read: () => {} });
            source.push("begun");
            pipeline(source, response).catch((error: NodeJS.ErrnoException) =>
              resolve([error.code, source.destroyed]),
            );
          });
        });
        const client = await RawClient.connect(port);
        client.write(GET);
        await client.until("begun");
        client.reset();
        return over;
      },
    );
    expect(code).toEqual(["ERR_STREAM_PREMATURE_CLOSE", true]);
  });
});

/** Gives an answer up, once its beginning has arrived. */
type GiveUp = (request: IncomingMessage, response: ServerResponse, arrived: Promise<void>) => Promise<void>;

describe("an answer that is given up", () => {
  test.each<[string, GiveUp]>([
    [
      "res.destroy() in the middle",
      async (_, response, arrived) => {
        response.write("begun");
        await arrived;
        response.destroy();
      },
    ],
    [
      "res.destroy() with an error",
      async (_, response, arrived) => {
        response.write("begun");
        await arrived;
        response.destroy(new Error("no"));
      },
    ],
    [
      "req.destroy()",
      async (request, response, arrived) => {
        response.write("begun");
        await arrived;
        request.destroy();
      },
    ],
    [
      "req.socket.destroy()",
      async (request, response, arrived) => {
        response.write("begun");
        await arrived;
        request.socket.destroy();
      },
    ],
    [
      "a source that breaks",
      async (_, response, arrived) => {
        const source = async function* (): AsyncGenerator<string> {
          yield "begun";
          await arrived;
          throw new Error("broken");
        };
        await pipeline(Readable.from(source()), response).catch(() => {});
      },
    ],
  ])("%s: cut, and close without finish", async (_name, giveUp) => {
    const lines = await same(
      (create) => create(),
      async (port, server) => {
        const log = new Log();
        const arrived = gate();
        const over = new Promise<void>((resolve) => {
          server.on("request", (request: IncomingMessage, response: ServerResponse) => {
            log.watch(response, "response", ["finish", "error"]);
            response.on("close", () => {
              log.add(`close ${response.destroyed} ${response.writableEnded} ${response.writableFinished}`);
              resolve();
            });
            void giveUp(request, response, arrived.opened);
          });
        });
        const client = await RawClient.connect(port);
        await client.write(GET).until("begun");
        arrived.open();
        const { body, complete } = seenOf(await client.response());
        await over;
        return [body, complete, ...log.lines];
      },
    );
    expect(lines.slice(0, 2)).toEqual(["begun", false]);
  });

  test("before anything has left: not an octet", async () => {
    const text = await same(
      (create) => create((_request, response) => void response.destroy()),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        await client.ending();
        return client.text;
      },
    );
    expect(text).toBe("");
  });

  test("in a body that only the end delimits: a reset, which nobody takes for the end", async () => {
    const arrived = gate();
    const port = await listening(
      withOptions({}, (_request, response) => {
        response.write("begun");
        void arrived.opened.then(() => response.destroy());
      }),
    );
    const client = await RawClient.connect(port);
    await client.write("GET / HTTP/1.0\r\n\r\n").until("begun");
    arrived.open();
    expect(await client.ending()).toBe("RST");
  });
});

describe("a reply that fails in the middle", () => {
  const SIZE = 12 * MIB;
  const secret = new Error("meant");
  const failing = (fields: Record<string, string>): Listener =>
    toListener(
      () =>
        stream(
          "text/plain",
          (out) => {
            void out.write("x".repeat(SIZE));
            out.fail(secret);
          },
          { headers: fields },
        ),
      { onError: (error) => errors.push(error) },
    );

  test.each<[string, Record<string, string>]>([
    ["chunked", {}],
    ["with a length", { "content-length": String(2 * SIZE) }],
  ])(
    "%s: all that was written before arrives, also at a slow reader, and then it is cut",
    async (_, fields) => {
      const octets = await same(
        (create) => create(failing(fields)),
        async (port) => {
          const client = await RawClient.connect(port);
          client.pause().write(GET);
          await expect.poll(() => errors.splice(0)).toEqual([secret]);
          await client.readSlowly(4 * MIB, MIB, 1);
          await client.ending();
          expect(client.text).not.toContain("\r\n0\r\n\r\n");
          return client.text.replaceAll(/[^x]/g, "").length;
        },
      );
      expect(octets).toBeGreaterThanOrEqual(SIZE);
    },
  );

  test("req.socket.destroySoon() does the same", async () => {
    const lines = await same(
      (create) =>
        create((request, response) => {
          response.write("x".repeat(SIZE));
          // Node 26 holds what was written up to the end of the tick.
          setImmediate(() => request.socket.destroySoon());
        }),
      async (port) => {
        const client = await RawClient.connect(port);
        client.write(GET);
        const { body, complete } = await client.response();
        return [body.length, complete];
      },
    );
    expect(lines).toEqual([SIZE, false]);
  });
});

describe("a listener that fails", () => {
  test.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("thrown");
      },
    ],
    ["rejects", () => Promise.reject(new Error("thrown"))],
  ])("%s: 500, and onError is told", async (_name, fail) => {
    const port = await listening(withOptions({}, fail));
    expect(await ask(port)).toMatchObject({ status: 500, complete: true });
    expect(errors.splice(0)).toMatchObject([{ message: "thrown" }]);
  });

  test("in the middle of its answer: cut, and closed", async () => {
    const log = new Log();
    const arrived = gate();
    const port = await listening(
      withOptions({}, async (_request, response) => {
        log.watch(response, "response", ["finish", "close"]);
        response.write("begun");
        await arrived.opened;
        throw new Error("thrown");
      }),
    );
    const client = await RawClient.connect(port);
    await client.write(GET).until("begun");
    arrived.open();
    expect(await client.response()).toMatchObject({ body: "begun", complete: false });
    expect(errors.splice(0)).toMatchObject([{ message: "thrown" }]);
    await expect.poll(() => log.lines).toEqual(["response close"]);
  });
});

test("what one request enters into an AsyncLocalStorage, the next one on its connection does not find", async () => {
  // On node:http it does.
  const storage = new AsyncLocalStorage<string>();
  const port = await listening(
    withOptions({}, (request, response) => {
      const found = storage.getStore() ?? "nothing";
      storage.enterWith(request.url!);
      setImmediate(() => response.end(`${found} ${storage.getStore()}`));
    }),
  );
  const client = await RawClient.connect(port);
  const bodies: string[] = [];
  for (const target of ["/1", "/2"]) {
    client.write(GET.replace("/", target));
    bodies.push((await client.response()).body);
  }
  // Those that wait behind an answer, too.
  client.write(GET.replace("/", "/3") + GET.replace("/", "/4"));
  bodies.push((await client.response()).body, (await client.response()).body);
  expect(bodies).toEqual(["nothing /1", "nothing /2", "nothing /3", "nothing /4"]);
});
