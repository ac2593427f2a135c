// Hono's own server-sent events; what it runs on is in hono.mjs and hono-*.mjs.
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { trades } from "./trades.mjs";

export const app = new Hono();

app.get("*", (context) =>
  streamSSE(context, async (out) => {
    for await (const trade of trades())
      await out.writeSSE({ event: "trade", id: String(trade.number), data: JSON.stringify(trade) });
  }),
);
