import { describe, expect, test } from "vitest";
import { Http2Budget, type Traffic } from "../../../src/server/http2-budget.ts";
import { SERVER_LIMITS } from "../../../src/server/options.ts";

const FRAME = 9;
const PING = FRAME + 8;
const WINDOW_UPDATE = FRAME + 4;
const GIB = 2 ** 30;

const nothing: Traffic = { octetsRead: 0, octetsUnread: 0, octetsWritten: 0, piecesWritten: 0 };

/** How much of its budget a client has used after so many seconds, with one stream that is open. */
function used(seconds: number, arrived: number, stream: Partial<Traffic> = {}): number {
  const budget = new Http2Budget(SERVER_LIMITS, 0);
  budget.requested();
  return arrived / budget.allowance(seconds * 1000, [{ ...nothing, ...stream }]);
}

describe("honest clients stay far below the budget, however long they last", () => {
  test.each<[string, number, number, Partial<Traffic>?]>([
    ["a PING a second, for a day", 86_400, 86_400 * PING],
    ["ten PINGs a second, for a day", 86_400, 10 * 86_400 * PING],
    ["an upload of 10 GiB", 60, 10 * GIB * (1 + FRAME / 16_384), { octetsRead: 10 * GIB }],
    ["the same in frames of 100 octets", 60, 10 * GIB * 1.09, { octetsRead: 10 * GIB }],
    [
      "a download of 10 GiB, acknowledged every 16 KiB, twice",
      60,
      ((10 * GIB) / 16_384) * 2 * WINDOW_UPDATE,
      { octetsWritten: 10 * GIB, piecesWritten: (10 * GIB) / 65_536 },
    ],
    [
      "the same, acknowledged with every packet",
      60,
      ((10 * GIB) / 1_448) * 2 * WINDOW_UPDATE,
      { octetsWritten: 10 * GIB },
    ],
    [
      "a thousand messages of 20 octets a second, both ways, each acknowledged, for an hour",
      3_600,
      3_600_000 * (FRAME + 20 + 2 * WINDOW_UPDATE),
      { octetsRead: 72_000_000, octetsWritten: 72_000_000, piecesWritten: 3_600_000 },
    ],
  ])("%s", (_name, seconds, arrived, stream) => {
    expect(used(seconds, arrived, stream)).toBeLessThan(0.95);
  });

  test("content in frames of one octet each", () => {
    // The last octet is on its way when the budget is looked at.
    expect(used(1, 1_000_000 * (FRAME + 1), { octetsRead: 1_000_000 })).toBeLessThan(1);
  });

  test("a million small requests in a minute", () => {
    const budget = new Http2Budget(SERVER_LIMITS, 0);
    for (let count = 0; count < 1_000_000; count++) {
      budget.requested();
      budget.streamClosed(nothing);
    }
    expect(1_000_000 * 500).toBeLessThan(budget.allowance(60_000, []) / 10);
  });
});

describe("floods are over it soon", () => {
  test.each<[string, number, number, Partial<Traffic>?]>([
    ["20,000 PINGs", 1, 20_000 * PING],
    ["2,000 PINGs a second, for half a minute", 30, 30 * 2_000 * PING],
    ["50,000 window updates for a stream that says nothing", 1, 50_000 * WINDOW_UPDATE],
    ["a megabyte of padding behind one octet", 1, 1_000_000, { octetsRead: 1 }],
  ])("%s", (_name, seconds, arrived, stream) => {
    expect(used(seconds, arrived, stream)).toBeGreaterThan(1);
  });
});

describe("resets", () => {
  test("900 at once are not too many, one more is", () => {
    const budget = new Http2Budget(SERVER_LIMITS, 0);
    for (let count = 0; count < 900; count++) expect(budget.streamReset(0)).toBe(false);
    expect(budget.streamReset(0)).toBe(true);
  });

  test.each([
    [29, false],
    [40, true],
  ])("%i a second for an hour: %s", (rate, tooMany) => {
    const budget = new Http2Budget(SERVER_LIMITS, 0);
    let over = false;
    for (let count = 0; count < rate * 3_600; count++) over ||= budget.streamReset((count / rate) * 1000);
    expect(over).toBe(tooMany);
  });
});
