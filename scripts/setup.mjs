// @ts-check
// Makes a checkout ready to run: the right Node, the locked packages, an up-to-date dist.
// It runs before anything is installed, so it may use only what Node brings along.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { root, tool } from "./tools.mjs";

/** Throws an Error with one readable sentence when the checkout can't be made ready. */
export function setup() {
  checkNode();
  install();
  build();
}

function checkNode() {
  const wanted = readJson("package.json").engines.node.replace(">=", "");
  const [major, minor] = wanted.split(".").map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split(".").map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(`sluice needs Node ${wanted} or newer, and this is Node ${process.versions.node}.`);
}

function install() {
  if (installedAsLocked()) return;
  console.error("setup: installing the locked packages (npm ci)");
  // On Windows npm is a batch file, which only a shell can start.
  const shell = process.platform === "win32";
  run("npm ci", "npm", ["ci", "--no-audit", "--no-fund"], { shell });
}

/** npm writes what it has installed to node_modules/.package-lock.json, as the last thing it does. */
function installedAsLocked() {
  if (!existsSync(join(root, "node_modules/.package-lock.json"))) return false;
  const locked = readJson("package-lock.json").packages;
  const installed = readJson("node_modules/.package-lock.json").packages;
  return Object.entries(locked).every(([path, { version, integrity, optional }]) => {
    if (path === "") return true;
    const found = installed[path];
    // Optional packages for other platforms are in the lock file and never installed.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

function build() {
  const stamp = join(root, "build/dist.sha256");
  const inputs = hashInputs();
  const upToDate =
    existsSync(join(root, "dist")) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs;
  if (upToDate) return;
  console.error("setup: building dist");
  // Beside the old one, which stays as it is where this fails; the compiler never removes what it made from a file that is gone.
  const made = join(root, "build/dist");
  rmSync(made, { recursive: true, force: true });
  run("the build", process.execPath, [
    tool("typescript", "tsc"),
    "-p",
    "tsconfig.build.json",
    "--outDir",
    made,
  ]);
  rmSync(stamp, { force: true });
  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(made, join(root, "dist"));
  // npm makes it executable when it installs the package; whoever takes it from dist needs it as well.
  chmodSync(join(root, "dist/cli/main.js"), 0o755);
  mkdirSync(join(root, "build"), { recursive: true });
  writeFileSync(stamp, inputs);
}

/** Contents instead of times: a checkout of another branch and back must not count as a change. */
function hashInputs() {
  const hash = createHash("sha256");
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const settings = ["tsconfig.base.json", "tsconfig.build.json", "package-lock.json"];
  for (const path of [...settings.map((name) => join(root, name)), ...sources]) {
    hash.update(relative(root, path)).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

/**
 * Output goes to stderr: stdout belongs to the command that the user asked for.
 *
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
function run(what, command, args, options) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], ...options });
  if (error) throw new Error(`${what} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${what} failed.`);
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** For the other scripts: they have nothing to add to the sentence, and a stack would hide it. */
export function setupOrExit() {
  try {
    setup();
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) setupOrExit();
