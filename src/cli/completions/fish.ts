import { allOptions, type Command, type OptionSpec } from "../command.ts";
import type { ValueReader } from "../value-readers.ts";
import { PROGRAM_OPTIONS } from "./words.ts";

/** The completions for fish. */
export function fishCompletion(commands: readonly Command[]): string {
  const lines = ["# fish completion of sluice", "complete -c sluice -f"];
  for (const [name, spec] of Object.entries(PROGRAM_OPTIONS))
    lines.push(optionLine("__fish_use_subcommand", name, spec));
  for (const { name, summary } of commands)
    lines.push(`complete -c sluice -n __fish_use_subcommand -a ${name} -d ${quotedForFish(summary)}`);
  for (const command of commands) {
    const condition = `__fish_seen_subcommand_from ${command.name}`;
    for (const [name, spec] of Object.entries(allOptions(command)))
      lines.push(optionLine(condition, name, spec));
    for (const { value } of Object.values(command.positionals)) {
      const words = wordsOf(value);
      if (words !== "") lines.push(`complete -c sluice -n ${quotedForFish(condition)}${words}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function optionLine(condition: string, name: string, { short, help, value }: OptionSpec): string {
  const letter = short === undefined ? "" : ` -s ${short}`;
  // Only -F lets files in.
  const taken = value === undefined ? "" : ` ${value.completion === "file" ? "-r" : "-x"}${wordsOf(value)}`;
  return `complete -c sluice -n ${quotedForFish(condition)} -l ${name}${letter}${taken} -d ${quotedForFish(help)}`;
}

function wordsOf({ completion }: ValueReader): string {
  if (completion === undefined) return "";
  if (completion === "file") return " -F";
  if (completion === "folder") return " -a '(__fish_complete_directories)'";
  return ` -a ${quotedForFish(completion.join(" "))}`;
}

function quotedForFish(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
