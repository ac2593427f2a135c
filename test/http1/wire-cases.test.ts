import { describe, expect, test } from "vitest";
import { cutOffsets, cuttings, LONG } from "./cuts.ts";
import { type Feeding, feed } from "./feeding.ts";
import { readWireCases, type WireCase } from "./wire-cases.ts";

const PLAIN: Feeding = { chunks: true, buffer: false, margin: 0 };
const PAYLOAD: Feeding = { chunks: false, buffer: false, margin: 3 };
const WAYS: Feeding[] = [
  PLAIN,
  PAYLOAD,
  { chunks: true, buffer: true, margin: 7 },
  { chunks: false, buffer: true, margin: 0 },
];
/** What may follow a message; none of it may be read. */
const AFTER = ["\r", "\n", "0\r\n\r\n", "GET /next HTTP/1.1\r\nHost: b\r\n\r\n", "\x00\xff"];
/** Errors about something as a whole are raised with its last octet, one before their offset. */
const ABOUT_THE_WHOLE = /^error ERR_SLUICE_(HOST|HEAD_TOO_LARGE|TRAILERS_TOO_LARGE)\b/m;

const cases = readWireCases();

test("the cases have different names", () => {
  const names = cases.map(({ file, name }) => `${file} ${name}`);
  expect(new Set(names).size).toBe(names.length);
});

for (const file of new Set(cases.map((wire) => wire.file))) {
  describe(file, () => {
    for (const wire of cases.filter((each) => each.file === file)) {
      test(wire.name, { timeout: 60_000 }, () => {
        const whole = feed(wire, [wire.octets], PLAIN);
        expect(whole.text).toBe(wire.log);
        checkEveryCut(wire, whole.outline);
        const ended = /(^|\n)end(\nrest .*)?$/.test(wire.log);
        if (ended && !wire.closed) checkWhatFollows(wire);
        if (ended) checkEveryPrefix(wire, whole.rest.length);
        checkOffset(wire);
      });
    }
  });
}

/** However the octets are cut, and whatever they lie in, the report is the same. */
function checkEveryCut(wire: WireCase, outline: string): void {
  const ways = wire.octets.length > LONG ? WAYS.slice(1, 3) : WAYS;
  for (const pieces of cuttings(wire.octets)) {
    for (const how of ways) {
      const log = feed(wire, pieces, how);
      const where = `in ${pieces.length} pieces, the first of ${pieces[0]?.length}, ${JSON.stringify(how)}`;
      if (how.chunks) expect(log.text, where).toBe(wire.log);
      else if (log.outline !== outline) expect(log.outline, where).toBe(outline);
    }
  }
}

/** Octets after the end come back unread. */
function checkWhatFollows(wire: WireCase): void {
  const alone = feed(wire, [wire.octets], PAYLOAD);
  for (const after of wire.octets.length > LONG ? AFTER.slice(-1) : AFTER) {
    for (const pieces of [[wire.octets + after], [wire.octets, after]]) {
      const log = feed(wire, pieces, PAYLOAD);
      expect(log.rest).toBe(alone.rest + after);
      log.rest = alone.rest;
      if (log.outline !== alone.outline) expect(log.outline).toBe(alone.outline);
    }
  }
}

/** A message that is cut short is never taken for a whole one. */
function checkEveryPrefix(wire: WireCase, rest: number): void {
  const message = wire.octets.slice(0, wire.octets.length - rest);
  const delimitedByClose = /^body close$/m.test(wire.log);
  for (const at of cutOffsets(message)) {
    if (at === 0 && wire.seam !== "chunked") continue;
    if (at === message.length) continue;
    const prefix = [message.slice(0, at)];
    const { text: open } = feed({ ...wire, closed: false }, prefix, PAYLOAD);
    const { text } = feed({ ...wire, closed: true }, prefix, PAYLOAD);
    // Between two messages the connection may end; a body that the end delimits has its end there.
    const between = wire.messages > 1 && open.endsWith("end");
    if (between) continue;
    if (delimitedByClose && /^body close$/m.test(open)) expect(text).toMatch(/^end$/m);
    else expect(text, `cut at ${at}`).toMatch(/^error ERR_SLUICE_TRUNCATED/m);
  }
}

/** An error is raised at its octet or later, never before: up to there the octets could still become a message. */
function checkOffset(wire: WireCase): void {
  const offset = /^error ERR_\w+ at (\d+)/m.exec(wire.log)?.[1];
  // Offsets count from the head or from the body that they are in: for this check the case has to be nothing else.
  if (offset === undefined || wire.closed || /^head/m.test(wire.log)) return;
  expect(Number(offset)).toBeLessThanOrEqual(wire.octets.length);
  const seen = ABOUT_THE_WHOLE.test(wire.log) ? Number(offset) - 1 : Number(offset);
  const before = feed(wire, [wire.octets.slice(0, seen)], PLAIN);
  expect(before.text).not.toMatch(/^error/m);
}
