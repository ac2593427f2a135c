import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { serve, stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

const since = (begun: number): number => performance.now() - begun;

/** Something that a test opens when it wants a handler to go on. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Whether anybody listens on a port. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

test("without connections closes at once, and frees the port", async () => {
  const server = await serve({ host: "127.0.0.1" }, () => text(""));
  expect(await isOpen(server.port)).toBe(true);
  await expect.poll(() => server.stats.connections, { interval: 1 }).toBe(0);
  const begun = performance.now();
  await server.close();
  expect(since(begun)).toBeLessThan(100);
  expect(await isOpen(server.port)).toBe(false);
  const again = await serve({ host: "127.0.0.1", port: server.port }, () => text(""));
  await again.close();
});

test("idle connections are closed at once", async () => {
  const { server, connect: open } = await start(() => text("hello"));
  const [fresh, used] = [await open(), await open()];
  used.write(request("/"));
  await used.response();
  const begun = performance.now();
  await server.close();
  expect(since(begun)).toBeLessThan(200);
  expect(await fresh.ending()).toBe("FIN");
  expect(await used.ending()).toBe("FIN");
});

test("running answers go on to their end, and say that the connection closes", async () => {
  const { opened, open: go } = gate();
  const { server, connect: open } = await start(async () => {
    await opened;
    return text("late");
  });
  const client = await open();
  client.write(request("/") + request("/behind"));
  await expect.poll(() => server.stats.active, { interval: 1 }).toBe(1);
  const closed = server.close();
  expect(await isOpen(server.port)).toBe(false);
  go();
  const response = await client.response();
  expect(response).toMatchObject({ status: 200, body: "late" });
  expect(response.headers.get("connection")).toBe("close");
  expect(await client.ending()).toBe("FIN");
  expect(client.rest).toBe("");
  await closed;
  expect(server.stats).toMatchObject({ connections: 0, requests: 1 });
});

test("a stream whose head is out already goes on to its end, and then the connection closes", async () => {
  const { opened, open: go } = gate();
  const { server, connect: open } = await start(() =>
    stream("text/plain", async function* () {
      yield "one ";
      await opened;
      yield "two";
    }),
  );
  const client = await open();
  client.write(request("/"));
  await client.until("one ");
  const closed = server.close();
  await sleep(10);
  const begun = performance.now();
  go();
  expect(await client.response()).toMatchObject({ body: "one two", complete: true });
  expect(await client.ending()).toBe("FIN");
  await closed;
  expect(since(begun)).toBeLessThan(300);
});

test("a request whose body is under way is answered", async () => {
  const { server, connect: open } = await start(async ({ body }) => text(await body.text()));
  const client = await open();
  client.write(request("POST /", ["Content-Length: 10"], "01234"));
  await expect.poll(() => server.stats.active, { interval: 1 }).toBe(1);
  const closed = server.close();
  client.write("56789");
  const response = await client.response();
  expect(response.body).toBe("0123456789");
  expect(response.headers.get("connection")).toBe("close");
  await closed;
});

test("a head that is under way is answered", async () => {
  const { server, connect: open } = await start(() => text("just in time"));
  const client = await open();
  client.write("GET / HTTP/1.1\r\n");
  await expect.poll(() => server.stats.bytesReceived, { interval: 1 }).toBeGreaterThan(0);
  const closed = server.close();
  client.write("Host: a\r\n\r\n");
  const response = await client.response();
  expect(response.body).toBe("just in time");
  expect(response.headers.get("connection")).toBe("close");
  await closed;
});

test("what is left of an answered body does not hold the end up", async () => {
  const { server, connect: open } = await start(() => text("early"));
  const client = await open();
  client.write(request("POST /", ["Content-Length: 10"], "01234"));
  expect((await client.response()).body).toBe("early");
  const closed = server.close();
  client.write("56789");
  const begun = performance.now();
  await closed;
  expect(since(begun)).toBeLessThan(300);
});

test("what runs longer than the grace is cut", async () => {
  const { server, connect: open } = await start(() =>
    stream("text/plain", async function* () {
      for (;;) {
        yield "tick";
        await sleep(5);
      }
    }),
  );
  const client = await open();
  client.write(request("/"));
  await client.until("tick");
  const begun = performance.now();
  await server.close({ grace: 100 });
  expect(since(begun)).toBeGreaterThan(90);
  expect(since(begun)).toBeLessThan(400);
  await client.ending();
  expect(client.text).not.toContain("\r\n0\r\n\r\n");
});

test("a grace of Infinity cuts nothing", async () => {
  const { opened, open: go } = gate();
  const { server, connect: open } = await start(async () => {
    await opened;
    return text("late");
  });
  const client = await open();
  client.write(request("/"));
  await expect.poll(() => server.stats.active, { interval: 1 }).toBe(1);
  const closed = server.close({ grace: Infinity });
  await sleep(50);
  go();
  expect((await client.response()).body).toBe("late");
  await closed;
});

test("a second call waits for the same end, and may shorten the grace", async () => {
  const { server, connect: open } = await start(() => new Promise<never>(() => {}));
  const client = await open();
  client.write(request("/"));
  await expect.poll(() => server.stats.active, { interval: 1 }).toBe(1);
  const first = server.close({ grace: 60_000 });
  const begun = performance.now();
  await server.close({ grace: 50 });
  await first;
  expect(since(begun)).toBeLessThan(400);
  await server.close();
});

test("await using closes at the end of the block", async () => {
  let port: number;
  {
    await using server = await serve({ host: "127.0.0.1" }, () => text(""));
    ({ port } = server);
    expect(await isOpen(port)).toBe(true);
  }
  expect(await isOpen(port)).toBe(false);
});

test("a connection that arrives while the server closes is let go of", async () => {
  const { server } = await start(() => text("hello"));
  // Accepted by the kernel, and by the server only after it has begun to close.
  const socket = connect(server.port, "127.0.0.1");
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.resume();
  const closed = server.close();
  await gone;
  await closed;
});

test("a peer that does not close its side delays the end no longer than the linger time", async () => {
  const { server, connect: open } = await start(() => text("hello"), { timeouts: { linger: 100 } });
  const client = await open({ allowHalfOpen: true });
  client.write(request("/"));
  await client.response();
  const begun = performance.now();
  await server.close();
  expect(since(begun)).toBeLessThan(400);
});

test("refused connections do not outlive the server", async () => {
  const { server, connect: open } = await start(() => text("hello"), { limits: { connections: 0 } });
  const client = await open({ allowHalfOpen: true });
  await client.response();
  const begun = performance.now();
  await server.close();
  // Only who writes to a connection that is gone is told.
  const sending = setInterval(() => client.write("x"), 5);
  await client.closed();
  clearInterval(sending);
  expect(since(begun)).toBeLessThan(300);
});

test("what is no grace is refused", async () => {
  const { server } = await start(() => text(""));
  for (const options of [300, null, { grace: "300" }, { grace: Number.NaN }, { grcae: 300 }])
    expect(() => server.close(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
    );
});
