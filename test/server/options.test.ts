import { describe, expect, test } from "vitest";
import { SERVER_LIMITS, SERVER_TIMEOUTS, type ServeOptions, serve, text } from "../../src/index.ts";
import { start } from "../support/servers.ts";

const hello = () => text("hello");

describe("what an option cannot be is an error, and nothing listens", () => {
  test.each<[string, unknown]>([
    ["a negative limit", { limits: { headBytes: -1 } }],
    ["a limit that is NaN", { limits: { bodyBytes: Number.NaN } }],
    ["a limit that is a text", { limits: { connections: "10" } }],
    ["a limit that is misspelt", { limits: { headByte: 1 } }],
    ["an option that is misspelt", { timeout: {} }],
    ["a limit that is null", { limits: { requests: null } }],
    ["a negative timeout", { timeouts: { head: -1 } }],
    ["a timeout that is a text", { timeouts: { idle: "5s" } }],
    ["a negative number of workers", { workers: -1 }],
    ["half a worker", { workers: 0.5 }],
  ])("%s", async (_name, options) => {
    await expect(serve(options as ServeOptions, hello)).rejects.toMatchObject({
      code: "ERR_SLUICE_OPTION",
      name: "UsageError",
    });
  });

  test.each([-1, 65_536, 80.5, Number.NaN])("the port %d", async (port) => {
    await expect(serve({ port, host: "127.0.0.1" }, hello)).rejects.toThrow(RangeError);
  });
});

test("undefined stands for the default", async () => {
  const { server } = await start(hello, {
    limits: { headBytes: undefined as never },
    timeouts: { head: undefined as never },
  });
  expect((await fetch(server.url)).status).toBe(200);
});

test("every limit and timeout has a default that is a number", () => {
  for (const value of [...Object.values(SERVER_LIMITS), ...Object.values(SERVER_TIMEOUTS)]) {
    expect(value).toBeTypeOf("number");
    expect(value).toBeGreaterThan(0);
  }
});

test("a port in use is an error of the system", async () => {
  const { port } = await start(hello);
  await expect(serve({ port, host: "127.0.0.1" }, hello)).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a host that nobody has is an error of the system", async () => {
  await expect(serve({ host: "192.0.2.1" }, hello)).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
});

describe("the url", () => {
  test.each([
    [{ host: "127.0.0.1" }, "127.0.0.1"],
    [{ host: "::1" }, "[::1]"],
    [{ host: "0.0.0.0" }, "localhost"],
    [{}, "localhost"],
  ])("of %j has the host %s", async (options, hostname) => {
    const server = await serve(options, hello);
    try {
      expect(server.url.href).toBe(`http://${hostname}:${server.port}/`);
      expect(await (await fetch(server.url)).text()).toBe("hello");
    } finally {
      await server.close({ grace: 0 });
    }
  });
});
