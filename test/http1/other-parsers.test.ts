import { describe, expect, test } from "vitest";
import { DIFFERENCES } from "./differences.ts";
import { mutate, randomBelow } from "./mutations.ts";
import { toNotation } from "./notation.ts";
import { httpParserJs, llhttp8, llhttp9, type Message, type OtherParser } from "./other-parsers.ts";
import { readOne } from "./own-reading.ts";
import { readWireCases, type WireCase } from "./wire-cases.ts";

/** What we accept, the others accept with the same body, but for the written differences. */
const OTHERS: [name: string, parser: OtherParser][] = [
  ["llhttp 8, in Node", llhttp8],
  ["llhttp 9, in undici", llhttp9],
  ["http-parser-js", httpParserJs],
];
const MUTANTS = 150_000;
const SEED = 9112;
/** Longer cases are about amounts, and the others have limits of their own. */
const LONGEST = 2_000;

const HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

const cases = readWireCases().filter(({ octets }) => octets.length <= LONGEST);
const messages = cases.map(messageOf);
const used = new Set<string>();

function messageOf({ seam, octets, answers, closed }: WireCase): Message {
  return {
    role: seam === "response" ? "response" : "request",
    octets: seam === "chunked" ? HEAD + octets : octets,
    answers: answers[0] ?? "GET",
    closed,
  };
}

/** Reads a message here and elsewhere. Returns whether we accepted it. */
function compare(message: Message, limits: WireCase["limits"] = {}): boolean {
  const own = readOne(message, limits);
  if (own === undefined || "error" in own) return false;
  const whole = { ...message, octets: message.octets.slice(0, own.end) };
  for (const [name, parse] of OTHERS) {
    const other = parse(whole);
    if ("body" in other && other.body === own.body) continue;
    const says = "error" in other ? other.error : "another body";
    const difference = DIFFERENCES.find(
      (each) => each.parsers.test(name) && each.says.test(says) && each.applies(whole),
    );
    if (difference === undefined) expect.fail(`${name} says ${says} to ${toNotation(whole.octets)}`);
    used.add(difference.reason);
  }
  return true;
}

describe("other parsers", () => {
  test("read the wire cases as we do", () => {
    let accepted = 0;
    messages.forEach((message, at) => (accepted += compare(message, cases[at].limits) ? 1 : 0));
    expect(accepted).toBeGreaterThan(100);
    // A difference that no case shows any more goes from the list.
    expect([...used].toSorted()).toEqual(DIFFERENCES.map(({ reason }) => reason).toSorted());
  });

  test("read random changes to them as we do", { timeout: 60_000 }, () => {
    const texts = messages.map(({ octets }) => octets);
    const random = randomBelow(SEED);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    let accepted = 0;
    for (let times = 0; times < MUTANTS; times++) {
      const message = messages[random(messages.length)];
      if (compare({ ...message, octets: mutate(message.octets, random, texts) })) accepted++;
    }
    Error.stackTraceLimit = stackTraceLimit;
    expect(accepted).toBeGreaterThan(MUTANTS / 20);
  });
});
