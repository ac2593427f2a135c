import { file, files, serve } from "../../../dist/index.js";
import { announce } from "../process.mjs";

const folder = process.argv.at(-1);
// One known file at a time, or whatever the path names below the folder.
const handler = process.argv.includes("--file")
  ? ({ path }) => file(`${folder}/${path.slice(1)}`)
  : files(folder);

const server = await serve({ port: 0, host: "127.0.0.1" }, handler);
announce(Number(server.url.port));
