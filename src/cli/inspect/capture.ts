import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { CapturedArrivals } from "./captured-arrivals.ts";
import { Inspection, type InspectionOptions } from "./inspection.ts";

/** How a captured response is inspected. */
export interface CaptureOptions extends Pick<
  InspectionOptions,
  "presentation" | "io" | "stop" | "maxTime" | "maxChunks"
> {
  /** Of the request that it answers. Default GET. */
  readonly method: string | undefined;
}

/** Inspects the response in a file, or on standard input. @throws CommandError file */
export async function inspectCapture(
  path: string,
  { method = "GET", ...options }: CaptureOptions,
): Promise<ExitCode> {
  const { presentation, io } = options;
  const stream = path === "-" ? io.stdin : createReadStream(await checkedFile(path));
  presentation.begin(path === "-" ? "standard input" : path, method, undefined);
  const arrivals = new CapturedArrivals(stream, presentation.waiting);
  const result = await new Inspection(arrivals, { ...options, method, timed: false, relayed: false }).run();
  return "verdict" in result ? result.exitCode : EXIT.other;
}

/** @throws CommandError file */
async function checkedFile(path: string): Promise<string> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    const shown = printable(path.slice(0, 80));
    throw new CommandError(`${shown} is neither a URL nor a file that is there`, {
      exitCode: EXIT.file,
      hint: `a URL begins with its scheme: http://${shown}`,
      cause,
    });
  });
  if (found.isDirectory()) throw new CommandError(`${printable(path)} is a folder`, { exitCode: EXIT.file });
  return path;
}
