import { once } from "node:events";
import { createServer } from "node:http";
import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { announce, collectGarbage, patient } from "./process.mjs";

function sendText(response, content) {
  response.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(content) });
  response.end(content);
}

async function sendPieces(response, type, pieces) {
  response.writeHead(200, { "content-type": type });
  for (const piece of pieces) {
    if (!response.write(piece)) await once(response, "drain");
  }
  response.end();
}

async function countBytes(request) {
  let total = 0;
  for await (const piece of request) total += piece.length;
  return total;
}

async function answer(request, response) {
  const [path, query] = request.url.split("?", 2);
  switch (path) {
    case "/hello":
      return sendText(response, "hello");
    case "/chunks":
      return sendPieces(response, "text/plain", TEN_PIECES);
    case "/tiny":
      return sendPieces(response, "text/plain", THOUSAND_PIECES);
    case "/big": {
      const mib = new URLSearchParams(query).get("mib") ?? undefined;
      return sendPieces(response, "application/octet-stream", bigPieces(mib));
    }
    case "/upload":
      return sendText(response, String(await countBytes(request)));
    case "/gc":
      collectGarbage();
      return sendText(response, "done");
    default:
      response.writeHead(404).end();
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.destroy(error));
});
if (patient) server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => announce(server.address().port));
