import { fromFetch } from "../../dist/adapters/fetch/index.js";
import { serve } from "../../dist/index.js";
import { app } from "./hono-app.mjs";
import { announce, patient } from "./process.mjs";

// As @hono/node-server does without being asked.
const handler = fromFetch(app.fetch, { replaceGlobals: !process.argv.includes("--keep-globals") });
const options = { port: 0, host: "127.0.0.1" };
if (patient) Object.assign(options, { timeouts: { idle: 0 }, limits: { connections: 20_000 } });
const server = await serve(options, handler);
announce(server.port);
