import { serve } from "@hono/node-server";
import { app } from "./hono-app.mjs";
import { announce, patient } from "./process.mjs";

const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, (address) =>
  announce(address.port),
);
if (patient) server.keepAliveTimeout = 600_000;
