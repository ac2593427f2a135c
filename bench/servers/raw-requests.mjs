import { ChunkWalker } from "../lib/chunk-walker.mjs";

const END_OF_HEAD = "\r\n\r\n";

/** Counts a body with Content-Length: the twin of ChunkWalker. */
class LengthWalker {
  payload = 0;
  #length;

  constructor(length) {
    this.#length = length;
  }

  /** Returns the position after the body's last byte, or -1 when the body goes on after these bytes. */
  read(bytes, start) {
    const step = Math.min(this.#length - this.payload, bytes.length - start);
    this.payload += step;
    return this.payload === this.#length ? start + step : -1;
  }
}

/**
 * Reads the requests of a connection: no HTTP server, it looks for the end of each head and no further.
 * `answer(target, head)` is told each of them, and `onUpload(payload, framing)` the end of a body that it has asked for by
 * returning true.
 */
export function readRequests(socket, answer, onUpload) {
  let rest = null;
  let upload = null;
  let framing;

  function bodyBehind(head) {
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    framing = length === undefined ? "chunked" : "length";
    return length === undefined ? new ChunkWalker() : new LengthWalker(Number(length));
  }

  socket.on("error", () => socket.destroy());
  socket.on("data", (read) => {
    const bytes = rest === null ? read : Buffer.concat([rest, read]);
    rest = null;
    let position = 0;
    while (position < bytes.length) {
      if (upload !== null) {
        position = upload.read(bytes, position);
        if (position === -1) return;
        const { payload } = upload;
        upload = null;
        onUpload(payload, framing);
        continue;
      }
      const end = bytes.indexOf(END_OF_HEAD, position, "latin1");
      if (end === -1) {
        rest = bytes.subarray(position);
        return;
      }
      const head = bytes.latin1Slice(position, end + 2);
      const space = head.indexOf(" ");
      position = end + END_OF_HEAD.length;
      if (answer(head.slice(space + 1, head.indexOf(" ", space + 1)), head) === true)
        upload = bodyBehind(head);
    }
  });
}
