import type { Http2Stream } from "node:http2";

/**
 * Sees to it that trailers which node:http2 refuses, although they were checked, reset their stream: no reader takes its body for
 * complete. It is asked for them in an event, where what it throws would end the process.
 */
export function guardTrailers(stream: Http2Stream): void {
  const sendTrailers = stream.sendTrailers.bind(stream);
  stream.sendTrailers = (trailers) => {
    try {
      sendTrailers(trailers);
    } catch (error) {
      stream.destroy(error as Error);
    }
  };
}
