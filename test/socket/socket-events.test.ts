import { Socket } from "node:net";
import { expect, test } from "vitest";
import { type SocketWatcher, watchSocket } from "../../src/socket/socket-events.ts";

/** Writes down what it is told. */
function writer(name: string, told: string[]): SocketWatcher {
  return {
    peerEnded: () => told.push(`${name}: end`),
    socketFailed: ({ message }) => told.push(`${name}: ${message}`),
    socketClosed: () => told.push(`${name}: close`),
  };
}

test("what becomes of a socket is told once, to whoever watches it last", () => {
  const socket = new Socket();
  const told: string[] = [];
  watchSocket(socket, writer("first", told));
  socket.emit("end");
  watchSocket(socket, writer("second", told));
  socket.emit("error", new Error("broken"));
  socket.emit("end");
  socket.emit("close");
  expect(told).toEqual(["first: end", "second: broken", "second: end", "second: close"]);
});

test("the listeners are those of every other socket", () => {
  const sockets = [new Socket(), new Socket()];
  for (const socket of sockets) watchSocket(socket, writer("any", []));
  const [first, second] = sockets.map((socket) =>
    ["end", "error", "close"].map((event) => socket.listeners(event).at(-1)),
  );
  expect(first).toEqual(second);
});
