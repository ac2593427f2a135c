// Opens connections, does one request on each, and holds them: node clients/idle.mjs PORT FIRST MORE
// Prints {"open":N} when the first ones are idle, and again, on a line from the bench, when the others are;
// on a further line {"alive":N}, and leaves.
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [port, first, more] = process.argv.slice(2).map(Number);
const AT_ONCE = 100;
const REQUEST = "GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

// Binding takes a port of its own for each connection, so it is done only where one address has too few of them.
const PORTS_OF_ONE_ADDRESS = 25_000;
const sourceAddress = (index) =>
  first + more > PORTS_OF_ONE_ADDRESS ? `127.0.0.${2 + Math.floor(index / PORTS_OF_ONE_ADDRESS)}` : undefined;

const open = new Set();

function openOne(index) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: sourceAddress(index) });
    let reply = "";
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      reply += text;
      if (!reply.endsWith("\r\n\r\nhello")) return;
      open.add(socket);
      resolve();
    });
    socket.on("error", reject);
    socket.on("close", () => {
      open.delete(socket);
      reject(new Error(`connection ${index} closed early`));
    });
    socket.write(REQUEST);
  });
}

async function openUpTo(total) {
  for (let index = open.size; index < total; index += AT_ONCE) {
    const batch = Math.min(AT_ONCE, total - index);
    await Promise.all(Array.from({ length: batch }, (_, offset) => openOne(index + offset)));
  }
  console.log(JSON.stringify({ open: open.size }));
}

const orders = createInterface({ input: process.stdin });
await openUpTo(first);
await once(orders, "line");
await openUpTo(first + more);
await once(orders, "line");
console.log(JSON.stringify({ alive: open.size }));
for (const socket of open) {
  socket.removeAllListeners("close");
  socket.resetAndDestroy();
}
process.exit(0);
