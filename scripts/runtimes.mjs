// @ts-check
// npm run test:runtimes: the built package on every runtime that runtimes/ installs, and on the Node that runs this. One line for each, and
// one with the sum. Arguments pick runtimes by their names ("bun") and files by their paths ("sockets/tls").
// (Chromium has its turn in npm test: test/runtimes/.)

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CANNOT } from "../runtimes/cannot.mjs";
import { setupOrExit } from "./setup.mjs";
import { root } from "./tools.mjs";

/** @typedef {{ name: string, command: string, args: string[], files: string[] }} Runtime */
/** @typedef {{ name: string, outcome: "passed" | "failed" | "skipped", reason?: string }} Result */

const folder = join(root, "runtimes");
const modules = join(folder, "node_modules");
const onCI = process.env.CI !== undefined && !["", "0", "false"].includes(process.env.CI);

/** Over it a runtime hangs, in milliseconds. */
const PATIENCE = 150_000;

setupOrExit();
const missing = install();

const lacked = lacking("openssl", ["sockets/http2.test.mjs", "sockets/tls.test.mjs"]);
const files = ["neutral", "replies", "sockets"].flatMap(testsIn).filter((path) => !lacked.includes(path));

const node = ["--test", "--test-concurrency=1"];
/** @type {Runtime[]} */
const runtimes = [
  { name: `Node ${process.versions.node.split(".")[0]}`, command: process.execPath, args: node, files },
  ...["22", "24", "26"].map((version) => ({
    name: `Node ${version}`,
    command: join(modules, `node${version}/bin/node`),
    args: node,
    files,
  })),
  { name: "Bun", command: join(modules, ".bin/bun"), args: ["test", "--timeout=30000"], files },
  // The types are the compiler's business: here they would be those of another host.
  {
    name: "Deno",
    command: join(modules, ".bin/deno"),
    args: ["test", "--allow-all", "--no-check", "--quiet"],
    files,
  },
  { name: "workerd", command: process.execPath, args: node, files: testsIn("workerd") },
];

const filters = process.argv.slice(2).map((filter) => filter.toLowerCase());
const wantedFiles = picked([...files, ...testsIn("workerd")]);
const wantedNames = picked(runtimes.map(({ name }) => name));
// The Node that runs this may be one of those that are installed.
const wanted = runtimes.filter(
  ({ name }, index) =>
    wantedNames.includes(name) && runtimes.findIndex((other) => other.name === name) === index,
);

const counts = { passed: 0, failed: 0 };
/** @type {Map<string, { files: string, names: Set<string> }>} */
const seen = new Map();
const scratch = mkdtempSync(join(tmpdir(), "sluice-runtimes-"));
const queue = wanted.values();
await Promise.all([work(), work()]);
rmSync(scratch, { recursive: true });
checkNames();

console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/**
 * Installs the runtimes unless they are there as the lock file has them.
 *
 * By `npm install` and not `npm ci`: deno and workerd name packages for all platforms, of which a registry may lack some. The lock file
 * can't have those then, and `npm ci` takes it for broken, while `npm install` leaves out what is optional and can't be had. What the lock
 * file has is installed by its version and its digest all the same, and `--no-save` keeps the file as it is.
 * @returns why they are not there, undefined where they are
 */
function install() {
  const lock = ["package.json", "package-lock.json"].map((name) => readFileSync(join(folder, name)));
  const wantedState = createHash("sha256").update(lock[0]).update(lock[1]).digest("hex");
  const stamp = join(modules, ".sluice-installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wantedState) {
    console.error("runtimes: installing them (npm install)");
    rmSync(modules, { recursive: true, force: true });
    const { status, error } = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund"], {
      cwd: folder,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
    if (status !== 0) return `npm install failed${error === undefined ? "" : `: ${error.message}`}`;
    writeFileSync(stamp, wantedState);
  }
  // By its own name, and not as a dependency: the lock file would have all that this package is developed with.
  rmSync(join(modules, "sluice"), { force: true });
  symlinkSync(root, join(modules, "sluice"), "junction");
  return undefined;
}

