import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { Invocation } from "../../src/cli/command.ts";
import { main, reportCrash } from "../../src/cli/program.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { FakeIo } from "./fake-io.ts";
import { madeUpCommand } from "./made-up-command.ts";

const ARGS = ["make", "http://a/"];

async function outcome(
  args: readonly string[],
  run?: (invocation: Invocation) => Promise<number>,
  io: FakeIo = new FakeIo(),
): Promise<{ code: number; out: string; err: string }> {
  const code = await main(args, io, [madeUpCommand(run)]);
  return { code, out: io.out.text, err: io.err.text };
}

describe("without a command", () => {
  test("the version is the package's", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await outcome(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const { out } = await outcome(["--version", "--json"]);
    expect(JSON.parse(out)).toEqual({ event: "version", version });
  });

  test("help goes to stdout", async () => {
    const { code, out, err } = await outcome(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(programHelp([madeUpCommand()], 80));
    expect(await outcome(["-h"])).toEqual({ code, out, err });
  });

  test.each([
    [[], "a command is missing: make; see sluice --help"],
    [["mak"], "mak is no command; did you mean make?"],
    [["xyzzy"], "xyzzy is no command; see sluice --help"],
    [["--versoin"], "--versoin is no option; did you mean --version?"],
    [["--version", "x"], '"x" is one argument too many; see sluice --help'],
    [["--json", "make"], "options stand behind the command; write sluice make --json"],
    [["\x1b]0;x\x07"], "\\u{1b}]0;x\\u{7} is no command; see sluice --help"],
  ])("%j", async (args, sentence) => {
    const { code, err } = await outcome(args);
    expect([code, err]).toEqual([2, `sluice: ${sentence}\n`]);
  });
});

describe("help of a command", () => {
  test("at width 80", () => {
    expect(`\n${commandHelp(madeUpCommand(), 80)}`).toMatchInlineSnapshot(`
      "
      Make something up.

      Usage:
        sluice make [options] <url> [<files>...]

      Arguments:
        <url>    Where from
        <files>  Where to

      Options:
        -p, --port <port>     A port (default: 80)
        -H, --header <field>  A field; it's said [once] or more
            --tries <number>  How often
            --size <size>     How large
            --rate <rate>     How fast
            --wait <time>     How long (default: 10s)
            --kind <kind>     Which
            --log <file>      The log
            --into <folder>   The folder
        -q, --quick           Whether it's quick
            --json            Write rows of JSON to stdout, one a line
            --debug           Print the stack of an error, as SLUICE_DEBUG=1 does
        -h, --help            Show this help

      Examples:
        sluice make http://a/ b
            Make b of a
      "
    `);
  });

  test("at width 40, and never wider than 100", () => {
    expect(`\n${commandHelp(madeUpCommand(), 40)}`).toMatchInlineSnapshot(`
      "
      Make something up.

      Usage:
        sluice make [options] <url> [<files>...]

      Arguments:
        <url>    Where from
        <files>  Where to

      Options:
        -p, --port <port>
              A port (default: 80)
        -H, --header <field>
              A field; it's said [once] or
              more
            --tries <number>
              How often
            --size <size>
              How large
            --rate <rate>
              How fast
            --wait <time>
              How long (default: 10s)
            --kind <kind>
              Which
            --log <file>
              The log
            --into <folder>
              The folder
        -q, --quick
              Whether it's quick
            --json
              Write rows of JSON to stdout,
              one a line
            --debug
              Print the stack of an error, as
              SLUICE_DEBUG=1 does
        -h, --help
              Show this help

      Examples:
        sluice make http://a/ b
            Make b of a
      "
    `);
    expect(commandHelp(madeUpCommand(), 1000)).toBe(commandHelp(madeUpCommand(), 100));
  });

  test("is coloured on a terminal, as wide as it", async () => {
    const io = new FakeIo({ terminal: { columns: 40, rows: 9 } });
    const { out } = await outcome(["make", "--help"], undefined, io);
    expect(out).toContain("\x1b[1mUsage:\x1b[22m");
    // oxlint-disable-next-line no-control-regex -- the looks
    expect(out.replaceAll(/\x1b\[\d+m/g, "")).toBe(commandHelp(madeUpCommand(), 40));
  });
});

describe("what goes wrong", () => {
  test("an error of this package: one line with the system's reason, one row, its exit code", async () => {
    const cause = new Error("EACCES: no\nentry");
    const error = new UsageError("ERR_SLUICE_FILE_NOT_FOUND", { found: "a", cause });
    const { code, out, err } = await outcome([...ARGS, "--json"], () => Promise.reject(error));
    expect(code).toBe(3);
    expect(err).toBe('sluice make: A path leads to a file that is there; found "a": EACCES: no entry\n');
    expect(JSON.parse(out)).toMatchObject({ event: "error", code: "ERR_SLUICE_FILE_NOT_FOUND", exitCode: 3 });
  });

  test("a usage error, too, is a row where rows are asked for", async () => {
    const { code, out } = await outcome(["make", "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({ event: "error", message: "<url> is missing", exitCode: 2 });
  });

  test("a defect shows its stack only to whoever asks", async () => {
    const fails = (): never => {
      throw new TypeError("oops\x1b[2J");
    };
    const quiet = await outcome(ARGS, fails);
    expect([quiet.code, quiet.err]).toEqual([
      1,
      "sluice make: unexpected error: oops\\u{1b}[2J; --debug shows where\n",
    ]);
    const loud = await outcome([...ARGS, "--debug"], fails);
    expect(loud.err).toMatch(/^sluice make: unexpected error: oops.*\nTypeError: oops.*\n {4}at /);
    const byEnvironment = await outcome(ARGS, fails, new FakeIo({ env: { SLUICE_DEBUG: "1" } }));
    expect(byEnvironment.err).toContain("program.test.ts");
    const off = await outcome(ARGS, fails, new FakeIo({ env: { SLUICE_DEBUG: "0" } }));
    expect(off.err).toBe(quiet.err);
  });

  test("what isn't even an error", async () => {
    // oxlint-disable-next-line prefer-promise-reject-errors -- anything can be thrown
    const { code, err } = await outcome(ARGS, () => Promise.reject(undefined));
    expect([code, err]).toEqual([1, "sluice make: unexpected error: undefined; --debug shows where\n"]);
    const io = new FakeIo();
    expect(reportCrash(new Error("late"), [], io)).toBe(1);
    expect(io.err.text).toBe("sluice: unexpected error: late; --debug shows where\n");
  });

  test("a reader that leaves ends it quietly", async () => {
    const io = new FakeIo();
    io.out.failure = Object.assign(new Error("EPIPE"), { code: "EPIPE", syscall: "write" });
    const { code, err } = await outcome(
      ARGS,
      async ({ io: { stdout }, stop }) => {
        stdout.write("x");
        await new Promise((resolve) => {
          stop.addEventListener("abort", resolve);
        });
        expect(stop.reason).toBe("output closed");
        throw new Error("and so it failed");
      },
      io,
    );
    expect([code, err]).toEqual([0, ""]);
  });

  test("output that can't be written is a failure", async () => {
    const io = new FakeIo();
    io.out.failure = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" });
    expect(await outcome(["make", "--help"], undefined, io)).toEqual({
      code: 3,
      out: "",
      err: "sluice make: ENOSPC: no space left\n",
    });
  });
});

describe("signals", () => {
  test("the first asks, the second insists, the third is left to the system", async () => {
    const io = new FakeIo();
    const seen: unknown[] = [];
    await outcome(
      ARGS,
      async ({ stop, stopNow }) => {
        expect(io.listeners("SIGINT")).toBe(1);
        io.send("SIGTERM");
        seen.push(stop.aborted, stop.reason, stopNow.aborted);
        io.send("SIGINT");
        seen.push(stop.reason, stopNow.aborted, io.listeners("SIGINT"), io.listeners("SIGTERM"));
        return 0;
      },
      io,
    );
    expect(seen).toEqual([true, "SIGTERM", false, "SIGTERM", true, 0, 0]);
  });

  test("nothing listens when it is over", async () => {
    const io = new FakeIo();
    await outcome(ARGS, undefined, io);
    await outcome(ARGS, () => Promise.reject(new Error("no")), io);
    expect([io.listeners("SIGINT"), io.listeners("SIGTERM"), io.timers]).toEqual([0, 0, 0]);
  });
});
