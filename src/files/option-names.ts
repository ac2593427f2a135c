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
