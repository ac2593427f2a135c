import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { makeZip } from "client-zip";
import { announce } from "../process.mjs";
import { entriesOf, LARGE_NAME, pieces, readTarget } from "./entries.mjs";

async function* asyncPieces(mib) {
  yield* pieces(mib);
}

// It stores: it knows nothing else.
function archiveOf(target) {
  const { path, mib } = readTarget(target);
  if (path === "/one") return makeZip([{ name: LARGE_NAME, input: asyncPieces(mib) }]);
  return makeZip(entriesOf(target).map(({ name, content }) => ({ name, input: content })));
}

const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "application/zip" });
  pipeline(Readable.fromWeb(archiveOf(request.url)), response).catch((error) => response.destroy(error));
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
