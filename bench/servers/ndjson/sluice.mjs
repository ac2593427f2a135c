import { ndjson, serve } from "../../../dist/index.js";
import { announce } from "../process.mjs";
import { sourceOf } from "./rows.mjs";

const server = await serve({ port: 0, host: "127.0.0.1" }, ({ target }) => ndjson(sourceOf(target)));
announce(Number(server.url.port));
