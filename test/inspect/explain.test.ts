import { expect, test } from "vitest";
import type { WireEnd } from "../../src/inspect/rows.ts";
import { octetsOf, outcomeOf } from "./rows-of.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const A27 = "<p>This is a paragraph.</p>";

interface Case {
  name: string;
  octets: string;
  how?: WireEnd;
  method?: string;
  says: string;
}

const cases: Case[] = [
  {
    name: "a size that is too small",
    octets: `${CHUNKED}11\r\n${A27}\r\n11\r\n${A27}\r\n0\r\n\r\n`,
    says: "Broken at byte 68: chunk 1 announces 0x11 = 17 bytes and carries 27, which is 1b in hex.",
  },
  {
    name: "a size in decimal, in the first chunk",
    octets: `${CHUNKED}27\r\n${A27}\r\n27\r\n${A27}\r\n0\r\n\r\n`,
    says: "Broken at byte 90: chunk 1 announces 0x27 = 39 bytes and carries 27: the size is written in decimal, and has to be in hex (1b).",
  },
  {
    name: "a size in decimal, in the only chunk, which swallows the end",
    octets: `${CHUNKED}27\r\n${A27}\r\n0\r\n\r\n`,
    says: "Truncated at byte 85: chunk 1 announces 0x27 = 39 bytes and carries 27: the size is written in decimal, and has to be in hex (1b).",
  },
  {
    name: "a size in decimal behind sizes that are the same both ways",
    octets: `${CHUNKED}5\r\nhello\r\n10\r\n0123456789\r\n5\r\nhello\r\n0\r\n\r\n`,
    says: "Broken at byte 77: chunk 2 announces 0x10 = 16 bytes and carries 10: the size is written in decimal, and has to be in hex (a).",
  },
  {
    name: "characters counted in the place of octets",
    octets: `${CHUNKED}5\r\nh\xc3\xa4ll\xc3\xb6\r\n0\r\n\r\n`,
    says: "Broken at byte 55: chunk 1 announces 5 bytes and carries 7: 5 is the number of its characters, which in UTF-8 are 7 bytes.",
  },
  {
    name: "characters counted, and written in decimal",
    octets: `${CHUNKED}11\r\nh\xc3\xa4ll\xc3\xb6 w\xc3\xb6rld\r\n0\r\n\r\n`,
    says: "Broken at byte 70: chunk 1 announces 0x11 = 17 bytes and carries 14: 11 in decimal is the number of its characters, which in UTF-8 are 14 bytes.",
  },
  {
    name: "an emoji as two UTF-16 units",
    octets: `${CHUNKED}2\r\n\xf0\x9f\x98\x80\r\n0\r\n\r\n`,
    says: "Broken at byte 52: chunk 1 announces 2 bytes and carries 4: 2 is the number of its characters, which in UTF-8 are 4 bytes.",
  },
  {
    name: "the CR LF counted with the data",
    octets: `${CHUNKED}7\r\nhello\r\n7\r\nworld\r\n0\r\n\r\n`,
    says: "Broken at byte 57: chunk 1 announces 7 bytes and carries 5: the CR LF behind the data was counted, too.",
  },
  {
    name: "a data end that happens to be where the size says",
    octets: `${CHUNKED}5\r\nhello\r\nworld\r\n0\r\n\r\n`,
    says: "Broken at byte 57: chunk 1 announces 5 bytes and carries 12, which is c in hex.",
  },
  {
    name: "LF alone behind a size",
    octets: `${CHUNKED}5\nhello\n0\n\n`,
    says: "Broken at byte 48: the size of chunk 1 is followed by LF alone, where CR LF has to stand.",
  },
  {
    name: "LF alone behind data",
    octets: `${CHUNKED}5\r\nhello\n0\r\n\r\n`,
    says: "Broken at byte 55: the data of chunk 1 is followed by LF alone, where CR LF has to stand.",
  },
  {
    name: "LF alone in the head",
    octets: "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    says: "Broken at byte 15: a line of the head ends with LF alone, where CR LF has to stand.",
  },
  {
    name: "no CR LF behind data",
    octets: `${CHUNKED}5\r\nhello6\r\n world\r\n0\r\n\r\n`,
    says: "Broken at byte 55: the CR LF behind the data of chunk 1 is missing: the next size follows at once.",
  },
  {
    name: "an empty line too many between chunks",
    octets: `${CHUNKED}5\r\nhello\r\n\r\n0\r\n\r\n`,
    says: "Broken at byte 57: an empty line stands where the size of chunk 2 should: the line end behind the data was sent twice, or one inside the data was not counted.",
  },
  {
    name: "a size with 0x",
    octets: `${CHUNKED}0x5\r\nhello\r\n0\r\n\r\n`,
    says: 'Broken at byte 48: the size of chunk 1 is written "0x5": hex digits stand alone, without 0x.',
  },
  {
    name: "a body that is not chunked at all",
    octets: `${CHUNKED}<html>hello</html>`,
    says: 'Broken at byte 47: the head says chunked, and the body is not: it begins with "<html>hello</html>" where a chunk size has to stand.',
  },
  {
    name: "no last chunk",
    octets: `${CHUNKED}5\r\nhello\r\n`,
    says: "Truncated at byte 57: the last chunk (of size 0) is missing: 1 chunk came whole, and the connection was closed.",
  },
  {
    name: "a last chunk without its CR LF",
    octets: `${CHUNKED}5\r\nhello\r\n0\r\n`,
    says: "Truncated at byte 60: the last chunk came, but not the CR LF behind it that ends the body: the connection was closed.",
  },
  {
    name: "a reset inside a chunk",
    octets: `${CHUNKED}a\r\nhello`,
    how: "reset",
    says: "Truncated at byte 55: chunk 1 announces 0xa = 10 bytes and 5 came: the connection was reset inside it.",
  },
  {
    name: "an empty line too many behind the end",
    octets: `${CHUNKED}0\r\n\r\n\r\n`,
    says: "Complete by its framing (0 chunks, in 10 ms, first byte after 10 ms), but 2 bytes follow the last chunk: an empty line too many.",
  },
  {
    name: "a Content-Length that is too small",
    octets: `${OK}Content-Length: 5\r\n\r\nhello world`,
    says: "Complete by its framing (5 bytes, in 10 ms, first byte after 10 ms), but Content-Length announces 5 bytes and the body has 11, 6 too many: the length is too small.",
  },
  {
    name: "a Content-Length in characters",
    octets: `${OK}Content-Length: 5\r\n\r\nh\xc3\xa4ll\xc3\xb6`,
    says: "Complete by its framing (5 bytes, in 10 ms, first byte after 10 ms), but Content-Length announces 5 bytes and the body has 7: 5 is the number of its characters, which in UTF-8 are 7 bytes.",
  },
  {
    name: "a Content-Length that is too large",
    octets: `${OK}Content-Length: 50\r\n\r\nhello world`,
    says: "Truncated at byte 50: Content-Length announces 50 bytes and 11 came: 39 are missing, the connection was closed.",
  },
  {
    name: "Transfer-Encoding with Content-Length",
    octets: `${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    says: "Broken at byte 45: Transfer-Encoding and Content-Length stand together: one reader goes by the chunks, another one by the length, and they see different bodies.",
  },
  {
    name: "two Content-Lengths",
    octets: `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    says: 'Broken at byte 36: there are two Content-Lengths, "5" and "6": readers choose differently, or refuse the response.',
  },
  {
    name: "a body on 204",
    octets: "HTTP/1.1 204 No Content\r\n\r\nhello",
    says: "Complete by its framing (status 204 without a body, in 10 ms, first byte after 10 ms), but 5 bytes follow: a response with status 204 ends with its head, and has no body.",
  },
  {
    name: "a body on 304",
    octets: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
    says: "Complete by its framing (status 304 without a body, in 10 ms, first byte after 10 ms), but 5 bytes follow: a response with status 304 ends with its head, and has no body.",
  },
  {
    name: "a body on HEAD",
    octets: `${OK}Content-Length: 5\r\n\r\nhello`,
    method: "HEAD",
    says: "Complete by its framing (status 200 without a body, in 10 ms, first byte after 10 ms), but 5 bytes follow: a response to HEAD ends with its head, and has no body.",
  },
  {
    name: "a second response",
    octets: `${OK}Content-Length: 0\r\n\r\n${OK}\r\n`,
    says: "Complete by its framing (status 200 without a body, in 10 ms, first byte after 10 ms), but 19 bytes follow: another response, which nobody has asked for.",
  },
  {
    name: "chunked in HTTP/1.0",
    octets: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    says: "Broken at byte 17: the response is HTTP/1.0, which has no chunks: readers of HTTP/1.0 take the chunk sizes for content.",
  },
  {
    name: "another transfer coding",
    octets: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    says: 'Broken at byte 17: nobody sends "gzip, chunked" unless it was asked for: compression belongs into Content-Encoding.',
  },
  {
    name: "white space before a colon",
    octets: `${OK}Content-Length : 5\r\n\r\nhello`,
    says: 'Broken at byte 31: white space stands between the name "Content-Length" and its colon: readers disagree about what that means.',
  },
  {
    name: "a folded field",
    octets: `${OK}X: 5\r\n y\r\n\r\nhello`,
    says: "Broken at byte 23: a field is folded: its value goes on in a line that begins with white space, which is no longer allowed.",
  },
  {
    name: "no empty line before the body",
    octets: `${OK}X: 5\r\n<html>\r\n`,
    says: 'Broken at byte 23: the line "<html>" has no colon: it is no field, or the empty line before the body is missing.',
  },
  {
    name: "a status line without its last space",
    octets: "HTTP/1.1 200\r\n\r\n",
    says: "Broken at byte 0: the status line ends with its three digits: the space before the (empty) reason is missing.",
  },
  {
    name: "TLS",
    octets: "\x15\x03\x01\x00\x02\x02\x46",
    says: "Broken at byte 0: this is TLS, not HTTP: the server wants https on this port.",
  },
  {
    name: "HTML",
    octets: "<!DOCTYPE html>\r\n<title>x</title>",
    says: "Broken at byte 0: this is a document without a head before it: the status line and the fields are missing.",
  },
  {
    name: "HTTP/2",
    octets: "\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d",
    says: "Broken at byte 0: this is an HTTP/2 SETTINGS frame: the server speaks HTTP/2 alone on this port.",
  },
  {
    name: "SSH",
    octets: "SSH-2.0-OpenSSH_9.2\r\n",
    says: "Broken at byte 0: this is the banner of an SSH server, not HTTP.",
  },
  { name: "nothing", octets: "", says: "The connection ended before a byte of a response came." },
  {
    name: "a head that breaks off",
    octets: "HTTP/1.1 200 OK\r\nConte",
    says: "Truncated at byte 22: the connection was closed inside the head, after 22 bytes.",
  },
  {
    name: "an interim response alone",
    octets: "HTTP/1.1 100 Continue\r\n\r\n",
    says: "Truncated at byte 25: an interim response came, and then the connection was closed without the final one.",
  },
  {
    name: "101",
    octets: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    says: "Broken at byte 0: the server changes to another protocol (101), and nobody has asked it to with GET.",
  },
  {
    name: "a body until the close that is cut",
    octets: `${OK}\r\nhello`,
    how: "cut",
    says: "Truncated at byte 24: the body ends with its connection, and the connection was cut without close_notify after 5 bytes: the rest may be missing.",
  },
  {
    name: "a timeout before anything",
    octets: "",
    how: "timeout",
    says: "Timed out after 20 ms: not a byte of a response has come.",
  },
  {
    name: "a timeout inside a chunk",
    octets: `${CHUNKED}a\r\nhello`,
    how: "timeout",
    says: "Timed out after 20 ms: 5 of the 10 bytes of chunk 1 have come.",
  },
  {
    name: "a reader who leaves",
    octets: `${CHUNKED}5\r\nhello\r\n`,
    how: "left",
    says: "Left after 20 ms: 1 chunk, 5 bytes have come, and no last chunk.",
  },
];

