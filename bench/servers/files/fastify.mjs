import fastifyStatic from "@fastify/static";
import fastify from "fastify";
import { announce } from "../process.mjs";

const app = fastify();
await app.register(fastifyStatic, { root: process.argv.at(-1) });
await app.listen({ port: 0, host: "127.0.0.1" });
announce(app.server.address().port);
