import { describe, expect, test } from "vitest";
import { asksFor, readArguments } from "../../src/cli/arguments.ts";
import { CommandError } from "../../src/cli/command-error.ts";
import { madeUpCommand } from "./made-up-command.ts";

const command = madeUpCommand();
const read = (...args: string[]): ReturnType<typeof readArguments> => readArguments(command, args);

function refusal(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    const { message, hint, exitCode } = error as CommandError;
    expect(exitCode).toBe(2);
    return hint === undefined ? message : `${message}; ${hint}`;
  }
  throw new Error("it was understood");
}

describe("what is understood", () => {
  test("defaults, and nothing else where nothing is given", () => {
    const { options, positionals } = read("http://a/");
    expect(options).toEqual({
      port: 80,
      header: [],
      tries: undefined,
      size: undefined,
      rate: undefined,
      wait: 10_000,
      kind: undefined,
      log: undefined,
      into: undefined,
      quick: false,
      json: false,
      debug: false,
      help: false,
    });
    expect(positionals).toEqual({ url: new URL("http://a/"), files: [] });
  });

  test("values in each way to write them, options between positionals, the last one wins", () => {
    const line =
      "--port=1 -p2 -p 3 http://a/ b --header a:1 -H b:2 --size 1kb --rate 5k/s --wait 1m -q --kind slow c";
    expect(read(...line.split(" "))).toMatchObject({
      options: {
        port: 3,
        header: ["a:1", "b:2"],
        size: 1000,
        rate: 5000,
        wait: 60_000,
        quick: true,
        kind: "slow",
      },
      positionals: { files: ["b", "c"] },
    });
  });

  test("what stands behind -- is no option", () => {
    expect(read("http://a/", "--", "--port", "-q").positionals["files"]).toEqual(["--port", "-q"]);
    expect(asksFor("json", ["a", "--json"])).toBe(true);
    expect(asksFor("json", ["a", "--", "--json"])).toBe(false);
  });

  test("a value that begins with a dash, where it is attached; a dash alone", () => {
    expect(read("http://a/", "--header=-x", "-H-y", "--log", "-").options).toMatchObject({
      header: ["-x", "-y"],
      log: "-",
    });
  });

  test("help needs nothing else", () => {
    expect(read("--help").options["help"]).toBe(true);
    expect(read("-h").options["help"]).toBe(true);
  });
});

describe("what is refused", () => {
  test.each([
    [["http://a/", "--prot", "1"], "--prot is no option; did you mean --port?"],
    [["http://a/", "--qiuck"], "--qiuck is no option; did you mean --quick?"],
    [["http://a/", "--xyzzy"], "--xyzzy is no option; see sluice make --help"],
    [["http://a/", "-x"], "-x is no option; see sluice make --help"],
    [["http://a/", "-qx"], "-x is no option; see sluice make --help"],
    [["http://a/", "--constructor"], "--constructor is no option; see sluice make --help"],
    [["http://a/", "--__proto__=1"], "--__proto__ is no option; see sluice make --help"],
    [["http://a/", "--port"], "--port needs a value: --port <port>; see sluice make --help"],
    [["http://a/", "-p"], "-p needs a value: -p <port>; see sluice make --help"],
    [
      ["http://a/", "--port", "--quick"],
      "--port needs a value: --port <port>; one that begins with a dash is written --port=--quick",
    ],
    [["http://a/", "-H", "-q"], "-H needs a value: -H <field>; one that begins with a dash is written -H-q"],
    [["http://a/", "--quick=yes"], "--quick takes no value; see sluice make --help"],
    [["http://a/", "--port="], "--port: an empty text is no port: a whole number from 0 to 65535"],
    [["http://a/", "--port", "65536"], '--port: "65536" is no port: a whole number from 0 to 65535'],
    [["http://a/", "--port", "8e1"], '--port: "8e1" is no port: a whole number from 0 to 65535'],
    [["http://a/", "--tries", "0"], '--tries: "0" is no whole number from 1 to 9'],
    [["http://a/", "--tries", "10"], '--tries: "10" is no whole number from 1 to 9'],
    [["http://a/", "--size", "1001"], '--size: "1001" is no size from 1b to 1kb: write 4096, 4kb, 10MiB'],
    [["http://a/", "--rate", "0"], '--rate: "0" is no rate of 1b/s or more: write 50kb/s, 2MiB/s'],
    [["http://a/", "--wait", "10"], '--wait: "10" is no span of time with a unit: write 250ms, 10s, 1.5m'],
    [["http://a/", "--kind", "slo"], '--kind: "slo" is none of fast, slow'],
    [["ftp://a/"], '<url>: "ftp://a/" is no http or https URL'],
    [["a"], '<url>: "a" is no http or https URL'],
    [[], "<url> is missing; see sluice make --help"],
    [["http://a/", "--\x1b[2J"], "--\\u{1b}[2J is no option; see sluice make --help"],
  ])("%j", (args, sentence) => {
    expect(refusal(...args)).toBe(sentence);
  });

  test("one argument too many", () => {
    const { positionals, ...others } = command;
    const single = { ...others, positionals: { url: positionals["url"] } };
    expect(() => readArguments(single, ["http://a/", "b"])).toThrow('"b" is one argument too many');
  });

  test("the last port that there is, and the first that there isn't", () => {
    expect(read("http://a/", "-p", "65535").options["port"]).toBe(65_535);
    expect(read("http://a/", "-p", "0").options["port"]).toBe(0);
    expect(() => read("http://a/", "-p", "-1")).toThrow(CommandError);
  });
});
