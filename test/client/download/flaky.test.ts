import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { files } from "../../../src/index.ts";
import { lacks } from "../../support/programs.ts";
import { start } from "../../support/servers.ts";
import { BIG } from "../servers/content.ts";
import { nginx } from "../servers/nginx.ts";
import { fetchFile } from "./downloads.ts";
import { noise, sha256 } from "./scripted-server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Stands before a server and cuts each connection to it after as many octets as the next count says. */
async function cutting(
  behind: number,
  counts: readonly number[],
): Promise<{ port: number; cuts: () => number }> {
  let connections = 0;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const index = connections++;
    let left = index < counts.length ? counts[index] : Infinity;
    const onward = connect(behind, "127.0.0.1");
    for (const each of [socket, onward]) sockets.add(each.on("error", () => {}));
    socket.pipe(onward).on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    onward.on("data", (piece: Buffer) => {
      const part = piece.subarray(0, left);
      left -= part.length;
      const more = socket.write(part);
      if (left === 0) {
        cuts++;
        onward.pause();
        socket.write("", () => (index % 2 === 0 ? socket.end() : socket.resetAndDestroy()));
      } else if (!more) {
        onward.pause();
        socket.once("drain", () => onward.resume());
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as { port: number }).port, cuts: () => cuts };
}

const COUNTS = fc.sample(fc.integer({ min: 1, max: 150_000 }), 50);
const TUNING = { segment: 100_000 };

describe("every connection is cut, fifty times", () => {
  test.each([1, 4])("our own server, %i connections", { timeout: 20_000 }, async (connections) => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-flaky-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const content = noise(8_000_000);
    writeFileSync(join(folder, "file.bin"), content);
    const served = files(folder, { digest: "sha-256" });
    const { port: behind, errors } = await start((request) => served(request));
    const { port, cuts } = await cutting(behind, COUNTS);
    // Until then its entity tag is weak, since it is young.
    await expect.poll(() => etagOf(behind), { timeout: 5_000 }).toMatch(/^"/);
    const { content: fetched, result } = await fetchFile(
      `http://127.0.0.1:${port}/file.bin`,
      { connections, attempts: 19 },
      TUNING,
    );
    expect(sha256(fetched)).toBe(sha256(content));
    expect(result.restarted).toBeUndefined();
    expect(cuts()).toBe(50);
    // Cuts are no errors of the server's.
    expect(errors).toEqual([]);
  });

  describe.skipIf(lacks("nginx"))("nginx", () => {
    test("4 connections", { timeout: 20_000 }, async () => {
      const running = await nginx.start();
      cleanups.push(running.stop);
      const { port, cuts } = await cutting(running.port, COUNTS);
      const { content, result } = await fetchFile(`http://127.0.0.1:${port}/big`, { attempts: 19 }, TUNING);
      expect(sha256(content)).toBe(sha256(Buffer.from(BIG)));
      expect(result.restarted).toBeUndefined();
      expect(cuts()).toBeGreaterThan(10);
    });
  });
});

async function etagOf(port: number): Promise<string | null> {
  const response = await fetch(`http://127.0.0.1:${port}/file.bin`, { method: "HEAD" });
  return response.headers.get("etag");
}
