import type { Socket } from "node:net";

const watched = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back when a socket closes. One listener does for all who wait: of requests that a client sends ahead there may be many, and
 * node:http tells none of their responses that the connection has gone until it's their turn. Returns how to stop it.
 */
export function onSocketClose(socket: Socket, then: () => void): () => void {
  let all = watched.get(socket);
  if (all === undefined) {
    const waiting = new Set<() => void>();
    watched.set(socket, (all = waiting));
    socket.once("close", () => {
      for (const each of waiting) each();
    });
  }
  const waiting = all;
  waiting.add(then);
  return () => waiting.delete(then);
}
