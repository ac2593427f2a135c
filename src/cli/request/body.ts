import { constants, createReadStream, openAsBlob } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Body } from "../../reply/body.ts";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { BodyOrigin } from "./value-readers.ts";

/**
 * The body of a request. A file goes out with its size and can be sent again after a redirect; stdin, and what is no regular file,
 * goes out in chunks as it comes.
 * @throws CommandError file
 */
export async function openBody(origin: BodyOrigin | undefined, io: Io): Promise<Body> {
  if (origin === undefined) return null;
  if (origin.from === "text") return origin.text;
  if (origin.from === "stdin") return io.stdin;
  const { path } = origin;
  try {
    await access(path, constants.R_OK);
    const stats = await stat(path);
    if (stats.isDirectory())
      throw new CommandError(`${printable(path)} is a folder`, { exitCode: EXIT.file });
    return stats.isFile() ? await openAsBlob(path) : createReadStream(path);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const what = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : "can't be read";
    throw new CommandError(`${printable(path)} ${what}`, { exitCode: EXIT.file, cause });
  }
}

/** Whether a body can be sent a second time. */
export function isRepeatable(origin: BodyOrigin | undefined): boolean {
  return origin?.from !== "stdin";
}
