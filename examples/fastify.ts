// Fastify 5: rows of a query in its routes, with what its own reply was told.
import { setTimeout as sleep } from "node:timers/promises";
import fastify from "fastify";
import { ndjson } from "sluice";
import { fastifySluice, type FastifySluiceReply } from "sluice/node-http";

declare module "fastify" {
  interface FastifyReply extends FastifySluiceReply {}
}

const app = fastify({ logger: { level: "error" } });
app.register(fastifySluice);

async function* readings(count: number) {
  for (let id = 1; id <= count; id++) {
    yield { id, metres: 2 + id / 10 };
    await sleep(100);
  }
}

app.get("/readings", (request, reply) => {
  const { count = "3" } = request.query as { count?: string };
  reply.header("Cache-Control", "no-store");
  return reply.sluice(ndjson(readings(Number(count))));
});

console.log(`curl -N ${await app.listen({ host: "127.0.0.1", port: 0 })}/readings`);
