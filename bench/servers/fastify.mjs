import { makeApp } from "./fastify-app.mjs";
import { announce, patient } from "./process.mjs";

const app = makeApp(patient ? { keepAliveTimeout: 600_000 } : {});
await app.listen({ port: 0, host: "127.0.0.1" });
announce(app.server.address().port);
