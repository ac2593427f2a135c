// What works where, as it stands in docs/hosts.md.

import type { Behaviour } from "./behaviour.ts";
import { BEHAVIOURS } from "./behaviours.ts";
import type { Host } from "./host.ts";
import { HOSTS } from "./hosts.ts";

const YES = "✓";
const NO = "–";

/** By columns, in their order. */
export const COLUMNS: ReadonlyMap<string, readonly Host[]> = grouped(HOSTS);

/** A row for each behaviour, those in which hosts differ first; a column for each kind of host. */
export function table(): string {
  const columns = [...COLUMNS.values()].map(([first]) => first);
  const differs = ({ name }: Behaviour): boolean => columns.some(({ cannot }) => cannot[name] !== undefined);
  const rows = [...BEHAVIOURS.filter(differs), ...BEHAVIOURS.filter((behaviour) => !differs(behaviour))].map(
    ({ name }) => row([name, ...columns.map(({ cannot }) => (cannot[name] === undefined ? YES : NO))]),
  );
  return [row(["", ...COLUMNS.keys()]), row(["---", ...columns.map(() => ":-:")]), ...rows].join("\n");
}

/** Why there isn't a {@link YES} everywhere: a line for each column and reason. */
export function reasons(): string {
  const columns = new Map<string, string[]>();
  for (const { name } of BEHAVIOURS) {
    for (const [column, [{ cannot }]] of COLUMNS) {
      if (cannot[name] === undefined) continue;
      const line = `- *${name}*: ${cannot[name]}`;
      columns.set(line, [...(columns.get(line) ?? []), column]);
    }
  }
  return [...columns].map(([line, of]) => `${line} (${of.join("; ")})`).join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Node 20 has no Map.groupBy. */
function grouped(hosts: readonly Host[]): ReadonlyMap<string, readonly Host[]> {
  const columns = new Map<string, Host[]>();
  for (const host of hosts) {
    const column = columns.get(host.column);
    if (column === undefined) columns.set(host.column, [host]);
    else column.push(host);
  }
  return columns;
}
