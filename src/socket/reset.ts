import type { Socket } from "node:net";

/** Ends a connection by a reset, which nobody takes for the end of a message; where it isn't one of TCP, which alone has it, at once. */
export function reset(socket: Socket): void {
  // TLS has none of its own: it is that of the socket below.
  const { _parent: plain } = socket as Socket & { readonly _parent?: Socket | null };
  try {
    (plain ?? socket).resetAndDestroy();
  } catch {
    socket.destroy();
  }
}
