import type { ServerHttp2Stream } from "node:http2";

const WATCHER = Symbol("sluice.watcher");

/** Gets what becomes of a stream of HTTP/2. */
export interface StreamWatcher {
  /** The reader has left, or what arrived was wrong. A stream closes only once what came before has been read. */
  streamAborted(): void;
  /** The stream is closed. */
  streamClosed(): void;
}

interface WatchedStream extends ServerHttp2Stream {
  [WATCHER]?: StreamWatcher | undefined;
}

/** Tells what becomes of a stream. The listeners are shared by all streams, of which there are many a second. */
export function watchStream(stream: ServerHttp2Stream, watcher: StreamWatcher): void {
  const watched: WatchedStream = stream;
  watched[WATCHER] = watcher;
  watched.on("error", ignore);
  watched.on("aborted", onAborted);
  watched.on("close", onClose);
}

/** An error of a stream is followed by its close. */
function ignore(): void {}

function onAborted(this: WatchedStream): void {
  this[WATCHER]?.streamAborted();
}

function onClose(this: WatchedStream): void {
  this[WATCHER]?.streamClosed();
  // node:http2 keeps a stream for a while, which would keep all of its exchange.
  this[WATCHER] = undefined;
}
