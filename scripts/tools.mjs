// @ts-check
// The development tools by path, so that no script depends on PATH, npx or a shell.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The path of a command that an installed package brings with it.
 *
 * @param {string} name the package
 * @param {string} [command] the command, where it is not called like the package
 */
export function tool(name, command = name) {
  const folder = join(root, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[command]);
}
