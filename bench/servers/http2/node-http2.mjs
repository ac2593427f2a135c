// The stream API, as its documentation uses it: nothing of the compatibility with node:http.
import { once } from "node:events";
import { createSecureServer, createServer } from "node:http2";
import { TEN_PIECES } from "../pieces.mjs";
import { announce } from "../process.mjs";

const server = process.argv.includes("--tls")
  ? createSecureServer((await import("./certificate.mjs")).certificate())
  : createServer();

async function sendPieces(stream) {
  stream.respond({ ":status": 200, "content-type": "text/plain" });
  for (const piece of TEN_PIECES) if (!stream.write(piece)) await once(stream, "drain");
  stream.end();
}

server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  if (headers[":path"] === "/hello") {
    stream.respond({ ":status": 200, "content-type": "text/plain", "content-length": 5 });
    stream.end("hello");
  } else {
    void sendPieces(stream);
  }
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
