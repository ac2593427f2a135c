import type { Channel } from "node:diagnostics_channel";
import { builtin } from "../builtins.ts";

const host = builtin("node:diagnostics_channel");

/** A channel; one that nobody can subscribe to where the host has none. */
function channel(name: string): Channel {
  return host === undefined ? ({ hasSubscribers: false } as Channel) : host.channel(name);
}

/**
 * Events for whoever watches, by node:diagnostics_channel where the host has it; each is published only while somebody has subscribed.
 *
 * | channel | message |
 * |---|---|
 * | `sluice:connection:open`, `sluice:connection:close` | `{ remote }` |
 * | `sluice:connection:error` | `{ remote, error }`: a peer broke a rule, or a deadline passed |
 * | `sluice:request:start` | `{ request }` |
 * | `sluice:request:end` | `{ request, status, error }`: `error` is undefined where the answer is complete |
 * | `sluice:chunk:sent` | `{ request, size }`: one piece of a body, in octets |
 * | `sluice:trailer:dropped` | `{ request, names }`: fields that may not be trailers |
 */
export const diagnostics: Readonly<
  Record<
    | "connectionOpen"
    | "connectionClose"
    | "connectionError"
    | "requestStart"
    | "requestEnd"
    | "chunkSent"
    | "trailerDropped",
    Channel
  >
> = {
  connectionOpen: channel("sluice:connection:open"),
  connectionClose: channel("sluice:connection:close"),
  connectionError: channel("sluice:connection:error"),
  requestStart: channel("sluice:request:start"),
  requestEnd: channel("sluice:request:end"),
  chunkSent: channel("sluice:chunk:sent"),
  trailerDropped: channel("sluice:trailer:dropped"),
};
