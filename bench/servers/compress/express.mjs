import { Readable } from "node:stream";
import compression from "compression";
import express from "express";
import { announce } from "../process.mjs";
import { mibOf, textPieces } from "./text.mjs";

const app = express();
app.use(compression());
app.get("/", (request, response) => {
  response.type("text/plain");
  Readable.from(textPieces(mibOf(request.url))).pipe(response);
});

const server = app.listen(0, "127.0.0.1", () => announce(server.address().port));
