// The server for the measurements of clients, and nobody's: it writes bytes that were made in advance to plain sockets.
// GET /kib, /ten, /length?mib=N, /chunked?mib=N&size=OCTETS, /gzip?mib=N, /events?count=N, /rows?count=N; POST /upload;
// GET or HEAD /file?mib=N[&rate=MIB_PER_SECOND], in ranges too, the rate being each connection's.
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TEN_PIECES } from "../pieces.mjs";
import { announce } from "../process.mjs";
import { readRequests } from "../raw-requests.mjs";
import { eventBlocks, KIB_OF_OCTETS, MIB, octetBlock, rowBlocks } from "./contents.mjs";
import {
  eventsInChunks,
  gzipInChunks,
  inChunks,
  LAST_CHUNK,
  octetsInChunks,
  rowsInChunks,
} from "./framed.mjs";

const DATE = "Date: Sun, 22 Nov 2026 00:00:00 GMT\r\n";
const head = (type, ...fields) =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\n${DATE}Content-Type: ${type}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n`,
  );
const sized = (type, content) =>
  Buffer.concat([head(type, `Content-Length: ${content.length}`), Buffer.from(content)]);
const chunkedHead = (type, ...fields) => head(type, ...fields, "Transfer-Encoding: chunked");

const OCTETS = "application/octet-stream";
const KIB = sized(OCTETS, KIB_OF_OCTETS);
const TEN = Buffer.concat([
  chunkedHead("text/plain"),
  ...TEN_PIECES.map((piece) => inChunks(Buffer.from(piece), piece.length)),
  LAST_CHUNK,
]);

/** One and the same bytes, `times` over, between others. */
function* repeated(first, bytes, times, last) {
  yield first;
  for (let index = 0; index < times; index += 1) yield bytes;
  yield last;
}

const NOTHING = Buffer.alloc(0);
/** The large ones, by their paths. */
const REPLIES = {
  "/length": ({ mib }) => repeated(head(OCTETS, `Content-Length: ${mib * MIB}`), octetBlock(), mib, NOTHING),
  "/chunked": ({ mib, size }) => repeated(chunkedHead(OCTETS), octetsInChunks(size), mib, LAST_CHUNK),
  "/gzip"({ mib }) {
    const { first, piece, last } = gzipInChunks(mib);
    const begin = Buffer.concat([chunkedHead("application/x-ndjson", "Content-Encoding: gzip"), first]);
    return repeated(begin, piece, mib, Buffer.concat([last, LAST_CHUNK]));
  },
  "/events": ({ count }) =>
    repeated(chunkedHead("text/event-stream"), eventsInChunks(), eventBlocks(count), LAST_CHUNK),
  "/rows": ({ count }) =>
    repeated(chunkedHead("application/x-ndjson"), rowsInChunks(), rowBlocks(count), LAST_CHUNK),
};

const FILE_FIELDS = `${DATE}Content-Type: ${OCTETS}\r\nAccept-Ranges: bytes\r\nETag: "neutral"\r\nLast-Modified: Sun, 01 Nov 2026 00:00:00 GMT\r\n`;

function* fileReply({ mib }, request) {
  const size = mib * MIB;
  const asked = /\r\nrange: *bytes=(\d+)-(\d*)\r\n/i.exec(request);
  const start = asked === null ? 0 : Number(asked[1]);
  const end = asked === null || asked[2] === "" ? size : Math.min(Number(asked[2]) + 1, size);
  if (start >= end) {
    yield Buffer.from(
      `HTTP/1.1 416 Range Not Satisfiable\r\n${FILE_FIELDS}Content-Range: bytes */${size}\r\nContent-Length: 0\r\n\r\n`,
    );
    return;
  }
  const status = asked === null ? "200 OK" : "206 Partial Content";
  const range = asked === null ? "" : `Content-Range: bytes ${start}-${end - 1}/${size}\r\n`;
  yield Buffer.from(`HTTP/1.1 ${status}\r\n${FILE_FIELDS}${range}Content-Length: ${end - start}\r\n\r\n`);
  if (request.startsWith("HEAD ")) return;
  for (let at = start; at < end;) {
    const inBlock = at % MIB;
    const piece = octetBlock().subarray(inBlock, Math.min(MIB, inBlock + end - at));
    yield piece;
    at += piece.length;
  }
}

async function send(socket, pieces) {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    if (!socket.write(piece)) await once(socket, "drain");
  }
}

/** How long a connection may have sent nothing and catch up on it: rounding of timers, and no more. */
const CATCH_UP = 20;
const SLOW_PIECE = 64 * 1024;

/** A connection has one rate, however many requests it takes. */
function slowSender(socket) {
  let due = 0;
  return async (pieces, rate) => {
    const perMillisecond = (rate * MIB) / 1000;
    for (const piece of pieces) {
      for (let start = 0; start < piece.length; start += SLOW_PIECE) {
        if (socket.destroyed) return;
        const part = piece.subarray(start, start + SLOW_PIECE);
        due = Math.max(due, performance.now() - CATCH_UP) + part.length / perMillisecond;
        const wait = due - performance.now();
        if (wait > 1) await sleep(wait);
        if (!socket.write(part)) await once(socket, "drain");
      }
    }
  };
}

const server = createServer({ noDelay: true }, (socket) => {
  const sendSlowly = slowSender(socket);
  // Replies are sent in turn, also to who doesn't wait for the one before.
  let before = Promise.resolve();
  const inTurn = (sending) => {
    before = before.then(sending).catch(() => socket.destroy());
  };

  function answer(target, request) {
    // The two small replies, which are sent the most, take the shortest way.
    if (target === "/kib") socket.write(KIB);
    else if (target === "/ten") socket.write(TEN);
    else if (target === "/upload") return true;
    else {
      const [path, search] = target.split("?");
      const query = Object.fromEntries(
        [...new URLSearchParams(search)].map(([name, text]) => [name, Number(text)]),
      );
      if (path === "/file" && query.rate > 0) inTurn(() => sendSlowly(fileReply(query, request), query.rate));
      else if (path === "/file") inTurn(() => send(socket, fileReply(query, request)));
      else if (path in REPLIES) inTurn(() => send(socket, REPLIES[path](query)));
      else socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    return false;
  }

  readRequests(socket, answer, (payload, framing) =>
    socket.write(sized("text/plain", `${framing} ${payload}`)),
  );
});
server.listen(0, "127.0.0.1", 512, () => announce(server.address().port));
