import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { stream, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import { CANCEL, get, headers } from "../../support/http2-frames.ts";
import { startHttp2 } from "./peers.ts";

const INITIAL_WINDOW_SIZE = 4;
const SIZE = 160 * 1024;

/** Pieces of one size, text or octets, that are SIZE octets in all. */
function* pieces(piece: string | Uint8Array): Generator<string | Uint8Array> {
  for (let sent = 0; sent < SIZE; sent += piece.length) yield piece.slice(0, SIZE - sent);
}

// From Node 24 on the leaving of 64 KiB is told, and not of 16.
const TELLS_OF_FRAMES = Number(process.versions.node.split(".", 1)[0]) < 24;

test.skipIf(!TELLS_OF_FRAMES).each<[string, string | Uint8Array]>([
  ["one text", "a".repeat(SIZE)],
  ["one view", new Uint8Array(SIZE)],
  ["pieces of text", "a".repeat(1000)],
  ["small views", new Uint8Array(1000)],
  ["views of their own", new Uint8Array(5000)],
])("a reader that takes 8 KiB a time is not cut as one that takes nothing: %s", async (_name, piece) => {
  const server = await startHttp2(() => stream("text/plain", () => pieces(piece), { compress: false }), {
    timeouts: { write: 400 },
  });
  const peer = await server.peer([[INITIAL_WINDOW_SIZE, 0]]);
  peer.send(headers(1, get("/")));
  for (let taken = 0; taken < SIZE && peer.of(frames.RST_STREAM, 1).length === 0; taken += 8192) {
    await sleep(65);
    peer.send(frames.windowUpdate(0, 8192), frames.windowUpdate(1, 8192));
  }
  // END_STREAM goes into a window, too.
  peer.send(frames.windowUpdate(0, 1), frames.windowUpdate(1, 1));
  expect(await peer.endOf(1)).toBe("end");
  expect(peer.content(1).length).toBe(SIZE);
});

test("one that takes nothing is cut", async () => {
  const server = await startHttp2(
    () => stream("text/plain", () => pieces("a".repeat(1000)), { compress: false }),
    { timeouts: { write: 200 } },
  );
  const peer = await server.peer([[INITIAL_WINDOW_SIZE, 10_000]]);
  peer.send(headers(1, get("/")));
  expect(await peer.endOf(1)).toBe(CANCEL);
});

test("so is one that leaves no room for the end", async () => {
  const server = await startHttp2(
    () =>
      stream("text/plain", async function* () {
        yield "hello";
        await sleep(100);
      }),
    { timeouts: { write: 200 } },
  );
  const peer = await server.peer([[INITIAL_WINDOW_SIZE, 5]]);
  peer.send(headers(1, get("/")));
  expect(await peer.endOf(1)).toBe(CANCEL);
  expect(peer.content(1)).toBe("hello");
  await expect.poll(() => server.server.stats.active).toBe(0);
});

test("an answer whose upload goes on has not stalled", async () => {
  const server = await startHttp2(() => text("hello"), { timeouts: { write: 200 } });
  const peer = await server.peer([[INITIAL_WINDOW_SIZE, 5]]);
  peer.send(headers(1, get("/", [], "POST"), frames.END_HEADERS));
  expect(await peer.endOf(1)).toBe("end");
  expect(peer.content(1)).toBe("hello");
});
