import { trimOws } from "../bytes/grammar.ts";
import { latin1 } from "../bytes/latin1.ts";
import type { WireField } from "./rows.ts";

/**
 * The field lines of a section that the strict parser has accepted, with their places: each ends with CR LF and has a colon.
 * @param octets the section's, from its first field line on; an empty line ends it
 * @param start where that is on the wire
 */
export function fieldLines(octets: Uint8Array, start: number): WireField[] {
  const text = latin1(octets, 0, octets.length);
  const fields: WireField[] = [];
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n", at);
    if (end <= at) break;
    const colon = text.indexOf(":", at);
    fields.push({
      name: text.slice(at, colon),
      value: trimOws(text, colon + 1, end),
      offset: start + at,
      octets: end + 2 - at,
    });
    at = end + 2;
  }
  return fields;
}
