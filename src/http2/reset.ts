import type { Http2Stream } from "node:http2";

/**
 * Resets a stream behind what was written to it: a reset by itself overtakes what still waits for the reader (RFC 9113 section 6.4).
 * @param reset called once the session has taken everything, or can't any more
 */
export function resetBehind(stream: Http2Stream, reset: () => void): void {
  // Behind its end nothing can be written.
  if (stream.writableLength === 0 || stream.writableEnded) reset();
  else stream.write("", reset);
}
