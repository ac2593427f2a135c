// What puts load on a server: wrk for small replies, clients of our own for big bodies.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onLoadCpu } from "./pinning.mjs";

const pathOf = (name) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));

export const KEEP_ALIVE_CONNECTIONS = 32;
export const wrkMissing = spawnSync("wrk", ["-v"]).error !== undefined;

/** Of what a client has printed, the line that tells. */
function mainLine(complaints) {
  const text = complaints.trim();
  return text.split("\n").find((line) => line.includes("Error")) ?? text.slice(0, 500);
}

async function runToEnd(command) {
  const [file, ...args] = onLoadCpu(command);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (complaints += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(mainLine(complaints));
  return JSON.parse(output.trim().split("\n").at(-1));
}

export async function runWrk(port, path, seconds, fields = []) {
  const settings = ["-t1", `-c${KEEP_ALIVE_CONNECTIONS}`, `-d${seconds}s`, "--timeout", "10s"];
  for (const field of fields) settings.push("-H", field);
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

/** Takes one reply to its end, whatever its framing. */
export const runDrain = (port, target, fields = []) =>
  runToEnd([process.execPath, pathOf("drain.mjs"), String(port), target, ...fields]);

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
      if (done) throw new Error(`${name} ended early: ${mainLine(complaints)}`);
      return JSON.parse(value);
    },
    say: () => child.stdin.write("\n"),
    stop: () => child.kill("SIGKILL"),
  };
}
