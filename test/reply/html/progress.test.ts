import { describe, expect, test } from "vitest";
import { type Html, html } from "../../../src/reply/html/html.ts";
import { page } from "../../../src/reply/html/page.ts";
import { progress, type ProgressOptions } from "../../../src/reply/html/progress.ts";
import { type Deferred, deferred } from "../../../src/deferred.ts";
import { NEUTRAL, Reading, SCRIPT, turn } from "./html-reading.ts";

describe("progress", () => {
  const bar = (value: string): string =>
    `<template for="s1b"><?start name="s1b"><progress value="${value}"></progress><?end name="s1b"></template>\n`;

  /** A bar that is moved by `report`, and gives way to what `gate` gives. */
  const reported = (
    options: ProgressOptions,
  ): { reading: Reading; gate: Deferred<string>; report: (done: number) => void } => {
    let move: (done: number) => void = () => {};
    const gate = deferred<string>();
    const work = (report: (done: number) => void): Promise<string> => {
      move = report;
      return gate.promise;
    };
    const reading = new Reading(page(html`${progress(work, options)}`));
    return { reading, gate, report: (done) => move(done) };
  };

  test("shows a bar, its moves, and the content", async () => {
    const gates = [deferred(), deferred()];
    async function* work(): AsyncGenerator<number, Html> {
      for (const [at, gate] of gates.entries()) {
        await gate.promise;
        yield at * 30 + 10;
      }
      await deferred().promise.catch(() => {});
      return html``;
    }
    const reading = new Reading(page(html`${progress(work(), { label: "<l>", max: 50 })}`));
    expect(await reading.piece()).toBe(
      `<?start name="s1"><label>&lt;l&gt; <?start name="s1b"><progress></progress><?end name="s1b"></label><?end name="s1">${SCRIPT}`,
    );
    gates[0].resolve(undefined);
    expect(await reading.piece()).toBe(bar("0.2"));
    gates[1].resolve(undefined);
    expect(await reading.piece()).toBe(bar("0.8"));
    reading.reader.stop(undefined);
  });

  test("a slow reader gets the latest move alone, and the content instead of any", async () => {
    const { reading, gate, report } = reported({
      label: "l",
      placeholder: (given, label) => html`<p>${label}</p>${given}`,
    });
    expect(await reading.piece()).toContain('<p>l</p><?start name="s1b">');
    for (let done = 0; done <= 500; done++) report(done / 1000);
    expect(await reading.piece()).toBe(bar("0.5"));
    // Less than a hundredth, and nonsense, move nothing.
    for (const done of [0.5, 0.501, 0.504, Number.NaN]) report(done);
    report(7);
    expect(await reading.piece()).toBe(bar("1"));
    report(0.1);
    gate.resolve("content");
    await turn();
    expect(await reading.rest()).toEqual(['<template for="s1">content</template>\n']);
    report(0.2);
  });

  test("is 102 patches at the most", async () => {
    const { reading, gate, report } = reported({ label: "l" });
    await reading.piece();
    const all = reading.rest();
    for (let done = 1; done <= 2000; done++) {
      report(done / 2000);
      await turn();
    }
    gate.resolve("");
    expect((await all).length).toBeLessThanOrEqual(102);
  });

  test("fails where its iterable gives something else than numbers, or its placeholder throws", async () => {
    async function* work(): AsyncGenerator<number> {
      yield "1" as never;
    }
    const throwing = (): never => {
      throw new Error("placeholder");
    };
    const reading = new Reading(
      page(
        html`${progress(work(), { label: "l" })}${progress(() => "", { label: "l", placeholder: throwing })}`,
      ),
    );
    expect((await reading.rest()).slice(1).join("")).toContain(NEUTRAL);
    expect(reading.errors).toMatchObject([{ message: "placeholder" }, { code: "ERR_SLUICE_HTML_VALUE" }]);
  });
});
