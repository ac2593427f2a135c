// An application of Express, unmodified, on our server: all that changes is who makes the server.
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import { createServer } from "sluice/node-http";

const app = express();
app.use(express.json());
app.get("/hello/:name", (request, response) => void response.send(`Hello, ${request.params.name}\n`));
app.post("/sum", (request, response) => {
  const numbers = request.body as number[];
  response.json({ sum: numbers.reduce((sum, each) => sum + each, 0) });
});
app.get("/count", async (_request, response) => {
  response.type("txt");
  for (let count = 3; count > 0; count--) {
    response.write(`${count}\n`);
    await sleep(100);
  }
  response.end("go\n");
});

// With node:http: app.listen(0, "127.0.0.1", …).
const server = createServer(app).listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`curl -N http://127.0.0.1:${port}/count`);
  console.log(`curl --json '[1, 2, 3]' http://127.0.0.1:${port}/sum`);
});
