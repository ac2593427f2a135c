import { UsageError } from "../errors.ts";
import { writeJson } from "./json-text.ts";

/** An event of an event stream (HTML section 9.2, `text/event-stream`), as a server sends it. */
export interface ServerEvent {
  /**
   * Text, which is sent as it is, or any other JSON value, which is sent as JSON. A line end in text, CR LF, CR or LF, arrives as LF:
   * the format knows no other. Without data nothing is dispatched at the reader, but an id, a retry and a comment are sent all the same.
   */
  data?: unknown;
  /** The name under which the reader listens; without one it is `message`. It needs data: readers drop a name alone. */
  event?: string | undefined;
  /** What the reader sends back as Last-Event-ID when it reconnects; an empty one takes the last one back. */
  id?: string | undefined;
  /** Milliseconds that the reader waits before it reconnects: an integer that is not negative. */
  retry?: number | undefined;
  /** A comment, which readers ignore. */
  comment?: string | undefined;
}

/** A comment without a text: it keeps intermediaries from taking a quiet stream for a dead one, and dispatches nothing. */
export const HEARTBEAT = ":\n\n";

const LINE_END = /\r\n|\r|\n/g;
const NAME = /^[^\r\n]*$/;
const ID = /^[^\r\n\0]*$/;

/**
 * An event as it stands in the stream, its empty line included: the twin of {@link SseParser}.
 *
 *     event   = *( comment / field ) end-of-line
 *     comment = colon *any-char end-of-line
 *     field   = 1*name-char [ colon [ space ] *any-char ] end-of-line
 *
 * Each value has its space before it, since a reader takes one away. No event begins with a byte order mark, so none is lost at the
 * start of a stream.
 * @throws UsageError `ERR_SLUICE_INVALID_EVENT`; `ERR_SLUICE_NO_JSON` for data that JSON cannot write
 */
export function encodeEvent(event: ServerEvent): string {
  if (typeof event !== "object" || event === null) throw refusal(event === null ? "null" : typeof event);
  const { data } = event;
  const before = linesBeforeData(event);
  if (data === undefined) {
    if (event.event !== undefined) throw refusal("an event name without data");
    if (before === "") throw refusal("nothing to send");
    return `${before}\n`;
  }
  // JSON has its line ends escaped.
  if (typeof data !== "string") return `${before}data: ${writeJson(data)}\n\n`;
  if (!data.includes("\n") && !data.includes("\r")) return `${before}data: ${data}\n\n`;
  return `${before}data: ${data.replace(LINE_END, "\ndata: ")}\n\n`;
}

function linesBeforeData({ event, id, retry, comment }: ServerEvent): string {
  let lines = "";
  if (comment !== undefined) {
    if (typeof comment !== "string") throw refusal(`a comment of type ${typeof comment}`);
    lines = `: ${comment.replace(LINE_END, "\n: ")}\n`;
  }
  if (event !== undefined) {
    lines += line("event", event, NAME);
  }
  if (id !== undefined) {
    lines += line("id", id, ID);
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0) throw refusal(`retry: ${String(retry)}`);
    // A negative zero is written without its sign.
    lines += `retry: ${retry}\n`;
  }
  return lines;
}

function line(name: string, value: string, pattern: RegExp): string {
  if (typeof value !== "string") throw refusal(`${name} of type ${typeof value}`);
  if (!pattern.test(value)) throw refusal(`${name}: ${value}`);
  return `${name}: ${value}\n`;
}

function refusal(found: string): UsageError {
  return new UsageError("ERR_SLUICE_INVALID_EVENT", { found });
}
