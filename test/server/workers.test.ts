// Servers of several processes: a script that is run again in each of them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";

const DIST = new URL("../../dist/index.js", import.meta.url);

// Talks to its parent by lines: what it is told is evaluated, what it says is JSON.
const SCRIPT = `
import cluster from "node:cluster";
import { serve, text } from ${JSON.stringify(DIST.href)};
// Work that takes its time: nothing tells from outside when a worker has begun to close.
const slow = () => new Promise((resolve) => setTimeout(resolve, 300));
const server = await serve({ host: "127.0.0.1", port: Number(process.env.PORT ?? 0), workers: 2 }, async ({ path }) => {
  if (path === "/slow") await slow();
  if (path === "/die") process.kill(process.pid, "SIGKILL");
  return text(String(process.pid), { headers: { connection: "close" } });
}).catch((error) => {
  if (cluster.isPrimary) console.log(JSON.stringify({ failed: error.code }));
  process.exit(1);
});
if (cluster.isPrimary) {
  console.log(JSON.stringify({ url: server.url.href }));
  process.stdin.on("data", async (order) => {
    const grace = Number(order);
    await Promise.all([server.close({ grace }), server.close({ grace })]);
    console.log(JSON.stringify({ closed: server.stats }));
    process.exit(0);
  });
}
`;

let folder: string;
let child: ChildProcess;
let lines: AsyncIterator<string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-workers-"));
  writeFileSync(join(folder, "server.mjs"), SCRIPT);
});

afterEach(() => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function run(env: Record<string, string> = {}): Promise<Record<string, unknown>> {
  child = spawn(process.execPath, [join(folder, "server.mjs")], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return next();
}

async function next(): Promise<Record<string, unknown>> {
  const { value } = await lines.next();
  return JSON.parse(String(value)) as Record<string, unknown>;
}

const get = async (url: string): Promise<string> => (await fetch(url)).text();

test("two processes answer in turn, and close with nothing left", async () => {
  const url = String((await run()).url);
  const answers = new Set<string>();
  for (let turn = 0; turn < 20 && answers.size < 2; turn++) answers.add(await get(url));
  expect(answers.size).toBe(2);
  child.stdin!.write("1000");
  const { closed } = await next();
  expect(closed).toMatchObject({ connections: 0, active: 0 });
  expect(await once(child, "exit")).toEqual([0, null]);
  await expect(get(url)).rejects.toThrow("fetch failed");
});

test("what runs may finish within the grace", async () => {
  const url = String((await run()).url);
  const slow = get(`${url}slow`);
  // An answer at once says that the slow request, which was sent before, has arrived as well.
  await get(url);
  await get(url);
  child.stdin!.write("5000");
  expect(await slow).toMatch(/^\d+$/);
  expect(await next()).toHaveProperty("closed");
});

test("a worker that dies is replaced", async () => {
  const url = String((await run()).url);
  await expect(get(`${url}die`)).rejects.toThrow("fetch failed");
  const answers = new Set<string>();
  await expect
    .poll(async () => answers.add(await get(url)).size, { timeout: 8000, interval: 50 })
    .toBeGreaterThanOrEqual(2);
  child.stdin!.write("0");
  expect(await next()).toHaveProperty("closed");
});

test("a port in use is an error of the system here, too", async () => {
  const url = String((await run()).url);
  const first = child;
  const { failed } = await run({ PORT: new URL(url).port });
  expect(failed).toBe("EADDRINUSE");
  await once(child, "exit");
  child = first;
});
