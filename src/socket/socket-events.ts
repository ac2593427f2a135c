import type { Socket } from "node:net";

const WATCHER = Symbol("sluice.watcher");

/** Gets what becomes of a socket. */
export interface SocketWatcher {
  /** The peer has closed its side. */
  peerEnded(): void;
  /** Something is wrong with the socket. Nothing is done about it here. */
  socketFailed(error: Error): void;
  /** The socket is gone. */
  socketClosed(): void;
}

interface WatchedSocket extends Socket {
  [WATCHER]?: SocketWatcher;
}

/**
 * Tells what becomes of a socket. Another watcher takes the place of the one before. The listeners are shared by all sockets: ten thousand
 * idle connections hold ten thousand times what one does.
 */
export function watchSocket(socket: Socket, watcher: SocketWatcher): void {
  const watched: WatchedSocket = socket;
  if (watched[WATCHER] === undefined) {
    watched.on("end", onEnd);
    watched.on("error", onError);
    watched.on("close", onClose);
  }
  watched[WATCHER] = watcher;
}

function onEnd(this: WatchedSocket): void {
  this[WATCHER]!.peerEnded();
}

function onError(this: WatchedSocket, error: Error): void {
  this[WATCHER]!.socketFailed(error);
}

function onClose(this: WatchedSocket): void {
  this[WATCHER]!.socketClosed();
}
