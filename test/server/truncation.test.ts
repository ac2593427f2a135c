import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type Request, stream, text } from "../../src/index.ts";
import { request, start, takeErrors } from "../support/servers.ts";

const CHUNKED = request("POST /", ["Transfer-Encoding: chunked"]);

/** Reads the body and keeps what came of it. */
async function read(incoming: Request, seen: unknown[]): Promise<string> {
  let body = "";
  try {
    for await (const piece of incoming.body) body += Buffer.from(piece).toString();
  } catch (error) {
    seen.push(error);
    throw error;
  }
  seen.push(body);
  return body;
}

describe.each([
  ["in a request line", "GET /ind"],
  ["behind a method", "GET "],
  ["in a version", "GET / HTTP/1."],
  ["behind the CR of a request line", "GET / HTTP/1.1\r"],
  ["behind a request line", "GET / HTTP/1.1\r\n"],
  ["in a field name", "GET / HTTP/1.1\r\nHos"],
  ["in a field value", "GET / HTTP/1.1\r\nHost: a"],
  ["behind the last field", "GET / HTTP/1.1\r\nHost: a\r\n"],
  ["behind the CR of a head's end", "GET / HTTP/1.1\r\nHost: a\r\n\r"],
])("the end of the connection %s", (_where, octets) => {
  test("is a 400, and nothing is handled", async () => {
    const seen: string[] = [];
    const server = await start((incoming) => {
      seen.push(incoming.target);
      return text("");
    });
    const client = await server.connect();
    client.write(octets).finish();
    const response = await client.response();
    expect(response.status).toBe(400);
    expect(response.body).toContain("ERR_SLUICE_TRUNCATED");
    expect(await client.ending()).toBe("FIN");
    expect(seen).toEqual([]);
  });
});

describe.each([
  ["in a body of known length", request("POST /", ["Content-Length: 10"]), "hello", "hello"],
  ["before a body of known length", request("POST /", ["Content-Length: 10"]), "", ""],
  ["before the first chunk", CHUNKED, "", ""],
  ["in a size", CHUNKED, "1", ""],
  ["behind the CR of a size line", CHUNKED, "5\r", ""],
  ["in an extension", CHUNKED, "5;a=", ""],
  ["before chunk data", CHUNKED, "5\r\n", ""],
  ["in chunk data", CHUNKED, "5\r\nhel", "hel"],
  ["behind chunk data", CHUNKED, "5\r\nhello", "hello"],
  ["behind the CR of chunk data", CHUNKED, "5\r\nhello\r", "hello"],
  ["behind a chunk", CHUNKED, "5\r\nhello\r\n", "hello"],
  ["in the last size", CHUNKED, "5\r\nhello\r\n0", "hello"],
  ["before the trailers", CHUNKED, "5\r\nhello\r\n0\r\n", "hello"],
  ["in a trailer", CHUNKED, "5\r\nhello\r\n0\r\nA: 1", "hello"],
  ["behind a trailer", CHUNKED, "5\r\nhello\r\n0\r\nA: 1\r\n", "hello"],
  ["behind the CR of the trailers' end", CHUNKED, "5\r\nhello\r\n0\r\n\r", "hello"],
])("the end of the connection %s", (_where, head, octets, delivered) => {
  test("makes the handler's read throw, and is a 400", async () => {
    const seen: unknown[] = [];
    let body = "";
    let begun!: () => void;
    const reading = new Promise<void>((resolve) => (begun = resolve));
    const server = await start(async (incoming) => {
      begun();
      try {
        for await (const piece of incoming.body) body += Buffer.from(piece).toString();
      } catch (error) {
        seen.push(error);
        throw error;
      }
      return text("complete");
    });
    const client = await server.connect();
    client.write(head);
    await reading;
    client.write(octets).finish();
    const response = await client.response();
    expect(response.status).toBe(400);
    expect(response.body).toContain("ERR_SLUICE_TRUNCATED");
    expect(await client.ending()).toBe("FIN");
    expect(body).toBe(delivered);
    expect(seen).toEqual([expect.objectContaining({ code: "ERR_SLUICE_TRUNCATED", name: "TruncatedError" })]);
  });

  test("makes every way of reading throw", async () => {
    const outcomes: Record<string, unknown> = {};
    const server = await start(async (incoming) => {
      const way = incoming.headers.get("x-way")!;
      const { body } = incoming;
      const ways: Record<string, () => Promise<unknown>> = {
        text: () => body.text(),
        json: () => body.json(),
        bytes: () => body.bytes(),
        stream: () => new Response(body.stream()).text(),
        trailers: () => body.trailers,
      };
      const result = ways[way]();
      outcomes[way] = await result.catch((error: unknown) => error);
      await result;
      return text("complete");
    });
    for (const way of ["text", "json", "bytes", "stream", "trailers"]) {
      const client = await server.connect();
      client.write(head.replace("\r\n\r\n", `\r\nX-Way: ${way}\r\n\r\n`));
      await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
      client.write(octets).finish();
      expect((await client.response()).status).toBe(400);
      await client.ending();
      expect(outcomes[way], way).toMatchObject({ code: "ERR_SLUICE_TRUNCATED" });
    }
  });
});

