import { Socket } from "node:net";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type BodySource, type Handler, stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";
import { webStream } from "../support/sources.ts";

/** What the server hands to its socket, write by write; what is written while corked is one. */
const writes: string[] = [];
let open = false;

beforeEach(() => {
  writes.length = 0;
  open = false;
  const original = (name: "write" | "cork" | "uncork") =>
    Reflect.get(Socket.prototype, name) as (...args: unknown[]) => never;
  const [write, cork, uncork] = [original("write"), original("cork"), original("uncork")];
  const fromServer = (socket: Socket): boolean =>
    socket.remotePort !== undefined && socket.localPort === port;
  vi.spyOn(Socket.prototype, "write").mockImplementation(function (this: Socket, ...args: unknown[]) {
    if (fromServer(this)) {
      const [piece, encoding] = args as [string | Uint8Array, BufferEncoding];
      const octets = typeof piece === "string" ? Buffer.from(piece, encoding) : Buffer.from(piece);
      if (this.writableCorked > 0 && open) writes.push(writes.pop()! + octets.toString("latin1"));
      else writes.push(octets.toString("latin1"));
      open = this.writableCorked > 0;
    }
    return write.apply(this, args);
  });
  vi.spyOn(Socket.prototype, "cork").mockImplementation(function (this: Socket) {
    if (fromServer(this)) open = false;
    cork.call(this);
  });
  vi.spyOn(Socket.prototype, "uncork").mockImplementation(function (this: Socket) {
    if (fromServer(this)) open = false;
    uncork.call(this);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

let port = 0;

/** The writes of an answer, its head shown as `head `. */
async function writesOf(handler: Handler, octets: string = request("/"), answers = 1): Promise<string[]> {
  const server = await start(handler);
  port = server.port;
  const client = await server.connect();
  client.write(octets);
  for (let count = 0; count < answers; count++) expect((await client.response()).complete).toBe(true);
  expect(writes.join("")).toBe(client.text);
  return writes.map((write) =>
    write.replaceAll(/HTTP\/1\.1 \d+ [^]*?\r\n\r\n/g, "head ").replaceAll("\r\n", "|"),
  );
}

const drops = (source: BodySource) => () => stream("text/plain", source);

describe("what is produced before the source waits leaves in one write", () => {
  const ALL = ["head 1|a|2|bc|1|d|0||"];

  test.each<[string, BodySource]>([
    ["an array", ["a", "bc", "d"]],
    [
      "a generator",
      (function* () {
        yield* ["a", "bc", "d"];
      })(),
    ],
    [
      "an async generator",
      (async function* () {
        yield* ["a", "bc", "d"];
      })(),
    ],
    [
      "an async generator that awaits what is there",
      async function* () {
        for (const piece of ["a", "bc", "d"]) yield await Promise.resolve(piece);
      },
    ],
    ["a web stream", webStream(["a", "bc", "d"])],
    [
      "a writer",
      (out) => {
        for (const piece of ["a", "bc", "d"]) void out.write(piece);
      },
    ],
    [
      "a writer that awaits",
      async (out) => {
        for (const piece of ["a", "bc", "d"]) await out.write(piece);
      },
    ],
  ])("%s, from a handler that answers at once", async (_name, source) => {
    expect(await writesOf(drops(source))).toEqual(ALL);
  });

  test("an async generator, from an async handler", async () => {
    const source = async function* () {
      yield* ["a", "bc", "d"];
    };
    const handler: Handler = async () => {
      await turn();
      return stream("text/plain", source);
    };
    expect(await writesOf(handler)).toEqual(ALL);
  });

  test("a short reply", async () => {
    expect(await writesOf(() => text("hello"))).toEqual(["head hello"]);
  });

  test("the answers to requests that came together", async () => {
    expect(await writesOf(() => text("hello"), request("/").repeat(3), 3)).toEqual([
      "head hellohead hellohead hello",
    ]);
  });

  test("the last piece and the end", async () => {
    const source = async function* () {
      yield "a";
      await turn();
      yield "b";
    };
    expect(await writesOf(drops(source))).toEqual(["head 1|a|", "1|b|0||"]);
  });

  test("a piece that is not copied, and its framing", async () => {
    const big = Buffer.alloc(5_000, "x");
    expect(await writesOf(drops(["a", big, "b"]))).toEqual([`head 1|a|1388|${big.toString()}|1|b|0||`]);
  });
});

describe("what waits longer than a tick does not hold anything back", () => {
  test("the head leaves before the first piece is there", async () => {
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await start(
      drops(async function* () {
        await gate;
        yield "late";
      }),
    );
    const client = await server.connect();
    client.write(request("/"));
    await client.until("\r\n\r\n");
    expect(client.text).not.toContain("late");
    go();
    expect((await client.response()).body).toBe("late");
  });

  test("each piece leaves before the next one is there", async () => {
    const seen: string[] = [];
    const server = await start(
      drops(async function* () {
        for (let at = 0; at < 20; at++) {
          yield `${at};`;
          await expect.poll(() => seen.length, { interval: 1 }).toBe(at + 1);
        }
      }),
    );
    const client = await server.connect();
    client.socket.on("data", () => {
      const chunks = client.text.match(/\d+;/g) ?? [];
      seen.splice(0, Infinity, ...chunks);
    });
    client.write(request("/"));
    expect((await client.response()).chunks).toHaveLength(20);
  });

  test("flush sends in the middle of a tick", async () => {
    const source: BodySource = (out) => {
      void out.write("a");
      void out.flush();
      void out.write("b");
    };
    expect(await writesOf(drops(source))).toEqual(["head 1|a|", "1|b|0||"]);
  });

  test("flush before the first piece sends the head", async () => {
    const source: BodySource = async (out) => {
      await out.flush();
      await out.write("b");
    };
    expect(await writesOf(drops(source))).toEqual(["head ", "1|b|0||"]);
  });
});

test("empty pieces are no chunks", async () => {
  expect(await writesOf(drops(["", "a", new Uint8Array(), "", "b", ""]))).toEqual(["head 1|a|1|b|0||"]);
});

test("a source that never waits does not keep other connections waiting", async () => {
  const server = await start(({ path }) =>
    path === "/endless"
      ? stream("text/plain", function* () {
          for (;;) yield "x".repeat(1_000);
        })
      : text("hello"),
  );
  const endless = await server.connect();
  endless.write(request("/endless"));
  await endless.until((all) => all.length > 1_000_000);
  const other = await server.connect();
  for (let round = 0; round < 5; round++) {
    const begun = performance.now();
    other.write(request("/"));
    expect((await other.response()).body).toBe("hello");
    expect(performance.now() - begun).toBeLessThan(200);
  }
  await sleep(0);
});
