import { once } from "node:events";
import { createParser } from "eventsource-parser";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Client } from "../../src/client/client.ts";
import { type EventReconnect, type EventStream, events } from "../../src/client/events.ts";
import { AbortedError, StatusError, TruncatedError } from "../../src/errors.ts";
import type { ReceivedEvent } from "../../src/formats/sse-parser.ts";
import { sse, stream, text } from "../../src/index.ts";
import { settled } from "../support/settled.ts";
import { start } from "../support/servers.ts";
import { type Asked, chunk, CHUNKED, head, scripted, whole } from "./items/scripted-server.ts";

const SSE = "text/event-stream";
/** Waits of a millisecond at most. */
const QUICK = { initial: 1, ceiling: 1 };

async function all(stream_: AsyncIterable<ReceivedEvent>): Promise<ReceivedEvent[]> {
  const read: ReceivedEvent[] = [];
  for await (const event of stream_) read.push(event);
  return read;
}

/** What reading gives, and how it ends. */
async function outcome(stream_: EventStream): Promise<{ data: string[]; error: unknown }> {
  const data: string[] = [];
  try {
    for await (const event of stream_) data.push(event.data);
    return { data, error: undefined };
  } catch (error) {
    return { data, error };
  }
}

const lastEventIdOf = ({ text: asked }: Asked): string | undefined =>
  /^last-event-id: (.*)$/im.exec(asked)?.[1];

/** A server that ends its event streams for good once all of them have been sent. */
const END = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

