import { METHODS } from "node:http";
import type { Message } from "./other-parsers.ts";

/** Where another parser refuses what we accept, or reads it otherwise, and why we stay with our reading. */
export interface Difference {
  readonly parsers: RegExp;
  /** What the other one says; `another body` where it accepts too. */
  readonly says: RegExp;
  readonly applies: (message: Message) => boolean;
  readonly reason: string;
}

export const DIFFERENCES: Difference[] = [
  {
    parsers: /./,
    says: /^(HPE_INVALID_METHOD|HPE_INVALID_CONSTANT|invalid request method|incomplete)$/,
    applies: ({ role, octets }) =>
      role === "request" && !METHODS.includes(/^(?:\r\n)?(\S*)/.exec(octets)![1]),
    reason: "A method is any token (RFC 9110 section 9.1); the others have a list of methods.",
  },
  {
    parsers: /^llhttp/,
    says: /^HPE_(STRICT|INVALID_CHUNK_SIZE|INVALID_CHARACTER)$/,
    applies: ({ octets }) => /\r\n[0-9a-f]+(;[^\r]*)?[ \t]/i.test(octets),
    reason:
      "Bad white space around ; and = of a chunk extension is grammar (RFC 9112 section 7.1.1); llhttp has none.",
  },
  {
    parsers: /^llhttp/,
    says: /^HPE_(INVALID_CONTENT_LENGTH|UNEXPECTED_CONTENT_LENGTH|INVALID_TRANSFER_ENCODING)$/,
    applies: ({ octets }) =>
      /\r\n0+(;[^\r]*)?\r\n([^\r]+\r\n)*(content-length|transfer-encoding):/i.test(octets),
    reason:
      "Framing fields in a trailer section are dropped (RFC 9110 section 6.5.1); llhttp holds them against the framing.",
  },
  {
    parsers: /^llhttp/,
    says: /^(HPE_INVALID_TRANSFER_ENCODING|HPE_INVALID_CONTENT_LENGTH|incomplete)$/,
    applies: ({ octets }) => /\r\n(transfer-encoding|content-length):[^\r]*\t[ \t]*\r\n/i.test(octets),
    reason:
      "White space around a value is spaces and tabs (RFC 9110 section 5.6.3); llhttp takes a tab behind it for a part of it.",
  },
  {
    parsers: /^llhttp/,
    says: /^HPE_(INVALID_CONTENT_LENGTH|UNEXPECTED_CONTENT_LENGTH|INVALID_TRANSFER_ENCODING|INVALID_CONSTANT)$|^incomplete$/,
    applies: hasNoBody,
    reason:
      "A response without a body ends with its head, whatever its fields say (RFC 9112 section 6.3, steps 1 and 2).",
  },
  {
    parsers: /^http-parser-js$/,
    says: /^(incomplete|invalid state for EOF|HPE_INVALID_CONSTANT|HPE_UNEXPECTED_CONTENT_LENGTH|another body)$/,
    applies: hasNoBody,
    reason: "The same: http-parser-js reads a body behind 1xx, 204 and 304 where their fields announce one.",
  },
  {
    parsers: /^llhttp/,
    says: /^another body$/,
    applies: ({ role, octets }) => role === "request" && /^(\r\n)?CONNECT /.test(octets),
    reason:
      "A body that CONNECT announces is read (RFC 9112 section 6.3, step 6); to llhttp the tunnel begins with it.",
  },
  {
    parsers: /^llhttp/,
    says: /^HPE_INVALID_VERSION$/,
    applies: ({ role, octets }) => role === "response" && /HTTP\/1\.[2-9] /.test(octets),
    reason: "A later minor version is read as the highest that is known (RFC 9110 section 2.5).",
  },
  {
    parsers: /^llhttp/,
    says: /^HPE_CLOSED_CONNECTION$/,
    applies: ({ role, octets }) => role === "response" && /^HTTP\/1\.\d 1\d\d /.test(octets),
    reason:
      "An interim response does not end the connection, of whatever version it is and whatever its Connection says.",
  },
  {
    parsers: /^http-parser-js$/,
    says: /./,
    applies: ({ octets }) => /[\x80-\xff]/.test(octets),
    reason: "http-parser-js decodes heads as ASCII, in Node seven bits: 0x8d is CR to it, 0xba a colon.",
  },
];

/** Whether some response among the octets has no body whatever its fields say: an interim one, or the one that ends the message. */
function hasNoBody({ role, octets, answers }: Message): boolean {
  if (role === "request") return false;
  return answers === "HEAD" || answers === "CONNECT" || /(^|\n)HTTP\/1\.\d (1\d\d|204|304) /.test(octets);
}
