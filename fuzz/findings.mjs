// @ts-check
// What breaks the invariant: found, made as small as can be, written down.

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.mjs";

/**
 * What is wrong with how a target reads an input, if anything is.
 *
 * @param {import("./targets.mjs").Target} target
 * @param {string} input
 * @param {number[][]} cuttings
 * @param {boolean} asked
 */
export function faultOf(target, input, cuttings, asked) {
  try {
    const whole = target.read(cut(input, []), asked);
    for (const offsets of cuttings) {
      const parts = target.read(cut(input, offsets), !asked);
      if (parts !== whole) return `cut at ${offsets.join(", ")} it is ${parts}, whole ${whole}`;
    }
    return target.disagrees?.(input, whole);
  } catch (error) {
    return String(error);
  }
}

/**
 * Copies of the parts, since readers move payload inside their input.
 *
 * @param {string} input
 * @param {number[]} offsets
 */
function cut(input, offsets) {
  const edges = [0, ...offsets.toSorted((a, b) => a - b), input.length];
  return edges.slice(1).map((end, at) => new Uint8Array(Buffer.from(input.slice(edges[at], end), "latin1")));
}

/**
 * Makes a finding as small as can be and writes it down. Returns what was written.
 *
 * @param {string} name
 * @param {import("./targets.mjs").Target} target
 * @param {string} input
 * @param {string} problem
 * @param {(octets: string) => string} toNotation
 */
export function writeFinding(name, target, input, problem, toNotation) {
  const check = (/** @type {string} */ candidate) => {
    const everywhere = Array.from(candidate, (_, at) => at);
    return [true, false]
      .map((asked) => faultOf(target, candidate, [everywhere, ...everywhere.map((at) => [at])], asked))
      .find(Boolean);
  };
  let smallest = input;
  for (let size = input.length >> 1; size > 0;) {
    let smaller;
    for (let at = 0; at + size <= smallest.length && smaller === undefined; at++) {
      const candidate = smallest.slice(0, at) + smallest.slice(at + size);
      if (check(candidate) !== undefined) smaller = candidate;
    }
    if (smaller === undefined) size >>= 1;
    else smallest = smaller;
  }
  const text = `${name}\n${check(smallest) ?? problem}\n\n${toNotation(smallest)}\n`;
  const folder = join(root, "fuzz/findings");
  const path = join(folder, `${name}-${createHash("sha256").update(smallest).digest("hex").slice(0, 8)}.txt`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return `\n${text}\nwritten to ${path}`;
}
