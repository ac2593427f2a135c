import { join } from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { root } from "./imports.ts";

describe("the neutral folders", () => {
  test("compile with neither Node's nor the browser's types", { timeout: 60_000 }, () => {
    expect(neutralErrors()).toEqual([]);
  });

  // Were the types of Node or the DOM let in by some way, the test above would pass with anything in it.
  test.each([
    ["Buffer.from([])", "Buffer"],
    ["process.exit()", "process"],
    ["setTimeout(() => {}, 1)", "setTimeout"],
    ["document.title", "document"],
    ["fetch('/')", "fetch"],
    ["await import('node:net')", "node:net"],
  ])("have no use for %s", { timeout: 60_000 }, (expression, name) => {
    const errors = neutralErrors(`export const value: unknown = ${expression};\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(name);
  });

  test("make a bundle for the browser without anything of Node's", async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [join(root, "src/http1/index.ts")],
      platform: "browser",
      bundle: true,
      format: "esm",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const outputs = Object.values(metafile.outputs);
    expect(outputs.flatMap((output) => output.imports)).toEqual([]);
    expect(outputs.flatMap((output) => output.exports)).not.toEqual([]);
    expect(outputFiles[0].text).not.toContain("node:");
  });
});

/** What the compiler says about tsconfig.neutral.json, or about one made-up file under the same settings. */
function neutralErrors(madeUp?: string): string[] {
  const settings = ts.readConfigFile(join(root, "tsconfig.neutral.json"), (path) => ts.sys.readFile(path));
  const config = ts.parseJsonConfigFileContent(settings.config, ts.sys, root);
  const host = ts.createCompilerHost(config.options);
  let files = config.fileNames;
  if (madeUp !== undefined) {
    const path = join(root, "src/bytes/made-up.ts");
    files = [path];
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (name, version, ...rest) =>
      name === path ? ts.createSourceFile(name, madeUp, version) : getSourceFile(name, version, ...rest);
  }
  const program = ts.createProgram(files, config.options, host);
  const diagnostics = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
  return diagnostics.map(({ file, messageText }) => {
    return `${file?.fileName ?? "tsconfig"}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
