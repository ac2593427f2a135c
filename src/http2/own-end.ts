import type { Http2Stream } from "node:http2";

const MAY_END = Symbol("sluice.mayEnd");

interface Guarded extends Http2Stream {
  [MAY_END]?: boolean;
}

type Final = (this: Http2Stream, callback: (error?: Error | null) => void) => void;

/**
 * Sees to it that a stream ends by {@link endStream} alone. Whatever closes a stream of node:http2, a reset, an error, the end of its
 * session, ends its writable side first, and END_STREAM tells the reader that the body is complete before the reset tells that it isn't.
 */
export function guardEnd(stream: Http2Stream): void {
  (stream as unknown as { _final: Final })._final = finalWhenAsked;
}

function finalWhenAsked(this: Guarded, callback: (error?: Error | null) => void): void {
  if (this[MAY_END] === true) prototypeFinal(this).call(this, callback);
  else callback();
}

function prototypeFinal(stream: Http2Stream): Final {
  return (Object.getPrototypeOf(stream) as { _final: Final })._final;
}

/** Ends a stream: its body is complete. */
export function endStream(stream: Http2Stream): void {
  (stream as Guarded)[MAY_END] = true;
  stream.end();
}

/** Whether END_STREAM has left, or never will since the stream is gone. */
export function hasEnded(stream: Http2Stream): boolean {
  if (stream.destroyed) return true;
  try {
    return stream.state.localClose === 1;
  } catch {
    // Bun's has no state once its stream is gone.
    return true;
  }
}
