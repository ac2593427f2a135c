// A body of any size, read piece by piece, in constant memory.
import { createHash } from "node:crypto";
import { json, serve } from "sluice";

const server = await serve({ host: "127.0.0.1" }, async (request) => {
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const piece of request.body) {
    digest.update(piece);
    bytes += piece.byteLength;
  }
  const { fields } = await request.body.trailers;
  return json({ bytes, sha256: digest.digest("hex"), trailers: fields });
});

console.log(`seq 1000000 | curl -T - ${server.url.href}`);