test("a connection that is cut makes the handler's read throw, too", async () => {
  const seen: unknown[] = [];
  const server = await start(async (incoming) => text(await read(incoming, seen)));
  const client = await server.connect();
  client.write(`${CHUNKED}5\r\nhello\r\n`);
  await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
  client.reset();
  await expect.poll(() => seen.length, { interval: 2 }).toBe(1);
  expect(seen).toEqual([expect.objectContaining({ code: "ERR_SLUICE_READER_LEFT", name: "EndedError" })]);
});

test("an answer that streams the request's body back is cut where the body is", async () => {
  const server = await start((incoming) => stream("text/plain", incoming.body));
  const client = await server.connect();
  client.write(`${CHUNKED}5\r\nhello\r\n`);
  await client.until("hello\r\n");
  client.write("zz\r\n");
  const response = await client.response();
  expect(response).toMatchObject({ status: 200, body: "hello", complete: false });
  expect(await client.ending()).toBe("FIN");
});

test("an answer that has begun goes on when the rest of the request is bad, and nothing after it is read", async () => {
  const targets: string[] = [];
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const server = await start((incoming) => {
    targets.push(incoming.target);
    return stream("text/plain", async function* () {
      yield "one ";
      await gate;
      yield "two";
    });
  });
  const client = await server.connect();
  client.write(`${CHUNKED}5\r\nhello\r\n`);
  await client.until("one ");
  await client.sent(`x\r\n${request("/smuggled")}`);
  await expect
    .poll(() => server.server.stats.bytesReceived, { interval: 1 })
    .toBeGreaterThan(CHUNKED.length + 12);
  go();
  expect(await client.response()).toMatchObject({ status: 200, body: "one two", complete: true });
  expect(await client.ending()).toBe("FIN");
  expect(client.rest).toBe("");
  expect(targets).toEqual(["/"]);
});

test("a reader who leaves after a fault stops the answer that went on", async () => {
  let stopped!: () => void;
  const over = new Promise<void>((resolve) => (stopped = resolve));
  const server = await start((incoming) =>
    stream("text/plain", async function* () {
      try {
        yield "one ";
        await once(incoming.signal, "abort");
        yield "two";
      } finally {
        stopped();
      }
    }),
  );
  const client = await server.connect();
  client.write(`${CHUNKED}5\r\nhello\r\n`);
  await client.until("one ");
  client.write("x\r\n");
  await expect.poll(() => server.server.stats.bytesReceived, { interval: 1 }).toBe(CHUNKED.length + 13);
  client.finish();
  await over;
  expect(await client.ending()).toBe("FIN");
  expect(client.text).not.toContain("0\r\n\r\n");
});

test("what a handler makes of a broken body is its own error", async () => {
  const server = await start(async (incoming) => {
    await incoming.body.text().catch(() => {
      throw new Error("could not read");
    });
    return text("");
  });
  const client = await server.connect();
  client.write(`${CHUNKED}5\r\nhel`);
  await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
  client.finish();
  expect((await client.response()).status).toBe(400);
  expect(await takeErrors(server)).toEqual([new Error("could not read")]);
});
