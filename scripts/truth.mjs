// @ts-check
// npm run truth: cuts responses at every octet, and prints which clients tell what was cut from what was whole.
// Other versions of Node run along by `npm run truth -- --node PATH`; peers in bench/node_modules where they are installed.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { setupOrExit } from "./setup.mjs";
import { root } from "./tools.mjs";

setupOrExit();

const outdir = join(root, "build/truth");
buildSync({
  entryPoints: ["score", "read-ours", "read-peer"].map((name) =>
    join(root, `test/client/truth/score/${name}.ts`),
  ),
  bundle: true,
  platform: "node",
  format: "esm",
  outdir,
  logLevel: "error",
});
await import(pathToFileURL(join(outdir, "score.js")).href);
