import { beforeEach, describe, expect, test } from "vitest";
import { ChromiumTab } from "./chromium-tab.ts";
import { dataInChromium } from "./data-in-chromium.ts";
import type { DemoProcess } from "./demo-process.ts";
import { picturesInChromium } from "./pictures-in-chromium.ts";

/** Tests of every room, as a reader with a browser meets it. */
export function roomsInChromium(current: () => DemoProcess): void {
  const tab = new ChromiumTab(current);

  dataInChromium(current, tab);
  picturesInChromium(current, tab);

  test("nothing runs before a gate is opened, and the page is as wide as a phone", async () => {
    const paths: string[] = [];
    tab.page.on("request", (request) => paths.push(new URL(request.url()).pathname));
    await tab.page.setViewportSize({ width: 360, height: 740 });
    await tab.page.goto(current().url, { waitUntil: "networkidle" });
    expect(paths.filter((path) => !/^\/$|\.(?:css|js|svg)$/.test(path))).toEqual([]);
    expect(await tab.page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  test("a command is copied", async () => {
    await tab.page.goto(current().url);
    const button = tab.page.locator("#numbers .copy");
    await button.click();
    await tab.page.getByText("Copied to the clipboard.").waitFor({ state: "attached" });
    expect(await tab.page.evaluate(() => navigator.clipboard.readText())).toBe(
      `curl -N ${current().url}/numbers`,
    );
  });

  describe("numbers", () => {
    test("appear one by one, until the gate is closed", async () => {
      const card = await tab.openRoom("numbers", "b1");
      const body = tab.page.frameLocator("#numbers iframe").locator("body");
      for (const prime of [2, 3, 5]) {
        await body.getByText(`Message number ${prime}`).waitFor();
        expect(await body.innerText()).toMatch(new RegExp(`number ${prime}\\s*$`));
        if (prime < 5) await current().letPass("b1");
      }
      await card.getByRole("button", { name: "Close the gate" }).click();
      await card.getByText("You closed the gate").waitFor();
      await current().output.until(/\/numbers: 3 of 100 numbers, then the reader left/);
    });

    test("stop when the browser leaves", async () => {
      await tab.goto("/numbers?count=47&gate=b2");
      await tab.page.getByText("Message number 2").waitFor();
      await tab.page.goto("about:blank");
      await current().output.until(/\/numbers: 1 of 47 numbers, then the reader left/);
    });

    test("the newest is in view", async () => {
      await tab.page.setViewportSize({ width: 400, height: 300 });
      await current().letPass("b3", 98);
      await tab.goto("/numbers?gate=b3");
      await tab.page.getByText("Message number 523").waitFor();
      // The page scrolls by itself, a moment after the last message has come.
      await tab.page.waitForFunction(
        () => document.querySelector("div")!.getBoundingClientRect().bottom <= innerHeight,
      );
    });

    test("as JSON lines each have their time of arrival", async () => {
      const card = await tab.openRoom("json-lines", "b4");
      const items = card.locator("li");
      for (const count of [1, 2, 3]) {
        await items.nth(count - 1).waitFor();
        expect(await items.count()).toBe(count);
        await current().letPass("b4");
      }
      expect(await items.first().locator("time").innerText()).toMatch(/^\d+\.\d\d s$/);
      expect(JSON.parse(await items.nth(2).locator("span").innerText())).toMatchObject({
        index: 3,
        prime: 5,
      });
      await current().letPass("b4", 96);
      await card.getByText("Complete: ").waitFor();
    });
  });

  describe.each([true, false])("with scripts: %s", (javaScriptEnabled) => {
    const suffix = String(javaScriptEnabled);

    beforeEach(async () => {
      await tab.open({ javaScriptEnabled });
    });

    test("the loading bar is there before the table, and gone after it", async () => {
      await tab.goto(`/trains?gate=b5-${suffix}`);
      const bar = tab.page.getByRole("progressbar", { name: "Asking the railways" });
      await bar.waitFor();
      expect(await tab.page.locator("table").count()).toBe(0);
      await current().letPass(`b5-${suffix}`);
      await tab.page.getByRole("table").waitFor();
      expect(await tab.page.locator("progress").isVisible()).toBe(false);
      expect(await tab.page.locator("tbody tr").count()).toBe(5);
    });

    test("the faster query shows first, at its place behind the slower one", async () => {
      await tab.goto(`/levels?gate=b6-${suffix}`);
      await tab.page.locator("progress").nth(1).waitFor();
      await current().letPass(`b6-${suffix}.river`);
      await tab.page.getByText("1.08 m").waitFor();
      expect(await tab.page.getByText("3.42 m").count()).toBe(0);
      expect(await tab.page.locator("progress").first().isVisible()).toBe(true);
      expect(await tab.page.locator("progress").nth(1).isVisible()).toBe(false);
      await current().letPass(`b6-${suffix}.basin`);
      await tab.page.getByText("3.42 m").waitFor();
      const [basin, river] = await Promise.all(
        ["3.42 m", "1.08 m"].map((text) => tab.page.getByText(text).boundingBox()),
      );
      expect(basin!.x).toBeLessThan(river!.x);
      expect(basin!.y).toBe(river!.y);
    });
  });

  test("the download counts its bytes", async () => {
    const card = await tab.openRoom("download", "b7", "64 MiB");
    await card.getByText(/^Complete: \d+ pieces/).waitFor();
    expect(await card.locator(".amount").innerText()).toBe("64.0 MiB");
    expect(await card.locator(".rate").innerText()).toMatch(/^\d+ MiB\/s$/);
  });

  test("the trailers are shown on the wire, behind the last chunk", async () => {
    await current().letPass("b8", 4);
    const card = await tab.openRoom("trailers", "b8", "Ask with TE");
    await card.getByText(/^Complete: /).waitFor();
    const lines = await card.locator("li span").allInnerTexts();
    expect(lines.slice(lines.indexOf("< 0\\r\\n")).join("\n")).toMatch(
      /^< 0.*\n< expires: .*\n< content-md5: .*==/i,
    );
  });

  test("the upload shows what was dropped", async () => {
    await current().letPass("b9", 3);
    const card = await tab.openRoom("upload", "b9");
    await card.getByText(/^Complete: /).waitFor();
    expect(await card.locator("ol.well").innerText()).toMatch(/"dropped": \[\\n\s[^\]]*"authorization"/);
  });
}
