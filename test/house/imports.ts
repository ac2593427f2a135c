// Reads what a TypeScript file imports, with the compiler's own parser: a regular expression misses
// `import("x").T` in a type and finds imports in comments.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SourceFile {
  /** Relative to src, with forward slashes: `http1/chunked-decoder.ts`. */
  path: string;
  /** Paths like the above for relative imports; anything else as it was written. */
  imports: string[];
}

export function readSources(): SourceFile[] {
  const src = join(root, "src");
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => {
      const path = relative(src, file).replaceAll(sep, "/");
      return { path, imports: readImports(path, readFileSync(file, "utf8")) };
    });
}

export function readImports(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  // These pull types in past every import: /// <reference types="node" />
  for (const { fileName } of file.typeReferenceDirectives) found.push(fileName);
  for (const { fileName } of file.referencedFiles) found.push(`./${fileName}`);
  for (const { fileName } of file.libReferenceDirectives) found.push(`lib.${fileName}`);
  visit(file);
  return found.map((specifier) => resolve(path, specifier));

  function visit(node: ts.Node): void {
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      if (!ts.isStringLiteralLike(specifier)) {
        throw new Error(`${path}: ${specifier.getText()} is computed, so nobody can tell what it imports`);
      }
      found.push(specifier.text);
    }
    ts.forEachChild(node, visit);
  }
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isImportTypeNode(node)) return node.argument;
  if (ts.isCallExpression(node) && isImportCall(node)) return node.arguments[0];
  return undefined;
}

function isImportCall(node: ts.CallExpression): boolean {
  return node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return posix.join(posix.dirname(path), specifier);
}
