import { app } from "./hono-app.mjs";
import { announce, patient } from "./process.mjs";

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  ...(patient && { idleTimeout: 0 }),
  fetch: app.fetch,
});
announce(server.port);
