// One request and its reply over a plain socket, so that the check sees the framing itself.
import { connect } from "node:net";
import { ChunkWalker } from "./chunk-walker.mjs";

const END_OF_HEAD = "\r\n\r\n";

function parseHead(text) {
  const [statusLine, ...lines] = text.split("\r\n");
  const fields = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  return { status: Number(statusLine.split(" ")[1]), fields };
}

function decodeChunks(body) {
  const pieces = [];
  let position = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", position, "latin1");
    const size = Number.parseInt(body.latin1Slice(position, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (size === 0) return pieces;
    if (body.latin1Slice(end, end + 2) !== "\r\n")
      throw new Error(`no CRLF after the chunk at byte ${position}`);
    pieces.push(body.subarray(lineEnd + 2, end));
    position = end + 2;
  }
}

/** Where the reply ends in these bytes, or -1. */
function replyEnd(bytes, headEnd, fields) {
  if (fields.get("transfer-encoding") === "chunked") return new ChunkWalker().read(bytes, headEnd);
  const length = Number(fields.get("content-length"));
  if (!Number.isInteger(length)) throw new Error("neither chunked nor a Content-Length");
  return bytes.length >= headEnd + length ? headEnd + length : -1;
}

export function exchange(port, request, limit = 10_000) {
  return new Promise((resolve, reject) => {
    const reads = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(request));
    const fail = (/** @type {Error} */ reason) => {
      socket.destroy();
      reject(reason);
    };
    socket.setTimeout(limit, () => fail(new Error("no complete reply in time")));
    socket.on("error", fail);
    socket.on("close", () => reject(new Error("closed before the reply was complete")));
    socket.on("data", (read) => {
      reads.push(read);
      try {
        const bytes = Buffer.concat(reads);
        const headEnd = bytes.indexOf(END_OF_HEAD, 0, "latin1") + END_OF_HEAD.length;
        if (headEnd < END_OF_HEAD.length) return;
        const { status, fields } = parseHead(bytes.latin1Slice(0, headEnd - END_OF_HEAD.length));
        const end = replyEnd(bytes, headEnd, fields);
        if (end === -1) return;
        if (end !== bytes.length) throw new Error(`${bytes.length - end} bytes after the reply`);
        const body = bytes.subarray(headEnd, end);
        const chunked = fields.has("transfer-encoding");
        const chunks = chunked ? decodeChunks(body) : [];
        resolve({
          status,
          fields,
          chunked,
          chunks,
          payload: chunked ? Buffer.concat(chunks) : body,
          wireBytes: bytes.length,
        });
        socket.resetAndDestroy();
      } catch (error) {
        fail(error);
      }
    });
  });
}
