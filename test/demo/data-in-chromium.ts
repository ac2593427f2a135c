import { beforeAll, describe, expect, test } from "vitest";
import type { ChromiumTab } from "./chromium-tab.ts";
import type { DemoProcess } from "./demo-process.ts";

/** Tests of the rooms whose text comes in parts: the report, the tokens, the noticeboard, the digests. */
export function dataInChromium(current: () => DemoProcess, tab: ChromiumTab): void {
  describe("the report", () => {
    // The first one makes and fills the database.
    beforeAll(async () => {
      await (await fetch(`${current().url}/report?rows=1&pace=0`)).text();
    }, 60_000);

    test.each([
      ["NDJSON", /^\{"id":1,/],
      ["JSON sequence", /^␞\{"id":1,/],
      ["CSV", /^id,taken,station/],
    ])("as %s shows its rows while the cursor has more", async (label, first) => {
      const gate = `d1-${label.replace(" ", "-")}`;
      const card = await tab.openRoom("report", gate, label);
      const lines = card.locator("li span");
      await lines.nth(80).waitFor();
      expect(await lines.first().innerText()).toMatch(first);
      expect(await card.getAttribute("data-state")).toBe("open");
      await current().letPass(gate, 20);
      await card.getByText("Complete: ").waitFor();
    });
  });

  test("tokens come one by one, packed or not", async () => {
    const card = await tab.openRoom("tokens", "d2");
    const [coded, plain] = ["Compressed", "As it is"].map((heading) =>
      card.locator("section", { hasText: heading }),
    );
    for (const column of [coded, plain]) await column.locator("li").waitFor();
    await current().letPass("d2.coded");
    await coded.locator("li").nth(1).waitFor();
    expect(await plain.locator("li").count()).toBe(1);
    expect(await coded.locator("li").nth(1).locator("time").innerText()).toMatch(/^\d+\.\d\d s$/);
    await current().letPass("d2.coded", 200);
    await current().letPass("d2.plain", 200);
    await card.getByText(/^Complete: (\d+) and \1 tokens/).waitFor();
    expect(await coded.locator("li span").allTextContents()).toEqual(
      await plain.locator("li span").allTextContents(),
    );
    const [packed, whole] = await Promise.all(
      [coded, plain].map(async (column) => {
        const weight = await column.locator(".weight").innerText();
        return Number(/([\d,]+) bytes on the wire/.exec(weight)![1].replaceAll(",", ""));
      }),
    );
    expect(await coded.locator(".weight").innerText()).toMatch(/^(?:br|gzip|zstd): /);
    expect(packed).toBeGreaterThan(0);
    expect(packed * 3).toBeLessThan(whole);
  });

  test("the noticeboard is filled in as its parts get ready", async () => {
    const { page } = tab;
    await tab.goto("/noticeboard?gate=d3");
    await page.getByRole("progressbar").nth(3).waitFor();
    await current().letPass("d3.forecast", 10);
    await page.locator("progress[value='0.5']").waitFor();
    await current().letPass("d3.forecast", 10);
    await page.getByText("Rising").waitFor();
    await current().letPass("d3.ferries");
    await page.getByText("09:10").waitFor();
    await current().letPass("d3.ferries");
    await page.getByText("09:40").waitFor();
    expect(await page.getByText("10:15").count()).toBe(0);
    await current().letPass("d3.keeper");
    await page.getByText("Nobody answers").waitFor();
    // What stands first comes last.
    expect(await page.getByRole("progressbar", { name: "Upper basin" }).isVisible()).toBe(true);
    await current().letPass("d3.levels");
    await page.getByText("3.42 m").waitFor();
    await current().letPass("d3.ferries");
    await page.getByText("10:15").waitFor();
    await page.waitForLoadState("load");
    expect(await page.getByRole("progressbar").count()).toBe(0);
    const boxes = await Promise.all(
      ["3.42 m", "Rising", "Nobody answers", "09:10"].map((text) => page.getByText(text).boundingBox()),
    );
    const lefts = boxes.map((box) => box!.x);
    expect(lefts).toEqual(lefts.toSorted((one, other) => one - other));
    await current().output.until(/\/noticeboard: a slot failed: the keeper is out fishing/);
  });

  test("the noticeboard in order needs no script, and its parts wait for those above them", async () => {
    await tab.open({ javaScriptEnabled: false });
    const { page } = tab;
    await tab.goto("/noticeboard?order=page&gate=d4");
    await page.getByText("Upper basin").waitFor();
    await current().letPass("d4.forecast", 20);
    await current().letPass("d4.levels");
    await page.getByText("Rising").waitFor();
    expect(await page.getByText("3.42 m").isVisible()).toBe(true);
    expect(await page.getByText("Ferries").count()).toBe(0);
    await current().letPass("d4.keeper");
    await page.getByText("Nobody answers").waitFor();
    await current().letPass("d4.ferries", 3);
    await page.getByText("10:15").waitFor();
    expect(await page.locator("section").count()).toBe(4);
  });

  describe("digests", () => {
    test.each([
      ["Trailer", "* verified: this is what was sent"],
      ["Trailer, spoilt", "* refused: this is not what was sent"],
    ])("behind a stream are checked by the server: %s", async (label, verdict) => {
      const gate = `d5-${label.length}`;
      await current().letPass(gate, 4);
      const card = await tab.openRoom("digests", gate, label);
      await card.getByText(/^Complete: /).waitFor();
      const lines = await card.locator("li span").allInnerTexts();
      expect(lines.at(-1)).toBe(verdict);
      expect(lines.slice(lines.indexOf("< 0\\r\\n")).join("\n")).toMatch(
        /^< 0.*\n(?:< .*\n)*< repr-digest: /i,
      );
    });

    test.each([
      ["Header", /^Verified in/],
      ["Header, spoilt", /^Broken off: refused/],
    ])("before a text are checked by the page: %s", async (label, verdict) => {
      const card = await tab.openRoom("digests", undefined, label);
      await card.getByText(verdict).waitFor();
      expect(await card.locator("li span").first().innerText()).toMatch(/^< Repr-Digest: sha-256=:.{44}:$/);
    });
  });
}
