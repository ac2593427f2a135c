import { app } from "./hono-app.mjs";
import { announce } from "./process.mjs";

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => announce(port) }, app.fetch);
