import { allOptions, type Command } from "../command.ts";
import type { ValueReader } from "../value-readers.ts";
import { optionWords, PROGRAM_OPTIONS, quoted, valueOptions } from "./words.ts";

/** The completions for bash, from 3.2 on, with nothing but itself. */
export function bashCompletion(commands: readonly Command[]): string {
  const first = [...commands.map(({ name }) => name), ...optionWords(PROGRAM_OPTIONS)];
  return `# bash completion of sluice
_sluice_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_sluice_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=
  ((COMP_CWORD > 0)) && prev=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # bash breaks words at the equals sign: --port=80 is three of them.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD <= 1)); then
    _sluice_words ${quoted(first.join(" "))}
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(ofCommand).join("\n")}
  esac
}
complete -F _sluice sluice
`;
}

function ofCommand(command: Command): string {
  const options = valueOptions(command).map(
    ({ words, spec }) => `        ${words.join(" | ")}) ${completionOf(spec.value!)}; return ;;`,
  );
  const values = options.length === 0 ? [] : ["      case $prev in", ...options, "      esac"];
  const [free] = Object.values(command.positionals);
  return [
    `    ${command.name})`,
    ...values,
    "      if [[ $cur == -* ]]; then",
    `        _sluice_words ${quoted(optionWords(allOptions(command)).join(" "))}`,
    "      else",
    `        ${free === undefined ? ":" : completionOf(free.value)}`,
    "      fi",
    "      ;;",
  ].join("\n");
}

function completionOf({ completion }: ValueReader): string {
  if (completion === undefined) return ":";
  if (completion === "file") return "_sluice_paths -f";
  if (completion === "folder") return "_sluice_paths -d";
  return `_sluice_words ${quoted(completion.join(" "))}`;
}
