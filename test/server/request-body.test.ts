import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type RequestBody, json, stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";
import { settled } from "../support/settled.ts";

const post = (content: string, ...fields: string[]): string =>
  request("POST /", [`Content-Length: ${Buffer.byteLength(content, "latin1")}`, ...fields], content);
const utf8 = (content: string): string => Buffer.from(content).toString("latin1");

const WAYS: Record<string, (body: RequestBody) => Promise<unknown>> = {
  text: (body) => body.text(),
  json: (body) => body.json(),
  bytes: async (body) => Buffer.from(await body.bytes()).toString(),
  stream: async (body) => new Response(body.stream()).text(),
  "for await": async (body) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  },
};

describe.each(Object.entries(WAYS))("reading by %s", (name, read) => {
  const content = '"höher 🌊"';
  const expected = name === "json" ? "höher 🌊" : content;

  test("gets all of it, whatever the framing and the cut", async () => {
    const server = await start(async ({ body }) => json({ is: await read(body) }));
    const client = await server.connect();
    const octets = utf8(content);
    const chunked = Array.from(octets, (octet) => `1\r\n${octet}\r\n`).join("");
    for (const whole of [
      post(octets),
      request("POST /", ["Transfer-Encoding: chunked"], `${chunked}0\r\n\r\n`),
    ]) {
      client.write(whole);
      expect(JSON.parse(Buffer.from((await client.response()).body, "latin1").toString())).toEqual({
        is: expected,
      });
      for (const octet of whole) {
        client.write(octet);
        await turn();
      }
      expect(JSON.parse(Buffer.from((await client.response()).body, "latin1").toString())).toEqual({
        is: expected,
      });
    }
  });

  test("works once", async () => {
    const errors: unknown[] = [];
    const server = await start(async ({ body }) => {
      await read(body);
      for (const again of Object.values(WAYS))
        await again(body).catch((error: unknown) => errors.push(error));
      return text("");
    });
    const client = await server.connect();
    client.write(post("1"));
    expect((await client.response()).status).toBe(200);
    expect(errors).toHaveLength(5);
    for (const error of errors) expect(error).toMatchObject({ code: "ERR_SLUICE_BODY_USED" });
  });

  test("after the answer throws", async () => {
    let late!: Promise<unknown>;
    const server = await start(({ body }) => {
      late = turn().then(() => read(body));
      late.catch(() => {});
      return text("early");
    });
    const client = await server.connect();
    client.write(request("POST /", ["Content-Length: 10"], "12345"));
    expect((await client.response()).body).toBe("early");
    await expect(late).rejects.toMatchObject({ code: "ERR_SLUICE_ANSWERED", name: "EndedError" });
  });
});

test("a request without a body has an empty one", async () => {
  const server = await start(async ({ body }) => json(await body.text()));
  const client = await server.connect();
  client.write(request("/") + request("POST /", ["Content-Length: 0"]));
  expect((await client.response()).body).toBe('""');
  expect((await client.response()).body).toBe('""');
});

test("leaving the loop gives the rest up, and the connection goes on", async () => {
  const server = await start(async ({ body }) => {
    for await (const piece of body) {
      if (piece.length > 0) break;
    }
    return text("enough");
  });
  const client = await server.connect();
  for (let round = 0; round < 3; round++) {
    client.write(request("POST /", ["Content-Length: 100000"], "a"));
    expect((await client.response()).body).toBe("enough");
    client.write("a".repeat(99_999));
  }
});

test("pieces that were handed over do not change afterwards", async () => {
  const size = 4 * 1024 * 1024;
  const server = await start(async ({ body }) => {
    const kept: Uint8Array[] = [];
    const hashes: string[] = [];
    for await (const piece of body) {
      kept.push(piece);
      hashes.push(createHash("sha1").update(piece).digest("hex"));
      await turn();
    }
    const after = kept.map((piece) => createHash("sha1").update(piece).digest("hex"));
    return json({ same: hashes.join() === after.join(), length: Buffer.concat(kept).length });
  });
  const content = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at += 4) content.writeUInt32LE(at, at);
  const client = await server.connect();
  const other = await server.connect();
  client.write(request("POST /", [`Content-Length: ${size}`])).write(content);
  for (let round = 0; round < 5; round++) {
    other.write(post("x".repeat(1_000)));
    await other.response();
  }
  expect(JSON.parse((await client.response()).body)).toEqual({ same: true, length: size });
});

test.each([1, 100, 5_000, 70_000, 300_000])("chunks of %i octets come back as they went", async (size) => {
  const server = await start(({ body }) => stream("application/octet-stream", body));
  const client = await server.connect();
  const content = Buffer.alloc(Math.max(size * 3, 200));
  for (let at = 0; at < content.length; at++) content[at] = (at * 31) % 251;
  client.write(request("POST /", ["Transfer-Encoding: chunked"]));
  for (let at = 0; at < content.length; at += size) {
    const piece = content.subarray(at, at + size);
    client
      .write(`${piece.length.toString(16)}\r\n`)
      .write(piece)
      .write("\r\n");
    if (at % 7 === 0) await turn();
  }
  client.write("0\r\n\r\n");
  const response = await client.response();
  expect(response.complete).toBe(true);
  expect(Buffer.from(response.body, "latin1").equals(content)).toBe(true);
});

test("reading pauses while the handler does not take what has come", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const server = await start(async ({ body }) => {
    const iterator = body[Symbol.asyncIterator]();
    await iterator.next();
    await gate;
    let length = 0;
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return text(String(length));
      length += value.length;
    }
  });
  const size = 32 * 1024 * 1024;
  const client = await server.connect();
  client.write(request("POST /", [`Content-Length: ${size}`], "a"));
  await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
  let sent = false;
  void client.sent(Buffer.alloc(size - 1)).then((taken) => (sent = taken));
  const received = await settled(() => server.server.stats.bytesReceived);
  expect(received).toBeLessThan(1024 * 1024);
  expect(sent).toBe(false);
  go();
  expect((await client.response()).body).toBe(String(size - 1));
});

test("cancelling the web stream gives the rest up", async () => {
  const server = await start(async ({ body }) => {
    const reader = body.stream().getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return text(Buffer.from(value!).toString());
  });
  const client = await server.connect();
  client.write(request("POST /", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n"));
  expect((await client.response()).body).toBe("hello");
  client.write(`5\r\nhello\r\n0\r\n\r\n${post("again")}`);
  expect((await client.response()).body).toBe("again");
});
