import { describe, expect, test } from "vitest";
import { Backoff } from "../../../src/client/retrying/backoff.ts";
import { pause } from "../../../src/client/retrying/pause.ts";
import { retryAfterOf } from "../../../src/client/retrying/retry-after.ts";

const MOST = (): number => 1;

function waits(backoff: Backoff, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe("the wait before an attempt", () => {
  test("doubles up to the ceiling, and is any time up to that", () => {
    expect(waits(new Backoff({ ceiling: 5000 }, MOST), 5)).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(waits(new Backoff({}, () => 0.5), 7)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    expect(waits(new Backoff({}, () => 0), 2)).toEqual([0, 0]);
  });

  test("begins anew once something has arrived", () => {
    const backoff = new Backoff({ initial: 10 }, MOST);
    expect(waits(backoff, 3)).toEqual([10, 20, 40]);
    expect(backoff.attempt).toBe(3);
    backoff.arrived();
    expect(waits(backoff, 2)).toEqual([10, 20]);
  });

  test("is what the server wants after something has arrived, and never less than that", () => {
    const backoff = new Backoff({ initial: 10, ceiling: 100 }, MOST);
    backoff.retry(25);
    expect(waits(backoff, 5)).toEqual([25, 25, 40, 80, 100]);
    backoff.retry(1000);
    backoff.arrived();
    expect(waits(backoff, 2)).toEqual([1000, 1000]);
    expect(backoff.next(5000)).toBe(5000);
    expect(backoff.next(500)).toBe(1000);
  });

  test("is never longer than a timer can be", () => {
    const backoff = new Backoff({ attempts: 2000, initial: Infinity, ceiling: Infinity }, MOST);
    expect(new Set(waits(backoff, 2000))).toEqual(new Set([2 ** 31 - 1]));
    backoff.retry(Number.MAX_SAFE_INTEGER);
    backoff.arrived();
    expect(backoff.next()).toBe(2 ** 31 - 1);
  });

  test.each([0, 1, 3, 10])("comes %i times", (attempts) => {
    const backoff = new Backoff({ attempts, initial: 0 });
    expect(waits(backoff, attempts + 2)).toEqual([...Array<number>(attempts).fill(0), undefined, undefined]);
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 0, 1);
  test.each([
    ["0", 0],
    ["120", 120_000],
    ["9".repeat(400), Number.MAX_SAFE_INTEGER],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2025 00:00:30 GMT", 0],
    ["", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1, 2", undefined],
    ["soon", undefined],
    [undefined, undefined],
  ])("%s", (value, expected) => expect(retryAfterOf(value, now)).toBe(expected));
});

test("a pause can be given up before and while it lasts", async () => {
  await pause(0, new AbortController().signal);
  await expect(pause(100_000, AbortSignal.abort())).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED" });
  const controller = new AbortController();
  const paused = pause(100_000, controller.signal);
  controller.abort();
  await expect(paused).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED" });
});
