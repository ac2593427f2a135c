import { expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

test("stats count connections, requests, and every octet", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const { server, connect } = await start(({ path }) =>
    path === "/"
      ? text("hello")
      : stream("text/plain", async function* () {
          yield "a";
          await gate;
        }),
  );
  expect(server.stats).toEqual({ connections: 0, active: 0, requests: 0, bytesReceived: 0, bytesSent: 0 });
  const [one, two] = [await connect(), await connect()];
  const octets = request("/");
  one.write(octets + octets);
  await one.response();
  await one.response();
  two.write(request("/stream"));
  await two.until("a\r\n");
  expect(server.stats).toEqual({
    connections: 2,
    active: 1,
    requests: 3,
    bytesReceived: 2 * octets.length + request("/stream").length,
    bytesSent: one.text.length + two.text.length,
  });
  go();
  await two.response();
  one.finish();
  two.finish();
  await expect.poll(() => server.stats.connections, { interval: 1 }).toBe(0);
  expect(server.stats).toEqual({
    connections: 0,
    active: 0,
    requests: 3,
    bytesReceived: 2 * octets.length + request("/stream").length,
    bytesSent: one.text.length + two.text.length,
  });
});

test("a refusal counts as octets, not as a request", async () => {
  const { server, connect } = await start(() => text("hello"));
  const client = await connect();
  client.write("nonsense\r\n\r\n");
  await client.ending();
  await expect.poll(() => server.stats.connections, { interval: 1 }).toBe(0);
  expect(server.stats).toMatchObject({
    requests: 0,
    active: 0,
    bytesReceived: 12,
    bytesSent: client.text.length,
  });
});
