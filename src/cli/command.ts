import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";
import type { ValueReader } from "./value-readers.ts";

/** An option of a command; its name is its key in the table, without the dashes. */
export interface OptionSpec<T = unknown> {
  /** One sentence, without a full stop. */
  readonly help: string;
  /** One letter. */
  readonly short?: string | undefined;
  /** How its value is read. Without it the option is a flag. */
  readonly value?: ValueReader<T> | undefined;
  /** Read as if it had been written, where the option isn't. */
  readonly default?: string | undefined;
  /** Whether each time that it stands there counts; else the last one wins. */
  readonly multiple?: boolean | undefined;
}

/** A positional argument of a command; its name is its key in the table. They are read in the order of the table. */
export interface PositionalSpec<T = unknown> {
  /** One sentence, without a full stop. */
  readonly help: string;
  readonly value: ValueReader<T>;
  /** Read where the argument is missing. */
  readonly default?: string | undefined;
  /** Whether it may be missing. One with a default may be, too. */
  readonly optional?: boolean | undefined;
  /** Whether it takes all that follows, one at least unless it is optional. The last one only. */
  readonly rest?: boolean | undefined;
}

/** What a command line shows how to write. */
export interface Example {
  /** Behind `sluice`: `serve --port 0`. */
  readonly line: string;
  /** What it does, as a sentence without a full stop. */
  readonly does: string;
}

/** The value of an option, as `run` gets it. */
export type OptionValue<Spec> = Spec extends { readonly value: ValueReader<infer T> }
  ? Spec extends { readonly multiple: true }
    ? readonly T[]
    : Spec extends { readonly default: string }
      ? T
      : T | undefined
  : boolean;

/** The value of a positional argument, as `run` gets it. */
export type PositionalValue<Spec> = Spec extends { readonly value: ValueReader<infer T> }
  ? Spec extends { readonly rest: true }
    ? readonly T[]
    : Spec extends { readonly optional: true }
      ? T | undefined
      : T
  : never;

/** What a command is run with. */
export interface Invocation<
  Options = Readonly<Record<string, unknown>>,
  Positionals = Readonly<Record<string, unknown>>,
> {
  readonly options: Options;
  readonly positionals: Positionals;
  readonly io: Io;
  /** Rows for machines, lines for people. */
  readonly output: Output;
  /** Aborts at the first SIGINT or SIGTERM, and when the reader of stdout has left; its reason is a {@link StopReason}. */
  readonly stop: AbortSignal;
  /** Aborts at the second signal: whatever is under way is given up. The third one ends the process. */
  readonly stopNow: AbortSignal;
}

/** Why a command is to stop. */
export type StopReason = "SIGINT" | "SIGTERM" | "output closed";

/** A command, in the one table that parsing, help, completions and documentation are made of. */
export interface Command {
  readonly name: string;
  /** One sentence, without a full stop. */
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly positionals: Readonly<Record<string, PositionalSpec>>;
  readonly examples: readonly Example[];
  /** Runs it. What it throws is printed, and becomes the exit code. */
  run(invocation: Invocation): Promise<ExitCode>;
}

/** A command as its author writes it: `run` gets values of the types that the readers of its table have. */
export interface CommandDefinition<
  Options extends Readonly<Record<string, OptionSpec>>,
  Positionals extends Readonly<Record<string, PositionalSpec>>,
> extends Omit<Command, "run"> {
  readonly options: Options;
  readonly positionals: Positionals;
  run(
    invocation: Invocation<
      { readonly [Name in keyof Options]: OptionValue<Options[Name]> },
      { readonly [Name in keyof Positionals]: PositionalValue<Positionals[Name]> }
    >,
  ): Promise<ExitCode>;
}

/** Declares a command. */
export function defineCommand<
  const Options extends Readonly<Record<string, OptionSpec>>,
  const Positionals extends Readonly<Record<string, PositionalSpec>>,
>(definition: CommandDefinition<Options, Positionals>): Command {
  // `run` is a method, so its parameter is compared both ways: what `readArguments` makes of the table has these types.
  return definition;
}

/** Options that every command has. */
export const SHARED_OPTIONS: Readonly<Record<"json" | "debug" | "help", OptionSpec>> = {
  json: { help: "Write rows of JSON to stdout, one a line" },
  debug: { help: "Print the stack of an error, as SLUICE_DEBUG=1 does" },
  help: { short: "h", help: "Show this help" },
};

/** The options of a command and those that every command has. */
export function allOptions(command: Command): Readonly<Record<string, OptionSpec>> {
  return { ...command.options, ...SHARED_OPTIONS };
}
