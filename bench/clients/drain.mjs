// Takes one reply to its end and throws the payload away: node clients/drain.mjs PORT TARGET [FIELD-LINE …]
// The body is chunked or has a Content-Length. One static read buffer keeps the client cheaper than any server.
import { connect } from "node:net";
import { ChunkWalker } from "../lib/chunk-walker.mjs";
import { HeadReader } from "../lib/head-reader.mjs";

const [port, target, ...fields] = process.argv.slice(2);

const walker = new ChunkWalker();
const heads = new HeadReader();
let inBody = false;
/** Octets of the body that are to come; undefined for a chunked one. */
let left;
let wire = 0;
let over = false;
let started;

function finish(payload) {
  over = true;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const { chunks, trailers } = walker;
  console.log(JSON.stringify({ seconds, payload, wire, chunks, trailers }));
  socket.resetAndDestroy();
}

function readHead(text) {
  if (!/^HTTP\/1\.1 20[06] /.test(text)) throw new Error(`unexpected head: ${text}`);
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(text)) return;
  left = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(text)?.[1]);
  if (Number.isNaN(left)) throw new Error(`neither chunked nor a Content-Length: ${text}`);
  walker.payload = left;
}

function onRead(length, buffer) {
  const bytes = buffer.subarray(0, length);
  wire += length;
  let start = 0;
  if (!inBody) {
    const read = heads.read(bytes);
    if (read === undefined) return true;
    readHead(read.head);
    inBody = true;
    ({ start } = read);
  }
  if (left === undefined) {
    if (walker.read(bytes, start) !== -1) finish(walker.payload);
    return true;
  }
  left -= length - start;
  if (left < 0) throw new Error("bytes after the reply");
  if (left === 0) finish(walker.payload);
  return true;
}

const socket = connect({
  port: Number(port),
  host: "127.0.0.1",
  onread: { buffer: Buffer.alloc(256 * 1024), callback: onRead },
});
socket.on("connect", () => {
  started = process.hrtime.bigint();
  const lines = fields.map((field) => `${field}\r\n`).join("");
  socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}\r\n`);
});
socket.on("close", () => {
  if (!over) throw new Error("closed before the body was complete");
});
