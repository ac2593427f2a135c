import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const benchFolder = fileURLToPath(new URL("..", import.meta.url));

const read = (path) => JSON.parse(readFileSync(path, "utf8"));

function isInstalled([name, version]) {
  const path = `${benchFolder}node_modules/${name}/package.json`;
  return existsSync(path) && read(path).version === version;
}

/** The peers are big (bun and deno: 200 MB), so they come only when somebody measures. */
export function installPeers() {
  const { dependencies } = read(`${benchFolder}package.json`);
  if (Object.entries(dependencies).every(isInstalled)) return;
  console.log("Installing the peers into bench/node_modules …");
  const { status } = spawnSync("npm", ["i", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: benchFolder,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the peers could not be installed: npm i in bench/ failed");
}
