import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { html } from "../../../src/reply/html/html.ts";
import { page } from "../../../src/reply/html/page.ts";
import { progress } from "../../../src/reply/html/progress.ts";
import { slot } from "../../../src/reply/html/slot.ts";
import { deferred } from "../../../src/deferred.ts";
import { NEUTRAL, Reading, turn } from "./html-reading.ts";

describe("a slot that fails", () => {
  test.each<[string, Parameters<typeof slot>, string]>([
    ["has a neutral sentence", [() => Promise.reject(new Error("a<b"))], NEUTRAL],
    ["has its own", [() => Promise.reject(new Error("a<b")), { error: html`<b></b>` }], "<b></b>"],
    [
      "has one made of the error",
      [() => Promise.reject(new Error("a<b")), { error: (error) => (error as Error).message }],
      "a&lt;b",
    ],
    [
      "has the neutral one where that fails, too",
      [
        () => Promise.reject(new Error("a<b")),
        {
          error: () => {
            throw new Error("b");
          },
        },
      ],
      NEUTRAL,
    ],
    [
      "may throw at once",
      [
        () => {
          throw new Error("a<b");
        },
      ],
      NEUTRAL,
    ],
    [
      "may have something inside of it that does",
      [async () => html`${Promise.reject(new Error("a<b"))}`],
      NEUTRAL,
    ],
  ])("%s", async (_, [source, options], expected) => {
    const reading = new Reading(page(html`${slot(source, options)}`));
    expect((await reading.rest())[1]).toBe(`<template for="s1">${expected}</template>\n`);
    expect(reading.errors[0]).toMatchObject({ message: "a<b" });
    expect(reading.errors).toHaveLength(_.includes("too") ? 2 : 1);
  });

  test("after some items shows it behind them", async () => {
    async function* items(): AsyncGenerator<string> {
      yield "a";
      throw new Error("gone");
    }
    const [, ...patches] = await new Reading(page(html`${slot(items(), { error: "!" })}`)).rest();
    expect(patches).toEqual([
      '<template for="s1">a<?marker name="s1"></template>\n',
      '<template for="s1">!</template>\n',
    ]);
  });

  test("is reported to the page's own, and what that throws to the server", async () => {
    const errors: unknown[] = [];
    const onSlotError = (error: unknown): void => {
      errors.push(error);
      throw new Error("second");
    };
    const reading = new Reading(page(html`${slot(Promise.reject(new Error("first")))}`, { onSlotError }));
    await reading.rest();
    expect(errors).toEqual([new Error("first")]);
    expect(reading.errors).toEqual([new Error("second")]);
  });

  test("with content that is none shows the error", async () => {
    const reading = new Reading(page(html`${slot(Promise.resolve({}) as never)}`));
    expect((await reading.rest())[1]).toContain(NEUTRAL);
    expect(reading.errors).toMatchObject([{ code: "ERR_SLUICE_HTML_VALUE" }]);
  });

  test.each([0, -1, Number.NaN, 2 ** 31, "5" as never])("refuses a timeout of %s", (timeout) => {
    expect(() => slot(Promise.resolve(null), { timeout })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_OPTION" }),
    );
    expect(() => progress(() => null, { label: "", timeout })).toThrow();
  });

  test("refuses a placeholder that has to be awaited", () => {
    expect(() => slot(Promise.resolve(null), { placeholder: Promise.resolve() as never })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_HTML_VALUE" }),
    );
  });
});

