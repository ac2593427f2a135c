import { latin1 } from "../bytes/latin1.ts";
import { CR, LF } from "../bytes/tables.ts";
import { endWords, type FaultScene } from "./fault-scene.ts";
import { bytesOf, quotation } from "./wording.ts";

/* oxlint-disable no-control-regex -- Octets as they are on the wire. */
/** What begins like this is another protocol, or none. */
const STRANGERS: readonly (readonly [beginning: RegExp, sentence: string])[] = [
  [/^[\x14-\x17]\x03[\x00-\x04]/, "this is TLS, not HTTP: the server wants https on this port"],
  [
    /^\x00[^]{2}\x04[\x00\x01]\x00\x00\x00\x00/,
    "this is an HTTP/2 SETTINGS frame: the server speaks HTTP/2 alone on this port",
  ],
  [/^HTTP\/[23](?:\.\d)? /, "HTTP/2 and HTTP/3 have no status line: somebody has written one by hand"],
  [/^SSH-/, "this is the banner of an SSH server, not HTTP"],
  [/^220[ -]/, "this is the greeting of a mail or FTP server, not HTTP"],
  [/^(?:\* OK|\+OK|\* PREAUTH)/, "this is the greeting of a mailbox server (IMAP or POP3), not HTTP"],
  [/^(?:-ERR|-NOAUTH|-DENIED|\+PONG|\$-?\d+\r\n)/, "this is a Redis server, not HTTP"],
  [/^INFO \{/, "this is the greeting of a NATS server, not HTTP"],
  [/^ICY /, "this is SHOUTcast's ICY, which looks like HTTP and has another status line"],
  [/^\x1f\x8b/, "this is a gzip stream without a head before it"],
  [
    /^\s*<(?:!doctype|html|head|body|\?xml)/i,
    "this is a document without a head before it: the status line and the fields are missing",
  ],
  [
    /^\s*[[{]\s*["[{\d\]}]/,
    "this looks like JSON without a head before it: the status line and the fields are missing",
  ],
  [/^Status:\s*\d{3}/i, "this is the head of a CGI script, which has Status in the place of a status line"],
  [/^[!#$%&'*+.^_`|~0-9a-z-]+:[ \t]/i, "the fields begin at once: the status line is missing"],
];
/* oxlint-enable no-control-regex */

/** Why a head was refused. */
export function explainHead({ fault, octets, start, received }: FaultScene): string | undefined {
  const text = latin1(octets, 0, octets.length);
  const at = fault.offset - start;
  if (start === 0 && !text.startsWith("HTTP/1")) {
    const stranger = STRANGERS.find(([beginning]) => beginning.test(text));
    if (stranger !== undefined) return stranger[1];
    if (/^\s+HTTP\//.test(text)) return "an empty line or white space stands before the status line";
    return `this is no HTTP: it begins with ${quotation(text.slice(0, Math.min(24, received)))}`;
  }
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = text.slice(lineStart).search(/[\r\n]/);
  const line = lineEnd === -1 ? text.slice(lineStart) : text.slice(lineStart, lineStart + lineEnd);
  switch (fault.code) {
    case "ERR_SLUICE_LINE_ENDING":
      return octets[at] === LF
        ? "a line of the head ends with LF alone, where CR LF has to stand"
        : "a CR in the head is not followed by LF";
    case "ERR_SLUICE_OBS_FOLD":
      return "a field is folded: its value goes on in a line that begins with white space, which is no longer allowed";
    case "ERR_SLUICE_FIELD_NAME":
      return fieldNameWords(line, octets[at]);
    case "ERR_SLUICE_FIELD_VALUE":
      return `the value of ${quotation(line.split(":")[0])} has the control character 0x${hex(octets[at])} in it`;
    case "ERR_SLUICE_STATUS_LINE":
      return statusLineWords(line);
    case "ERR_SLUICE_VERSION":
      return `the status line claims ${quotation(line.split(" ")[0])}, and this connection speaks HTTP/1.1`;
    case "ERR_SLUICE_HEAD_TOO_LARGE":
      return `the head is not over after ${bytesOf(at)}`;
    default:
      return undefined;
  }
}

function fieldNameWords(line: string, octet: number | undefined): string {
  const spaced = /^([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]+:/i.exec(line);
  if (spaced !== null)
    return `white space stands between the name ${quotation(spaced[1])} and its colon: readers disagree about what that means`;
  if (line.startsWith(":")) return "a field has no name before its colon";
  if (!line.includes(":") || octet === CR)
    return `the line ${quotation(line)} has no colon: it is no field, or the empty line before the body is missing`;
  return `a field name has ${quotation(String.fromCharCode(octet ?? 0))} in it, which no name may have`;
}

function statusLineWords(line: string): string {
  if (/^HTTP\/1\.[01] \d{3}$/.test(line))
    return "the status line ends with its three digits: the space before the (empty) reason is missing";
  if (/^HTTP\/1\.[01] {2,}\d{3}/.test(line)) return "more than one space stands before the status";
  if (/^HTTP\/1\.[01] \d{3}\S/.test(line))
    return "the status has more than three digits, or no space behind it";
  if (/^HTTP\/1\.[01] 0\d\d/.test(line)) return "a status is a number from 100 on";
  return `the status line is ${quotation(line)}`;
}

/** How far a head came that broke off. */
export function explainUnfinishedHead({ octets, received, start, how }: FaultScene): string {
  const text = latin1(octets, 0, octets.length);
  const end = endWords(how);
  if (octets.length === 0 && start > 0)
    return `an interim response came, and then ${end} without the final one`;
  if (!/^H(?:T(?:T(?:P|$)|$)|$)/.test(text)) {
    const stranger = STRANGERS.find(([beginning]) => beginning.test(text));
    if (start === 0)
      return stranger?.[1] ?? `this is no HTTP: it begins with ${quotation(text.slice(0, 24))}`;
  }
  if (text.endsWith("\r\n"))
    return `the empty line behind the head is missing: ${end} after ${bytesOf(received)}`;
  return `${end} inside the head, after ${bytesOf(received)}`;
}

function hex(octet: number | undefined): string {
  return (octet ?? 0).toString(16).padStart(2, "0");
}
