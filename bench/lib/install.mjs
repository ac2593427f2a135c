import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const benchFolder = fileURLToPath(new URL("..", import.meta.url));

/** The peers are big (bun and deno: 200 MB), so they come only when somebody measures. */
export function installPeers() {
  if (existsSync(`${benchFolder}node_modules`)) return;
  console.log("Installing the peers into bench/node_modules …");
  const { status } = spawnSync("npm", ["i", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: benchFolder,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the peers could not be installed: npm i in bench/ failed");
}
