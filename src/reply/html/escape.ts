import { writeJson } from "../../formats/json-text.ts";

// How a value is written, for each kind of place that it can stand in.

const SPECIAL = /[&<>"']/;

/** Text, safe inside elements and inside quoted attributes. */
export function escapeHtml(value: string): string {
  const first = value.search(SPECIAL);
  if (first === -1) return value;
  let escaped = "";
  let from = 0;
  for (let at = first; at < value.length; at++) {
    const escape = escapeOf(value.charCodeAt(at));
    if (escape === undefined) continue;
    escaped += value.slice(from, at) + escape;
    from = at + 1;
  }
  return escaped + value.slice(from);
}

function escapeOf(unit: number): string | undefined {
  switch (unit) {
    case 0x22:
      return "&quot;";
    case 0x26:
      return "&amp;";
    case 0x27:
      return "&#39;";
    case 0x3c:
      return "&lt;";
    case 0x3e:
      return "&gt;";
    default:
      return undefined;
  }
}

/**
 * JSON as an expression in a script. No character is left that could end the element, begin
 * a comment or a character reference, or, in a script from before ECMAScript 2019, end the line.
 * @throws UsageError `ERR_SLUICE_NO_JSON`
 */
export function scriptJson(value: unknown): string {
  return writeJson(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
