import * as fc from "fast-check";
import { expect } from "vitest";
import { SluiceError } from "../../src/errors.ts";
import { cuttings } from "../http1/cuts.ts";

/** What the parsers of text have in common for whoever feeds them. */
export interface Feedable {
  push(text: string): void;
  end(): unknown;
}

/** What came out of a parser: its callbacks in order, then how it ended. */
export type Log = unknown[];

/** Feeds pieces and the end; the last entry of the log is the code of the error, or what `end` returned. */
export function feed(pieces: Iterable<string>, parserFor: (log: Log) => Feedable): Log {
  const log: Log = [];
  const parser = parserFor(log);
  try {
    for (const piece of pieces) parser.push(piece);
    log.push(["end", parser.end()]);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    log.push(error.code);
  }
  return log;
}

/** The log of a text fed whole, after every other cutting has given the same. */
export function feedAnyhow(text: string, parserFor: (log: Log) => Feedable): Log {
  const whole = feed([text], parserFor);
  for (const pieces of cuttings(text)) expect(feed(pieces, parserFor)).toEqual(whole);
  return whole;
}

/** Text in pieces, cut anywhere. */
export function inPieces(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

/** Places to cut: taken modulo the length. */
export const anyCuts: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 });

const anyCharacters = fc
  .array(fc.nat({ max: 0xffff }), { maxLength: 4 })
  .map((codes) => String.fromCharCode(...codes));

/** Text of what a format gives a meaning, mixed with anything else. */
export function hostileText(...words: string[]): fc.Arbitrary<string> {
  const part = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...words) }, anyCharacters);
  return fc.array(part, { maxLength: 40 }).map((parts) => parts.join(""));
}

/** The error that a call throws. */
export function errorOf(call: () => unknown): SluiceError {
  try {
    call();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Milliseconds that a call takes. */
export function timeOf(call: () => unknown): number {
  const before = performance.now();
  call();
  return performance.now() - before;
}
