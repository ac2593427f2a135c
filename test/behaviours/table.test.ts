import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BEHAVIOURS } from "./behaviours.ts";
import { COLUMNS, reasons, table } from "./table.ts";

const doc = readFileSync(new URL("../../docs/hosts.md", import.meta.url), "utf8");

test("docs/hosts.md says what the suite shows", () => {
  expect(
    doc.split("\n").filter((line) => line.startsWith("| ") && line.includes(" ✓ ")).length,
  ).toBeGreaterThan(0);
  expect(doc).toContain(table());
  expect(doc).toContain(reasons());
});

test("every host is named in docs/hosts.md", () => {
  const names = [...COLUMNS.values()].flat().map(({ name }) => name);
  expect(names.filter((name) => !doc.includes(name))).toEqual([]);
});

test("hosts that share a column can do the same", () => {
  for (const hosts of COLUMNS.values())
    for (const { cannot, name } of hosts) expect(cannot, name).toEqual(hosts[0].cannot);
});

test("no two behaviours have one name", () => {
  expect(new Set(BEHAVIOURS.map(({ name }) => name)).size).toBe(BEHAVIOURS.length);
});
