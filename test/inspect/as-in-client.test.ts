// What is broken for the client is broken here, and nothing else: one table of responses, read by both.

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EndedError, ProtocolError, TruncatedError } from "../../src/errors.ts";
import type { WireEnd } from "../../src/inspect/rows.ts";
import { open } from "../client/clients.ts";
import { answeringOnce } from "../support/raw-server.ts";
import { inspected, ofKind } from "./rows-of.ts";

const head = (...lines: readonly string[]): string => ["HTTP/1.1 200 OK", ...lines, "", ""].join("\r\n");
const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;
const TE = "Transfer-Encoding: chunked";
const LAST = "0\r\n\r\n";
const digestOf = (text: string, algorithm = "sha256"): string =>
  `sha-${algorithm.slice(3)}=:${createHash(algorithm).update(text).digest("base64")}:`;
const TRUE = digestOf("abc");
const LIE = digestOf("abd");
const trailer = (...lines: readonly string[]): string => `0\r\n${lines.join("\r\n")}\r\n\r\n`;
const GZIP = gzipSync("some content that is coded").toString("latin1");
const BOMB = gzipSync(new Uint8Array(8 * 1024 * 1024)).toString("latin1");
const coded = (coding: string, octets: string, ...lines: readonly string[]): string =>
  head(`Content-Encoding: ${coding}`, `Content-Length: ${octets.length}`, ...lines) + octets;
const interim = (count: number): string => "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(count);
const NOTHING = head("Content-Length: 0");

const WHOLE = ["complete", undefined] as const;
const CUT = ["truncated", "ERR_SLUICE_TRUNCATED"] as const;
const UNFINISHED = ["truncated", "ERR_SLUICE_CODED_TRUNCATED"] as const;
const UNKNOWN = ["corrupt", "ERR_SLUICE_CONTENT_CODING"] as const;
const NO_CODE = ["corrupt", "ERR_SLUICE_CODED_CORRUPT"] as const;
const ANOTHER = ["corrupt", "ERR_SLUICE_DIGEST_MISMATCH"] as const;
const NO_DIGEST = ["corrupt", "ERR_SLUICE_DIGEST"] as const;
const TOO_MANY = ["corrupt", "ERR_SLUICE_TOO_MANY_INTERIM"] as const;

type Verdict = readonly [outcome: string, code: string | undefined];

