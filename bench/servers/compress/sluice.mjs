import { serve, stream } from "../../../dist/index.js";
import { announce } from "../process.mjs";
import { mibOf, textPieces } from "./text.mjs";

const server = await serve({ port: 0, host: "127.0.0.1" }, ({ target }) =>
  stream("text/plain", textPieces(mibOf(target))),
);
announce(Number(server.url.port));
