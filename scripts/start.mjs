// @ts-check
// npm start: builds what has changed, then runs the demo in this process, so that Ctrl-C reaches it directly.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setupOrExit } from "./setup.mjs";
import { root, tool } from "./tools.mjs";

setupOrExit();

rmSync(join(root, "build/demo"), { recursive: true, force: true });
const compiler = spawnSync(process.execPath, [tool("typescript", "tsc"), "-p", "demo/tsconfig.json"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
});
if (compiler.status !== 0) process.exit(1);

await import(pathToFileURL(join(root, "build/demo/main.js")).href);
