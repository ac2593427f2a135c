import { readFileSync } from "node:fs";
import { SluiceError } from "../errors.ts";
import { asksFor, readArguments } from "./arguments.ts";
import { printable } from "./columns.ts";
import type { Command, StopReason } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { Output } from "./output.ts";
import { styleFor } from "./style.ts";
import { nearest } from "./suggestion.ts";

/** Columns of what is no terminal. */
const PAGE = 80;

/**
 * Runs a command line to its end.
 * @param args what stands behind the name of the program
 * @param commands the table; a test may give its own
 * @returns the exit code. It never rejects: what goes wrong is printed to `io.stderr`
 */
export async function main(
  args: readonly string[],
  io: Io,
  commands: readonly Command[] = COMMANDS,
): Promise<ExitCode> {
  const output = outputFor(args, io);
  const [name = "", ...rest] = args;
  const command = commands.find((each) => each.name === name);
  const stops = new Stops(io);
  try {
    const exitCode =
      command === undefined
        ? start(args, io, output, commands)
        : await run(command, rest, { io, output, stops });
    await stops.written();
    return exitCode;
  } catch (error) {
    // Whoever read the output has left, which is no fault, and neither is what came of it.
    if (stops.outputLeft) return EXIT.ok;
    return fail(error, command, output);
  } finally {
    stops.release();
  }
}

/** The last resort, for what was thrown where nobody could catch it. */
export function reportCrash(error: unknown, args: readonly string[], io: Io): ExitCode {
  fail(error, undefined, outputFor(args, io));
  return EXIT.other;
}

function outputFor(args: readonly string[], io: Io): Output {
  const { SLUICE_DEBUG: wished = "" } = io.env;
  const debug = asksFor("debug", args) || !["", "0", "false"].includes(wished);
  return new Output(io, { json: asksFor("json", args), debug });
}

interface Running {
  readonly io: Io;
  readonly output: Output;
  readonly stops: Stops;
}

async function run(
  command: Command,
  args: readonly string[],
  { io, output, stops }: Running,
): Promise<ExitCode> {
  const { options, positionals } = readArguments(command, args);
  if (options["help"] === true) {
    io.stdout.write(commandHelp(command, io.stdout.columns || PAGE, styleFor(io.stdout, io.env)));
    return EXIT.ok;
  }
  stops.listen();
  return command.run({ options, positionals, io, output, stop: stops.stop, stopNow: stops.stopNow });
}

/** A command line without a command. */
function start(args: readonly string[], io: Io, output: Output, commands: readonly Command[]): ExitCode {
  const [first, ...others] = args.filter((each) => each !== "--json" && each !== "--debug");
  if (first === "--version" || first === "--help" || first === "-h") {
    if (others.length > 0)
      throw new CommandError(`"${printable(others[0].slice(0, 80))}" is one argument too many`, {
        hint: "see sluice --help",
      });
    if (first !== "--version") {
      io.stdout.write(programHelp(commands, io.stdout.columns || PAGE, styleFor(io.stdout, io.env)));
    } else if (output.json) {
      output.row({ event: "version", version: ownVersion() });
    } else {
      io.stdout.write(`${ownVersion()}\n`);
    }
    return EXIT.ok;
  }
  const names = commands.map(({ name }) => name);
  if (first === undefined)
    throw new CommandError(`a command is missing: ${names.join(", ")}`, { hint: "see sluice --help" });
  if (names.includes(first))
    throw new CommandError("options stand behind the command", { hint: `write sluice ${first} ${args[0]}` });
  const dashed = first.startsWith("-");
  const meant = nearest(first, dashed ? ["--help", "--version"] : names);
  throw new CommandError(`${printable(first.slice(0, 80))} is no ${dashed ? "option" : "command"}`, {
    hint: meant === undefined ? "see sluice --help" : `did you mean ${meant}?`,
  });
}

/** One line for people, one row for machines. */
function fail(error: unknown, command: Command | undefined, output: Output): ExitCode {
  const exitCode = exitCodeOf(error);
  const { message, stack } = described(error);
  const hint = error instanceof CommandError ? error.hint : undefined;
  const unexpected = exitCode === EXIT.other && !(error instanceof CommandError);
  const where = command === undefined ? "sluice" : `sluice ${command.name}`;
  const what = unexpected ? `unexpected error: ${message}` : message;
  const advice = unexpected && !output.debug ? "--debug shows where" : hint;
  output.divert(undefined);
  output.line(
    `${output.style("bad", `${where}:`)} ${oneLine(what)}${advice === undefined ? "" : `; ${oneLine(advice)}`}`,
  );
  if (output.debug && stack !== undefined) output.line(stack.split("\n").map(printable).join("\n"));
  const code = error instanceof SluiceError ? error.code : (error as NodeJS.ErrnoException | null)?.code;
  output.row({ event: "error", message, code, exitCode });
  return exitCode;
}

/** What the system says of a failure is behind the rule of this package: both are wanted. */
function described(error: unknown): { readonly message: string; readonly stack: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined };
  const { message, stack, cause } = error;
  if (!(error instanceof SluiceError && cause instanceof Error && cause.message !== ""))
    return { message, stack };
  return { message: `${message}: ${cause.message}`, stack: `${stack}\ncaused by ${cause.stack}` };
}

const oneLine = (text: string): string => printable(text.replaceAll(/\s*\n\s*/g, " "));

function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** All that can ask a running command to stop. */
class Stops {
  readonly #io: Io;
  readonly #stop = new AbortController();
  readonly #stopNow = new AbortController();
  readonly #undo: (() => void)[] = [];
  #outputError: NodeJS.ErrnoException | undefined;

  /** Listens for readers that leave from the beginning: help has some, too. */
  constructor(io: Io) {
    this.#io = io;
    const failed = (error: NodeJS.ErrnoException): void => {
      this.#outputError ??= error;
      this.#ask("output closed");
    };
    // They stay, since an error that nobody listens to would end the process noisily.
    io.stdout.on("error", failed);
    io.stderr.on("error", failed);
  }

  /** Whether whoever read the output has left. */
  get outputLeft(): boolean {
    return this.#outputError?.code === "EPIPE";
  }

  /** Resolves when all that was written has been handed over. @throws what went wrong with the output, e.g. a full disk */
  async written(): Promise<void> {
    await new Promise<void>((resolve) => this.#io.stdout.write("", () => resolve()));
    if (this.#outputError !== undefined) throw this.#outputError;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get stopNow(): AbortSignal {
    return this.#stopNow.signal;
  }

  listen(): void {
    for (const name of ["SIGINT", "SIGTERM"] as const)
      this.#undo.push(this.#io.onSignal(name, () => this.#signalled(name)));
  }

  /** Signals end the process again. */
  release(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #signalled(name: StopReason): void {
    if (!this.#stop.signal.aborted) {
      this.#ask(name);
      return;
    }
    this.#stopNow.abort(name);
    this.release();
  }

  #ask(reason: StopReason): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(reason);
  }
}
