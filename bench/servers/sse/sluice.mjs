import { serve, sse } from "../../../dist/index.js";
import { announceWithTrades, trades } from "./trades.mjs";

async function* events() {
  for await (const trade of trades()) yield { event: "trade", id: String(trade.number), data: trade };
}

const server = await serve({ port: 0, host: "127.0.0.1" }, () => sse(events));
announceWithTrades(Number(server.url.port));
