import { setTimeout as sleep } from "node:timers/promises";
import { buildSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { Client } from "../../../src/client/index.ts";
import {
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  GOAWAY,
  headers,
  number32,
  reset,
  RST_STREAM,
  settings,
  windowUpdate,
} from "../../support/http2-frames.ts";
import { run } from "../../support/run.ts";
import { settled } from "../../support/settled.ts";
import { root } from "../../house/imports.ts";
import { codeOf, open, read, rejection } from "../clients.ts";
import { frameServer, nodeServer } from "./servers.ts";

const client = (more: object = {}) => open({ http2: "cleartext", ...more });

const goaway = (last: number, code = 0): Buffer =>
  frame(GOAWAY, 0, 0, Buffer.concat([number32(last), number32(code)]));

const answer = (stream: number, body = "a"): Buffer =>
  Buffer.concat([headers(stream, [[":status", "200"]], END_HEADERS), data(stream, body, END_STREAM)]);

const MAX_CONCURRENT_STREAMS = 3;

describe("one connection", () => {
  test("carries all exchanges at a time, the first ones among them", async () => {
    let most = 0;
    let active = 0;
    const server = await nodeServer((stream) => {
      most = Math.max(most, ++active);
      stream.on("close", () => active--);
      stream.respond();
      setTimeout(() => stream.end("a"), 20);
    });
    const http = client();
    const all = await Promise.all(Array.from({ length: 50 }, () => read(http.request(server.url))));
    expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(["complete"]));
    expect(most).toBe(50);
    expect(server.sessions).toHaveLength(1);
  });

  test("carries as many as the server takes, and the others wait in order", async () => {
    let most = 0;
    let active = 0;
    const order: string[] = [];
    const server = await nodeServer(
      (stream, { ":path": path }) => {
        order.push(path!);
        most = Math.max(most, ++active);
        stream.on("close", () => active--);
        stream.respond();
        setTimeout(() => stream.end("a"), 3);
      },
      { settings: { maxConcurrentStreams: 3 } },
    );
    const http = client();
    await read(http.request(`${server.url}/0`));
    const all = Array.from({ length: 20 }, (_, index) => read(http.request(`${server.url}/${index + 1}`)));
    expect((await Promise.all(all)).every(({ outcome }) => outcome === "complete")).toBe(true);
    expect(order).toEqual(Array.from({ length: 21 }, (_, index) => `/${index}`));
    expect(most).toBe(3);
    expect(server.sessions).toHaveLength(1);
  });

  test("takes more when the server does", async () => {
    const server = await frameServer(
      async (peer) => {
        const first = await peer.request();
        expect(peer.of(1)).toHaveLength(1);
        peer.send(settings([[MAX_CONCURRENT_STREAMS, 2]]));
        const second = await peer.request();
        peer.send(answer(second, "second"), answer(first, "first"));
      },
      { settings: settings([[MAX_CONCURRENT_STREAMS, 1]]) },
    );
    const http = client();
    // The first may be under way before the server's settings are.
    const first = read(http.request(server.url));
    await expect.poll(() => server.peers[0]?.of(1).length).toBe(1);
    const second = read(http.request(server.url));
    expect([(await first).text, (await second).text]).toEqual(["first", "second"]);
    expect(server.peers).toHaveLength(1);
  });

  test("whose server takes no more streams makes requests wait, and tells them so in the end", async () => {
    const server = await frameServer(async (peer) => {
      const first = await peer.request();
      peer.send(settings([[MAX_CONCURRENT_STREAMS, 0]]), answer(first));
      await peer.request();
    });
    const http = client({ timeouts: { head: 100 } });
    await read(http.request(server.url));
    const codes = await Promise.all([1, 2].map(() => codeOf(http.request(server.url))));
    expect(codes).toEqual(["ERR_SLUICE_CONNECT_TIMEOUT", "ERR_SLUICE_CONNECT_TIMEOUT"]);
    expect(server.peers).toHaveLength(1);
    expect(server.peers[0].of(1)).toHaveLength(1);
  });

  test("frees the place of an exchange once all of its response has come, read or not", async () => {
    const server = await nodeServer(
      (stream) => {
        stream.respond();
        stream.end("x".repeat(200_000));
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    const http = client();
    await read(http.request(server.url));
    const responses = [];
    for (let count = 0; count < 3; count++) responses.push(await http.request(server.url));
    for (const { body } of responses) expect((await body.bytes()).length).toBe(200_000);
  });

  test("is for one origin", async () => {
    const [one, two] = [1, 2].map((which) =>
      nodeServer((stream) => {
        stream.respond();
        stream.end(String(which));
      }),
    );
    const http = client();
    expect((await read(http.request((await one).url))).text).toBe("1");
    expect((await read(http.request((await two).url))).text).toBe("2");
    expect((await read(http.request(`http://localhost:${(await one).port}`))).text).toBe("1");
    expect([(await one).sessions.length, (await two).sessions.length]).toEqual([2, 1]);
  });
});

describe("what a server has not begun with is sent again", () => {
  test.each([
    ["GET", undefined],
    ["POST", "text"],
    ["POST", ["an", "array"]],
  ])("%s with %j, where its stream is refused", async (method, body) => {
    const server = await frameServer(async (peer) => {
      const first = await peer.request();
      peer.send(reset(first, 7));
      peer.send(answer(await peer.request(), "second"));
    });
    expect((await read(client().request(server.url, { method, body: body as never }))).text).toBe("second");
    expect(server.peers).toHaveLength(1);
  });

  test.each([0, 2, 11])("where GOAWAY with code %i disowns it, on another connection", async (code) => {
    const server = await frameServer(async (peer, index) => {
      const [first, second] = [await peer.request(), await peer.request()];
      if (index === 0) peer.send(answer(first), goaway(first, code));
      else peer.send(answer(first, "again"), answer(second, "again"));
    });
    const http = client();
    const [one, two] = [read(http.request(server.url)), read(http.request(server.url, { body: "b" }))];
    expect((await one).text).toBe("a");
    const other = read(http.request(server.url));
    expect([(await two).text, (await other).text]).toEqual(["again", "again"]);
    expect(server.peers).toHaveLength(2);
  });

  test("up to ten times, and not where the body is gone", async () => {
    const server = await frameServer(async (peer) => {
      for (;;) peer.send(reset(await peer.request(), 7));
    });
    const http = client();
    const error = await rejection(http.request(server.url));
    expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_STREAM_REFUSED"]);
    expect(server.peers[0].of(1)).toHaveLength(11);
    const body = ["gone"][Symbol.iterator]();
    expect(await codeOf(http.request(server.url, { body: body as never }))).toBe("ERR_SLUICE_STREAM_REFUSED");
    expect(server.peers[0].of(1)).toHaveLength(12);
  });

  test("while what it has begun with goes on", async () => {
    const server = await frameServer(async (peer, index) => {
      const first = await peer.request();
      if (index > 0) {
        peer.send(answer(first, "other"));
        return;
      }
      peer.send(goaway(first), headers(first, [[":status", "200"]], END_HEADERS));
      await expect.poll(() => server.peers.length).toBe(2);
      peer.send(data(first, "late", END_STREAM));
    });
    const http = client();
    const response = await http.request(server.url);
    expect((await read(http.request(server.url))).text).toBe("other");
    expect(await response.body.text()).toBe("late");
    expect((await response.ending).outcome).toBe("complete");
    // With nothing under way it is closed.
    await server.peers[0].ending();
  });
});

test("a GET on a connection that its server has just closed is sent once more, a POST is not", async () => {
  for (const [method, expected] of [
    ["GET", "complete"],
    ["POST", "ERR_SLUICE_CONNECTION_LOST"],
  ] as const) {
    const server = await frameServer(async (peer, index) => {
      peer.send(answer(await peer.request()));
      const second = await peer.request();
      if (index === 0) peer.socket.end();
      else peer.send(answer(second));
    });
    const http = client();
    await read(http.request(server.url));
    const again = http.request(server.url, { method });
    if (expected === "complete") {
      await expect.poll(() => server.peers.length).toBe(2);
      const third = read(http.request(server.url));
      expect((await read(again)).outcome).toBe(expected);
      await third;
    } else expect(await codeOf(again)).toBe(expected);
  }
});

describe("an unused connection", () => {
  test("is closed after timeouts.idle, with a GOAWAY", async () => {
    const server = await frameServer(async (peer) => {
      for (;;) peer.send(answer(await peer.request()));
    });
    const http = client({ timeouts: { idle: 100 } });
    await read(http.request(server.url));
    expect(await server.peers[0].ending()).toBe(0);
    expect((await read(http.request(server.url))).outcome).toBe("complete");
    expect(server.peers).toHaveLength(2);
  });

  test("is closed by client.close(), and everything under way ends", async () => {
    const server = await frameServer(async (peer) => {
      peer.send(headers(await peer.request(), [[":status", "200"]], END_HEADERS));
    });
    const http = client();
    const response = await http.request(server.url);
    const waiting = codeOf(http.request(server.url));
    await http.close();
    expect(await waiting).toBe("ERR_SLUICE_CLIENT_CLOSED");
    expect(await codeOf(response.body.text())).toBe("ERR_SLUICE_CLIENT_CLOSED");
    expect(await response.ending).toMatchObject({ outcome: "aborted", by: "client" });
    await server.peers[0].ending();
  });

  test("close() leaves nothing behind, also where the server reads nothing", async () => {
    const server = await frameServer((peer) => void peer.socket.pause());
    const http = new Client({ http2: "cleartext", proxy: false });
    const sent = codeOf(http.request(server.url, { body: new Uint8Array(10_000_000) }));
    await expect.poll(() => server.peers.length).toBe(1);
    await http.close();
    expect(await sent).toBe("ERR_SLUICE_CLIENT_CLOSED");
    server.peers[0].socket.resume();
    await server.peers[0].ending();
  });

  test("doesn't keep the process from ending", async () => {
    const server = await nodeServer((stream) => {
      stream.respond();
      stream.end("a");
    });
    const { outputFiles } = buildSync({
      stdin: {
        contents: `
          import { Client } from "./src/client/index.ts";
          const client = new Client({ http2: "cleartext", proxy: false, timeouts: { idle: 60_000 } });
          console.log(await (await client.request(process.argv.at(-1))).body.text());
        `,
        resolveDir: root,
      },
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      target: "node20",
    });
    const args = ["--input-type=module", "-", server.url];
    const { status, stdout } = await run(process.execPath, args, outputFiles[0].text);
    expect([status, stdout]).toEqual([0, "a\n"]);
  });
});

describe("flow control", () => {
  test("makes a server wait for a reader that has stopped, in bounded memory, and no other exchange", async () => {
    let written = 0;
    const server = await nodeServer(async (stream, { ":path": path }) => {
      stream.respond();
      if (path !== "/endless") {
        stream.end("x".repeat(1_000_000));
        return;
      }
      let wake = (): void => {};
      stream.on("drain", () => wake()).on("close", () => wake());
      while (!stream.closed) {
        written += 10_000;
        if (!stream.write("x".repeat(10_000)) && !stream.closed)
          await new Promise<void>((resolve) => (wake = resolve));
      }
    });
    const http = client();
    const stopped = await Promise.all(
      Array.from({ length: 20 }, () => http.request(`${server.url}/endless`)),
    );
    expect(await settled(() => written)).toBeLessThan(20 * 800_000);
    // Others go on, however much of the connection's window those have.
    for (let count = 0; count < 10; count++)
      expect((await read(http.request(server.url))).text.length).toBe(1_000_000);
    const before = written;
    const iterator = stopped[0].body[Symbol.asyncIterator]();
    for (let octets = 0; octets < 2_000_000;) octets += (await iterator.next()).value!.length;
    expect(written).toBeGreaterThan(before);
    expect(server.sessions).toHaveLength(1);
    await Promise.all(stopped.slice(1).map(({ body }) => body.discard()));
    await iterator.return?.();
  });

  test("makes a source wait for a server that does not read", async () => {
    let readOn!: () => void;
    let octets = 0;
    const server = await nodeServer(async (stream) => {
      await new Promise<void>((resolve) => (readOn = resolve));
      for await (const piece of stream) octets += (piece as Buffer).length;
      stream.respond();
      stream.end(String(octets));
    });
    let given = 0;
    const answered = client().request(server.url, {
      body: (function* () {
        for (; given < 1_000; given++) yield "x".repeat(10_000);
      })(),
    });
    expect(await settled(() => given)).toBeLessThan(100);
    readOn();
    expect((await read(answered)).text).toBe("10000000");
  });

  test("refuses a writer that runs away", async () => {
    const server = await nodeServer(() => {});
    const code = await codeOf(
      client().request(server.url, {
        limits: { backlogBytes: 100_000 },
        body: (out) => {
          for (let count = 0; count < 1_000; count++) void out.write("x".repeat(10_000));
        },
      }),
    );
    expect(code).toBe("ERR_SLUICE_BACKLOG");
  });
});

describe("deadlines", () => {
  test("of a head, a body and an upload end the exchange, and not the connection", async () => {
    const resets: number[] = [];
    const server = await nodeServer((stream, { ":path": path }) => {
      stream.on("close", () => void (path === "/" || resets.push(stream.rstCode)));
      if (path === "/") stream.respond({}, { endStream: true });
      if (path === "/body") {
        stream.respond();
        stream.write("abc");
      }
    });
    const http = client();
    const timeouts = { head: 100, body: 100 };
    expect(await codeOf(http.request(`${server.url}/head`, { timeouts }))).toBe(
      "ERR_SLUICE_RESPONSE_TIMEOUT",
    );
    const response = await http.request(`${server.url}/body`, { timeouts });
    expect(await codeOf(response.body.text())).toBe("ERR_SLUICE_BODY_TIMEOUT");
    expect(await response.ending).toMatchObject({ outcome: "aborted", by: "timeout" });
    const body = new Uint8Array(1_000_000);
    expect(await codeOf(http.request(`${server.url}/up`, { timeouts, body }))).toBe(
      "ERR_SLUICE_WRITE_TIMEOUT",
    );
    expect((await http.request(server.url)).status).toBe(200);
    await expect.poll(() => resets).toEqual([8, 8, 8]);
    expect(server.sessions).toHaveLength(1);
  });

  test.each([["one text"], ["pieces"]])("an upload that goes on slowly has no end: %s", async (how) => {
    const size = 160 * 1024;
    let received = 0;
    const server = await frameServer(
      async (peer) => {
        // By then the client has heard how small its windows are.
        peer.send(answer(await peer.request()));
        const id = await peer.request();
        while (received < size && peer.of(RST_STREAM).length === 0) {
          await sleep(65);
          peer.send(windowUpdate(0, 8192), windowUpdate(id, 8192));
          received = peer.content(id).length;
        }
        peer.send(answer(id));
      },
      { settings: settings([[4, 0]]) },
    );
    const piece = how === "pieces" ? "a".repeat(1024) : "a".repeat(size);
    const body = (async function* () {
      for (let sent = 0; sent < size; sent += piece.length) yield piece;
    })();
    const http = client();
    await read(http.request(server.url));
    const slow = http.request(server.url, { method: "POST", timeouts: { body: 400 }, body });
    expect((await read(slow)).outcome).toBe("complete");
    expect(received).toBe(size);
  });

  test("after one, nothing begins on a connection whose server doesn't answer PING", async () => {
    const server = await frameServer(async (peer, index) => {
      const first = await peer.request();
      if (index > 0) peer.send(answer(first));
    });
    const http = client();
    expect(await codeOf(http.request(server.url, { timeouts: { head: 100 } }))).toBe(
      "ERR_SLUICE_RESPONSE_TIMEOUT",
    );
    await server.peers[0].until(({ type }) => type === RST_STREAM);
    expect((await read(http.request(server.url))).outcome).toBe("complete");
    expect(server.peers).toHaveLength(2);
  });
});
