// An application of Koa, unmodified, on our server.
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import Koa from "koa";
import { createServer } from "sluice/node-http";

async function* countdown(): AsyncGenerator<string> {
  for (let count = 3; count > 0; count--) {
    yield `${count}\n`;
    await sleep(100);
  }
  yield "go\n";
}

const app = new Koa();
app.use(async (context, next) => {
  const begun = performance.now();
  await next();
  context.set("Server-Timing", `app;dur=${(performance.now() - begun).toFixed(1)}`);
});
app.use((context) => {
  context.type = "txt";
  context.body = context.path === "/count" ? Readable.from(countdown()) : `Hello from ${context.path}\n`;
});

const server = createServer(app.callback()).listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`curl -N http://127.0.0.1:${port}/count`);
});
