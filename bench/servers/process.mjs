import process from "node:process";

/** Idle connections must outlive the measurement; in every other workload each peer keeps its own defaults. */
export const patient = process.argv.includes("--patient");

/** Tells the bench where the server listens, and ends the process when the bench has gone. */
export function announce(port, more = {}) {
  process.stdin.on("end", () => process.exit(0));
  process.stdin.resume();
  process.stdout.write(`${JSON.stringify({ port, pid: process.pid, ...more })}\n`);
}

export function collectGarbage() {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else globalThis.gc();
}
