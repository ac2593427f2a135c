// @ts-check
// npm test: vitest on test/**/*.test.ts, then node:test on test/package against dist, then one line with the sum.
// Arguments go to vitest: npm test -- test/http1

import { spawnSync } from "node:child_process";
import { mkdtempSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { setupOrExit } from "./setup.mjs";
import { root, tool } from "./tools.mjs";

setupOrExit();

const args = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
const counts = { passed: 0, failed: 0, skipped: 0 };

runVitest();
await runPackageTests();
printSkipReasons();
rmSync(folder, { recursive: true });

if (counts.passed + counts.failed === 0) console.log("no test ran");
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

function runVitest() {
  const reporters = ["--reporter=./scripts/reporter.mjs"];
  if (!args.some((arg) => arg.startsWith("--reporter"))) reporters.push("--reporter=default");
  // Whether any test ran is decided below, over both runners.
  const options = ["run", "--passWithNoTests", ...reporters, ...args];
  const { status } = spawnSync(process.execPath, [tool("vitest"), ...options], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, SLUICE_TEST_RUN: folder },
  });
  const result = join(folder, "counts.json");
  const failedBefore = counts.failed;
  if (existsSync(result)) add(JSON.parse(readFileSync(result, "utf8")));
  // A crash, a coverage threshold: whatever vitest calls a failure must show in the numbers.
  if (status !== 0 && counts.failed === failedBefore) counts.failed++;
}

async function runPackageTests() {
  // As vitest does it: an argument picks the files whose path contains it.
  const filters = args.filter((arg) => !arg.startsWith("-"));
  const files = readdirSync(join(root, "test/package"))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => `test/package/${name}`)
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)));
  if (files.length === 0) return;

  const stream = run({ files: files.map((path) => join(root, path)) });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    const key = event.skip !== undefined || event.todo !== undefined ? "skipped" : "passed";
    counts[key]++;
  });
  stream.on("test:fail", (event) => {
    // A suite fails with its tests, which are counted; it may also fail alone, by a hook.
    const { error, type } = event.details;
    if (type === "suite" && /** @type {any} */ (error).failureType === "subtestsFailed") return;
    counts.failed++;
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
}

/** test/support/programs.ts leaves an empty file for each program that it has missed. */
function printSkipReasons() {
  const missing = join(folder, "missing");
  if (!existsSync(missing)) return;
  for (const program of readdirSync(missing)) {
    console.log(`skipped the tests that need ${program}: apt-get install ${program}`);
  }
}

/** @param {typeof counts} more */
function add(more) {
  counts.passed += more.passed;
  counts.failed += more.failed;
  counts.skipped += more.skipped;
}
