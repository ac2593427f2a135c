// An application of Fastify, unmodified, on our server: its own option for that is serverFactory.
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import fastify from "fastify";
import { createServer } from "sluice/node-http";

async function* countdown(): AsyncGenerator<string> {
  for (let count = 3; count > 0; count--) {
    yield `${count}\n`;
    await sleep(100);
  }
  yield "go\n";
}

const app = fastify({ serverFactory: (handler) => createServer(handler) });
app.get("/hello/:name", (request, reply) => reply.send(request.params));
app.get("/count", (_request, reply) => reply.type("text/plain").send(Readable.from(countdown())));

const url = await app.listen({ port: 0, host: "127.0.0.1" });
console.log(`curl -N ${url}/count`);
