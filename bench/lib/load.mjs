// What puts load on a server: wrk for small replies, clients of our own for big bodies.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onLoadCpu } from "./pinning.mjs";

const pathOf = (name) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));

export const KEEP_ALIVE_CONNECTIONS = 32;
export const wrkMissing = spawnSync("wrk", ["-v"]).error !== undefined;

async function runToEnd(command) {
  const [file, ...args] = onLoadCpu(command);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (complaints += text));
  const [code] = await once(child, "close");
  if (code !== 0)
    throw new Error(
      complaints
        .trim()
        .split("\n")
        .find((line) => line.includes("Error")) ?? complaints.trim(),
    );
  return JSON.parse(output.trim().split("\n").at(-1));
}

export async function runWrk(port, path, seconds) {
  const settings = ["-t1", `-c${KEEP_ALIVE_CONNECTIONS}`, `-d${seconds}s`, "--timeout", "10s"];
  const report = await runToEnd([
    "wrk",
    ...settings,
    "-s",
    pathOf("wrk-report.lua"),
    `http://127.0.0.1:${port}${path}`,
  ]);
  if (report.faults > 0 || report.requests === 0)
    throw new Error(`${report.faults} faults in ${report.requests} requests`);
  return report;
}

export const runDownload = (port, mib) =>
  runToEnd([process.execPath, pathOf("download.mjs"), String(port), String(mib)]);
export const runUpload = (port, mib) =>
  runToEnd([process.execPath, pathOf("upload.mjs"), String(port), String(mib)]);

/** A client that goes on: `next()` gives its next report, `say()` writes a line to it. */
export function startClient(name, args) {
  const [file, ...rest] = onLoadCpu([process.execPath, pathOf(name), ...args.map(String)]);
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (text) => (complaints += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    async next() {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${name} ended early: ${complaints.trim().slice(0, 500)}`);
      return JSON.parse(value);
    },
    say: () => child.stdin.write("\n"),
    stop: () => child.kill("SIGKILL"),
  };
}
