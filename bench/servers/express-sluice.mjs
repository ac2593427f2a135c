import { createServer } from "../../dist/adapters/node-http/index.js";
import { app } from "./express-app.mjs";
import { announce, patient } from "./process.mjs";

const options = patient ? { timeouts: { idle: 0 }, limits: { connections: 20_000 } } : {};
const server = createServer(options, app).listen(0, "127.0.0.1", () => announce(server.address().port));