const TABLE: readonly (readonly [what: string, octets: string, verdict: Verdict])[] = [
  // Partial and empty content is not decoded
  [
    "a part of gzip",
    `HTTP/1.1 206 P\r\nContent-Encoding: gzip\r\nContent-Range: bytes 5-7/99\r\nContent-Length: 3\r\n\r\nabc`,
    WHOLE,
  ],
  [
    "a part of an unknown coding",
    `HTTP/1.1 206 P\r\nContent-Encoding: foo\r\n${TE}\r\n\r\n${chunk("abc")}${LAST}`,
    WHOLE,
  ],
  ["a part of gzip, cut", `HTTP/1.1 206 P\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabc`, CUT],
  [
    "a part with the digest of all of it",
    `HTTP/1.1 206 P\r\nRepr-Digest: ${LIE}\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\nabc`,
    WHOLE,
  ],
  [
    "a part with another digest",
    `HTTP/1.1 206 P\r\nContent-Digest: ${LIE}\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\nabc`,
    ANOTHER,
  ],
  ["nothing, in an unknown coding", head("Content-Encoding: foo", "Content-Length: 0"), WHOLE],
  ["nothing, in gzip", head("Content-Encoding: gzip", "Content-Length: 0"), WHOLE],
  ["no body at all", "HTTP/1.1 204 N\r\nContent-Encoding: foo\r\nContent-Digest: ((\r\n\r\n", WHOLE],
  ["nothing, with another digest", head("Content-Length: 0", `Content-Digest: ${LIE}`), ANOTHER],
  ["nothing, with a digest that can't be read", head("Content-Length: 0", "Content-Digest: (("), NO_DIGEST],
  ["nothing in chunks, in gzip", `${head("Content-Encoding: gzip", TE)}${LAST}`, UNFINISHED],
  ["nothing before the end, in gzip", head("Content-Encoding: gzip"), UNFINISHED],
  // Codings
  ["gzip", coded("gzip", GZIP), WHOLE],
  ["gzip that is not finished", coded("gzip", GZIP.slice(0, -1)), UNFINISHED],
  ["gzip that is none", coded("gzip", "this is no gzip"), NO_CODE],
  ["gzip with more behind it", coded("gzip", `${GZIP}\0more`), NO_CODE],
  ["gzip with more behind it, cut", coded("gzip", `${GZIP}\0more`).slice(0, -1), CUT],
  ["gzip, cut", coded("gzip", GZIP).slice(0, -1), CUT],
  ["a bomb", coded("gzip", BOMB), ["corrupt", "ERR_SLUICE_DECODED_TOO_LARGE"]],
  ["an unknown coding", coded("foo", "abc"), UNKNOWN],
  ["an unknown coding, cut", coded("foo", "abc").slice(0, -1), UNKNOWN],
  ["an unknown coding, cut in a chunk", `${head("Content-Encoding: foo", TE)}9\r\nabc`, UNKNOWN],
  ["an unknown coding, and nothing of the body", head("Content-Encoding: foo", "Content-Length: 9"), UNKNOWN],
  ["an unknown coding before the end", `${head("Content-Encoding: foo")}abc`, UNKNOWN],
  ["three codings", coded("gzip, gzip, gzip", "abc"), UNKNOWN],
  ["an unknown coding, and a digest that can't be read", coded("foo", "abc", "Content-Digest: (("), UNKNOWN],
  // Digests
  ["a digest", `${head("Content-Length: 3", `Content-Digest: ${TRUE}`)}abc`, WHOLE],
  ["another digest", `${head("Content-Length: 3", `Content-Digest: ${LIE}`)}abc`, ANOTHER],
  ["another digest before the end", `${head(`Content-Digest: ${LIE}`)}abc`, ANOTHER],
  ["another digest, cut", `${head("Content-Length: 4", `Content-Digest: ${LIE}`)}abc`, CUT],
  ["a digest that can't be read", `${head("Content-Length: 3", "Content-Digest: ((")}abc`, NO_DIGEST],
  ["a digest that can't be read, cut", `${head("Content-Length: 9", "Content-Digest: ((")}abc`, NO_DIGEST],
  ["a digest that can't be read, cut in a chunk", `${head(TE, "Repr-Digest: ((")}9\r\nabc`, NO_DIGEST],
  [
    "another digest in the trailers, by Trailer",
    `${head(TE, "Trailer: Content-Digest")}${chunk("abc")}${trailer(`Content-Digest: ${LIE}`)}`,
    ANOTHER,
  ],
  [
    "another digest in the trailers, by another Trailer",
    `${head(TE, "Trailer: X-Note")}${chunk("abc")}${trailer(`Content-Digest: ${LIE}`)}`,
    ANOTHER,
  ],
  [
    "another digest in the trailers, by Has-Digest",
    `${head(TE, "Has-Digest: sha-256")}${chunk("abc")}${trailer(`Content-Digest: ${LIE}`)}`,
    ANOTHER,
  ],
  [
    "another digest in the trailers, by an algorithm that Has-Digest does not name",
    `${head(TE, "Has-Digest: sha-256")}${chunk("abc")}${trailer(`Content-Digest: ${digestOf("abd", "sha512")}`)}`,
    WHOLE,
  ],
  [
    "another digest in the trailers, which nothing has announced",
    `${head(TE)}${chunk("abc")}${trailer(`Content-Digest: ${LIE}`)}`,
    WHOLE,
  ],
  [
    "a digest in the trailers that can't be read, which nothing has announced",
    `${head(TE)}${chunk("abc")}${trailer("Content-Digest: ((")}`,
    WHOLE,
  ],
  [
    "a digest in the trailers that can't be read",
    `${head(TE, "Trailer: Content-Digest")}${chunk("abc")}${trailer("Content-Digest: ((")}`,
    NO_DIGEST,
  ],
  // Interim responses
  ["32 interim responses", interim(32) + NOTHING, WHOLE],
  ["33 interim responses", interim(33) + NOTHING, TOO_MANY],
  ["40 interim responses", interim(40) + NOTHING, TOO_MANY],
  ["33 interim responses, cut", interim(33), TOO_MANY],
  ["32 interim responses, cut", interim(32), CUT],
  ["another protocol", "HTTP/1.1 101 S\r\nUpgrade: foo\r\n\r\n", ["corrupt", "ERR_SLUICE_SURPLUS"]],
  // Framing
  ["a length", `${head("Content-Length: 3")}abc`, WHOLE],
  ["a length, and less", `${head("Content-Length: 4")}abc`, CUT],
  ["a length, and more", `${head("Content-Length: 2")}abc`, WHOLE],
  [
    "two lengths",
    `${head("Content-Length: 3", "Content-Length: 4")}abc`,
    ["corrupt", "ERR_SLUICE_CONTENT_LENGTH"],
  ],
  [
    "a length and chunks",
    `${head("Content-Length: 3", TE)}${chunk("abc")}${LAST}`,
    ["corrupt", "ERR_SLUICE_LENGTH_AND_CODING"],
  ],
  ["no last chunk", `${head(TE)}${chunk("abc")}`, CUT],
  ["a chunk size that is none", `${head(TE)}zz\r\nabc`, ["corrupt", "ERR_SLUICE_CHUNK_SIZE"]],
  ["half a head", "HTTP/1.1 200 OK\r\nContent-", CUT],
  ["nothing", "", ["truncated", "ERR_SLUICE_CONNECTION_LOST"]],
];