/** Two of these share the queue. */
async function work() {
  for (const runtime of queue) {
    const there = existsSync(runtime.command) && (runtime.name !== "workerd" || missing === undefined);
    if (there) {
      await test(runtime);
    } else {
      if (onCI) counts.failed++;
      console.log(`${runtime.name.padEnd(8)} not run: ${missing ?? "its program is not there"}`);
    }
  }
}

/** @param {Runtime} runtime */
async function test({ name, command, args, files: all }) {
  const paths = all.filter((path) => wantedFiles.includes(path));
  if (paths.length === 0) return;
  const results = join(scratch, name);
  const start = performance.now();
  // Bun takes a path for a filter unless it begins with a dot.
  const { code, output } = await run(command, [...args, ...paths.map((path) => `./${path}`)], results);
  const found = read(results);
  const count = (/** @type {string} */ outcome) =>
    found.filter((result) => result.outcome === outcome).length;
  const [passed, skipped] = [count("passed"), count("skipped")];
  let failed = count("failed");
  // A file that can't be loaded, a crash, a promise that nobody has handled: the runner knows, and no test does.
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1;
  counts.passed += passed;
  counts.failed += failed;
  seen.set(name, { files: paths.join(), names: new Set(found.map((result) => result.name)) });

  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const skips = skipped > 0 ? `, ${skipped} skipped` : "";
  if (failed > 0) console.log(`\n--- ${name}\n${output.trimEnd()}\n`);
  console.log(`${name.padEnd(8)} ${passed} passed, ${failed} failed${skips} (${seconds} s)`);
  const reasons = new Set(found.flatMap(({ reason }) => reason ?? []));
  for (const reason of reasons) console.log(`         skipped: ${reason}`);
}

/** @param {string} name a folder of runtimes/ */
function testsIn(name) {
  return readdirSync(join(folder, name))
    .filter((file) => file.endsWith(".test.mjs"))
    .map((file) => `${name}/${file}`);
}

/**
 * What the arguments pick of names: all, where they pick none.
 *
 * @param {string[]} names
 */
function picked(names) {
  const found = names.filter((name) => filters.some((filter) => name.toLowerCase().includes(filter)));
  return found.length > 0 ? found : names;
}

/**
 * The files that need a program, where it is missing. On CI it has to be there.
 *
 * @param {string} program
 * @param {string[]} paths
 */
function lacking(program, paths) {
  if (onCI || spawnSync(program, ["version"]).error === undefined) return [];
  console.log(`skipped the tests that need ${program}: apt-get install ${program}`);
  return paths;
}

/**
 * @param {string} path
 * @returns {Result[]}
 */
function read(path) {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Every runtime has run every test of its files, and what is said to be impossible has been tried: runners leave things out in silence. */
function checkNames() {
  const all = new Set([...seen.values()].flatMap(({ names }) => [...names]));
  for (const [name, own] of seen) {
    const others = [...seen.values()].filter((other) => other.files === own.files);
    const left = new Set(others.flatMap(({ names }) => [...names]).filter((title) => !own.names.has(title)));
    if (left.size > 0)
      fail(`${name} has not run ${left.size} tests that others have, among them "${[...left][0]}"`);
  }
  if (filters.length > 0) return;
  const docs = readFileSync(join(root, "docs/runtimes.md"), "utf8");
  for (const { test: title, reason } of CANNOT) {
    if (!all.has(title)) fail(`runtimes/cannot.mjs names a test that is not there: "${title}"`);
    if (!docs.includes(reason)) fail(`docs/runtimes.md does not say: "${reason}"`);
  }
}

/** @param {string} why */
function fail(why) {
  console.log(why);
  counts.failed++;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} results where the tests leave what became of them
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command, args, results) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", SLUICE_RUNTIME_RESULTS: results },
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    let output = "";
    const collect = (/** @type {string} */ text) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
