import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { remoteOf } from "../../src/socket/remote.ts";
import { reset } from "../../src/socket/reset.ts";
import { SocketReader } from "../../src/socket/socket-reader.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Both ends of a connection over a port, or a path. */
async function pair(at: number | string): Promise<{ accepted: Socket; connected: Socket }> {
  const server: Server = createServer({ pauseOnConnect: true });
  server.listen(typeof at === "number" ? { port: at, host: "127.0.0.1" } : { path: at });
  await once(server, "listening");
  const address = server.address();
  const connected =
    typeof address === "object" && address !== null
      ? connect(address.port, "127.0.0.1")
      : connect(String(at));
  const [[accepted]] = (await Promise.all([once(server, "connection"), once(connected, "connect")])) as [
    [Socket],
    unknown,
  ];
  connected.on("error", () => {});
  cleanups.push(
    () => connected.destroy(),
    () => accepted.destroy(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  return { accepted, connected };
}

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-"));
  cleanups.unshift(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "socket");
}

/** What becomes of the other end. */
function ending(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.on("close", () => resolve("closed"));
    socket.resume();
  });
}

describe("a reset", () => {
  test("of TCP is one", async () => {
    const { accepted, connected } = await pair(0);
    const ended = ending(connected);
    reset(accepted);
    expect(await ended).toBe("ECONNRESET");
  });

  test("of a socket that has none closes it", async () => {
    const { accepted, connected } = await pair(await socketPath());
    const ended = ending(connected);
    reset(accepted);
    expect(await ended).toBe("closed");
    expect(accepted.destroyed).toBe(true);
  });

  test("of what is read without streams, too", async () => {
    const { accepted, connected } = await pair(await socketPath());
    const ended = ending(connected);
    const reader = new SocketReader(accepted, { received: () => true, receivingBody: false });
    reader.reset();
    expect(await ended).toBe("closed");
  });
});

test("the other end of a socket that knows none is empty", async () => {
  const { connected } = await pair(0);
  const { remotePort } = connected;
  expect(remoteOf(connected)).toEqual({ address: "127.0.0.1", port: remotePort });
  expect(remoteOf({})).toEqual({ address: "", port: 0 });
});
