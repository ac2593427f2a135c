import { allOptions, type Command, type OptionSpec } from "../command.ts";
import type { ValueReader } from "../value-readers.ts";
import { optionWords, PROGRAM_OPTIONS, quoted } from "./words.ts";

/** The completions for zsh: to be put into its `fpath` as `_sluice`, or to be sourced. */
export function zshCompletion(commands: readonly Command[]): string {
  const described = commands.map(({ name, summary }) => quoted(`${escaped(name)}:${summary}`)).join(" ");
  return `#compdef sluice
_sluice() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${optionsOf(PROGRAM_OPTIONS, "(- *)").join(" ")} '1:command:->command' '*::argument:->argument' && return
  case $state in
    command)
      local -a commands=(${described})
      _describe command commands
      ;;
    argument)
      case $line[1] in
${commands.map(ofCommand).join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _sluice ]]; then
  _sluice "$@"
else
  compdef _sluice sluice
fi
`;
}

function ofCommand(command: Command): string {
  const positionals = Object.entries(command.positionals).map(
    ([name, { value, rest, optional, default: fallback }]) => {
      const colons = optional === true || fallback !== undefined ? "::" : ":";
      return quoted(`${rest === true ? "*" : ""}${colons}${escaped(name)}:${actionOf(value)}`);
    },
  );
  const all = [...optionsOf(allOptions(command)), ...positionals];
  return `        ${command.name}) _arguments -s ${all.join(" ")} ;;`;
}

function optionsOf(options: Readonly<Record<string, OptionSpec>>, excluded: string = ""): string[] {
  return Object.entries(options).flatMap(([name, spec]) =>
    optionWords({ [name]: spec }).map((word) => {
      const { value, help, multiple } = spec;
      const sign = value !== undefined && word.startsWith("--") ? "=" : value === undefined ? "" : "+";
      const taken = value === undefined ? "" : `:${escaped(value.placeholder)}:${actionOf(value)}`;
      return quoted(`${multiple === true ? "*" : excluded}${word}${sign}[${escaped(help)}]${taken}`);
    }),
  );
}

function actionOf({ completion }: ValueReader): string {
  if (completion === undefined) return "";
  if (completion === "file") return "_files";
  if (completion === "folder") return "_files -/";
  return `(${completion.join(" ")})`;
}

/** Colons and brackets end what they stand in. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, "\\$&");
}
