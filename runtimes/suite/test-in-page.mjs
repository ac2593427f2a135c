// test.mjs for hosts without node:test: the bundler puts it in the place of that.

import { judge } from "./judge.mjs";

const tests = [];

export function test(name, body) {
  tests.push({ name, body });
}

/** Runs all tests, one after the other. */
export async function runAll() {
  const results = [];
  for (const { name, body } of tests) {
    try {
      const reason = await judge(name, body);
      results.push({ name, outcome: reason === undefined ? "passed" : "skipped", reason });
    } catch (error) {
      results.push({ name, outcome: "failed", error: String(error?.stack ?? error) });
    }
  }
  return results;
}
