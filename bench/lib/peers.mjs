import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pathOf = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const node = [process.execPath, "--expose-gc"];
const bun = [pathOf("node_modules/.bin/bun")];
const deno = [pathOf("node_modules/.bin/deno"), "run", "--allow-all", "--no-lock", "--v8-flags=--expose-gc"];

function peer(name, runtime, { file = `${name}.mjs`, needs, hint, args = [], workloads } = {}) {
  const command = [...runtime, pathOf(`servers/${file}`), ...args];
  return { name, hint, workloads, needs: needs && pathOf(needs), command };
}

const PEERS = [
  peer("sluice", node, { needs: "../dist/index.js", hint: "dist/ is missing: npm run build" }),
  peer("node-http", node),
  peer("fastify", node, { needs: "node_modules/fastify" }),
  peer("hono", node, { needs: "node_modules/@hono/node-server" }),
  peer("bun", bun, { needs: "node_modules/.bin/bun" }),
  peer("bun-merged", bun, {
    file: "bun.mjs",
    needs: "node_modules/.bin/bun",
    args: ["--merge"],
    workloads: ["chunks", "tiny"],
  }),
  peer("deno", deno, { needs: "node_modules/.bin/deno" }),
  peer("raw-net", node),
];

/** The peers to measure, and a line for each one that is not here. */
export function choosePeers(names, workload) {
  const unknown = names?.filter((name) => !PEERS.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`unknown peer: ${unknown.join(", ")}`);
  const wanted = PEERS.filter(
    ({ name, workloads }) => (names?.includes(name) ?? true) && (workloads?.includes(workload) ?? true),
  );
  const missing = wanted.filter(({ needs }) => needs !== undefined && !existsSync(needs));
  return {
    peers: wanted.filter((each) => !missing.includes(each)),
    notes: missing.map(({ name, hint }) => `left out: ${name} (${hint ?? "not installed: npm i in bench/"})`),
  };
}
