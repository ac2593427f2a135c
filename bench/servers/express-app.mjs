import { once } from "node:events";
import express from "express";
import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { collectGarbage } from "./process.mjs";

async function sendPieces(response, type, pieces) {
  response.type(type);
  for (const piece of pieces) {
    if (!response.write(piece)) await once(response, "drain");
  }
  response.end();
}

/** The application, which doesn't know whose server it runs on. */
export const app = express();

app.get("/hello", (request, response) => response.type("text/plain").send("hello"));
app.get("/chunks", (request, response) => sendPieces(response, "text/plain", TEN_PIECES));
app.get("/tiny", (request, response) => sendPieces(response, "text/plain", THOUSAND_PIECES));
app.get("/big", (request, response) =>
  sendPieces(response, "application/octet-stream", bigPieces(request.query.mib)),
);
// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 sees to the promise.
app.post("/upload", async (request, response) => {
  let total = 0;
  for await (const piece of request) total += piece.length;
  response.type("text/plain").send(String(total));
});
app.get("/gc", (request, response) => {
  collectGarbage();
  response.send("done");
});
