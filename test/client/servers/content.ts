// What every server serves.

import { createHash } from "node:crypto";

/** Octets without a pattern, the same in every process. */
function noise(length: number): Buffer {
  const block = createHash("sha512");
  const blocks: Buffer[] = [];
  for (let at = 0; at < length; at += 64) blocks.push(block.copy().update(String(at)).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

export const ONE_KIB: Buffer = noise(1024);
export const BIG: Buffer = noise(5_000_000);
export const TEXT: string = "A sluice is a gate that lets water through.\n".repeat(500);
/** What comes in chunks. */
export const LINES: readonly string[] = Array.from({ length: 10 }, (_, index) => `line ${index} of 10\n`);
export const CHUNKS: string = LINES.join("");
