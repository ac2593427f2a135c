// @ts-check
// The loop of one target: change an input, run it, keep it where it reaches something new.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./build.mjs";
import { faultOf, writeFinding } from "./findings.mjs";

const LONGEST = 400;

/** One target with its corpus. */
export class Line {
  /**
   * @param {string} name
   * @param {import("./targets.mjs").Target} target
   * @param {import("./coverage.mjs").Counters} counters
   * @param {number} seed
   * @param {typeof import("./support.ts")} support
   */
  constructor(name, target, counters, seed, support) {
    this.name = name;
    this.target = target;
    this.counters = counters;
    this.random = support.randomBelow(seed);
    this.support = support;
    this.seen = new Uint16Array(counters.total);
    this.executions = 0;
    /** @type {string[]} */
    this.corpus = [];
    counters.reset();
    for (const input of seeds(target.seam, support)) this.#run(input);
  }

  tryOne() {
    const input = this.corpus[this.random(this.corpus.length)];
    this.#run(this.support.mutate(input, this.random, this.corpus).slice(0, LONGEST));
  }

  /** @param {string} input */
  #run(input) {
    this.executions++;
    const cuts = Array.from({ length: 1 + this.random(3) }, () => this.random(input.length + 1));
    const problem = faultOf(this.target, input, [cuts], this.random(2) === 0);
    if (problem !== undefined) {
      console.log(writeFinding(this.name, this.target, input, problem, this.support.toNotation));
      process.exit(1);
    }
    if (this.counters.collect(this.seen)) this.corpus.push(input);
  }

  /** @param {number} seconds */
  report(seconds) {
    const rate = Math.round(this.executions / seconds);
    const reached = this.seen.reduce((sum, buckets) => sum + (buckets === 0 ? 0 : 1), 0);
    const where = `${reached} of ${this.counters.total} statements and branches`;
    return `${seconds.toFixed(0).padStart(5)} s  ${this.name.padEnd(8)} ${this.executions} runs, ${rate}/s, corpus ${this.corpus.length}, ${where}`;
  }
}

/**
 * @param {string} seam
 * @param {typeof import("./support.ts")} support
 */
function seeds(seam, support) {
  const folder = join(root, "test/http1/cases");
  const cases = readdirSync(folder).flatMap((file) =>
    support.parseWireCases(file, readFileSync(join(folder, file), "utf8")),
  );
  return cases
    .filter((wire) => wire.seam === seam && wire.octets.length <= LONGEST)
    .map(({ octets }) => octets);
}
