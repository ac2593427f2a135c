// Reads GET /big to its end and throws the payload away: node clients/download.mjs PORT MIB [MARK_MIB]
// One static read buffer keeps the client cheaper than any server. Past MARK_MIB it prints a line at once.
import { connect } from "node:net";
import { ChunkWalker } from "../lib/chunk-walker.mjs";
import { HeadReader } from "../lib/head-reader.mjs";

const MIB = 1024 * 1024;
const [port, mib, markMib] = process.argv.slice(2).map(Number);

const walker = new ChunkWalker();
const heads = new HeadReader();
let inBody = false;
let marked = markMib === undefined;
const started = process.hrtime.bigint();

function finish() {
  if (walker.payload !== mib * MIB) throw new Error(`${walker.payload} bytes instead of ${mib} MiB`);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ seconds, payload: walker.payload, chunks: walker.chunks }));
  socket.resetAndDestroy();
}

function onRead(length, buffer) {
  const bytes = buffer.subarray(0, length);
  let start = 0;
  if (!inBody) {
    const read = heads.read(bytes);
    if (read === undefined) return true;
    const { head } = read;
    if (!head.startsWith("HTTP/1.1 200 ") || !/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
      throw new Error(`unexpected head: ${head}`);
    }
    inBody = true;
    ({ start } = read);
  }
  if (walker.read(bytes, start) !== -1) finish();
  else if (!marked && walker.payload >= markMib * MIB) {
    marked = true;
    console.log(JSON.stringify({ mark: walker.payload }));
  }
  return true;
}

const socket = connect({
  port,
  host: "127.0.0.1",
  onread: { buffer: Buffer.alloc(256 * 1024), callback: onRead },
});
socket.on("close", () => {
  if (walker.payload !== mib * MIB) throw new Error("closed before the body was complete");
});
socket.write(`GET /big?mib=${mib} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