describe("in time", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test("a promise has its timeout once, and is given up after it", async () => {
    let signal: AbortSignal | undefined;
    const reading = new Reading(
      page(
        html`${slot(
          (given) => {
            signal = given;
            return deferred<string>().promise;
          },
          { timeout: 1000, error: (error) => (error as { code: string }).code },
        )}`,
      ),
    );
    await reading.piece();
    vi.advanceTimersByTime(999);
    expect(signal?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal?.aborted).toBe(true);
    expect(await reading.rest()).toEqual(['<template for="s1">ERR_SLUICE_SLOT_TIMEOUT</template>\n']);
    expect(reading.errors).toMatchObject([{ code: "ERR_SLUICE_SLOT_TIMEOUT" }]);
  });

  test("what comes in time leaves no timer", async () => {
    const gate = deferred<string>();
    const reading = new Reading(page(html`${slot(gate.promise, { timeout: 1000 })}`));
    await reading.piece();
    gate.resolve("a");
    await turn();
    expect(vi.getTimerCount()).toBe(0);
    expect((await reading.rest()).join("")).toContain(">a<");
  });

  test("each item has it anew, and the reader's time is not counted", async () => {
    const stopped: string[] = [];
    const gates = [deferred<string>(), deferred<string>()];
    async function* items(): AsyncGenerator<string> {
      try {
        for (const gate of gates) yield await gate.promise;
        await deferred().promise;
      } finally {
        stopped.push("stopped");
      }
    }
    const reading = new Reading(page(html`${slot(items(), { timeout: 1000, error: "late" })}`));
    await reading.piece();
    for (const gate of gates) {
      vi.advanceTimersByTime(900);
      gate.resolve("x");
      await turn();
      vi.advanceTimersByTime(100_000);
      expect(await reading.piece()).toContain(">x<");
      await turn();
    }
    vi.advanceTimersByTime(1000);
    expect(await reading.piece()).toBe('<template for="s1">late</template>\n');
    expect(await reading.piece()).toBeUndefined();
  });
});

describe("when the reader leaves", () => {
  test("signals abort, timers stop, streams are closed, begun or not, and nothing is said any more", async () => {
    const log: string[] = [];
    const signals: AbortSignal[] = [];
    const late = deferred<unknown>();
    const hanging = (signal: AbortSignal): Promise<string> => {
      signals.push(signal);
      return deferred<string>().promise;
    };
    const stream = (name: string): ReadableStream<string> =>
      new ReadableStream({ cancel: () => void log.push(`${name} cancelled`) }, { highWaterMark: 0 });
    const reading = new Reading(
      page(
        html`${slot(hanging, { timeout: 100_000 })}${slot(stream("slot"))}${slot(late.promise as never)}
          ${progress((_, signal) => hanging(signal), { label: "l" })}${deferred<string>().promise}${stream("behind")}
          ${slot(async () => html`${deferred<string>().promise}${stream("inside")}`)}`,
      ),
    );
    await reading.piece();
    const next = reading.piece();
    await turn();
    reading.reader.stop(new Error("left"));
    expect(await next).toBeUndefined();
    expect(signals.map(({ reason }) => reason as unknown)).toEqual([new Error("left"), new Error("left")]);
    late.resolve(stream("late"));
    await turn();
    expect(log.toSorted()).toEqual([
      "behind cancelled",
      "inside cancelled",
      "late cancelled",
      "slot cancelled",
    ]);
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThan(2);
    expect(reading.errors).toEqual([]);
    expect(await reading.piece()).toBeUndefined();
  });

  test("of a page that nobody reads, everything is let go", async () => {
    const log: string[] = [];
    const stream = (): ReadableStream<string> =>
      new ReadableStream({ cancel: () => void log.push("cancelled") });
    const begin = (): string => {
      log.push("begun");
      return "";
    };
    for (const inOrder of [true, false]) {
      const content = html`${stream()}${slot(stream())}${slot(Promise.reject(new Error("a")))}${slot(begin)}
        ${Promise.reject(new Error("b"))}`;
      new Reading(page(content, { inOrder })).reader.stop(undefined);
    }
    await turn();
    expect(log).toEqual(["cancelled", "cancelled", "cancelled", "cancelled"]);
  });

  test("what is rejected and never sent is nobody's unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    try {
      page(html`${slot(Promise.reject(new Error("slot")))}`);
      page(html`${Promise.reject(new Error("part"))}${[Promise.reject(new Error("item"))]}`);
      await turn();
      await turn();
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", listen);
    }
  });

  test("what is rejected later is nobody's unhandled rejection", async () => {
    const gates = [deferred<string>(), deferred<string>(), deferred<string>()].map((gate) => ({
      ...gate,
      // Without deferred's own care.
      promise: new Promise<string>((resolve, reject) => void gate.promise.then(resolve, reject)),
    }));
    const reading = new Reading(
      page(html`${slot(gates[0].promise)}${gates[1].promise}${slot(() => gates[2].promise)}`),
    );
    await reading.piece();
    const next = reading.piece();
    reading.reader.stop(undefined);
    for (const gate of gates) gate.reject(new Error("late"));
    await turn();
    expect(await next).toBeUndefined();
  });
});
