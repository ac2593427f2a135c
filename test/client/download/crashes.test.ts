import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { downloadTuned } from "../../../src/client/download/download.ts";
import { parseJournal } from "../../../src/client/download/journal.ts";
import { file } from "../../../src/index.ts";
import { start } from "../../support/servers.ts";
import { names, target } from "./downloads.ts";
import { noise } from "./scripted-server.ts";

// Starting a process takes far longer than what it has to do: each has several downloads, which all end with it.
const PROCESSES = 10;
const DOWNLOADS = 5;
const CONTENT = noise(1_200_000);

test(`after ${PROCESSES * DOWNLOADS} kills at any octet the files are what they should be`, async () => {
  const inFolder = (name: string): string => join(target(), "..", name);
  const [source, program] = [inFolder("source.bin"), inFolder("download.mjs")];
  writeFileSync(source, CONTENT);
  await build({
    entryPoints: [fileURLToPath(new URL("crashing-download.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
  });
  const { port } = await start(() => file(source, { etag: '"v1"' }));
  const url = `http://127.0.0.1:${port}/`;
  const paths = Array.from({ length: DOWNLOADS }, (_, index) => inFolder(`file-${index}.bin`));

  const count = fc.noBias(fc.integer({ min: 1, max: 200_000 }));
  for (const counts of fc.sample(fc.tuple(...paths.map(() => count)), PROCESSES)) {
    // One that is whole before its time has come is not begun anew.
    const lives = paths.flatMap((path, index) => (existsSync(path) ? [] : [path, String(counts[index])]));
    const child = spawn(process.execPath, [program, url, ...lives], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
    for (const path of paths) octetsThere(path);
  }
  const there = paths.map(octetsThere);
  expect(there.reduce((sum, octets) => sum + octets)).toBeGreaterThan(500_000);
  for (const [index, path] of paths.entries()) {
    const whole = existsSync(path);
    // The one that killed itself at its last rename has left its journal behind.
    const { resumed } = await downloadTuned(url, path, {}, {});
    // Of a file that is all there the last octet is fetched again.
    if (!whole) expect(resumed).toBe(Math.min(there[index], CONTENT.length - 1));
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
  }
  expect(names()).toEqual(["download.mjs", ...paths.map((path) => basename(path)), "source.bin"]);
}, 60_000);

/** Whatever is said to be there is there: a file by its name, and what a journal says. Returns how many octets that are. */
function octetsThere(path: string): number {
  if (existsSync(path)) {
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    return CONTENT.length;
  }
  if (!existsSync(`${path}.part.journal`)) return 0;
  const journal = parseJournal(readFileSync(`${path}.part.journal`, "utf8"));
  if ("fault" in journal) throw new Error(journal.fault);
  const part = readFileSync(`${path}.part`);
  let count = 0;
  for (const { start: from, end } of journal.done) {
    expect(part.subarray(from, end).equals(CONTENT.subarray(from, end))).toBe(true);
    count += end - from;
  }
  return count;
}
