import { app } from "./hono-app.mjs";
import { announceWithTrades } from "./trades.mjs";

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => announceWithTrades(port) }, app.fetch);
