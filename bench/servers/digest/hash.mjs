// The digest and nothing else: the same pieces go into node:crypto, and the digest is all that is sent.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { bigPieces } from "../pieces.mjs";
import { announce } from "../process.mjs";

const server = createServer((request, response) => {
  const hash = createHash("sha256");
  for (const piece of bigPieces(new URLSearchParams(request.url.split("?")[1]).get("mib")))
    hash.update(piece);
  const digest = hash.digest("base64");
  response.writeHead(200, { "content-type": "text/plain", "content-length": digest.length });
  response.end(digest);
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
