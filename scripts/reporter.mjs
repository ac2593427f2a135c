// @ts-check
// A vitest reporter that prints nothing: it leaves the numbers of a run where scripts/test.mjs reads them.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** @import { Reporter, TestModule } from "vitest/node" */

/** @implements {Reporter} */
export default class CountReporter {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const folder = process.env.SLUICE_TEST_RUN;
    if (!folder) return;
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const failedBefore = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that is still pending when the run ends never told how it went.
        counts[state === "pending" ? "failed" : state]++;
      }
      // A file that can't be loaded, or whose hook throws, has no failed test and has failed all the same.
      if (!module.ok() && counts.failed === failedBefore) counts.failed++;
    }
    writeFileSync(join(folder, "counts.json"), JSON.stringify(counts));
  }
}
