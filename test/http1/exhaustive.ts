import { latin1 } from "../../src/bytes/latin1.ts";
import { ProtocolError } from "../../src/errors.ts";
import { ChunkedDecoder } from "../../src/http1/index.ts";
import { referenceDecode, type Verdict } from "./reference-decoder.ts";

/** Octets that between them reach every state of the decoder. */
export const OCTETS = '05a;=" \\\t\r\nX:';

/**
 * Decodes every text over {@link OCTETS} up to a length, each behind `prefix`, and compares with the reference decoder: the same
 * verdict, body and end, and for an error the octet at which the text stops being the beginning of anything.
 *
 * @returns how many texts were tried
 */
export function decodeAllTexts(length: number, prefix = ""): number {
  const octets = Buffer.from(OCTETS, "latin1");
  const text = Buffer.alloc(prefix.length + length);
  text.write(prefix, "latin1");
  const scratch = new Uint8Array(text.length);
  let body = "";
  const decoder = new ChunkedDecoder({ data: (view) => (body += latin1(view, 0, view.length)) });
  let count = 0;

  /** Tries every octet at `at`. The text before it has a verdict already; where that is invalid, it became so at `broken`. */
  const extend = (at: number, before: Verdict, broken: number): void => {
    for (const octet of octets) {
      text[at] = octet;
      const end = at + 1;
      // What is invalid stays so, and what is complete leaves the rest unread.
      const expected =
        before.kind === "incomplete" ? referenceDecode(text.toString("latin1", 0, end)) : before;
      const brokenAt = before.kind === "invalid" ? broken : at;
      body = "";
      decoder.reset();
      scratch.set(text);
      check(expected, brokenAt, end);
      count++;
      if (end < text.length) extend(end, expected, brokenAt);
    }
  };

  const check = (expected: Verdict, broken: number, end: number): void => {
    let found: string;
    try {
      const position = decoder.write(scratch, 0, end);
      found = decoder.done ? `complete at ${position}` : "incomplete";
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      found = `invalid at ${error.offset}`;
    }
    const wanted =
      expected.kind === "complete"
        ? `complete at ${expected.end}`
        : expected.kind === "invalid"
          ? `invalid at ${broken}`
          : "incomplete";
    if (found === wanted && body === expected.body) return;
    const shown = JSON.stringify(text.toString("latin1", 0, end));
    throw new Error(
      `${shown}: ${found} with ${JSON.stringify(body)}, expected ${wanted} with ${JSON.stringify(expected.body)}`,
    );
  };

  // Most texts are errors, and most of the cost of an error is its stack.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    extend(prefix.length, referenceDecode(prefix), 0);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return count;
}
