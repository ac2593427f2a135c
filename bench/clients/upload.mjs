// Sends POST /upload with a chunked body that was encoded in advance: node clients/upload.mjs PORT MIB
import { once } from "node:events";
import { connect } from "node:net";

const MIB = 1024 * 1024;
const CHUNK_SIZE = 64 * 1024;
const [port, mib] = process.argv.slice(2).map(Number);

const chunk = Buffer.concat([
  Buffer.from(`${CHUNK_SIZE.toString(16)}\r\n`),
  Buffer.alloc(CHUNK_SIZE, 120),
  Buffer.from("\r\n"),
]);
const chunksOfOneMib = Buffer.concat(Array(MIB / CHUNK_SIZE).fill(chunk));

const socket = connect({ port, host: "127.0.0.1" });
await once(socket, "connect");
const started = process.hrtime.bigint();

let reply = "";
socket.setEncoding("latin1");
socket.on("data", (text) => {
  reply += text;
  const end = reply.indexOf("\r\n\r\n");
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(reply)?.[1]);
  if (end === -1 || reply.length < end + 4 + length) return;
  if (!reply.startsWith("HTTP/1.1 200 ") || reply.slice(end + 4) !== String(mib * MIB))
    throw new Error(`unexpected reply: ${reply}`);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  console.log(JSON.stringify({ seconds, payload: mib * MIB, chunks: mib * (MIB / CHUNK_SIZE) }));
  socket.resetAndDestroy();
});

socket.write(
  "POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
);
for (let sent = 0; sent < mib; sent += 1) {
  if (!socket.write(chunksOfOneMib)) await once(socket, "drain");
}
socket.write("0\r\n\r\n");
