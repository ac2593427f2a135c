import { trimOws } from "../bytes/grammar.ts";

/** The elements of a comma-separated field value, trimmed; empty ones are kept (RFC 9110 section 5.6.1). */
export function listElements(value: string): string[] {
  return value.split(",").map((element) => trimOws(element, 0, element.length));
}

/** Whether a list has a member, in any case, its parameters aside: `Connection`, `TE`, `Expect`. */
export function listHas(value: string | undefined, member: string): boolean {
  if (value === undefined) return false;
  if (value.length === member.length) return value.toLowerCase() === member;
  return listElements(value).some((element) => element.split(";")[0].trimEnd().toLowerCase() === member);
}

/**
 * The elements of a comma-separated field value, trimmed, where a comma inside a quoted string parts nothing (RFC 9110 sections 5.6.1
 * and 5.6.4). Empty ones are kept; a quoted string that is left open runs to the end of the value.
 */
export function quotedListElements(value: string): string[] {
  if (!value.includes('"')) return listElements(value);
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (character === '"') quoted = !quoted;
    else if (character === "\\" && quoted) at++;
    else if (character === "," && !quoted) {
      elements.push(trimOws(value, start, at));
      start = at + 1;
    }
  }
  elements.push(trimOws(value, start, value.length));
  return elements;
}
