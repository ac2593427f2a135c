import { defineCommand, type Command } from "../command.ts";
import { bashCompletion } from "../completions/bash.ts";
import { fishCompletion } from "../completions/fish.ts";
import { zshCompletion } from "../completions/zsh.ts";
import { EXIT } from "../exit-codes.ts";
import { oneOf } from "../value-readers.ts";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `sluice completions <shell>`. The table of commands is handed in, since this command stands in it. */
export function completionsCommand(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: "completions",
    summary: "Print what a shell needs to complete commands, options and values",
    options: {},
    positionals: {
      shell: { help: "The shell: bash, zsh or fish", value: oneOf("shell", ["bash", "zsh", "fish"]) },
    },
    examples: [
      { line: "completions bash > ~/.local/share/bash-completion/completions/sluice", does: "For bash" },
      { line: "completions zsh > ~/.zfunc/_sluice", does: "For zsh, with ~/.zfunc in its fpath" },
      { line: "completions fish > ~/.config/fish/completions/sluice.fish", does: "For fish" },
    ],
    async run({ positionals: { shell }, io, output }) {
      const script = SCRIPTS[shell](commands());
      if (output.json) output.row({ event: "completions", shell, script });
      else io.stdout.write(script);
      return EXIT.ok;
    },
  });
}
