// schedstat counts each thread in nanoseconds, stat the whole process in ticks of 10 ms. A thread that ended between
// two readings has taken its nanoseconds along; then, and where the kernel has no schedstat, the ticks decide.
import { readdirSync, readFileSync } from "node:fs";

const NANOSECONDS_PER_TICK = 1e7;

function readThreads(pid) {
  const threads = new Map();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [running] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ");
      threads.set(thread, Number(running));
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
    }
  }
  return threads;
}

function readTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The command's name stands in brackets and may hold spaces: count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

export function readCpuTime(pid) {
  return { threads: readThreads(pid), ticks: readTicks(pid) };
}

/** CPU seconds, user and system, between two readings. */
export function cpuSecondsBetween(before, after) {
  const tickSeconds = ((after.ticks - before.ticks) * NANOSECONDS_PER_TICK) / 1e9;
  const complete =
    after.threads.size > 0 && [...before.threads.keys()].every((thread) => after.threads.has(thread));
  if (!complete) return tickSeconds;
  let nanoseconds = 0;
  for (const [thread, running] of after.threads) nanoseconds += running - (before.threads.get(thread) ?? 0);
  return nanoseconds / 1e9;
}

export const cpuTimeSource =
  readThreads(process.pid).size > 0
    ? "/proc/<pid>/task/*/schedstat (nanoseconds; /proc/<pid>/stat when a thread has ended in between)"
    : "/proc/<pid>/stat (ticks of 10 ms)";
