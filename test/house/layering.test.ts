import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type SourceFile, readImports, readSources, root } from "./imports.ts";

interface Place {
  floor: number;
  mayImport: string[];
}

/** A folder of src or a file directly in it, and what it may import besides itself and `errors.ts`. */
const PLACES: Record<string, Place> = {
  "errors.ts": { floor: 0, mayImport: [] },
  "options.ts": { floor: 0, mayImport: [] },
  "builtins.ts": { floor: 0, mayImport: [] },
  "deferred.ts": { floor: 0, mayImport: [] },
  bytes: { floor: 0, mayImport: [] },
  semantics: { floor: 1, mayImport: ["bytes"] },
  formats: { floor: 1, mayImport: ["bytes"] },
  http1: { floor: 2, mayImport: ["bytes", "semantics"] },
  content: { floor: 2, mayImport: ["builtins.ts", "deferred.ts", "semantics"] },
  reply: { floor: 3, mayImport: ["builtins.ts", "semantics", "formats", "content"] },
  files: { floor: 4, mayImport: ["semantics", "formats", "content", "reply"] },
  channel: { floor: 4, mayImport: ["formats", "reply"] },
  exchange: { floor: 4, mayImport: ["builtins.ts", "http1", "semantics", "content", "reply", "socket"] },
  socket: { floor: 3, mayImport: ["builtins.ts", "deferred.ts", "http1", "semantics", "content"] },
  http2: { floor: 4, mayImport: ["builtins.ts", "deferred.ts", "semantics", "content", "socket"] },
  server: {
    floor: 5,
    mayImport: ["deferred.ts", "http1", "semantics", "content", "reply", "exchange", "socket", "http2"],
  },
  client: {
    floor: 5,
    mayImport: [
      "deferred.ts",
      "bytes",
      "http1",
      "semantics",
      "formats",
      "content",
      "reply",
      "socket",
      "http2",
    ],
  },
  adapters: {
    floor: 6,
    mayImport: [
      "builtins.ts",
      "deferred.ts",
      "http1",
      "semantics",
      "content",
      "reply",
      "exchange",
      "socket",
      "http2",
      "server",
    ],
  },
  inspect: { floor: 6, mayImport: ["bytes", "http1", "semantics", "content", "client"] },
  cli: { floor: 7, mayImport: ["*"] },
  replies: { floor: 7, mayImport: ["*"] },
  "index.ts": { floor: 8, mayImport: ["*"] },
};

/** Nothing imports the command line, and the main entry point is for users. */
const TOPS = ["cli", "index.ts"];

/** They run wherever JavaScript does, so they do no I/O. */
const NEUTRAL = ["errors.ts", "options.ts", "bytes", "semantics", "formats", "http1"];

const DRAWERS = /^(utils?|helpers?|commons?|misc)$/;

const ENTRY_POINTS = Object.values<string | { default: string }>(
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports,
).flatMap((target) =>
  typeof target === "string" ? [] : [target.default.replace("./dist/", "").replace(/\.js$/, ".ts")],
);

describe("src", () => {
  test("keeps to the floors", () => {
    const sources = readSources();
    expect(sources.length).toBeGreaterThan(0);
    expect(faults(sources)).toEqual([]);
  });

  test("the table itself never points upward", () => {
    const upward = Object.entries(PLACES).flatMap(([name, { floor, mayImport }]) =>
      mayImport
        .filter((other) => other !== "*" && PLACES[other].floor >= floor)
        .map((other) => `${name} -> ${other}`),
    );
    expect(upward).toEqual([]);
  });
});

function faults(sources: SourceFile[]): string[] {
  return [
    ...sources.flatMap(({ path }) => nameFaults(path)),
    ...sources.flatMap(importFaults),
    ...cycles(sources),
  ];
}

function nameFaults(path: string): string[] {
  const names = path.replace(/\.ts$/, "").split("/");
  const isBarrel = names.at(-1) === "index" && !ENTRY_POINTS.includes(path);
  const found: string[] = [];
  if (!(placeOf(path) in PLACES)) found.push(`${path}: has no floor in the table`);
  if (names.some((name) => DRAWERS.test(name))) found.push(`${path}: a drawer for anything, not a subject`);
  if (isBarrel) found.push(`${path}: a barrel that is no entry point`);
  return found;
}

function importFaults({ path, imports }: SourceFile): string[] {
  const from = placeOf(path);
  return imports.flatMap((target) => {
    const fault = importFault(from, target);
    return fault === undefined ? [] : [`${path} imports ${target}: ${fault}`];
  });
}

function importFault(from: string, target: string): string | undefined {
  if (target.startsWith("..")) return "outside src";
  if (target.startsWith("node:")) return NEUTRAL.includes(from) ? "a neutral folder does no I/O" : undefined;
  if (!target.endsWith(".ts")) return "there are no run-time dependencies";
  const to = placeOf(target);
  if (to === from || to === "errors.ts") return undefined;
  // What is wrong with an option is an error as others are.
  if (to === "options.ts" && from !== "errors.ts") return undefined;
  if (!(from in PLACES && to in PLACES)) return "has no floor in the table";
  const here = PLACES[from];
  const there = PLACES[to];
  if (TOPS.includes(to)) return "nothing imports it";
  if (there.floor > here.floor) return "upward";
  if (here.mayImport.includes("*") || here.mayImport.includes(to)) return undefined;
  return there.floor === here.floor ? "a sibling" : "not in the table";
}

function placeOf(path: string): string {
  return path.split("/")[0];
}

