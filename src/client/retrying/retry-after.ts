import { parseHttpDate } from "../../semantics/http-date.ts";

/**
 * How long a server wants its client to wait, in milliseconds; undefined for what is neither of its forms (RFC 9110 section 10.2.3).
 *
 *     Retry-After   = HTTP-date / delay-seconds
 *     delay-seconds = 1*DIGIT
 *
 * @param now milliseconds since 1970
 */
export function retryAfterOf(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]+$/.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const date = parseHttpDate(value);
  return date === undefined ? undefined : Math.max(0, date - now);
}
