import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ERRORS } from "../../src/errors.ts";
import { root } from "./imports.ts";

const codes = Object.keys(ERRORS);
const mentioned = codesMentionedInSource();

test("docs/errors.md has one heading for each code, in the order of the list", () => {
  const text = readFileSync(join(root, "docs/errors.md"), "utf8");
  const headings = [...text.matchAll(/^### +`?(ERR_[A-Z0-9_]+)`?\s*$/gm)].map((match) => match[1]);
  expect(headings).toEqual(codes);
});

test("the codes look alike", () => {
  expect(codes.length).toBeGreaterThan(0);
  for (const code of codes) expect(code).toMatch(/^ERR_SLUICE(_[A-Z0-9]+)+$/);
});

test("src mentions no code that is not in the list", () => {
  expect([...mentioned].filter((code) => !codes.includes(code))).toEqual([]);
});

test("src uses every code in the list", () => {
  expect(codes.filter((code) => !mentioned.has(code))).toEqual([]);
});

function codesMentionedInSource(): Set<string> {
  const src = join(root, "src");
  const texts = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== join(src, "errors.ts"))
    .map((path) => readFileSync(path, "utf8"));
  return new Set(texts.flatMap((text) => text.match(/\bERR_SLUICE_[A-Z0-9_]+/g) ?? []));
}
