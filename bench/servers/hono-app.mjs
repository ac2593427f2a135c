// Hono's application; what it runs on is in hono.mjs and hono-*.mjs.
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { collectGarbage } from "./process.mjs";

export const app = new Hono();

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
