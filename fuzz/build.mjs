// @ts-check
// What a run needs in build/fuzz: the built codec with a counter at every statement and branch, and what the tests lend.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
// @ts-expect-error It comes without types.
import instrument from "istanbul-lib-instrument";
import { setupOrExit } from "../scripts/setup.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const output = join(root, "build/fuzz");
const PARTS = ["errors.js", "bytes", "semantics", "http1"];

/**
 * @returns {Promise<{ codec: typeof import("../src/http1/index.ts"), support: typeof import("./support.ts") }>}
 */
export async function prepare() {
  setupOrExit();
  rmSync(output, { recursive: true, force: true });
  for (const part of PARTS) addCounters(part);
  const outfile = join(output, "support.js");
  buildSync({
    entryPoints: [join(root, "fuzz/support.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  return {
    codec: await import(pathToFileURL(join(output, "dist/http1/index.js")).href),
    support: await import(pathToFileURL(outfile).href),
  };
}

/** @param {string} part a file or a folder of dist */
function addCounters(part) {
  const source = join(dist, part);
  if (statSync(source).isDirectory()) {
    for (const name of readdirSync(source)) if (name.endsWith(".js")) addCounters(join(part, name));
    return;
  }
  const instrumenter = instrument.createInstrumenter({
    esModules: true,
    compact: false,
    coverageVariable: "sluiceCounters",
  });
  const target = join(output, "dist", part);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, instrumenter.instrumentSync(readFileSync(source, "utf8"), part));
}
