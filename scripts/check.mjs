// @ts-check
// npm run check: everything that can be said about the code without running it.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { setupOrExit } from "./setup.mjs";
import { root, tool } from "./tools.mjs";

setupOrExit();

const typescript = tool("typescript", "tsc");
// The compiler that most users have, and that reads our declaration files at their places.
const typescript7 = tool("typescript7", "tsc");

/** @type {[name: string, command: string, ...args: string[]][]} */
const steps = [
  ["types of src", typescript, "-p", "tsconfig.build.json", "--noEmit"],
  ["types of the neutral folders", typescript, "-p", "tsconfig.neutral.json"],
  ["types of everything else", typescript, "-p", "tsconfig.json"],
  ["types of src, TypeScript 7", typescript7, "-p", "tsconfig.build.json", "--noEmit"],
  ["types of the neutral folders, TypeScript 7", typescript7, "-p", "tsconfig.neutral.json"],
  ["types of everything else, TypeScript 7", typescript7, "-p", "tsconfig.json"],
  ["lint", tool("oxlint"), "--type-aware", "--deny-warnings", "--report-unused-disable-directives"],
  ["format", tool("oxfmt"), "--check"],
  ["unused files, exports and packages", tool("knip")],
  ["package, as publint sees it", tool("publint"), "run", "--strict"],
  [
    "package, as compilers resolve it",
    tool("@arethetypeswrong/cli", "attw"),
    "--pack",
    ".",
    "--profile",
    "esm-only",
  ],
];
// The demo also compiles on its own, without the browser's types: that is how npm start builds it.
if (existsSync(join(root, "demo/main.ts"))) {
  steps.push(["types of the demo", typescript, "-p", "demo/tsconfig.json", "--noEmit"]);
}

/** @type {{ name: string, output: string }[]} */
const failures = [];
const queue = steps.values();
await Promise.all([work(), work()]);

for (const { name, output } of failures) console.log(`\n--- ${name}\n${output.trimEnd()}`);
console.log(failures.length === 0 ? "\nall is well" : `\n${failures.length} of ${steps.length} steps failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Two of these share the queue: more compilers at once take memory and gain little. */
async function work() {
  for (const [name, command, ...args] of queue) {
    const start = performance.now();
    const { code, output } = await run(command, args);
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5);
    console.log(`${code === 0 ? "ok  " : "FAIL"} ${seconds} s  ${name}`);
    if (code !== 0) failures.push({ name, output });
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (/** @type {string} */ text) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", reject);
    // Some tools colour whenever CI is set, even into a pipe.
    child.on("close", (code) => resolve({ code, output: stripVTControlCharacters(output) }));
  });
}
