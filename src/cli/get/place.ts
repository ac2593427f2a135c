import { lstat } from "node:fs/promises";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { GetOptions } from "./plan.ts";

/** Whether something has this name: a link that leads nowhere, too. */
export function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Refuses to write where something would be lost: a file at the path, or what an earlier call has left of one; and what is no file,
 * whatever is forced.
 * @throws CommandError file
 */
export async function checkPlace(
  path: string,
  { continue: resumes, force }: Pick<GetOptions, "continue" | "force">,
): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  // What takes its place by its name would be a file from then on: /dev/null for everybody.
  if (there?.isDirectory() === true)
    throw new CommandError(`${printable(path)} is a folder`, { exitCode: EXIT.file });
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink())
    throw new CommandError(`${printable(path)} is no file`, {
      exitCode: EXIT.file,
      hint: "-o - is stdout, which can be sent there",
    });
  if (force) return;
  if (there !== undefined) throw refusal(path, "--force replaces it, -o <file> gives another name");
  const part = `${path}.part`;
  if (await isThere(`${part}.journal`)) {
    if (!resumes)
      throw refusal(part, "it is of an earlier download: -c goes on with it, --force begins anew");
  } else if (await isThere(part)) {
    throw refusal(part, "nothing says what it is of; --force replaces it");
  }
}

function refusal(name: string, hint: string): CommandError {
  return new CommandError(`${printable(name)} is there already`, { exitCode: EXIT.file, hint });
}
