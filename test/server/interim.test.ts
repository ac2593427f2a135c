import { once } from "node:events";
import { expect, test } from "vitest";
import { deferred } from "../../src/deferred.ts";
import { stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

test("an interim response leaves at once, before the final one is known", async () => {
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const server = await start(async (incoming) => {
    incoming.informational(103, { link: "</a.css>; rel=preload; as=style" });
    incoming.informational(102);
    await gate;
    return text("final");
  });
  const client = await server.connect();
  client.write(request("/") + request("/"));
  await client.until((all) =>
    all.startsWith(
      "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload; as=style\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n",
    ),
  );
  expect(client.text).not.toContain("final");
  go();
  for (let count = 0; count < 2; count++) {
    expect(await client.response("HEAD")).toMatchObject({ status: 103 });
    expect(await client.response("HEAD")).toMatchObject({ status: 102 });
    expect(await client.response()).toMatchObject({ status: 200, body: "final" });
  }
});

test("a client of HTTP/1.0 gets none", async () => {
  const server = await start((incoming) => {
    incoming.informational(103, { link: "</a.css>" });
    return text("final");
  });
  const client = await server.connect();
  client.write("GET / HTTP/1.0\r\n\r\n");
  expect(await client.response()).toMatchObject({ status: 200, body: "final" });
});

test.each([
  [101, {}, "ERR_SLUICE_INVALID_START_LINE"],
  [200, {}, "ERR_SLUICE_INVALID_START_LINE"],
  [99, {}, "ERR_SLUICE_INVALID_START_LINE"],
  [103, { link: "a\r\nb: c" }, "ERR_SLUICE_INVALID_FIELD"],
  [103, { "content-length": "5" }, "ERR_SLUICE_FRAMING_FIELD"],
  [103, { "transfer-encoding": "chunked" }, "ERR_SLUICE_FRAMING_FIELD"],
  [103, { connection: "close" }, "ERR_SLUICE_FRAMING_FIELD"],
])("an interim %i with %j throws, and nothing of it leaves", async (status, headers, code) => {
  const server = await start((incoming) => {
    expect(() => incoming.informational(status, headers)).toThrow(expect.objectContaining({ code }));
    return text("final");
  });
  const client = await server.connect();
  client.write(request("/"));
  expect(await client.response()).toMatchObject({ status: 200, body: "final" });
});

test("after the final head it throws", async () => {
  const thrown: unknown[] = [];
  const server = await start((incoming) =>
    stream("text/plain", function* () {
      try {
        incoming.informational(103);
      } catch (error) {
        thrown.push(error);
      }
      yield "final";
    }),
  );
  const client = await server.connect();
  client.write(request("/"));
  expect(await client.response()).toMatchObject({ status: 200, body: "final" });
  expect(thrown).toEqual([expect.objectContaining({ code: "ERR_SLUICE_OUT_OF_ORDER" })]);
});

test("to a reader that has left it is refused as anything else is, and nobody is told", async () => {
  const thrown = deferred<unknown>();
  const server = await start(async (incoming) => {
    await once(incoming.signal, "abort");
    try {
      incoming.informational(102);
    } catch (error) {
      thrown.resolve(error);
      throw error;
    }
    return text("");
  });
  const client = await server.connect();
  client.write(request("/"));
  await expect.poll(() => server.server.stats.active, { interval: 1 }).toBe(1);
  client.reset();
  expect(await thrown.promise).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  await server.server.close();
  expect(server.errors).toEqual([]);
});
