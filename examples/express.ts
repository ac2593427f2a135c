// Express 5: events and files from its routes, also behind middleware that compresses.
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import compression from "compression";
import express from "express";
import { files, sse } from "sluice";
import { send, toListener } from "sluice/node-http";

const app = express();
app.use(compression());

async function* levels(river: string) {
  for (let id = 1; id <= 3; id++) {
    yield { id: String(id), event: river, data: { metres: 2 + id / 10 } };
    await sleep(100);
  }
}

app.get("/levels/:river", (req, res) => send(sse(levels(req.params.river)), req, res));
app.use("/docs", toListener(files("docs", { prefix: "/docs" })));

const server = app.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`curl -N --compressed http://127.0.0.1:${port}/levels/elbe`);
});
