import { type Command, defineCommand, type Invocation } from "../../src/cli/command.ts";
import { EXIT } from "../../src/cli/exit-codes.ts";
import {
  byteCount,
  byteRate,
  duration,
  filePath,
  folderPath,
  httpUrl,
  oneOf,
  port,
  textValue,
  wholeNumber,
} from "../../src/cli/value-readers.ts";

/** A command with every kind of option. */
export function madeUpCommand(
  run: (invocation: Invocation) => Promise<number> = async () => EXIT.ok,
): Command {
  return defineCommand({
    name: "make",
    summary: "Make something up",
    positionals: {
      url: { help: "Where from", value: httpUrl },
      files: { help: "Where to", value: filePath, rest: true, optional: true },
    },
    options: {
      port: { short: "p", help: "A port", value: port, default: "80" },
      header: {
        short: "H",
        help: "A field; it's said [once] or more",
        value: textValue("field"),
        multiple: true,
      },
      tries: { help: "How often", value: wholeNumber(1, 9) },
      size: { help: "How large", value: byteCount(1, 1000, "from 1b to 1kb") },
      rate: { help: "How fast", value: byteRate },
      wait: { help: "How long", value: duration, default: "10s" },
      kind: { help: "Which", value: oneOf("kind", ["fast", "slow"]) },
      log: { help: "The log", value: filePath },
      into: { help: "The folder", value: folderPath },
      quick: { short: "q", help: "Whether it's quick" },
    },
    examples: [{ line: "make http://a/ b", does: "Make b of a" }],
    async run(invocation) {
      // The types that the table gives.
      const { options, positionals } = invocation;
      const typed: [
        number,
        readonly string[],
        number | undefined,
        boolean,
        "fast" | "slow" | undefined,
        URL,
      ] = [options.port, options.header, options.tries, options.quick, options.kind, positionals.url];
      return typed.length > 0 ? ((await run(invocation)) as 0) : EXIT.other;
    },
  });
}
