import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bashCompletion } from "../../src/cli/completions/bash.ts";
import { fishCompletion } from "../../src/cli/completions/fish.ts";
import { zshCompletion } from "../../src/cli/completions/zsh.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { main } from "../../src/cli/program.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { FakeIo } from "./fake-io.ts";
import { madeUpCommand } from "./made-up-command.ts";

const TABLE = [madeUpCommand(), ...COMMANDS];
const NAMES = TABLE.map(({ name }) => name);
const OPTIONS = "port header tries size rate wait kind log into quick json debug help".split(" ");

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-completions-"));
  mkdirSync(join(folder, "a folder"));
  writeFileSync(join(folder, "a file"), "");
  writeFileSync(join(folder, "bash"), bashCompletion(TABLE));
  writeFileSync(join(folder, "zsh"), zshCompletion(TABLE));
  writeFileSync(join(folder, "fish"), fishCompletion(TABLE));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("bash", () => {
  /** What bash offers for the last of these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const script = `
      cd "$1" && . ./bash && complete -p sluice >/dev/null || exit 1
      shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = await run("/bin/bash", [
      "--norc",
      "-c",
      script,
      "bash",
      folder,
      ...words,
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  test("commands and options of the program", async () => {
    expect(await offered("sluice", "")).toEqual([...NAMES, "--help", "-h", "--version"]);
    expect(await offered("sluice", "se")).toEqual(["serve"]);
    expect(await offered("sluice", "--v")).toEqual(["--version"]);
  });

  test("options of a command, all of them", async () => {
    const long = (await offered("sluice", "make", "--")).map((word) => word.slice(2));
    expect(long).toEqual(OPTIONS);
    expect(await offered("sluice", "serve", "--th")).toEqual(["--throttle"]);
    expect(await offered("sluice", "nonsense", "--")).toEqual([]);
  });

  test("values, also behind an equals sign", async () => {
    expect(await offered("sluice", "make", "--kind", "")).toEqual(["fast", "slow"]);
    expect(await offered("sluice", "make", "--kind", "=")).toEqual(["fast", "slow"]);
    expect(await offered("sluice", "make", "--kind", "=", "s")).toEqual(["slow"]);
    expect(await offered("sluice", "make", "-p", "")).toEqual([]);
    expect(await offered("sluice", "completions", "z")).toEqual(["zsh"]);
  });

  test("files and folders, whatever is in their names", async () => {
    expect(await offered("sluice", "make", "--log", "a f")).toEqual(["a file", "a folder"]);
    expect(await offered("sluice", "serve", "a")).toEqual(["a folder"]);
  });
});

describe.skipIf(lacks("zsh"))("zsh", () => {
  /** The screen of a zsh in which this was typed, and the key for completion twice, up to where `sign` stands. */
  async function screen(typed: string, sign: string): Promise<string> {
    const script = `
      # What waits for a sign that never comes ends by itself, also when nobody is left to end it.
      (zmodload zsh/zselect; zselect -t 800; kill -KILL $$) </dev/null >/dev/null 2>&1 &!
      guard=$!
      zmodload zsh/zpty && zpty z zsh -f && cd "$1" || exit 1
      zpty -w z "cd \${(q)1}; PS1=; TERM=dumb; autoload -Uz compinit; compinit -u -D; . ./zsh; print RE''ADY"
      zpty -r z out '*READY*'
      zpty -w -n z "$2"$'\\t\\t'
      zpty -r z out "*$3*"
      print -r -- "$out"; zpty -d z; kill $guard`;
    const { status, stdout } = await run(pathOf("zsh"), ["-f", "-c", script, "zsh", folder, typed, sign]);
    expect(status).toBe(0);
    return stdout;
  }

  test("a command, an option, a value, a folder", { timeout: 30_000 }, async () => {
    expect(await screen("sluice comp", "completions ")).toContain("sluice completions");
    expect(await screen("sluice make --po", "--port")).toContain("--port");
    expect(await screen("sluice make http://a/ --kind=s", "=slow")).toContain("--kind=slow");
    expect(await screen("sluice completions z", "zsh ")).toContain("sluice completions zsh");
    expect(await screen("sluice serve a", "a\\\\ folder")).toContain("a\\ folder");
  });

  test("all the options of a command, with what they do", async () => {
    const seen = await screen("sluice make --", "--wait*How long");
    for (const name of OPTIONS) expect(seen).toContain(`--${name}`);
    expect(seen).toContain("A field; it's said [once] or more");
  });
});

describe.skipIf(lacks("fish"))("fish", () => {
  async function offered(typed: string): Promise<string[]> {
    const script = 'cd $argv[1]; source ./fish; complete -C "$argv[2]"';
    const { status, stdout, stderr } = await run(pathOf("fish"), [
      "--no-config",
      "-c",
      script,
      folder,
      typed,
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    const words = stdout.split("\n").map((line) => line.split("\t")[0]);
    return words.filter((word) => word !== "").toSorted();
  }

  test("commands, options, values, files and folders", async () => {
    expect(await offered("sluice ")).toEqual(NAMES.toSorted());
    expect(await offered("sluice --")).toEqual(["--help", "--version"]);
    expect(await offered("sluice make --")).toEqual(OPTIONS.map((name) => `--${name}`).toSorted());
    expect(await offered("sluice make --kind ")).toEqual(["fast", "slow"]);
    expect(await offered("sluice make --kind=s")).toEqual(["--kind=slow"]);
    expect(await offered("sluice serve --throttle ")).toEqual([]);
    expect(await offered("sluice serve a")).toEqual(["a folder/"]);
    expect(await offered("sluice make --log a")).toEqual(["a file", "a folder/"]);
    expect(await offered("sluice completions z")).toEqual(["zsh"]);
  });
});

describe("sluice completions", () => {
  test.each(["bash", "zsh", "fish"])("prints those of %s", async (shell) => {
    const [io, jsonIo] = [new FakeIo(), new FakeIo()];
    expect(await main(["completions", shell], io)).toBe(0);
    expect(io.out.text).toContain("chunk-size");
    expect(await main(["completions", shell, "--json"], jsonIo)).toBe(0);
    expect(jsonIo.rows).toEqual([{ event: "completions", shell, script: io.out.text }]);
  });
});
