import { Readable } from "node:stream";
import fastify from "fastify";
import { announce } from "../process.mjs";
import { sourceOf } from "./rows.mjs";

function* lines(source) {
  for (const row of source) yield `${JSON.stringify(row)}\n`;
}

async function* asyncLines(source) {
  for await (const row of source) yield `${JSON.stringify(row)}\n`;
}

const app = fastify();
app.get("/*", (request, reply) => {
  const source = sourceOf(request.url);
  const text = Symbol.iterator in source ? lines(source) : asyncLines(source);
  return reply.type("application/x-ndjson").send(Readable.from(text));
});
await app.listen({ port: 0, host: "127.0.0.1" });
announce(app.server.address().port);
