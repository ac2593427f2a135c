import { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { Outlet } from "../../src/socket/outlet.ts";

/** A socket whose reader takes everything at once. */
function greedy(): { socket: Socket; writes: string[] } {
  const writes: string[] = [];
  const socket = new Writable({
    decodeStrings: false,
    highWaterMark: 2 ** 20,
    write(piece: string | Uint8Array, encoding, done) {
      writes.push(typeof piece === "string" ? `${encoding} ${piece}` : `bytes ${piece.length}`);
      done();
    },
  });
  return { socket: socket as unknown as Socket, writes };
}

test("a reader that takes everything does not keep the others waiting: at some point the writer's turn is over", async () => {
  const { socket } = greedy();
  const outlet = new Outlet(socket);
  const piece = new Uint8Array(16 * 1024);
  let pieces = 0;
  for (; !outlet.full && pieces < 1_000; pieces++) outlet.bytes(piece);
  expect(pieces * piece.length).toBe(256 * 1024);
  await outlet.ready();
  expect(outlet.full).toBe(false);
  expect(outlet.backlog).toBe(0);
});

test("what one tick gathers leaves together, text between views", async () => {
  const { socket, writes } = greedy();
  const outlet = new Outlet(socket);
  outlet.text("a");
  outlet.text("b");
  outlet.bytes(new Uint8Array(3));
  outlet.text("\xe9");
  expect(writes).toEqual([]);
  expect(outlet.backlog).toBe(6);
  await turn();
  expect(writes).toEqual(["latin1 ab", "bytes 3", "latin1 \xe9"]);
  expect(outlet.total).toBe(6);
});

test("text can be taken back until it has left, or something has followed it", async () => {
  const { socket, writes } = greedy();
  const outlet = new Outlet(socket);
  outlet.text("kept");
  const { total } = outlet;
  outlet.text("taken back");
  expect(outlet.rollback(total)).toBe(true);
  expect(outlet.total).toBe(4);
  outlet.flush();
  expect(writes).toEqual(["latin1 kept"]);
  outlet.text("gone");
  outlet.flush();
  expect(outlet.rollback(4)).toBe(false);
  outlet.text("head");
  outlet.bytes(new Uint8Array(3));
  expect(outlet.rollback(8)).toBe(false);
});
