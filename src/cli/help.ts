import { columnsOf } from "../inspect/display-width.ts";
import { padToColumns, wrapToColumns } from "./columns.ts";
import { allOptions, type Command, type OptionSpec, type PositionalSpec } from "./command.ts";
import { plain, type Style } from "./style.ts";

/** Wider lines are hard to read. */
const WIDEST = 100;
const NARROWEST = 40;

/** What `sluice --help` says. */
export function programHelp(commands: readonly Command[], width: number, style: Style = plain): string {
  const rows = commands.map(({ name, summary }): Row => [name, summary]);
  const options: Row[] = [
    ["-h, --help", "Show this help"],
    ["    --version", "Show the version"],
  ];
  return [
    "HTTP streaming that says truthfully how it ended.",
    "",
    heading("Usage", style),
    "  sluice <command> [options]",
    "",
    heading("Commands", style),
    ...table(rows, width, style),
    "",
    heading("Options", style),
    ...table(options, width, style),
    "",
    "sluice <command> --help says more of a command.",
    "",
  ].join("\n");
}

/** What `sluice <command> --help` says. */
export function commandHelp(command: Command, width: number, style: Style = plain): string {
  const lines = [`${command.summary}.`, "", heading("Usage", style), `  ${usageOf(command)}`];
  const positionals = Object.entries(command.positionals);
  if (positionals.length > 0) {
    const rows = positionals.map(([name, spec]): Row => [`<${name}>`, `${spec.help}${defaultOf(spec)}`]);
    lines.push("", heading("Arguments", style), ...table(rows, width, style));
  }
  const options = Object.entries(allOptions(command));
  const rows = options.map(([name, spec]): Row => [
    `${spec.short === undefined ? "    " : `-${spec.short}, `}${optionUsage(name, spec)}`,
    `${spec.help}${defaultOf(spec)}`,
  ]);
  lines.push("", heading("Options", style), ...table(rows, width, style));
  if (command.examples.length > 0) lines.push("", heading("Examples", style));
  for (const { line, does } of command.examples)
    lines.push(`  ${style("name", `sluice ${line}`)}`, `      ${does}`);
  return `${lines.join("\n")}\n`;
}

/** A command with all that it takes: `sluice serve [options] [<folder>]`. */
export function usageOf(command: Command): string {
  const positionals = Object.entries(command.positionals).map(([name, spec]) => {
    const shown = `<${name}>${spec.rest === true ? "..." : ""}`;
    return spec.optional === true || spec.default !== undefined ? `[${shown}]` : shown;
  });
  return ["sluice", command.name, "[options]", ...positionals].join(" ");
}

/** An option as it is written: `--port <port>`. */
export function optionUsage(name: string, { value }: OptionSpec): string {
  return value === undefined ? `--${name}` : `--${name} <${value.placeholder}>`;
}

function defaultOf(spec: OptionSpec | PositionalSpec): string {
  return spec.default === undefined ? "" : ` (default: ${spec.default})`;
}

const heading = (text: string, style: Style): string => style("strong", `${text}:`);

type Row = readonly [left: string, right: string];

function table(rows: readonly Row[], width: number, style: Style): string[] {
  const all = Math.min(Math.max(width, NARROWEST), WIDEST);
  const left = Math.max(...rows.map(([text]) => columnsOf(text)));
  const indent = left + 4;
  // Where two columns leave no room to read, the right one stands below the left one.
  const beneath = indent > all / 2;
  const right = beneath ? all - 8 : all - indent;
  return rows.flatMap(([name, text]) => {
    const lines = wrapToColumns(text, right);
    if (beneath) return [`  ${style("name", name)}`, ...lines.map((line) => `        ${line}`)];
    const first = `  ${style("name", padToColumns(name, left))}  ${lines[0]}`;
    return [first, ...lines.slice(1).map((line) => " ".repeat(indent) + line)];
  });
}
