import { encodeEvent, type ServerEvent } from "../formats/sse-encoder.ts";
import { UsageError } from "../errors.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import type { PieceSource } from "./body.ts";
import { KeptAlive } from "./kept-alive.ts";
import {
  checkReplyOptions,
  NO_OPTIONS,
  REPLY_OPTIONS,
  type Reply,
  type ReplyOptions,
  streamed,
} from "./reply.ts";
import { FormattedBody, type ValueFormat, type ValueSource } from "./value-source.ts";

/** What {@link sse} takes. */
export interface SseOptions extends ReplyOptions {
  /** Milliseconds that the reader waits before it reconnects; sent first. Default: left to the reader. */
  readonly retry?: number | undefined;
  /** Milliseconds of silence after which a comment is sent, so that nobody takes the stream for dead. Default 15,000; 0 for never. */
  readonly heartbeat?: number | undefined;
}

const OPTIONS: ReadonlySet<keyof SseOptions> = new Set([...REPLY_OPTIONS, "retry", "heartbeat"]);

/** Fields that keep caches and proxies from holding events back. */
const FIELDS: readonly (readonly [name: string, value: string])[] = [
  ["Cache-Control", "no-cache"],
  // Of nginx and those who follow it.
  ["X-Accel-Buffering", "no"],
  // RFC 10036.
  ["Incremental", "?1"],
];

/**
 * A reply of server-sent events (HTML section 9.2), compressed or not each at the reader when it happens. What the reader has seen last
 * is in `request.headers.get("last-event-id")`.
 * @param source of events, or of texts for events that are data alone
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_INVALID_EVENT` and `ERR_SLUICE_NO_JSON` while sending
 */
export function sse(source: ValueSource<ServerEvent | string>, options: SseOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options, OPTIONS);
  return eventStream(
    source,
    (value) => (typeof value === "string" ? { data: value } : (value as ServerEvent)),
    options,
  );
}

/**
 * A reply of events, a chunk each.
 * @param eventOf what the event of a value is
 * @param options whose names have been checked
 */
export function eventStream(
  source: ValueSource<unknown>,
  eventOf: (value: unknown) => ServerEvent,
  options: SseOptions,
): Reply {
  const { retry, heartbeat = 15_000, ...rest } = options;
  if (!(heartbeat >= 0 && heartbeat < 2 ** 31))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `heartbeat: ${heartbeat}` });
  if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `retry: ${retry}` });
  const format = (): ValueFormat => ({
    ...(retry === undefined ? {} : { begin: () => encodeEvent({ retry }) }),
    item: (value) => encodeEvent(eventOf(value)),
    apart: true,
  });
  const events = (values: unknown): PieceSource => {
    const body = new FormattedBody(values, format);
    return heartbeat === 0 ? body : new KeptAlive(body, heartbeat);
  };
  const body = typeof source === "function" ? () => events(source()) : events(source);
  return streamed("text/event-stream", body, { ...rest, headers: unbuffered(rest.headers) });
}

function unbuffered(headers: FieldsInit | undefined): Fields {
  const fields = Fields.from(headers ?? {});
  for (const [name, value] of FIELDS) if (!fields.has(name)) fields.set(name, value);
  return fields;
}
