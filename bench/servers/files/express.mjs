import express from "express";
import { announce } from "../process.mjs";

const app = express();
app.use(express.static(process.argv.at(-1)));

const server = app.listen(0, "127.0.0.1", () => announce(server.address().port));
