import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { announce, collectGarbage, patient } from "./process.mjs";

const app = new Hono();

function sendPieces(context, type, pieces) {
  context.header("content-type", type);
  return stream(context, async (out) => {
    for (const piece of pieces) await out.write(piece);
  });
}

app.get("/hello", (context) => context.text("hello"));
app.get("/chunks", (context) => sendPieces(context, "text/plain", TEN_PIECES));
app.get("/tiny", (context) => sendPieces(context, "text/plain", THOUSAND_PIECES));
app.get("/big", (context) =>
  sendPieces(context, "application/octet-stream", bigPieces(context.req.query("mib"))),
);
app.post("/upload", async (context) => {
  let total = 0;
  for await (const piece of context.req.raw.body) total += piece.length;
  return context.text(String(total));
});
app.get("/gc", (context) => {
  collectGarbage();
  return context.text("done");
});

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) =>
  announce(address.port),
);
if (patient) server.keepAliveTimeout = 600_000;
