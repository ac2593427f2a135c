/**
 * Octets and text from the wire, made fit for a terminal and for a page: nothing of it moves the cursor, turns the writing around or
 * breaks the line.
 */

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
/** Of what has more of them than one in this many octets, the octets are shown. */
const UNREADABLE_SHARE = 8;
const REPLACEMENT = "\ufffd";

/**
 * What is made visible: controls, lone surrogates, separators of lines, what turns the writing around, and what can't be seen, tags and
 * most selectors among them. Not what chooses how a picture looks, and what joins two of them.
 */
const UNSEEN =
  /(?![\ufe0e\ufe0f]|(?<=\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?)\u200d(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffc]/gu;

/** Text in which each code point that steers a terminal or can't be seen is replaced by a sign for it. */
export function withSigns(text: string, signOf: (code: number) => string): string {
  return text.replace(UNSEEN, (character) => signOf(character.codePointAt(0)!));
}

/** Text with its control characters made visible: LF as ␊, others that have no picture by their number. */
export function visible(text: string): string {
  return withSigns(text, (code) => {
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    const digits = code.toString(16).padStart(4, "0");
    return code > 0xffff ? `\\u{${digits}}` : `\\u${digits}`;
  });
}

/** Octets as text where they are UTF-8, else undefined. A character that is cut off at the end is left out. */
export function asText(octets: Uint8Array): string | undefined {
  const text = utf8.decode(wholeCharacters(octets));
  let unreadable = 0;
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character === REPLACEMENT || (code < 0x20 && (code < 0x09 || code > 0x0d))) unreadable++;
  }
  return unreadable > 1 && unreadable * UNREADABLE_SHARE > octets.length ? undefined : text;
}

/** Octets as they can be shown in a line: text, or in hex. */
export function preview(octets: Uint8Array): string {
  const text = asText(octets);
  return text === undefined ? hexPairs(octets) : visible(text);
}

/** `1f 8b 08`. */
export function hexPairs(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(" ");
}

/** Octets as ASCII, a dot for each that has no picture there. */
export function asciiOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) =>
    octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : ".",
  ).join("");
}

/** The octets without the beginning of a character at their end. */
function wholeCharacters(octets: Uint8Array): Uint8Array {
  let start = octets.length - 1;
  while (start > 0 && octets.length - start < 4 && (octets[start] & 0xc0) === 0x80) start--;
  const lead = octets[start] ?? 0;
  const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return octets.length - start < needs ? octets.subarray(0, start) : octets;
}
