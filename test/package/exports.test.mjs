// The package as its users see it. node:test and plain JavaScript, so that other runtimes can run this file too.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);
const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const modules = Object.entries(exports).filter(([, target]) => typeof target !== "string");

test("there is something to import", () => {
  assert.ok(modules.length > 0);
});

for (const [subpath, target] of modules) {
  const specifier = name + subpath.slice(1);

  test(`${specifier} can be imported`, async () => {
    const module = await import(specifier);
    assert.notEqual(Object.keys(module).length, 0);
  });

  test(`${specifier} can be required, and is the same module`, async () => {
    assert.equal(require(specifier), await import(specifier));
  });

  test(`${specifier} has its types`, () => {
    assert.deepEqual(Object.keys(target), ["types", "default"]);
    assert.equal(target.types, target.default.replace(/\.js$/, ".d.ts"));
    assert.ok(existsSync(join(root, target.types)));
  });
}

test("the types are right by themselves, also for those who don't skip the checks of libraries", () => {
  const program = ts.createProgram({
    rootNames: modules.map(([, { types }]) => join(root, types)),
    options: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    },
  });
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    return `${file?.fileName}: ${message}`;
  });
  assert.deepEqual(faults, []);
});

test(`${name}/package.json can be read`, () => {
  assert.equal(require(`${name}/package.json`).name, name);
});

test("no file of dist imports a package, or a file that is not there", () => {
  const dist = join(root, "dist");
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(js|ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  assert.notEqual(files.length, 0);

  for (const file of files) {
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(
      readFileSync(file, "utf8"),
      true,
      true,
    );
    assert.deepEqual(typeReferenceDirectives, [], file);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith("node:")) continue;
      assert.match(fileName, /^\.\.?\//, `${file} imports ${fileName}`);
      const target = join(dirname(file), fileName);
      // A declaration file may keep the .ts of its source: compilers then look for the .d.ts beside it.
      const found =
        existsSync(target) || (file.endsWith(".d.ts") && existsSync(target.replace(/\.ts$/, ".d.ts")));
      assert.ok(found, `${file} imports ${fileName}`);
    }
  }
});
