import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit-codes.ts";

/** Whom to trust, as `-k` and `--cacert` say. */
export interface Trust {
  readonly insecure: boolean;
  readonly cacert: string | undefined;
}

/** The same for node:tls. @throws CommandError file */
export async function tlsOptions({ insecure, cacert }: Trust): Promise<ConnectionOptions> {
  return {
    ...(cacert === undefined ? {} : { ca: await certificates(cacert) }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}

async function certificates(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CommandError(`the certificates in ${printable(path)} can't be read`, {
      exitCode: EXIT.file,
      cause,
    });
  }
}
