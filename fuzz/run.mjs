// An input parses, or raises our own ProtocolError, nothing else; and cut in pieces it gives the same verdict.
// @ts-check
// npm run fuzz -- [--seconds 60] [--seed N] [--target chunked|request|response|all]
// npm run fuzz -- --target exhaustive [--length 6]
// What breaks the invariant is made as small as can be, written to fuzz/findings, and ends the run with 1.

import { parseArgs } from "node:util";
import { prepare } from "./build.mjs";
import { Counters } from "./coverage.mjs";
import { Line } from "./line.mjs";
import { targets } from "./targets.mjs";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    target: { type: "string", default: "all" },
    length: { type: "string", default: "6" },
  },
});
const REPORT_MS = 10_000;

Error.stackTraceLimit = 0;
const { codec, support } = await prepare();
if (options.target === "exhaustive") exhaust(Number(options.length));
else fuzz();

/** @param {number} length */
function exhaust(length) {
  const start = performance.now();
  const texts = support.decodeAllTexts(length);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${texts} texts of up to ${length} of ${support.OCTETS.length} octets in ${seconds.toFixed(1)} s: as the reference decoder says`,
  );
}

function fuzz() {
  const all = targets(codec, support);
  const names = options.target === "all" ? Object.keys(all) : [options.target];
  if (!names.every((name) => Object.hasOwn(all, name)))
    throw new Error(`there is no target ${options.target}`);
  console.log(`targets ${names.join(", ")}, seed ${options.seed}`);
  const counters = new Counters();
  const lines = names.map((name) => new Line(name, all[name], counters, Number(options.seed), support));

  const start = performance.now();
  const end = start + Number(options.seconds) * 1000;
  let nextReport = start + REPORT_MS;
  for (;;) {
    for (const line of lines) for (let times = 0; times < 500; times++) line.tryOne();
    const now = performance.now();
    if (now < nextReport && now < end) continue;
    for (const line of lines) console.log(line.report((now - start) / 1000));
    nextReport = now + REPORT_MS;
    if (now >= end) return;
  }
}
