import { once } from "node:events";
import { createServer } from "node:http";
import { announce } from "../process.mjs";
import { sourceOf } from "./rows.mjs";

// With --gather lines leave in pieces of 16 KiB, which few write by hand: it shows what is left to gain.
const least = process.argv.includes("--gather") ? 16 * 1024 : 0;

async function answer(request, response) {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const source = sourceOf(request.url);
  let lines = "";
  if (Symbol.iterator in source) {
    for (const row of source) {
      lines += `${JSON.stringify(row)}\n`;
      if (lines.length < least) continue;
      if (!response.write(lines)) await once(response, "drain");
      lines = "";
    }
  } else {
    for await (const row of source) {
      lines += `${JSON.stringify(row)}\n`;
      if (lines.length < least) continue;
      if (!response.write(lines)) await once(response, "drain");
      lines = "";
    }
  }
  response.end(lines);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.destroy(error));
});
server.listen(0, "127.0.0.1", () => announce(server.address().port));
