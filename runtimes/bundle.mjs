// The tests that need nothing of Node's, as one file for a browser or for workerd, with what they test from src/.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL(".", import.meta.url));
const ENTRIES = {
  "sluice/http1": "http1",
  "sluice/formats": "formats",
  "sluice/replies": "replies",
  "sluice/fetch": "adapters/fetch",
};

/** The files of tests that run anywhere. */
const PORTABLE = ["neutral", "replies"].flatMap((name) =>
  readdirSync(join(folder, name))
    .filter((file) => file.endsWith(".test.mjs"))
    .map((file) => `${name}/${file}`),
);

/**
 * @param {string} entry the text of the file to begin with, where `#tests` is all tests, which `runAll` of it runs
 * @returns the text of the bundle. It imports nothing.
 */
export async function bundle(entry) {
  const result = await build({
    stdin: { contents: entry, resolveDir: folder, sourcefile: "entry.mjs" },
    bundle: true,
    platform: "neutral",
    format: "esm",
    target: "es2023",
    write: false,
    metafile: true,
    logLevel: "silent",
    plugins: [{ name: "runtimes", setup }],
  });
  const imports = Object.values(result.metafile.outputs).flatMap((output) => output.imports);
  if (imports.length > 0) throw new Error(`The bundle imports ${imports.map(({ path }) => path).join(", ")}`);
  return result.outputFiles[0].text;
}

function setup(esbuild) {
  esbuild.onResolve({ filter: /^sluice\// }, ({ path }) => ({
    path: join(folder, "../src", ENTRIES[path], "index.ts"),
  }));
  esbuild.onResolve({ filter: /\/suite\/test\.mjs$/ }, () => ({
    path: join(folder, "suite/test-in-page.mjs"),
  }));
  esbuild.onResolve({ filter: /^#tests$/ }, () => ({ path: "tests", namespace: "tests" }));
  esbuild.onLoad({ filter: /.*/, namespace: "tests" }, () => ({
    contents: [
      ...PORTABLE.map((path) => `import "./${path}";`),
      'export { runAll } from "./suite/test.mjs";',
    ].join("\n"),
    resolveDir: folder,
  }));
}
