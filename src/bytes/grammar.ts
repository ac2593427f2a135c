/**
 * The character classes of tables.ts for text, and the white space around it.
 */
import { HTAB, SP } from "./tables.ts";

/** `token` (RFC 9110 section 5.6.2), as a part of a regular expression. */
export const TOKEN_PATTERN: string = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";

const TOKEN = new RegExp(`^${TOKEN_PATTERN}$`);

/** Whether a text is a token (RFC 9110 section 5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** `text` from `start` to `end` without the spaces and tabs around it: OWS, RFC 9110 section 5.6.3. In linear time, which no regular expression for both ends is. */
export function trimOws(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}
