// For clients that are programs: starts one, waits for its end and tells what it took.
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Behind what the program has said, bash writes its CPU time, user and system, in seconds. */
const TIMED = 'TIMEFORMAT="CPU %3U %3S"; time "$@"';

/**
 * What it prints goes to `onPiece`.
 * @returns {Promise<{ cpuSeconds: number, complaints: string }>}
 */
export async function runProgram(command, onPiece = () => {}) {
  const child = spawn("bash", ["-c", TIMED, "bash", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
  });
  let complaints = "";
  child.stdout.on("data", onPiece);
  child.stderr.on("data", (text) => (complaints += text));
  const [code] = await once(child, "close");
  const times = /^CPU ([\d.]+) ([\d.]+)$/m.exec(complaints);
  if (code !== 0 || times === null) throw new Error(complaints.trim().split("\n").at(0));
  return { cpuSeconds: Number(times[1]) + Number(times[2]), complaints };
}
