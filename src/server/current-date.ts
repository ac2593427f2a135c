import { formatHttpDate } from "../semantics/http-date.ts";

let second = 0;
let text = "";

/** The time as IMF-fixdate (RFC 9110 section 5.6.7), made once a second. */
export function httpDate(): string {
  const now = Date.now();
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    text = formatHttpDate(now);
  }
  return text;
}