/** Each circle once, as the path that walks it. */
function cycles(sources: SourceFile[]): string[] {
  const imports = new Map(sources.map((source) => [source.path, source.imports]));
  const finished = new Set<string>();
  const found: string[] = [];
  for (const path of imports.keys()) walk(path, []);
  return found;

  function walk(path: string, trail: string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) found.push(`a circle: ${[...trail.slice(start), path].join(" -> ")}`);
    if (start >= 0 || finished.has(path)) return;
    for (const next of imports.get(path) ?? []) walk(next, [...trail, path]);
    finished.add(path);
  }
}

function faultsOf(files: Record<string, string>): string[] {
  return faults(Object.entries(files).map(([path, text]) => ({ path, imports: readImports(path, text) })));
}

describe("the check finds", () => {
  test("nothing where everything points downward", () => {
    expect(
      faultsOf({
        "index.ts": 'export * from "./server/serve.ts";',
        "server/serve.ts": 'import net from "node:net"; import { Receiver } from "../http1/receiver.ts";',
        "http1/receiver.ts":
          'import { SluiceError } from "../errors.ts"; import { x } from "./limits.ts"; // import "../cli/x.ts"',
        "http1/limits.ts": 'import type { Fields } from "../semantics/fields.ts";',
        "http1/index.ts": 'export { Receiver } from "./receiver.ts";',
      }),
    ).toEqual([]);
  });

  test.each([
    ["an import", 'import { serve } from "../server/serve.ts";'],
    ["an import for its effect", 'import "../server/serve.ts";'],
    ["a type-only import", 'import type { Server } from "../server/serve.ts";'],
    ["a type-only name", 'import { type Server } from "../server/serve.ts";'],
    ["an export from", 'export { serve } from "../server/serve.ts";'],
    ["an export of everything", 'export * from "../server/serve.ts";'],
    ["an export of types", 'export type { Server } from "../server/serve.ts";'],
    ["an import in a value", 'const server = await import("../server/serve.ts");'],
    ["an import in a type", 'let server: import("../server/serve.ts").Server;'],
    ["an import in typeof", 'let serve: typeof import("../server/serve.ts");'],
    ["an import with require", 'import serve = require("../server/serve.ts");'],
    ["a reference", '/// <reference path="../server/serve.ts" />'],
  ])("what goes upward: %s", (_, text) => {
    expect(faultsOf({ "http1/receiver.ts": text })).toEqual([
      "http1/receiver.ts imports server/serve.ts: upward",
    ]);
  });

  test.each([
    ["http1/a.ts", "content/b.ts"],
    ["content/b.ts", "http1/a.ts"],
    ["server/a.ts", "client/b.ts"],
    ["client/b.ts", "server/a.ts"],
    ["semantics/a.ts", "formats/b.ts"],
    ["files/a.ts", "channel/b.ts"],
    ["adapters/a.ts", "inspect/b.ts"],
  ])("siblings that must not know each other: %s -> %s", (from, to) => {
    expect(faultsOf({ [from]: `import type { T } from "../${to}";` })).toEqual([
      `${from} imports ${to}: a sibling`,
    ]);
  });

  test("a lower floor that the table does not give", () => {
    expect(faultsOf({ "server/a.ts": 'import "../files/file.ts";' })).toEqual([
      "server/a.ts imports files/file.ts: not in the table",
    ]);
  });

  test("an import of what nothing imports", () => {
    expect(
      faultsOf({ "cli/a.ts": 'import "../index.ts";', "index.ts": 'export * from "./cli/b.ts";' }),
    ).toEqual([
      "cli/a.ts imports index.ts: nothing imports it",
      "index.ts imports cli/b.ts: nothing imports it",
    ]);
  });

  test("a circle, even when only types go round", () => {
    expect(
      faultsOf({
        "bytes/a.ts": 'import type { B } from "./b.ts";',
        "bytes/b.ts": 'import type { C } from "./c.ts";',
        "bytes/c.ts": 'export type { A } from "./a.ts";',
      }),
    ).toEqual(["a circle: bytes/a.ts -> bytes/b.ts -> bytes/c.ts -> bytes/a.ts"]);
  });

  test("a file that imports itself", () => {
    expect(faultsOf({ "bytes/a.ts": 'import * as self from "./a.ts";' })).toEqual([
      "a circle: bytes/a.ts -> bytes/a.ts",
    ]);
  });

  test("drawers", () => {
    for (const path of ["http1/utils.ts", "bytes/helpers/a.ts", "reply/common/b.ts", "server/misc.ts"]) {
      expect(faultsOf({ [path]: "" })).toEqual([`${path}: a drawer for anything, not a subject`]);
    }
  });

  test("barrels that are no entry point", () => {
    expect(faultsOf({ "bytes/index.ts": "" })).toEqual(["bytes/index.ts: a barrel that is no entry point"]);
  });

  test("folders and files without a floor", () => {
    expect(faultsOf({ "attic/a.ts": "", "version.ts": "" })).toEqual([
      "attic/a.ts: has no floor in the table",
      "version.ts: has no floor in the table",
    ]);
  });

  test("Node in a neutral folder, and packages anywhere", () => {
    expect(
      faultsOf({
        "semantics/a.ts": 'import { hash } from "node:crypto";',
        "formats/b.ts": '/// <reference types="node" />',
        "server/c.ts": 'import fs from "fs"; import mime from "mime"; import { serve } from "sluice";',
      }),
    ).toEqual([
      "semantics/a.ts imports node:crypto: a neutral folder does no I/O",
      "formats/b.ts imports node: there are no run-time dependencies",
      "server/c.ts imports fs: there are no run-time dependencies",
      "server/c.ts imports mime: there are no run-time dependencies",
      "server/c.ts imports sluice: there are no run-time dependencies",
    ]);
  });

  test("an import that nobody can read", () => {
    expect(() => readImports("server/a.ts", "await import(name);")).toThrow("server/a.ts: name is computed");
  });
});
