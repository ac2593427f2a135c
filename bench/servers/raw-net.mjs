// The lower limit: a socket that answers each request head with bytes made in advance. Not an HTTP server.
import { once } from "node:events";
import { createServer } from "node:net";
import { BIG_PIECE, bigPieceCount, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { announce, collectGarbage } from "./process.mjs";
import { readRequests } from "./raw-requests.mjs";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sun, 22 Nov 2026 00:00:00 GMT\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";

const frame = (piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`;
const sized = (content) =>
  Buffer.from(`${HEAD}Content-Length: ${content.length}\r\n\r\n${content}`, "latin1");
const chunked = (pieces) => Buffer.from(HEAD + CHUNKED + pieces.map(frame).join("") + LAST_CHUNK, "latin1");

const HELLO = sized("hello");
const CHUNKS = chunked(TEN_PIECES);
const TINY = chunked(THOUSAND_PIECES);
const BIG_HEAD = HEAD + CHUNKED;
const BIG_CHUNK = Buffer.concat([Buffer.from("10000\r\n"), BIG_PIECE, Buffer.from("\r\n")]);

async function sendBig(socket, count) {
  socket.write(BIG_HEAD);
  for (let index = 0; index < count; index += 1) {
    if (!socket.write(BIG_CHUNK)) await once(socket, "drain");
  }
  socket.write(LAST_CHUNK);
}

const server = createServer({ noDelay: true }, (socket) => {
  function answer(target) {
    if (target === "/hello") socket.write(HELLO);
    else if (target === "/chunks") socket.write(CHUNKS);
    else if (target === "/tiny") socket.write(TINY);
    else if (target.startsWith("/big")) {
      sendBig(socket, bigPieceCount(new URLSearchParams(target.split("?")[1]).get("mib") ?? undefined)).catch(
        () => {},
      );
    } else if (target === "/upload") return true;
    else if (target === "/gc") {
      collectGarbage();
      socket.write(HELLO);
    } else socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    return false;
  }

  readRequests(socket, answer, (payload) => socket.write(sized(String(payload))));
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
