import { type ClientHttp2Stream, constants } from "node:http2";

/**
 * Watches how the other end's half of a stream ends: by END_STREAM, or by anything else. node:http2 tells the two apart nowhere: a reset
 * without an error code (RST_STREAM with NO_ERROR) and the end of the connection come as the same `end` of a Readable. But it closes the
 * stream before it lets it end for any reason but END_STREAM; Bun closes it later, and has set the error code by then.
 * @param then called once, and told whether it was END_STREAM; octets may still wait to be read
 */
export function onEndOfStream(stream: ClientHttp2Stream, then: (isEndOfStream: boolean) => void): void {
  const push = stream.push.bind(stream);
  let ended = false;
  stream.push = (piece: unknown, encoding?: BufferEncoding): boolean => {
    if (piece === null && !ended) {
      ended = true;
      then(!stream.closed && stream.rstCode === constants.NGHTTP2_NO_ERROR);
    }
    return push(piece, encoding);
  };
}