test.each(cases)("$name", ({ octets, how, method, says }) => {
  expect(outcomeOf(octets, how, { method }).verdict.sentence).toBe(says);
});

test("the fault comes with its rule, its section and the octets around it", () => {
  const { fault, explanation } = outcomeOf(`${CHUNKED}11\r\n${A27}\r\n0\r\n\r\n`);
  expect(fault).toEqual({
    kind: "fault",
    at: 10,
    offset: 68,
    code: "ERR_SLUICE_CHUNK_DATA_END",
    rule: "Chunk data is followed by CR LF",
    section: "RFC 9112 section 7.1",
    found: "graph.</p>\r\n0\r\n\r",
  });
  const { offset, octets } = explanation!.context;
  expect(offset).toBe(47);
  expect(octets).toEqual(octetsOf(`11\r\n${A27}\r\n0\r\n\r\n`));
});

test("a chunk too large to be kept is still explained by its numbers", () => {
  const { verdict } = outcomeOf(`${CHUNKED}8000\r\n${"x".repeat(0x8000)}yyyy\r\n0\r\n\r\n`);
  expect(verdict.sentence).toBe(
    'Broken at byte 32821: chunk 1 announces 0x8000 = 32,768 bytes, and behind them stands "yyyy\\r\\n0\\r\\n\\r\\n" in the place of CR LF.'.replace(
      "32821",
      "32,821",
    ),
  );
});
