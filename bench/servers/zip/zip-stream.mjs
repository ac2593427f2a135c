import { createServer } from "node:http";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import ZipStream from "zip-stream";
import { announce } from "../process.mjs";
import { entriesOf, LARGE_NAME, pieces, readTarget } from "./entries.mjs";

const add = (archive, name, content) =>
  promisify(archive.entry).call(archive, content, { name, store: true });

async function answer(request, response) {
  response.writeHead(200, { "content-type": "application/zip" });
  const archive = new ZipStream();
  archive.on("error", (error) => response.destroy(error));
  archive.pipe(response);
  const { path, mib } = readTarget(request.url);
  if (path === "/one") await add(archive, LARGE_NAME, Readable.from(pieces(mib)));
  else for (const { name, content } of entriesOf(request.url)) await add(archive, name, content);
  archive.finish();
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.destroy(error));
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
