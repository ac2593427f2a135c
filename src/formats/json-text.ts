import { ProtocolError, UsageError } from "../errors.ts";

/**
 * A value as a JSON text (RFC 8259) on one line: JSON writes line ends inside strings as escapes, so no CR or LF is in it.
 * @throws UsageError `ERR_SLUICE_NO_JSON` for undefined, a function, a symbol, a bigint or a circle, and where `toJSON` throws
 */
export function writeJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch (cause) {
    throw new UsageError("ERR_SLUICE_NO_JSON", { found: String((cause as Error | null)?.message), cause });
  }
  if (text === undefined) throw new UsageError("ERR_SLUICE_NO_JSON", { found: typeof value });
  return text;
}

/** The error for a text that `JSON.parse` refuses. @param place which text it is, e.g. `line 3` */
export function notJson(place: string, text: string, cause: unknown): ProtocolError {
  return new ProtocolError("ERR_SLUICE_FORMAT_SYNTAX", { found: `${place}: ${text}`, cause });
}

/**
 * Whether a character is white space of JSON:
 *
 *     ws = *( %x20 / %x09 / %x0A / %x0D )
 */
export function isJsonSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The index of the first character from `at` on that is no white space of JSON, or `end`. */
export function afterJsonSpace(text: string, at: number, end: number): number {
  let position = at;
  while (position < end && isJsonSpace(text.charCodeAt(position))) position++;
  return position;
}
