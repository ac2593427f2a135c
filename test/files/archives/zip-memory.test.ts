// Each archive is made in a process of its own, which then says how much memory it has had at most.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../house/imports.ts";
import { run } from "../../support/run.ts";

const SCRIPT = `
import { planZip } from "./src/files/archives/zip-plan.ts";
import { zipStream } from "./src/files/archives/zip-stream.ts";

const MIB = 2 ** 20;
const unit = Buffer.alloc(65_536, "x");
function* pieces(size) { for (let left = size; left > 0; left -= unit.length) yield unit.subarray(0, Math.min(left, unit.length)); }
async function* fresh(size) { for (let left = size; left > 0; left -= unit.length) yield Buffer.from(unit); }
function* small(count) { for (let index = 0; index < count; index++) yield { name: "folder/" + index + ".txt", source: "some text for " + index }; }
const source = (size) => ({ size, etag: '"zeros"', read: (start, end) => pieces(end - start) });
const archives = {
  stored: (size) => zipStream([{ name: "a", source: fresh(size * MIB), store: true }]),
  deflated: (size) => zipStream([{ name: "a", source: fresh(size * MIB) }]),
  planned: (size) => planZip([{ name: "a", source: source(size * MIB) }], { store: true }).read(0, Infinity),
  entries: (count) => zipStream(small(count)),
};
const [kind, amount] = process.argv.slice(2);
let size = 0;
for await (const piece of archives[kind](Number(amount))) {
  size += piece.length;
  // A reader of the real world waits now and then.
  await new Promise(setImmediate);
}
console.log(JSON.stringify({ size, memory: process.resourceUsage().maxRSS / 1024 }));
`;

const folder = mkdtempSync(join(tmpdir(), "sluice-archive-"));
const script = join(folder, "archive.mjs");

beforeAll(() => {
  buildSync({
    stdin: { contents: SCRIPT, resolveDir: root },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile: script,
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The size of the archive, and the MiB that the process had at most. */
async function make(kind: string, amount: number): Promise<{ size: number; memory: number }> {
  const { status, stdout, stderr } = await run(process.execPath, [script, kind, String(amount)]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as { size: number; memory: number };
}

test.each(["stored", "deflated", "planned"])(
  "sixteen times as much takes no more memory: %s",
  async (kind) => {
    const little = await make(kind, 32);
    const much = await make(kind, 512);
    if (kind !== "deflated") expect(much.size).toBeGreaterThan(512 * 2 ** 20);
    expect(much.memory).toBeLessThan(100);
    expect(much.memory - little.memory).toBeLessThan(30);
  },
  30_000,
);

test("70,000 entries take less than 200 MiB", async () => {
  const { size, memory } = await make("entries", 70_000);
  expect(size).toBeGreaterThan(70_000 * 100);
  expect(memory).toBeLessThan(200);
}, 30_000);
