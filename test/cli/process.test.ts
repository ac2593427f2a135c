// The built program as a process: in pipes, in a terminal, and from the packed tarball.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { root } from "../house/imports.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { Screen } from "./screen.ts";
import { terminal } from "./terminal.ts";

const { bin, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  bin: { sluice: string };
  version: string;
};
const PROGRAM = join(root, bin.sluice);

let folder: string;
const started = new Set<Process>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-process-"));
  mkdirSync(join(folder, "public"));
  writeFileSync(join(folder, "public", "hello.txt"), "hello\n");
  writeFileSync(join(folder, "public", "big.bin"), Buffer.alloc(100_000));
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(() => {
  for (const each of started) each.child.kill("SIGKILL");
  started.clear();
});

class Process {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<[code: number | null, signal: string | null]>;
  out = "";
  err = "";

  constructor(program: string, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(program, args, { env: { ...process.env, ...env }, cwd: folder });
    started.add(this);
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    this.child.stdin.on("error", () => {});
    this.exit = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        started.delete(this);
        resolve([code, signal]);
      });
    });
  }

  /** Resolves with what a pattern finds in what was written so far. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const { stdout, stderr } = this.child;
    for (;;) {
      const found = pattern.exec(this.out + this.err);
      if (found !== null) return found;
      await new Promise<void>((resolve, reject) => {
        const on = (): void => resolve();
        stdout.once("data", on);
        stderr.once("data", on);
        void this.exit.then(() => reject(new Error(`it ended with ${JSON.stringify(this.out + this.err)}`)));
      });
    }
  }
}

const sluice = (...args: string[]): Process => new Process(process.execPath, [PROGRAM, ...args]);
const URL_LINE = /^ {2}(http:\S+)\r?$/m;

describe("in pipes", () => {
  test("the version, help, a mistake, and a row of it", async () => {
    expect(await run(process.execPath, [PROGRAM, "--version"])).toEqual({
      status: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
    const help = await run(process.execPath, [PROGRAM, "serve", "--help"]);
    expect([help.status, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toContain("--throttle <rate>");
    const mistake = await run(process.execPath, [PROGRAM, "serve", "--prot", "1", "--json"]);
    expect(mistake).toEqual({
      status: 2,
      stdout: '{"event":"error","message":"--prot is no option","exitCode":2}\n',
      stderr: "sluice serve: --prot is no option; did you mean --port?\n",
    });
  });

  test("serves until a signal, without a word on stdout", async () => {
    const server = sluice("serve", "public", "--port", "0");
    const [, url] = await server.says(URL_LINE);
    expect(await (await fetch(`${url}hello.txt`)).text()).toBe("hello\n");
    await server.says(/GET \/hello\.txt 200 complete/);
    server.child.kill("SIGINT");
    expect(await server.exit).toEqual([0, null]);
    expect(server.out).toBe("");
  });

  test("a second SIGINT cuts: 130", async () => {
    const server = sluice("serve", "public", "--port", "0", "--throttle", "1kb/s");
    const [, url] = await server.says(URL_LINE);
    const answer = await fetch(`${url}big.bin`);
    const body = answer.arrayBuffer().catch((error: unknown) => error);
    server.child.kill("SIGINT");
    await server.says(/^Closing; one response is under way/m);
    server.child.kill("SIGINT");
    expect(await server.exit).toEqual([130, null]);
    expect(await body).toBeInstanceOf(Error);
  });

  test("a reader of rows that leaves ends it quietly", async () => {
    const server = sluice("serve", "public", "--port", "0", "--json");
    const [, url] = await server.says(URL_LINE);
    server.child.stdout.destroy();
    await (await fetch(url)).text();
    expect(await server.exit).toEqual([0, null]);
    expect(server.err).not.toMatch(/EPIPE|error/i);
  });

  test("a full disk is a failure", async () => {
    const child = new Process("/bin/sh", ["-c", `"$0" "$1" --help > /dev/full`, process.execPath, PROGRAM]);
    expect(await child.exit).toEqual([3, null]);
    expect(child.err).toMatch(/^sluice: ENOSPC.*\n$/);
  });
});

describe.skipIf(lacks("python3", "curl"))("in a terminal", () => {
  const inTerminal = (env: Record<string, string>, ...args: string[]): Process =>
    new Process(pathOf("python3"), ["-c", terminal(80), process.execPath, ...args], {
      TERM: "xterm",
      ...env,
    });

  test("serve: colours, its URL, a line for curl's request, ^C, 0", async () => {
    const server = inTerminal({ NO_COLOR: "", FORCE_COLOR: "" }, PROGRAM, "serve", "public", "--port", "0");
    // oxlint-disable-next-line no-control-regex -- the looks of a name
    const [, url] = await server.says(/\x1b\[36m(http:\S+?)\x1b\[39m\r\n/);
    expect((await run(pathOf("curl"), ["-sS", `${url}hello.txt`])).stdout).toBe("hello\n");
    // oxlint-disable-next-line no-control-regex -- the looks of an address
    await server.says(/127\.0\.0\.1(\x1b\[22m)?\r\n/);
    server.child.stdin.write("\x03");
    expect(await server.exit).toEqual([0, null]);
    const screen = new Screen(200).write(server.out);
    expect(screen.text).toMatch(/GET \/hello\.txt 200 complete {2}1 chunk, 6 B/);
    expect(screen.cursorVisible).toBe(true);
  });

  test("NO_COLOR", async () => {
    const server = inTerminal({ NO_COLOR: "1", FORCE_COLOR: "" }, PROGRAM, "serve", "public", "--port", "0");
    await server.says(URL_LINE);
    server.child.stdin.write("\x03");
    expect(await server.exit).toEqual([0, null]);
    // oxlint-disable-next-line no-control-regex -- no looks
    expect(server.out).not.toMatch(/\x1b/);
  });

  /** A command with a live region, since the ones that are there have none. */
  function regionScript(body: string): string {
    const dist = (name: string): string => JSON.stringify(pathToFileURL(join(dirname(PROGRAM), name)).href);
    const path = join(folder, `region-${Math.random()}.mjs`);
    writeFileSync(
      path,
      `import { main } from ${dist("program.js")};
       import { processIo } from ${dist("io.js")};
       import { LiveRegion } from ${dist("live-region.js")};
       const command = { name: "work", summary: "", options: {}, positionals: {}, examples: [], async run({ io, stop }) {
         const region = new LiveRegion(io);
         region.update((columns) => ["picture of " + columns, "second line"], () => "");
         const busy = setInterval(() => {}, 1000);
         ${body}
       } };
       process.exitCode = await main(["work"], processIo(), [command]);`,
    );
    return path;
  }

  test.each([
    [
      "^C",
      "await new Promise((r) => stop.addEventListener('abort', r)); clearInterval(busy); region.close(); return 130;",
      130,
    ],
    [
      "an error",
      "await new Promise((r) => stop.addEventListener('abort', r)); clearInterval(busy); throw new Error('no');",
      1,
    ],
    [
      "an exit in between",
      "await new Promise((r) => stop.addEventListener('abort', r)); process.exit(7);",
      7,
    ],
  ])("the cursor is hidden, and visible again after %s", async (_, body, code) => {
    const work = inTerminal({}, regionScript(body));
    await work.says(/picture of 80\r\nsecond line/);
    expect(new Screen(80).write(work.out).cursorVisible).toBe(false);
    work.child.stdin.write("\x03");
    expect(await work.exit).toEqual([code, null]);
    expect(new Screen(80).write(work.out).cursorVisible).toBe(true);
  });
});

describe("the package", () => {
  test(
    "is run by npx from its tarball, and npm makes the program executable",
    { timeout: 60_000 },
    async () => {
      const cache = join(folder, "cache");
      const env = { npm_config_cache: cache, npm_config_offline: "true", npm_config_audit: "false" };
      const pack = ["pack", root, "--ignore-scripts", "--json", "--pack-destination", folder];
      const packed = new Process("npm", pack, env);
      expect(await packed.exit).toEqual([0, null]);
      const [{ filename }] = JSON.parse(packed.out) as [{ filename: string }];

      const npx = new Process(
        "npx",
        ["--yes", "--package", join(folder, filename), "sluice", "--version"],
        env,
      );
      expect(await npx.exit).toEqual([0, null]);
      expect(npx.out).toBe(`${version}\n`);
      const [installation] = readdirSync(join(cache, "_npx"));
      const program = join(cache, "_npx", installation, "node_modules/sluice", bin.sluice);
      expect(statSync(program).mode & 0o111).toBe(0o111);
      expect(readFileSync(program, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    },
  );
});
