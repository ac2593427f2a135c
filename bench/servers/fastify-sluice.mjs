import { createServer } from "../../dist/adapters/node-http/index.js";
import { makeApp } from "./fastify-app.mjs";
import { announce, patient } from "./process.mjs";

const options = patient ? { timeouts: { idle: 0 }, limits: { connections: 20_000 } } : {};
const app = makeApp({ serverFactory: (handler) => createServer(options, handler) });
await app.listen({ port: 0, host: "127.0.0.1" });
announce(app.server.address().port);
