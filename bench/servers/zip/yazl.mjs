import { createServer } from "node:http";
import { Readable } from "node:stream";
import { ZipFile } from "yazl";
import { announce } from "../process.mjs";
import { entriesOf, LARGE_NAME, pieces, readTarget } from "./entries.mjs";

const STORED = { compress: false };

const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "application/zip" });
  const archive = new ZipFile();
  archive.outputStream.pipe(response);
  const { path, mib } = readTarget(request.url);
  if (path === "/one") {
    archive.addReadStreamLazy(LARGE_NAME, STORED, (done) => done(null, Readable.from(pieces(mib))));
  } else {
    for (const { name, content } of entriesOf(request.url)) archive.addBuffer(content, name, STORED);
  }
  archive.end();
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
