// The one way in which a test is written here: test(name, body). In a browser and in workerd test-in-page.mjs stands in its place.

import { appendFileSync } from "node:fs";
import { test as register } from "node:test";
import { judge } from "./judge.mjs";

/** Where scripts/runtimes.mjs reads what became of each test: the runners count in three ways, and tell of skips in none. */
const results = process.env.SLUICE_RUNTIME_RESULTS;

/**
 * @param {string} name a sentence, of which there is one in all files
 * @param {() => unknown} body
 * @param {string} [on] the runtime that is tested, where that is another one than this
 */
export function test(name, body, on) {
  return register(name, async (t) => {
    let reason;
    try {
      reason = await judge(name, body, on);
    } catch (error) {
      tell({ name, outcome: "failed" });
      throw error;
    }
    tell({ name, outcome: reason === undefined ? "passed" : "skipped", reason });
    if (reason !== undefined) t.skip(reason);
  });
}

/** A test that another runtime has run. */
export function ran({ name, outcome, reason, error }) {
  tell({ name, outcome, reason });
  register(name, (t) => {
    if (outcome === "failed") throw new Error(error);
    if (outcome === "skipped") t.skip(reason);
  });
}

function tell(result) {
  if (results !== undefined) appendFileSync(results, `${JSON.stringify(result)}\n`);
}
