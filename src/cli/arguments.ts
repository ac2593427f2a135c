import { parseArgs } from "node:util";
import { printable } from "./columns.ts";
import { allOptions, type Command, type OptionSpec } from "./command.ts";
import { CommandError } from "./command-error.ts";
import { nearest } from "./suggestion.ts";
import { readValue } from "./value-readers.ts";

/** A command line that is understood. */
export interface Arguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly positionals: Readonly<Record<string, unknown>>;
}

/**
 * Reads what follows the name of a command. The cutting into tokens is node:util's. Its own strictness is off, since it would
 * say less: everything is checked here, so that each refusal names the place and what to write.
 * @throws CommandError usage
 */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const specs = allOptions(command);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value, short }]) => [
        name,
        { type: value === undefined ? "boolean" : "string", ...(short === undefined ? {} : { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const free: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") free.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) throw unknownOption(command, specs, rawName);
    const values = given.get(name) ?? [];
    values.push(checkedValue(command, spec, { rawName, value, inlineValue }));
    given.set(name, values);
  }
  // Whoever asks for help may have left out what is needed.
  const options: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) options[name] = optionValue(name, spec, given.get(name));
  return { options, positionals: options["help"] === true ? {} : positionalValues(command, free) };
}

/** Whether a command line asks for rows of JSON, also where it can't be understood. */
export function asksFor(name: string, args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).includes(`--${name}`);
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** The text of the value; that of a flag is empty. */
function checkedValue(
  command: Command,
  spec: OptionSpec,
  { rawName, value, inlineValue }: OptionToken,
): string {
  const hint = helpHint(command);
  if (spec.value === undefined) {
    if (value === undefined) return "";
    throw new CommandError(`${rawName} takes no value`, { hint });
  }
  const shown = `${rawName} <${spec.value.placeholder}>`;
  if (value === undefined) throw new CommandError(`${rawName} needs a value: ${shown}`, { hint });
  // A forgotten value, most likely: the next option stands where it should be.
  if (inlineValue !== true && value.length > 1 && value.startsWith("-"))
    throw new CommandError(`${rawName} needs a value: ${shown}`, {
      hint: `one that begins with a dash is written ${rawName.startsWith("--") ? `${rawName}=${printable(value)}` : `${rawName}${printable(value)}`}`,
    });
  return value;
}

function optionValue(
  name: string,
  { value, default: fallback, multiple }: OptionSpec,
  given?: string[],
): unknown {
  if (value === undefined) return given !== undefined;
  if (multiple === true) return (given ?? []).map((text) => readValue(value, text, `--${name}`));
  const text = given?.at(-1) ?? fallback;
  return text === undefined ? undefined : readValue(value, text, `--${name}`);
}

function positionalValues(command: Command, free: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const hint = helpHint(command);
  let at = 0;
  for (const [name, spec] of Object.entries(command.positionals)) {
    const { value, default: fallback, optional = false, rest = false } = spec;
    const texts = rest ? free.slice(at) : free.slice(at, at + 1);
    at += texts.length;
    if (texts.length === 0 && fallback !== undefined) texts.push(fallback);
    if (texts.length === 0 && !optional) throw new CommandError(`<${name}> is missing`, { hint });
    const read = texts.map((text) => readValue(value, text, `<${name}>`));
    values[name] = rest ? read : read[0];
  }
  if (at < free.length)
    throw new CommandError(`"${printable(free[at].slice(0, 80))}" is one argument too many`, { hint });
  return values;
}

function unknownOption(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  rawName: string,
): CommandError {
  const names = Object.keys(specs);
  const meant = rawName.startsWith("--") ? nearest(rawName.slice(2), names) : undefined;
  const hint = meant === undefined ? helpHint(command) : `did you mean --${meant}?`;
  return new CommandError(`${printable(rawName.slice(0, 80))} is no option`, { hint });
}

const helpHint = (command: Command): string => `see sluice ${command.name} --help`;
