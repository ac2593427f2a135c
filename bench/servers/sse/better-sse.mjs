import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";
import { announceWithTrades, onTrade } from "./trades.mjs";

const channel = createChannel();
onTrade((trade) => channel.broadcast(trade, "trade", { eventId: String(trade.number) }));

const server = createServer((request, response) => {
  createSession(request, response).then(
    (session) => channel.register(session),
    (error) => response.destroy(error),
  );
});
server.listen(0, "127.0.0.1", () => announceWithTrades(server.address().port));
