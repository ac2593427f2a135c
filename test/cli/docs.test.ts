import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SHARED_OPTIONS } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/exit-codes.ts";
import { optionUsage, usageOf } from "../../src/cli/help.ts";
import { root } from "../house/imports.ts";

const DOCS = readFileSync(join(root, "docs/cli.md"), "utf8");

/** The text below a heading, up to the next one of its rank. */
function section(title: string): string {
  const parts = DOCS.split(/^## /m);
  const found = parts.find((part) => part.startsWith(`${title}\n`));
  if (found === undefined) throw new Error(`docs/cli.md has no section ${title}`);
  return found;
}

/** The cells of the rows that begin with code. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
}

type Specs = (typeof COMMANDS)[number]["options"];

function optionRows(options: Specs): string[][] {
  return Object.entries(options).map(([name, spec]) => {
    const short = spec.short === undefined ? "" : `\`-${spec.short}\`, `;
    const fallback = spec.default === undefined ? "" : `\`${spec.default}\``;
    return [`${short}\`${optionUsage(name, spec)}\``, fallback, spec.help];
  });
}

describe.each(COMMANDS.map((command) => [command.name, command] as const))(
  "docs/cli.md, sluice %s",
  (name, command) => {
    const text = section(`sluice ${name}`);

    test("its usage, its positionals and options in the order of the table", () => {
      expect(text).toContain(`    ${usageOf(command)}\n`);
      const positionals = Object.entries(command.positionals).map(([each, spec]) => [
        `\`<${each}>\``,
        spec.default === undefined ? "" : `\`${spec.default}\``,
        spec.help,
      ]);
      const expected = [...positionals, ...optionRows(command.options)];
      expect(rows(text).slice(0, expected.length)).toEqual(expected);
    });

    test("its examples", () => {
      for (const { line } of command.examples) expect(text).toContain(`sluice ${line}`);
    });
  },
);

test("no command too many", () => {
  const titles = [...DOCS.matchAll(/^## sluice (\S+)$/gm)].map(([, name]) => name);
  expect(titles).toEqual(COMMANDS.map(({ name }) => name));
});

test("the options that every command has", () => {
  expect(rows(section("Every command"))).toEqual(optionRows(SHARED_OPTIONS));
});

test("the exit codes", () => {
  const expected = Object.entries(EXIT).map(([name, code]) => [
    `\`${code}\``,
    EXIT_MEANINGS[name as keyof typeof EXIT],
  ]);
  expect(rows(section("Exit codes"))).toEqual(expected);
});
