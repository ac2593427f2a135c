/**
 * A second decoder of chunked bodies, written from the grammar of RFC 9112 section 7.1 alone and by another technique: patterns over
 * the whole input, no states, no limits. Octets are one character each.
 */

/** What becomes of an input: a whole body, which ends at `end`; the beginning of one; or neither. */
export type Verdict =
  | {
      readonly kind: "complete";
      readonly body: string;
      readonly end: number;
      readonly trailers: [string, string][];
    }
  | { readonly kind: "incomplete"; readonly body: string }
  | { readonly kind: "invalid"; readonly body: string };

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const bws = "[ \\t]*";
const fieldText = "[\\t -~\\x80-\\xff]";
const qdtext = "[\\t !#-\\[\\]-~\\x80-\\xff]";
const quotedString = `"(?:${qdtext}|\\\\${fieldText})*"`;
const extension = `${bws};${bws}${token}(?:${bws}=${bws}(?:${token}|${quotedString}))?`;

const SIZE_LINE = new RegExp(`[0-9A-Fa-f]+(?:${extension})*\\r\\n`, "y");
const TRAILER_SECTION = new RegExp(`((?:${token}:${fieldText}*\\r\\n)*)\\r\\n`, "y");

/**
 * What can follow the beginning of a line so that it becomes a whole one. An input that none of them completes is not the beginning of
 * anything.
 */
const LINE_ENDS = ["", "\n", "\r\n", "0\r\n", "a\r\n", ";a\r\n", '"\r\n', 'a"\r\n'];
const SECTION_ENDS = ["", "\n", "\r\n", "\r\n\r\n", "\n\r\n", ":\r\n\r\n"];

/** Reads an input that holds one body and perhaps more. */
export function referenceDecode(input: string): Verdict {
  let at = 0;
  let body = "";
  for (;;) {
    const digits = /^[0-9A-Fa-f]*/.exec(input.slice(at))![0];
    const size = BigInt(`0x0${digits}`);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) return { kind: "invalid", body };
    const line = match(SIZE_LINE, input, at);
    if (line === null)
      return { kind: isBeginning(SIZE_LINE, input.slice(at), LINE_ENDS) ? "incomplete" : "invalid", body };
    at += line[0].length;
    if (size === 0n) break;

    const data = input.slice(at, at + Number(size));
    body += data;
    at += data.length;
    const lineEnd = input.slice(at, at + 2);
    if (!"\r\n".startsWith(lineEnd) || (lineEnd !== "" && data.length < size))
      return { kind: "invalid", body };
    if (lineEnd.length < 2) return { kind: "incomplete", body };
    at += 2;
  }
  const section = match(TRAILER_SECTION, input, at);
  if (section === null) {
    return {
      kind: isBeginning(TRAILER_SECTION, input.slice(at), SECTION_ENDS) ? "incomplete" : "invalid",
      body,
    };
  }
  const trailers = section[1].split("\r\n").slice(0, -1).map(nameAndValue);
  return { kind: "complete", body, end: at + section[0].length, trailers };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Whether one of the endings makes a text of the pattern out of the input, with nothing left over. */
function isBeginning(pattern: RegExp, input: string, endings: string[]): boolean {
  return endings.some(
    (ending) => match(pattern, input + ending, 0)?.[0].length === input.length + ending.length,
  );
}

function nameAndValue(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, "")];
}
