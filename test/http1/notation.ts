/**
 * Octets as readable text, and back: the notation of the wire cases. docs/wire-cases.md describes it.
 */

const SHORT: Record<string, string> = { r: "\r", n: "\n", t: "\t", "\\": "\\" };
/** The end of a repetition: `*count}`. */
const COUNT = /\*(\d+)\}/y;
const HEX_OCTET = /x([0-9a-f]{2})/y;
/** Runs of one octet from this length on are shown as a repetition. */
const RUN = 16;

/** The octets of a text in the notation, one character an octet. */
export function fromNotation(text: string): string {
  const [octets, end] = sequence(text.replaceAll("\n", ""), 0, false);
  if (end === -1) throw new Error("a repetition is not closed");
  return octets;
}

/** Reads to the end, or inside a repetition through its count. Returns what was read and the index behind it, -1 for an open repetition. */
function sequence(text: string, start: number, inside: boolean): [octets: string, end: number] {
  let octets = "";
  let at = start;
  while (at < text.length) {
    if (inside) {
      COUNT.lastIndex = at;
      const count = COUNT.exec(text);
      if (count !== null) return [octets.repeat(Number(count[1])), COUNT.lastIndex];
    }
    const character = text[at++];
    if (character !== "\\") {
      if (character < " " || character > "~")
        throw new Error(`${JSON.stringify(character)} has to be escaped`);
      octets += character;
      continue;
    }
    const escape = text[at];
    HEX_OCTET.lastIndex = at;
    const hex = HEX_OCTET.exec(text);
    if (hex !== null) {
      octets += String.fromCharCode(Number.parseInt(hex[1], 16));
      at = HEX_OCTET.lastIndex;
    } else if (escape === "{") {
      const [repeated, end] = sequence(text, at + 1, true);
      if (end === -1) return ["", -1];
      octets += repeated;
      at = end;
    } else if (Object.hasOwn(SHORT, escape)) {
      octets += SHORT[escape];
      at++;
    } else {
      throw new Error(`there is no escape \\${escape}`);
    }
  }
  return [octets, inside ? -1 : at];
}

/** Octets in the notation. */
export function toNotation(octets: string): string {
  let text = "";
  for (let at = 0; at < octets.length;) {
    const character = octets[at];
    let end = at + 1;
    while (octets[end] === character) end++;
    const shown = shownOctet(character);
    text += end - at >= RUN ? `\\{${shown}*${end - at}}` : shown.repeat(end - at);
    at = end;
  }
  // Spaces at the end of a line are lost on the way through editors.
  return text.endsWith(" ") ? `${text.slice(0, -1)}\\x20` : text;
}

function shownOctet(character: string): string {
  if (character === "\\") return "\\\\";
  if (character === "\r") return "\\r";
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character >= " " && character <= "~") return character;
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
