// A server that sends the wrong thing must not win: every peer is checked before it is measured.
import { BIG_PIECE, TEN_PIECES, THOUSAND_PIECES } from "../servers/pieces.mjs";
import { counted } from "./table.mjs";
import { exchange } from "./raw-exchange.mjs";

const CHECK_MIB = 4;

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

function uploadRequest() {
  const sizes = [1, 15, 16, 100, 65_536, 100_000];
  const chunks = sizes.map((size) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`).join("");
  const head = "POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n";
  return {
    request: `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    expected: String(sizes.reduce((sum, size) => sum + size, 0)),
  };
}

function plan(workload) {
  const upload = uploadRequest();
  return {
    hello: { request: get("/hello"), expected: Buffer.from("hello"), chunked: false },
    chunks: {
      request: get("/chunks"),
      expected: Buffer.from(TEN_PIECES.join("")),
      chunked: true,
      pieces: 10,
    },
    tiny: {
      request: get("/tiny"),
      expected: Buffer.from(THOUSAND_PIECES.join("")),
      chunked: true,
      pieces: 1000,
    },
    big: {
      request: get(`/big?mib=${CHECK_MIB}`),
      expected: Buffer.alloc(CHECK_MIB * 1024 * 1024, BIG_PIECE[0]),
      chunked: true,
      pieces: CHECK_MIB * 16,
    },
    upload: { request: upload.request, expected: Buffer.from(upload.expected), chunked: false },
  }[workload];
}

/** Throws when the reply is wrong; returns what is on the wire, and a note when pieces did not become chunks one by one. */
export async function checkServer(server, workload) {
  const { request, expected, chunked, pieces } = plan(workload);
  const reply = await exchange(server.port, request);
  const wrong = (reason) => new Error(`wrong reply to ${workload}: ${reason}`);
  if (reply.status !== 200) throw wrong(`status ${reply.status}`);
  if (reply.chunked !== chunked) throw wrong(chunked ? "not chunked" : "chunked, a Content-Length is wanted");
  if (!reply.payload.equals(expected)) throw wrong(`${reply.payload.length} bytes of payload, or other ones`);
  const merged = pieces !== undefined && reply.chunks.length !== pieces;
  return {
    wireBytes: reply.wireBytes,
    chunks: reply.chunks.length,
    notes: merged
      ? [
          `${server.name} puts ${pieces.toLocaleString("en-US")} pieces into ${counted(reply.chunks.length, "chunk")}`,
        ]
      : [],
  };
}
