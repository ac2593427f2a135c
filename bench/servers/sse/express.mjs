import compression from "compression";
import express from "express";
import { announceWithTrades, eventText, onTrade } from "./trades.mjs";

const app = express();
app.use(compression());
app.get("/events", (request, response) => {
  response.setHeader("Content-Type", "text/event-stream");
  response.setHeader("Cache-Control", "no-cache");
  response.flushHeaders();
  const stop = onTrade((trade) => {
    response.write(eventText(trade));
    response.flush();
  });
  response.on("close", stop);
});

const server = app.listen(0, "127.0.0.1", () => announceWithTrades(server.address().port));
