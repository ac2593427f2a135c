import { allOptions, type Command, type OptionSpec } from "../command.ts";

/** Options that stand in the place of a command. */
export const PROGRAM_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  help: { short: "h", help: "Show this help" },
  version: { help: "Show the version" },
};

/** The ways to write the options of a command: `--help`, `-h`. */
export function optionWords(options: Readonly<Record<string, OptionSpec>>): string[] {
  return Object.entries(options).flatMap(([name, { short }]) =>
    short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
  );
}

/** The options of a command that take a value, with all their ways to be written. */
export function valueOptions(command: Command): { readonly words: string[]; readonly spec: OptionSpec }[] {
  return Object.entries(allOptions(command))
    .filter(([, { value }]) => value !== undefined)
    .map(([name, spec]) => ({ words: optionWords({ [name]: spec }), spec }));
}

/** Between single quotes, as bash and zsh read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
