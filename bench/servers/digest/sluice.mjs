import { serve, stream } from "../../../dist/index.js";
import { bigPieces } from "../pieces.mjs";
import { announce } from "../process.mjs";

const options = process.argv.includes("--digest") ? { digest: "sha-256" } : {};

const server = await serve({ port: 0, host: "127.0.0.1" }, ({ query }) =>
  stream("application/octet-stream", bigPieces(query.get("mib")), options),
);
announce(Number(server.url.port));
