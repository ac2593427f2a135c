import { Hono } from "hono";
import { fromFetch, toResponse } from "../../../dist/adapters/fetch/index.js";
import { serve, sse } from "../../../dist/index.js";
import { app } from "./hono-app.mjs";
import { announceWithTrades, trades } from "./trades.mjs";

/** The same route, with a reply in the place of Hono's own stream. */
function replyingApp() {
  return new Hono().get("*", (context) => toResponse(sse(events), context.req.raw));
}

async function* events() {
  for await (const trade of trades()) yield { event: "trade", id: String(trade.number), data: trade };
}

const { fetch } = process.argv.includes("--reply") ? replyingApp() : app;
const server = await serve({ port: 0, host: "127.0.0.1" }, fromFetch(fetch, { replaceGlobals: true }));
announceWithTrades(server.port);