describe("reading", () => {
  test("gives the events of our own server with their names, data and ids", async () => {
    const { port } = await start((request) =>
      request.headers.has("last-event-id")
        ? { status: 204, headers: {}, body: null }
        : sse([{ event: "level", id: "1", data: { metres: 2.4 } }, "two\nlines", { comment: "heartbeat" }], {
            retry: 0,
          }),
    );
    const read = await all(events(`http://127.0.0.1:${port}/`));
    expect(read).toEqual([
      { event: "level", data: '{"metres":2.4}', id: "1" },
      { event: "message", data: "two\nlines", id: "1" },
    ]);
  });

  test("sends what an EventSource sends, unless the headers say otherwise", async () => {
    const asked: string[] = [];
    const url = await scripted(({ text: request, socket }) => {
      asked.push(request);
      socket.end(END);
    });
    await all(events(url, { lastEventId: "grün" }));
    await all(
      events(url, { headers: { accept: "text/x", "Cache-Control": "max-age=1", "Last-Event-ID": "7" } }),
    );
    expect(asked[0]).toMatch(/^GET \/ /);
    expect(asked[0]).toContain(
      "Accept: text/event-stream\r\nCache-Control: no-cache\r\nLast-Event-ID: gr\xc3\xbcn\r\n",
    );
    expect(asked[1]).toContain("accept: text/x\r\nCache-Control: max-age=1\r\nLast-Event-ID: 7\r\n");
  });

  test("works by POST, with a body, and ends with the response: a POST is not repeated", async () => {
    const { port, server } = await start(async (request) =>
      sse([{ data: [request.method, await request.body.text()] }]),
    );
    const opened: number[] = [];
    const tokens = events(`http://127.0.0.1:${port}/`, {
      headers: { authorization: "Bearer key" },
      body: JSON.stringify({ prompt: "?" }),
      onOpen: ({ status }) => opened.push(status),
    });
    expect(await all(tokens)).toEqual([
      { event: "message", data: '["POST","{\\"prompt\\":\\"?\\"}"]', id: "" },
    ]);
    expect(opened).toEqual([200]);
    expect(server.stats).toMatchObject({ requests: 1 });
  });

  test("begins with the first read, and can be done once", async () => {
    let requests = 0;
    const url = await scripted(({ socket }) => {
      requests++;
      socket.end(END);
    });
    const unread = events(url);
    unread.close();
    expect(await all(unread)).toEqual([]);
    expect(requests).toBe(0);
    const read = events(url);
    await all(read);
    expect(() => read[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_BODY_USED" }),
    );
    expect(() => read.batches()).toThrow(expect.objectContaining({ code: "ERR_SLUICE_BODY_USED" }));
  });

  test("reads in order that are not waited for get the events in order, and all of them the end", async () => {
    const { port } = await start(() => sse(["a", "b", "c"]));
    const iterator = events(`http://127.0.0.1:${port}/`, { reconnect: false })[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()));
    expect(results.map(({ value }) => value?.data)).toEqual(["a", "b", "c", undefined, undefined]);
  });

  test("gives those that come together together", async () => {
    const url = await scripted(
      ({ socket }) => void socket.end(whole(SSE, "data: 1\n\ndata: 2\n\nid: 9\n\n")),
    );
    const read = events(url, { reconnect: false });
    const lists: string[][] = [];
    for await (const list of read.batches()) lists.push(list.map(({ data }) => data));
    expect(lists.flat()).toEqual(["1", "2"]);
    expect(read.lastEventId).toBe("9");
  });

  test("reads what eventsource-parser reads, whatever the cuts", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "data:",
        "data: x",
        "id: 1",
        "event: e",
        "retry: 1",
        ": c",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "ü",
        "日",
        "🌊",
      ),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
        async (parts, cuts) => {
          // NUL aside, which eventsource-parser lets pass in ids.
          const octets = Buffer.from(`${parts.join("").replaceAll("\0", "")}\n\n`);
          const expected: unknown[] = [];
          let id = "";
          const oracle = createParser({
            onEvent: (event) => {
              id = event.id ?? id;
              expected.push({ event: event.event ?? "message", data: event.data });
            },
          });
          oracle.feed(octets.toString());
          const url = await scripted(({ socket }) => {
            socket.write(head(SSE));
            let at = 0;
            for (const cut of cuts) socket.write(octets.subarray(at, (at += cut)));
            socket.end(octets.subarray(at));
          });
          const read = await all(events(url, { reconnect: false }));
          expect(read.map(({ event, data }) => ({ event, data }))).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("reconnecting", () => {
  /** Serves events 1 to `count` behind Last-Event-ID, each connection cut after as many octets as `cut` says. */
  async function cutting(
    count: number,
    chunked: boolean,
    cut: () => number,
  ): Promise<{ url: string; cuts: () => number }> {
    let connections = 0;
    const url = await scripted((asked) => {
      connections++;
      const seen = Number(lastEventIdOf(asked) ?? 0);
      if (seen === count) {
        asked.socket.end(END);
        return;
      }
      let body = "";
      for (let id = seen + 1; id <= Math.min(count, seen + 40); id++) {
        const event = `${id % 7 === 0 ? ": comment\n" : ""}id: ${id}\nevent: e${id % 3}\ndata: größe ${id}\n\n`;
        body += chunked ? chunk(event) : event;
      }
      const bodyOctets = Buffer.from(`retry: 0\n\n${body}`);
      const framed = chunked
        ? Buffer.concat([Buffer.from("a\r\nretry: 0\n\n\r\n"), Buffer.from(body)])
        : bodyOctets;
      asked.socket.write(head(SSE, "200 OK", ...(chunked ? [CHUNKED] : [])));
      asked.socket.end(framed.subarray(0, cut()));
    });
    return { url, cuts: () => connections };
  }

  test.each([true, false])(
    "after cuts anywhere, no event is lost and none comes twice (chunked: %s)",
    async (chunked) => {
      let seed = 7;
      const cut = (): number => {
        seed = (seed * 48271) % 2147483647;
        return seed % 260;
      };
      const { url, cuts } = await cutting(800, chunked, cut);
      const read = events(url, { reconnect: { ...QUICK, attempts: Infinity } });
      const ids: number[] = [];
      for await (const { id, event, data } of read) {
        expect([event, data]).toEqual([`e${Number(id) % 3}`, `größe ${id}`]);
        ids.push(Number(id));
        expect(read.lastEventId).toBe(id);
      }
      expect(ids).toEqual(Array.from({ length: 800 }, (_, at) => at + 1));
      expect(cuts()).toBeGreaterThan(200);
    },
  );

  test("waits as long as the server's retry says, and no longer after one that has brought something", async () => {
    const retries: EventReconnect[] = [];
    const url = await scripted(
      ({ socket, nth }) => void socket.end(nth === 3 ? END : whole(SSE, `retry: ${nth}\ndata: ${nth}\n\n`)),
    );
    await all(events(url, { onReconnect: (retry) => retries.push(retry) }));
    expect(retries).toEqual([0, 1, 2].map((delay) => ({ attempt: 1, delay, reason: undefined })));
  });

  test("goes on from the id the server has sent last, and from none where it has taken it back", async () => {
    const asked: (string | undefined)[] = [];
    const answers = ["retry: 0\nid: 2\n\n", "id\n\n", ": nothing\n\n"];
    const url = await scripted((request) => {
      asked.push(lastEventIdOf(request));
      expect(request.text.match(/last-event-id/gi) ?? []).toHaveLength(asked.at(-1) === undefined ? 0 : 1);
      request.socket.end(request.nth === 3 ? END : whole(SSE, answers[request.nth]));
    });
    await all(events(url, { headers: { "Last-Event-ID": "1" } }));
    expect(asked).toEqual(["1", "2", undefined, undefined]);
  });

  test("says why, and counts attempts that bring nothing", async () => {
    const retries: EventReconnect[] = [];
    const url = await scripted(({ socket, nth }) => {
      if (nth === 0) socket.end(head(SSE, "200 OK", "Content-Length: 9") + "data: 1\n");
      else if (nth === 1) socket.destroy();
      else if (nth === 2) socket.end(whole("text/plain", "overloaded", "503 Service Unavailable"));
      else if (nth === 3) socket.end(`${head(SSE, "200 OK", CHUNKED)}1\r\n:`);
      else socket.end(END);
    });
    await all(events(url, { reconnect: QUICK, onReconnect: (retry) => retries.push(retry) }));
    expect(retries.map(({ attempt, reason }) => [attempt, reason?.code])).toEqual([
      [1, "ERR_SLUICE_TRUNCATED"],
      [2, "ERR_SLUICE_CONNECTION_LOST"],
      [3, "ERR_SLUICE_STATUS"],
      [4, "ERR_SLUICE_TRUNCATED"],
    ]);
    expect(retries[2].reason).toMatchObject({ responseStatus: 503, excerpt: "overloaded" });
  });

  test.each([
    [2, ["1", "2"], undefined],
    [1, ["1"], "ERR_SLUICE_STATUS"],
  ])("gives up after %i attempts in a row that bring nothing", async (attempts, expected, code) => {
    const busy = whole("text/plain", "", "503 Service Unavailable");
    const answers = [busy, whole(SSE, "data: 1\n\n"), busy, whole(SSE, "data: 2\n\n"), busy, END];
    const url = await scripted(({ socket, nth }) => void socket.end(answers[nth]));
    const { data, error } = await outcome(events(url, { reconnect: { ...QUICK, attempts } }));
    expect(data).toEqual(expected);
    expect((error as StatusError | undefined)?.code).toBe(code);
  });

  test("gives up in quiet where the last stream had ended in order, with nothing in it", async () => {
    let requests = 0;
    const url = await scripted(({ socket }) => {
      requests++;
      socket.end(whole(SSE, ""));
    });
    expect(await outcome(events(url, { reconnect: { ...QUICK, attempts: 3 } }))).toEqual({
      data: [],
      error: undefined,
    });
    expect(requests).toBe(4);
  });

  test("goes on when a server that could not be reached has come", async () => {
    const { port, server } = await start(() => text(""));
    await server.close();
    const retries: EventReconnect[] = [];
    const read = events(`http://127.0.0.1:${port}/`, {
      reconnect: { ...QUICK, attempts: 2 },
      onReconnect: (retry) => retries.push(retry),
    });
    expect((await outcome(read)).error).toMatchObject({ code: "ERR_SLUICE_CONNECT" });
    expect(retries).toHaveLength(2);
  });

  test.each([
    ["429 Too Many Requests", "Retry-After: 120", 120_000],
    ["503 Service Unavailable", "Retry-After: 99999999999999", 2 ** 31 - 1],
    ["408 Request Timeout", "Retry-After: soon", 1],
  ])("honours Retry-After with %s", async (status, field, delay) => {
    const url = await scripted(({ socket }) => void socket.end(whole("text/plain", "", status, field)));
    const retries: EventReconnect[] = [];
    const read: EventStream = events(url, {
      reconnect: QUICK,
      onReconnect: (retry) => {
        retries.push(retry);
        read.close();
      },
    });
    expect(await all(read)).toEqual([]);
    expect(retries).toHaveLength(1);
    if (delay === 1) expect(retries[0].delay).toBeLessThanOrEqual(1);
    else expect(retries[0].delay).toBe(delay);
  });

  test.each(["400 Bad Request", "401 Unauthorized", "201 Created", "304 Not Modified"])(
    "not after %s",
    async (status) => {
      const url = await scripted(
        ({ socket }) => void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`),
      );
      const { error } = await outcome(events(url, { reconnect: QUICK }));
      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({ responseStatus: Number(status.slice(0, 3)) });
    },
  );

  test.each(["text/html; charset=utf-8", "application/json"])("not after %s", async (type) => {
    const url = await scripted(({ socket }) => void socket.end(whole(type, "data: 1\n\n")));
    expect((await outcome(events(url))).error).toMatchObject({ code: "ERR_SLUICE_MEDIA_TYPE" });
  });

  test("not after a line over the limit, and the events before it are given", async () => {
    const limit = { lineLength: 7, dataLength: 1 };
    const url = await scripted(({ socket }) => void socket.end(whole(SSE, "data: 1\n\ndata: 22\n\n")));
    const { data, error } = await outcome(events(url, limit));
    expect(data).toEqual(["1"]);
    expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_LIMIT" });
  });

  test("not from an id that no field can carry: events would come twice", async () => {
    const url = await scripted(
      ({ socket }) => void socket.end(whole(SSE, "id: a\u0001b\nretry: 0\ndata: 1\n\n")),
    );
    const { data, error } = await outcome(events(url));
    expect(data).toEqual(["1"]);
    expect(error).toMatchObject({ code: "ERR_SLUICE_FIELD_VALUE" });
  });

  test("counts a silent connection as dead after `timeouts.body`", async () => {
    const url = await scripted(({ socket, nth }) => {
      if (nth === 0) socket.write(`${head(SSE)}retry: 0\n\ndata: 1\n\n`);
      else socket.end(END);
    });
    const retries: EventReconnect[] = [];
    const read = events(url, { timeouts: { body: 50 }, onReconnect: (retry) => retries.push(retry) });
    expect((await outcome(read)).data).toEqual(["1"]);
    expect(retries).toMatchObject([{ attempt: 1, delay: 0, reason: { code: "ERR_SLUICE_BODY_TIMEOUT" } }]);
  });
});

describe("without reconnecting", () => {
  test("a stream that is cut throws, behind all of its whole events", async () => {
    const url = await scripted(
      ({ socket }) => void socket.end(head(SSE, "200 OK", CHUNKED) + chunk("data: 1\n\ndata: 2\n")),
    );
    const { data, error } = await outcome(events(url, { reconnect: false }));
    expect(data).toEqual(["1"]);
    expect(error).toBeInstanceOf(TruncatedError);
    expect(error).toMatchObject({ code: "ERR_SLUICE_TRUNCATED", layer: "chunked" });
  });

  test.each(["data: 2\n", "data: 2", "id: 1\n", "data: ü"])(
    "a whole body that ends inside an event throws: %j",
    async (rest) => {
      const url = await scripted(({ socket }) => void socket.end(whole(SSE, `data: 1\n\n${rest}`)));
      const { data, error } = await outcome(events(url, { reconnect: false }));
      expect(data).toEqual(["1"]);
      expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_TRUNCATED", layer: "events" });
    },
  );

  test("a whole body that ends inside the first character of a line throws", async () => {
    const url = await scripted(
      ({ socket }) => void socket.end(Buffer.from(`${head(SSE)}data: 1\n\n\xf0\x9f`, "latin1")),
    );
    const { data, error } = await outcome(events(url, { reconnect: false }));
    expect(data).toEqual(["1"]);
    expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_TRUNCATED", layer: "events" });
  });

  test("statuses that pass throw at once", async () => {
    const busy = whole("application/json", "{}", "503 Busy", "Retry-After: 7");
    const url = await scripted(({ socket }) => void socket.end(busy));
    const { error } = await outcome(events(url, { reconnect: false }));
    expect(error).toMatchObject({ responseStatus: 503, excerpt: "{}", retryAfter: 7000 });
  });
});

describe("leaving", () => {
  /** A stream that never ends by itself, and the moment its connection closes. */
  async function endless(): Promise<{ url: string; closed: Promise<unknown> }> {
    let onClosed!: (closed: unknown) => void;
    const closed = new Promise((resolve) => {
      onClosed = resolve;
    });
    const url = await scripted(({ socket }) => {
      socket.write(`${head(SSE)}id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: 3\n\n`);
      void once(socket, "close").then(onClosed);
    });
    return { url, closed };
  }

  test("the loop closes the connection, and the last event id is that of the last event read", async () => {
    const { url, closed } = await endless();
    const read = events(url, { lastEventId: "0" });
    expect(read.lastEventId).toBe("0");
    for await (const { id } of read) {
      expect(read.lastEventId).toBe(id);
      if (id === "2") break;
    }
    await closed;
    expect(read.lastEventId).toBe("2");
  });

  test("by close() ends a read that waits, without an error", async () => {
    const { url, closed } = await endless();
    const read = events(url);
    const data: string[] = [];
    for await (const event of read) {
      data.push(event.data);
      if (event.data === "3") queueMicrotask(() => setImmediate(() => read.close()));
    }
    expect(data).toEqual(["1", "2", "3"]);
    expect(read.lastEventId).toBe("3");
    await closed;
    read.close();
  });

  test("by `await using`", async () => {
    const { url, closed } = await endless();
    {
      await using read = events(url);
      await read[Symbol.asyncIterator]().next();
    }
    await closed;
  });

  test.each(["at once", "in mid-list", "while waiting"])(
    "by the signal throws its reason, %s",
    async (when) => {
      const { url, closed } = await endless();
      const controller = new AbortController();
      const reason = new Error("enough");
      if (when === "at once") controller.abort(reason);
      const read = events(url, { signal: controller.signal });
      const data: string[] = [];
      const error = await (async () => {
        for await (const event of read) {
          data.push(event.data);
          if (when === "in mid-list") controller.abort(reason);
          if (event.data === "3") setImmediate(() => controller.abort(reason));
        }
        return undefined;
      })().catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(AbortedError);
      expect(error).toMatchObject({ code: "ERR_SLUICE_ABORTED", cause: reason });
      expect(data).toHaveLength({ "at once": 0, "in mid-list": 1, "while waiting": 3 }[when]!);
      expect(read.lastEventId).toBe(data.at(-1) ?? "");
      if (when !== "at once") await closed;
    },
  );

  test("by the signal ends the wait for the next attempt", async () => {
    const controller = new AbortController();
    const url = await scripted(({ socket }) => void socket.end(whole(SSE, "retry: 100000\n\n")));
    const read = events(url, {
      signal: controller.signal,
      onReconnect: () => setImmediate(() => controller.abort()),
    });
    expect((await outcome(read)).error).toBeInstanceOf(AbortedError);
  });

  test("by closing the client throws, and nothing is tried again", async () => {
    const { url, closed } = await endless();
    const client = new Client();
    const read = events(url, { client });
    const { data, error } = await (async () => {
      const seen: string[] = [];
      try {
        for await (const event of read) {
          seen.push(event.data);
          if (event.data === "3") setImmediate(() => void client.close());
        }
        return { data: seen, error: undefined };
      } catch (failure) {
        return { data: seen, error: failure };
      }
    })();
    expect(data).toEqual(["1", "2", "3"]);
    expect(error).toMatchObject({ code: "ERR_SLUICE_CLIENT_CLOSED" });
    await closed;
  });

  test("what a hook throws ends the stream with that", async () => {
    const { url, closed } = await endless();
    const failure = new Error("mine");
    const read = events(url, {
      onOpen: () => {
        throw failure;
      },
    });
    expect((await outcome(read)).error).toBe(failure);
    await closed;
  });
});

test("a reader that is slow makes the server wait", async () => {
  let made = 0;
  const { port } = await start(() =>
    stream(SSE, function* () {
      for (; made < 4000; made++) yield `data: ${"x".repeat(8000)}\n\n`;
    }),
  );
  const read = events(`http://127.0.0.1:${port}/`, { headers: { "accept-encoding": "identity" } });
  const iterator = read[Symbol.asyncIterator]();
  await iterator.next();
  // What the kernel takes on both sides, and no more: of 32 MB.
  expect(await settled(() => made)).toBeLessThan(2000);
  read.close();
});

describe("mistakes are thrown by the call itself", () => {
  const oneShot = (function* () {
    yield "x";
  })();
  test.each<[string, object]>([
    ["retries is no option", { retries: 3 }],
    [`found "reconnect: 'yes'"; wanted: true, false or an object`, { reconnect: "yes" }],
    ['found "reconnect: null"; wanted: true, false or an object', { reconnect: null }],
    ["reconnect.attempt is no option", { reconnect: { attempt: 3 } }],
    ["reconnect.initial: -1", { reconnect: { initial: -1 } }],
    ["read only once", { reconnect: true, body: oneShot }],
    ["timeouts.body", { timeouts: { body: -1 } }],
    ["idle is no option", { idle: 50 }],
    ["lastEventId", { lastEventId: 3 }],
    ["lastEventId", { lastEventId: "a\nb" }],
    ["lineLength", { lineLength: -1 }],
    ["dataLength", { dataLength: NaN }],
    ['found "onOpen: true"; wanted: a function', { onOpen: true }],
    [`found "onReconnect: 'x'"; wanted: a function`, { onReconnect: "x" }],
    ["redirect", { redirect: "never" }],
  ])("%s", (found, options) => {
    const call = (): unknown => events("http://127.0.0.1/", options);
    expect(call).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION", message: expect.stringContaining(found) }),
    );
  });

  test("a URL that is none", () => {
    expect(() => events("ftp://x/")).toThrow(expect.objectContaining({ code: "ERR_SLUICE_URL" }));
  });

  test("a body that can be read only once is no mistake where nothing is sent again", async () => {
    const { port } = await start(async (request) => sse([await request.body.text()]));
    const { data, error } = await outcome(events(`http://127.0.0.1:${port}/`, { body: oneShot }));
    expect({ data, error }).toEqual({ data: ["x"], error: undefined });
  });
});
