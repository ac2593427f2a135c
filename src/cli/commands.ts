import type { Command } from "./command.ts";
import { completionsCommand } from "./commands/completions.ts";
import { getCommand } from "./commands/get.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { serveCommand } from "./commands/serve.ts";

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  getCommand,
  inspectCommand,
  completionsCommand(() => COMMANDS),
];
