// workerd: the tests that run anywhere inside of it, and its replies on the wire from outside. Run by Node.

import { after } from "node:test";
import { equal, ok } from "../suite/expect.mjs";
import { RawClient } from "../suite/raw-client.mjs";
import { ran, test as testOn } from "../suite/test.mjs";
import { settled, until } from "../suite/waiting.mjs";
import { startWorkerd } from "./start.mjs";

const workerd = await startWorkerd();
const { port } = workerd;
after(() => workerd.stop());
const url = (path) => `http://127.0.0.1:${port}${path}`;
const counts = async () => (await fetch(url("/counts"))).json();
const test = (name, body) => testOn(`workerd: ${name}`, body, "workerd");

for (const result of await (await fetch(url("/tests"))).json()) ran(result);

test("known bodies have their length", async () => {
  const client = await RawClient.connect(port);
  const { status, headers, body } = await client.get("/text").response();
  equal(
    [status, headers["content-type"], headers["content-length"], body],
    [200, "text/plain; charset=utf-8", "4", "Zo\xc3\xab"],
  );
  client.destroy();
});

test("pieces arrive as they are made", async () => {
  const client = await RawClient.connect(port);
  client.get("/ten");
  await client.until("piece 0;");
  ok(!client.text.includes("piece 9;"), "the first piece before the last one");
  const { body, complete } = await client.response();
  equal([body, complete], [Array.from({ length: 10 }, (_, number) => `piece ${number};`).join(""), true]);
  client.destroy();
});

test("events arrive", async () => {
  const response = await fetch(url("/events"));
  equal(
    [response.headers.get("content-type"), await response.text()],
    ["text/event-stream; charset=utf-8", "data: one\n\ndata: two\n\n"],
  );
});

test("a request body arrives", async () => {
  equal(
    await (await fetch(url("/echo"), { method: "POST", body: "hello ".repeat(10_000) })).text(),
    "hello ".repeat(10_000),
  );
});

test("a source that throws midway is no clean end", async () => {
  const client = await RawClient.connect(port);
  client.get("/broken");
  const wire = await client.whole();
  ok(wire.includes("partial"), "the first piece");
  ok(!wire.includes("\r\n0\r\n"), `no last chunk in ${JSON.stringify(wire)}`);
  ok((await counts()).errors.includes("broken"), "the error to be told");
});

test("a handler that throws is a 500", async () => equal((await fetch(url("/throws"))).status, 500));

test("HEAD has the head of GET", async () => {
  const client = await RawClient.connect(port);
  for (const [path, length] of [
    ["/text", "4"],
    ["/digits", "10"],
  ]) {
    client.write(`HEAD ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
    const { status, headers } = await client.response("HEAD");
    equal([status, headers["content-length"]], [200, length]);
  }
  equal((await client.get("/text").response()).body, "Zo\xc3\xab");
  client.destroy();
});

test("ranges and conditions hold", async () => {
  const client = await RawClient.connect(port);
  const part = await client.get("/digits", "Range: bytes=2-4").response();
  equal(
    [part.status, part.headers["content-range"], part.headers["content-length"], part.body],
    [206, "bytes 2-4/10", "3", "234"],
  );
  equal((await client.get("/digits", "Range: bytes=10-").response()).status, 416);
  equal((await client.get("/digits", 'If-None-Match: "digits"').response()).status, 304);
  client.destroy();
});

/** Follows a count of the worker while something is done. */
async function following(name, use) {
  let value = (await counts())[name];
  const timer = setInterval(async () => {
    const now = await counts().catch(() => undefined);
    if (now !== undefined) value = now[name];
  }, 10);
  try {
    await use(() => value);
  } finally {
    clearInterval(timer);
  }
}

test("a reader that has stopped makes the source wait", () =>
  following("pieces", async (pieces) => {
    const client = await RawClient.connect(port, { paused: true });
    client.get("/endless");
    const first = await settled(pieces);
    ok(first * 16 * 1024 < 48 * 1024 * 1024, `a bounded backlog, not ${first} pieces`);
    client.resume();
    await until(() => pieces() > first + 50);
    client.destroy();
    await settled(pieces);
  }));

async function leave() {
  const client = await RawClient.connect(port);
  client.get("/endless");
  await client.until((text) => text.length > 100_000);
  client.destroy();
}

test("a reader that leaves aborts the signal", () =>
  following("left", async (left) => {
    const before = left();
    await leave();
    await until(() => left() > before);
  }));

test("a reader that leaves lets a source that waits come to its finally", () =>
  following("stopped", async (stopped) => {
    const before = stopped();
    await leave();
    await until(() => stopped() > before);
  }));