/** What came of a response for whoever reads it at once. */
async function clientOn(octets: string): Promise<Verdict> {
  const server = await answeringOnce(Buffer.from(octets, "latin1"));
  let error: unknown;
  try {
    const response = await open().request(server.url, { redirect: "manual" });
    await response.body.bytes().catch(() => {});
    const ending = await response.ending;
    if (ending.outcome === "complete") return [ending.outcome, undefined];
    return [ending.outcome, (ending.error as ProtocolError).code];
  } catch (refusal) {
    error = refusal;
  }
  // Without a response there is no ending, and without an octet nobody has broken a rule.
  if (error instanceof EndedError || error instanceof TruncatedError) return ["truncated", error.code];
  if (error instanceof ProtocolError) return ["corrupt", error.code];
  throw error;
}

async function inspectOn(octets: string, end: WireEnd = "closed"): Promise<Verdict> {
  const rows = await inspected([[1, octets]], {}, end);
  const { outcome } = ofKind(rows, "verdict")[0];
  // The first fault counts, but for what follows a whole response.
  const fault = ofKind(rows, "fault").find(({ code }) => outcome === "corrupt" || isCut(code));
  return [outcome, outcome === "complete" ? undefined : fault?.code];
}

function isCut(code: string): boolean {
  return /TRUNCATED|LOST/.test(code);
}

describe("the verdict is the client's", () => {
  test.each(TABLE)("%s", async (_what, octets, verdict) => {
    expect(await clientOn(octets)).toEqual(verdict);
    expect(await inspectOn(octets)).toEqual(verdict);
  });
});

describe("what only the inspector sees", () => {
  const notesOn = async (octets: string): Promise<string> =>
    ofKind(await inspected([[1, octets]]), "verdict")[0].notes.join(" ");

  test.each([
    [`Content-Digest: ${LIE}`, /A digest in the trailers is not that of what came before it/],
    ["Content-Digest: ((", /A digest in the trailers can't be read/],
  ])("a digest that nothing has announced is told of in a note: %s", async (line, words) => {
    expect(await notesOn(`${head(TE)}${chunk("abc")}${trailer(line)}`)).toMatch(words);
    expect(await notesOn(`${head(TE)}${chunk("abc")}${trailer(`Content-Digest: ${TRUE}`)}`)).not.toMatch(
      /digest in/,
    );
  });

  test("a fault of the content comes first, and the rest is told behind it", async () => {
    const rows = await inspected([[1, coded("foo", "abc").slice(0, -1)]]);
    expect(ofKind(rows, "fault").map(({ code }) => code)).toEqual([
      "ERR_SLUICE_CONTENT_CODING",
      "ERR_SLUICE_TRUNCATED",
    ]);
    expect(ofKind(rows, "verdict")[0].sentence).toMatch(
      /^Broken at byte 61: its Content-Encoding has codings that are not undone here; then truncated at byte 63: /,
    );
  });

  test.each(["timeout", "left"] as const)("and counts where this side stops waiting: %s", async (end) => {
    expect(await inspectOn(coded("foo", "abc").slice(0, -1), end)).toEqual(UNKNOWN);
    expect(await inspectOn(coded("gzip", "this is no gzip").slice(0, -1), end)).toEqual(NO_CODE);
  });

  test("a limit of interim responses can be set, on either side of it", async () => {
    const outcome = async (count: number): Promise<string> => {
      const rows = await inspected([[1, interim(count) + NOTHING]], { limits: { interim: 2 } });
      return ofKind(rows, "verdict")[0].outcome;
    };
    expect([await outcome(2), await outcome(3)]).toEqual(["complete", "corrupt"]);
    await expect(inspected([], { limits: { interim: -1 } })).rejects.toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
    );
  });

  test("too many interim responses are told of with their place", async () => {
    const rows = await inspected([[1, interim(40)]]);
    expect(ofKind(rows, "head")).toHaveLength(33);
    expect(ofKind(rows, "fault")[0].offset).toBe(32 * interim(1).length);
    expect(ofKind(rows, "verdict")[0].sentence).toBe(
      "Broken at byte 896: interim responses keep coming, the last one with status 103, and no final one.",
    );
  });
});
