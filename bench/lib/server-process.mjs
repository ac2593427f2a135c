import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onServerCpu } from "./pinning.mjs";

const START_LIMIT = 20_000;
/** A server that does not end by itself once nobody listens to it. */
const STOP_LIMIT = 2000;

/** Starts a peer and waits for the line with its port. */
export async function startServer(peer, { patient = false, args: more = [] } = {}) {
  const [file, ...args] = onServerCpu([...peer.command, ...more, ...(patient ? ["--patient"] : [])]);
  const child = spawn(file, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: "production",
      NODE_OPTIONS: "",
      DENO_NO_UPDATE_CHECK: "1",
      DO_NOT_TRACK: "1",
    },
  });
  let complaints = "";
  child.stderr.on("data", (text) => {
    complaints = (complaints + text).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit");
  const late = AbortSignal.timeout(START_LIMIT);
  const ready = await Promise.race([
    once(lines, "line", { signal: late }).then(([line]) => JSON.parse(line)),
    ended.then(() => undefined),
  ]).catch(() => undefined);
  if (ready === undefined) {
    child.kill("SIGKILL");
    const cause = complaints.split("\n").find((line) => /error/i.test(line));
    throw new Error(`did not start: ${cause?.trim() ?? "no line with its port"}`);
  }
  return {
    name: peer.name,
    port: ready.port,
    // Not child.pid: the process that listens is the one to measure, whatever started it.
    pid: ready.pid,
    // Where a server takes orders that are no requests.
    control: ready.control,
    complaints: () => complaints,
    async stop() {
      // First the gentle way: who is a wrapper ends what it has started.
      child.stdin.end();
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
      await ended;
      clearTimeout(force);
    },
  };
}
