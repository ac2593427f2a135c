import { readFileSync, writeFileSync } from "node:fs";

/** Resident bytes of a process. Socket buffers belong to the kernel and are not in it. */
export function residentBytes(pid) {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(kib) * 1024;
}

export function openFileLimit(pid) {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "latin1"));
  return Number(limit);
}

/** The most that has been resident since {@link forgetPeak}. */
export function peakBytes(pid) {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(kib) * 1024;
}

export function forgetPeak(pid) {
  // proc(5): 5 resets the peak of the resident set.
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
