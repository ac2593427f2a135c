import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Handler, stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";
import { settled } from "../support/settled.ts";

const COUNT = 1_000;

const HANDLERS: [string, Handler][] = [
  ["at once", ({ path }) => text(path)],
  [
    "after a turn of the event loop",
    async ({ path }) => {
      await turn();
      return text(path);
    },
  ],
  [
    "now at once, now later",
    ({ path }) => {
      const reply = text(path);
      return Number(path.slice(1)) % 3 === 0 ? turn(reply) : reply;
    },
  ],
  [
    "with a stream that waits",
    ({ path }) =>
      stream("text/plain", async function* () {
        yield path.slice(0, 1);
        await turn();
        yield path.slice(1);
      }),
  ],
  [
    "with a stream that never waits",
    ({ path }) =>
      stream("text/plain", function* () {
        yield path.slice(0, 1);
        yield path.slice(1);
      }),
  ],
  ["with what the body says", async ({ body }) => text(await body.text())],
];

/** Requests of all kinds, whose bodies are their targets. */
function pipeline(count: number): string {
  let octets = "";
  for (let at = 0; at < count; at++) {
    const body = `/${at}`;
    if (at % 2 === 0) octets += request(`POST ${body}`, [`Content-Length: ${body.length}`], body);
    else
      octets += request(
        `POST ${body}`,
        ["Transfer-Encoding: chunked"],
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      );
  }
  return octets;
}

describe.each(HANDLERS)("requests answered %s", (_name, handler) => {
  test("are answered in order, all of them, when 1,000 arrive in one write", async () => {
    let running = 0;
    let atOnce = 0;
    const server = await start(async (incoming) => {
      atOnce = Math.max(atOnce, ++running);
      const reply = await handler(incoming);
      running--;
      return reply;
    });
    const client = await server.connect();
    client.write(pipeline(COUNT));
    for (let at = 0; at < COUNT; at++) {
      const response = await client.response();
      expect(response).toMatchObject({ status: 200, body: `/${at}`, complete: true });
    }
    expect(client.rest).toBe("");
    expect(client.ended).toBe(false);
    expect(server.server.stats).toMatchObject({ requests: COUNT, active: 0 });
    expect(atOnce).toBe(1);
  });

  test("are answered in order when they arrive in crumbs", async () => {
    const server = await start(handler);
    const client = await server.connect();
    const octets = pipeline(40);
    for (let at = 0; at < octets.length; at += 3) {
      client.write(octets.slice(at, at + 3));
      await turn();
    }
    for (let at = 0; at < 40; at++) {
      expect(await client.response()).toMatchObject({ status: 200, body: `/${at}`, complete: true });
    }
  });
});

test("a bad request behind a streaming answer does not cut it, and ends the connection", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const targets: string[] = [];
  const server = await start(({ path }) => {
    targets.push(path);
    return stream("text/plain", async function* () {
      yield "one ";
      await gate;
      yield "two";
    });
  });
  const client = await server.connect();
  client.write(request("/first") + request("/bad", ["Content-Length: +1"]) + request("/smuggled"));
  await client.until("one ");
  go();
  expect(await client.response()).toMatchObject({ status: 200, body: "one two", complete: true });
  const refusal = await client.response();
  expect(refusal.status).toBe(400);
  expect(refusal.body).toContain("ERR_SLUICE_CONTENT_LENGTH");
  expect(await client.ending()).toBe("FIN");
  expect(client.rest).toBe("");
  expect(targets).toEqual(["/first"]);
});

test("nothing behind Connection: close is read", async () => {
  const targets: string[] = [];
  const server = await start(({ path }) => {
    targets.push(path);
    return text(path);
  });
  const client = await server.connect();
  client.write(request("/last", ["Connection: close"]) + request("/ignored"));
  expect((await client.response()).body).toBe("/last");
  expect(await client.ending()).toBe("FIN");
  expect(client.rest).toBe("");
  expect(targets).toEqual(["/last"]);
});

test("reading pauses while more than the limit waits behind an answer", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const server = await start(
    async ({ path }) => {
      await gate;
      return text(path);
    },
    { limits: { aheadBytes: 10_000 } },
  );
  const client = await server.connect();
  // Far more than the buffers of the kernel, so that what is not read is seen here as not sent.
  const count = 6_000;
  const filler = "a".repeat(2_000);
  let octets = "";
  for (let at = 0; at < count; at++) octets += request(`/${at}`, [`A: ${filler}`]);
  let sent = false;
  void client.sent(octets).then((taken) => (sent = taken));
  const received = await settled(() => server.server.stats.bytesReceived);
  expect(sent).toBe(false);
  expect(received).toBeLessThan(200_000);
  go();
  await client.until((all) => all.includes(`/${count - 1}`));
  for (let at = 0; at < count; at += 1) expect((await client.response()).body).toBe(`/${at}`);
});
