import { UsageError } from "../errors.ts";
import type { ReplyOptions } from "../reply/reply.ts";

const NAMES = {
  status: true,
  headers: true,
  trailers: true,
  trailersAlways: true,
  compress: true,
  digest: true,
  contentMd5: true,
  timing: true,
} satisfies Record<keyof ReplyOptions, true>;

/** What every reply takes. */
export const REPLY_OPTIONS: readonly (keyof ReplyOptions)[] = Object.keys(NAMES) as never;

/** Refuses names that are no options: what is misspelt would not hold. @throws UsageError `ERR_SLUICE_OPTION` */
export function checkNames(options: object, known: ReadonlySet<string>): void {
  const unknown = Object.keys(options).find((name) => !known.has(name));
  if (unknown !== undefined) throw new UsageError("ERR_SLUICE_OPTION", { found: unknown });
}
