import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnsOf } from "../../src/inspect/display-width.ts";
import { type ProgressState, progressLine, renderProgress } from "../../src/cli/progress-view.ts";

const HALF: ProgressState = {
  received: 13_700_000,
  total: 27_400_000,
  bytesPerSecond: 1_200_000,
  secondsLeft: 11.4,
  lanes: [
    { start: 0, end: 10_000_000, position: 10_000_000, state: "done" },
    { start: 10_000_000, end: 20_000_000, position: 13_700_000, state: "receiving" },
    { start: 20_000_000, end: 27_400_000, position: 20_000_000, state: "connecting" },
  ],
  note: "resumed at 10.0 MB",
};
const ENDLESS: ProgressState = { received: 655_360, bytesPerSecond: 1000, lanes: [], note: "" };
const show = (state: ProgressState, width: number): string =>
  `\n${renderProgress(state, width).join("\n")}\n`;

describe("with a total", () => {
  test("at width 80", () => {
    expect(show(HALF, 80)).toMatchInlineSnapshot(`
      "
      ━━━━━━━━━━━━━━──────────────   50 %  13.7 MB of 27.4 MB  1.20 MB/s  12s left
        1 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100 %  10.0 MB  done
        2 ━━━━━━━━━━──────────────────   37 %  3.70 MB  receiving
        3 ────────────────────────────    0 %  0 B      connecting
      resumed at 10.0 MB
      "
    `);
  });

  test("at width 40", () => {
    expect(show(HALF, 40)).toMatchInlineSnapshot(`
      "
      ━━━━━━━━━━━━━━──────────────   50 %
      13.7 MB of 27.4 MB  1.20 MB/s  12s left
        1 ━━━━━━━━  100 %  10.0 MB  done
        2 ━━──────   37 %  3.70 MB  receiving
        3 ────────    0 %  0 B      connecting
      resumed at 10.0 MB
      "
    `);
  });

  test("where lanes have no room for a bar", () => {
    expect(show(HALF, 24)).toMatchInlineSnapshot(`
      "
      ━━━━━━━━─────────   50 %
      13.7 MB of 27.4 MB  1.2…
        1 100 %  10.0 MB  done
        2 37 %  3.70 MB  rece…
        3 0 %  0 B      conne…
      resumed at 10.0 MB
      "
    `);
  });

  test("one connection alone has no line of its own", () => {
    expect(renderProgress({ ...HALF, lanes: HALF.lanes.slice(0, 1), note: "" }, 80)).toHaveLength(1);
  });

  test("100 % and a full bar only for everything", () => {
    const almost = { ...HALF, received: 27_399_999 };
    expect(renderProgress(almost, 80)[0]).toMatch(/━─ {3}99 %/);
    expect(renderProgress({ ...HALF, received: 27_400_000 }, 80)[0]).toMatch(/━━ {2}100 %/);
    expect(renderProgress({ ...HALF, received: 0, total: 0 }, 80)[0]).toMatch(/100 % {2}0 B of 0 B/);
  });

  test("an endless wait is not shown", () => {
    expect(renderProgress({ ...HALF, secondsLeft: Infinity }, 80)[0]).not.toContain("left");
  });
});

describe("without a total", () => {
  test("a mark that goes to and fro, and no percent", () => {
    expect(show(ENDLESS, 40)).toMatchInlineSnapshot(`
      "
      ──────────━━━────────  655 kB  1.00 kB/s
      "
    `);
    expect(renderProgress({ ...ENDLESS, received: 655_361 }, 40)[0].slice(0, 14)).toBe(
      renderProgress(ENDLESS, 40)[0].slice(0, 14),
    );
    const places = Array.from({ length: 80 }, (_, at) =>
      renderProgress({ ...ENDLESS, received: at * 65_536 }, 40)[0].indexOf("━"),
    );
    expect(Math.min(...places)).toBe(0);
    for (let at = 1; at < places.length; at++)
      expect(Math.abs(places[at] - places[at - 1])).toBeLessThanOrEqual(1);
  });

  test("lanes", () => {
    const lane = { start: 0, end: undefined, position: 1000, state: "receiving" } as const;
    expect(show({ ...ENDLESS, lanes: [lane, { ...lane, state: "stalled" }] }, 60)).toMatchInlineSnapshot(`
      "
      ──────────━━━───────────────  655 kB  1.00 kB/s
        1 ━━━─────────────────────────  1.00 kB  receiving
        2 ━━━─────────────────────────  1.00 kB  stalled
      "
    `);
  });
});

test("as a line for logs", () => {
  expect(progressLine(HALF)).toBe("50 %  13.7 MB of 27.4 MB  1.20 MB/s  12s left");
  expect(progressLine(ENDLESS)).toBe("655 kB  1.00 kB/s");
});

test("no line is wider than the terminal, whatever the state", () => {
  const count = fc.oneof(
    fc.nat(),
    fc.nat({ max: 2 ** 31 - 1 }).map((each) => each * 2 ** 21),
  );
  const state = fc.constantFrom("waiting", "connecting", "receiving", "stalled", "done", "failed");
  const lane = fc
    .record({ start: count, length: fc.option(count, { nil: undefined }), got: count, state })
    .map(({ start, length, got, state: doing }) => ({
      start,
      end: length === undefined ? undefined : start + length,
      position: start + Math.min(got, length ?? got),
      state: doing,
    }));
  const any = fc.record({
    received: count,
    total: fc.option(count, { nil: undefined }),
    bytesPerSecond: count,
    secondsLeft: fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
    lanes: fc.array(lane, { maxLength: 12 }),
    note: fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/\p{C}/gu, "")),
  });
  fc.assert(
    fc.property(any, fc.integer({ min: 20, max: 200 }), (given, width) => {
      for (const line of renderProgress(given, width)) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      // Looks change nothing else.
      const styled = renderProgress(given, width, (_role, text) => `\x1b[1m${text}\x1b[0m`);
      // oxlint-disable-next-line no-control-regex -- the looks
      expect(styled.map((line) => line.replaceAll(/\x1b\[\dm/g, ""))).toEqual(renderProgress(given, width));
    }),
  );
});
