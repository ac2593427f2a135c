import type { Socket } from "node:net";

const NOTHING = new Uint8Array(0);

/**
 * Calls back when the end that a plain socket has told of was an orderly one. Up to Node 22 a reset that comes together with octets
 * shows as an end; nothing at all, written, tells them apart: it fails after a reset, which the socket's `error` then tells of.
 */
export function onOrderlyEnd(socket: Socket, then: () => void): void {
  socket.write(NOTHING, (error) => {
    if (error === undefined || error === null) then();
  });
}
