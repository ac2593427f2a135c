import { isToken, trimOws } from "../bytes/grammar.ts";

const VALUE = /^[\t\x20-\x7e\x80-\uffff]*$/;
const BEYOND_ASCII = /[\x80-\xff]/;
const NOT_ASCII = /[%\x80-\xff]/g;

/** Whether a field can stand in the head of a part: a token, and a value without control characters but the tab. */
export function isPartField(name: string, value: string): boolean {
  return typeof name === "string" && typeof value === "string" && isToken(name) && VALUE.test(value);
}

/**
 * The name and the value of a field line without its line end, an octet a character, or undefined where it is none.
 *
 *     field = field-name ":" OWS field-value OWS
 *
 * A line that begins with white space (obs-fold) is none. Octets above ASCII are UTF-8, as in RFC 7578 section 5.1 and RFC 6532; what
 * is not UTF-8 is refused, since each reader would read it otherwise.
 */
export function readPartField(line: string): [name: string, value: string] | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const value = utf8(trimOws(line, colon + 1, line.length));
  return value !== undefined && isPartField(name, value) ? [name, value] : undefined;
}

/** What octets say in UTF-8, or undefined where they are not. The language has one decoder of its own: that of percent-encoding. */
function utf8(octets: string): string | undefined {
  if (!BEYOND_ASCII.test(octets)) return octets;
  const encoded = octets.replace(
    NOT_ASCII,
    (octet) => `%${octet.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
