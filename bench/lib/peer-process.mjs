import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onMeasuredCpu } from "./pinning.mjs";

const START_LIMIT = 20_000;
/** A server that does not end by itself once nobody listens to it. */
const STOP_LIMIT = 2000;

/**
 * Starts a peer and waits for the line with its process, and its port where it listens.
 * `pinned` says on which CPU: the one of those who are measured, if nothing else is asked for.
 */
export async function startPeer(peer, { patient = false, args: more = [], pinned = onMeasuredCpu } = {}) {
  const [file, ...args] = pinned([...peer.command, ...more, ...(patient ? ["--patient"] : [])]);
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
  // Who has ended takes no more orders; the line that doesn't come says so.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit");
  const complaint = () =>
    complaints
      .split("\n")
      .find((line) => /error/i.test(line))
      ?.trim();

  /** The next line, or undefined where none comes in time. */
  async function nextLine(limit) {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limit);
    const line = await Promise.race([
      once(lines, "line", { signal: late.signal }).then(([text]) => JSON.parse(text)),
      ended.then(() => undefined),
    ]).catch(() => undefined);
    clearTimeout(timer);
    late.abort();
    return line;
  }

  const ready = await nextLine(START_LIMIT);
  if (ready === undefined) {
    child.kill("SIGKILL");
    throw new Error(`did not start: ${complaint() ?? "no line with its process"}`);
  }
  return {
    name: peer.name,
    port: ready.port,
    // Not child.pid: the process that listens is the one to measure, whatever started it.
    pid: ready.pid,
    // Where a server takes orders that are no requests.
    control: ready.control,
    complaints: () => complaints,
    /** Gives an order to a client and waits for its answer, at most `limit` milliseconds. */
    async ask(order, limit) {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const answer = await nextLine(limit);
      if (answer === undefined) {
        child.kill("SIGKILL");
        throw new Error(complaint() ?? "no answer in time, or it has ended");
      }
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    async stop() {
      // First the gentle way: who is a wrapper ends what it has started.
      child.stdin.end();
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT);
      await ended;
      clearTimeout(force);
    },
  };
}
