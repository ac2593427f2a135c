import { readFileSync } from "node:fs";

/** Resident bytes of a process. Socket buffers belong to the kernel and are not in it. */
export function residentBytes(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(kib) * 1024;
}

export function openFileLimit(pid) {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "latin1"));
  return Number(limit);
}
