import { Readable } from "node:stream";
import fastifyCompress from "@fastify/compress";
import fastify from "fastify";
import { announce } from "../process.mjs";
import { mibOf, textPieces } from "./text.mjs";

const app = fastify();
await app.register(fastifyCompress);
app.get("/", (request, reply) =>
  reply.type("text/plain").send(Readable.from(textPieces(mibOf(request.url)))),
);
await app.listen({ port: 0, host: "127.0.0.1" });
announce(app.server.address().port);
