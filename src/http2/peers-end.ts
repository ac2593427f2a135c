import type { Http2Stream } from "node:http2";
import { CODES } from "./codes.ts";

/**
 * Watches how the other end's half of a stream ends: by END_STREAM, or by anything else. node:http2 tells the two apart nowhere: a reset
 * without an error code (RST_STREAM with NO_ERROR) and the end of the connection come as the same `end` of a Readable. But it closes the
 * stream before it lets it end for any reason but END_STREAM; Bun closes it later, and has set the error code by then.
 *
 * It is the client that needs this: a response that is whole stays whole where the stream is closed by the time that its reader comes to
 * the end. A server asks the stream by then whether it is closed (`Http2Upload`): a client that has reset it is not there for the answer
 * either, whatever had come of its request.
 * @param then called once, and told whether it was END_STREAM; octets may still wait to be read
 */
export function onPeersEnd(stream: Http2Stream, then: (isEndOfStream: boolean) => void): void {
  const push = stream.push.bind(stream);
  let ended = false;
  stream.push = (piece: unknown, encoding?: BufferEncoding): boolean => {
    if (piece === null && !ended) {
      ended = true;
      then(!stream.closed && stream.rstCode === CODES.NO_ERROR);
    }
    return push(piece, encoding);
  };
}
