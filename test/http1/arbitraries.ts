import * as fc from "fast-check";
import { isTrailer } from "../../src/semantics/trailers.ts";

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TEXT_CHARACTERS = [
  "\t",
  ...Array.from({ length: 0x5f }, (_, at) => String.fromCharCode(0x20 + at)),
  "\x80",
  "\xa0",
  "\xe9",
  "\xff",
];

/** `token`, RFC 9110 section 5.6.2. */
export const token = fc.string({
  unit: fc.constantFrom(...TOKEN_CHARACTERS.split("")),
  minLength: 1,
  maxLength: 12,
});

/** Text that may stand in a field value. */
export const latin1Text = fc.string({ unit: fc.constantFrom(...TEXT_CHARACTERS), maxLength: 20 });

/** Names that mean something to the connection, beside those that no trailer may have. */
const MEANINGFUL = ["proxy-connection", "keep-alive", "host", "expect", "date", "connection", "te"];

/** A field of no meaning to the connection, so that it may stand everywhere. */
export const fieldLine = fc.tuple(
  token.filter((name) => isTrailer(name.toLowerCase()) && !MEANINGFUL.includes(name.toLowerCase())),
  latin1Text,
);

/** Bytes cut at some of their octets, each piece a copy. */
export function cutInPieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const inside = [...new Set(cuts.filter((at) => at > 0 && at < bytes.length))].toSorted((a, b) => a - b);
  const starts = [0, ...inside];
  return starts.map((start, at) =>
    Uint8Array.prototype.slice.call(bytes, start, starts[at + 1] ?? bytes.length),
  );
}

/** What an attacker would like to put on the wire. */
export const evilText = fc.string({
  unit: fc.constantFrom(
    "a",
    "B",
    "5",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "=",
    '"',
    "/",
    "*",
    "\r",
    "\n",
    "\0",
    "\x7f",
    "\x80",
    "\xff",
    // Which become CR, LF and k where somebody keeps the low octet or folds the case; halves of a character.
    "\u010d",
    "\u010a",
    "\u212a",
    "\u0120",
    "\ud83d",
    "\ude00",
    "\u2028",
    "\r\n\r\n",
    "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "0\r\n\r\n",
    "chunked",
    "close",
  ),
  maxLength: 6,
});
