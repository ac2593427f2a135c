import { cpus, release, totalmem, type } from "node:os";
import { cpuTimeSource } from "./cpu-time.mjs";
import { pinningNote } from "./pinning.mjs";

export function describeMachine() {
  const processors = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return [
    `CPU: ${processors[0]?.model.trim() ?? "unknown"}, ${processors.length} cores, ${gib} GiB of memory`,
    `System: ${type()} ${release()}; Node.js ${process.version}; ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `Pinning: ${pinningNote}`,
    `CPU time: of the process that is measured, all threads, from ${cpuTimeSource}`,
  ];
}
