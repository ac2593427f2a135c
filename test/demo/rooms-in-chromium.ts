import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pathOf } from "../support/programs.ts";
import type { DemoProcess } from "./demo-process.ts";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Tests of every room, as a reader with a browser meets it. */
export function roomsInChromium(current: () => DemoProcess): void {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: pathOf("chromium"), args: ARGS });
  }, 60_000);
  afterAll(() => browser.close());

  beforeEach(async () => {
    await open({});
  });
  afterEach(async () => {
    await context.close();
    // A policy that is broken, a script that fails: both are told here.
    expect(complaints).toEqual([]);
  });

  async function open(options: { javaScriptEnabled?: boolean }): Promise<void> {
    context = await browser.newContext({ ...options, permissions: ["clipboard-read", "clipboard-write"] });
    page = await context.newPage();
    complaints = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
  }

  const goto = (path: string): Promise<unknown> => page.goto(current().url + path, { waitUntil: "commit" });

  /** Opens a room's gate on the index, and gives its card. */
  async function openRoom(name: string, gate: string, label?: string): Promise<ReturnType<Page["locator"]>> {
    await page.goto(`${current().url}/?gate=${gate}`);
    const card = page.locator(`#${name}`);
    await card
      .getByRole("link", label === undefined ? {} : { name: label })
      .first()
      .click();
    return card;
  }

  test("nothing runs before a gate is opened, and the page is as wide as a phone", async () => {
    const paths: string[] = [];
    page.on("request", (request) => paths.push(new URL(request.url()).pathname));
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(current().url, { waitUntil: "networkidle" });
    expect(paths.filter((path) => !/^\/$|\.(?:css|js|svg)$/.test(path))).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  test("a command is copied", async () => {
    await page.goto(current().url);
    const button = page.locator("#numbers .copy");
    await button.click();
    await page.getByText("Copied to the clipboard.").waitFor({ state: "attached" });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      `curl -N ${current().url}/numbers`,
    );
  });

  describe("numbers", () => {
    test("appear one by one, until the gate is closed", async () => {
      const card = await openRoom("numbers", "b1");
      const body = page.frameLocator("#numbers iframe").locator("body");
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
      await goto("/numbers?count=47&gate=b2");
      await page.getByText("Message number 2").waitFor();
      await page.goto("about:blank");
      await current().output.until(/\/numbers: 1 of 47 numbers, then the reader left/);
    });

    test("the newest is in view", async () => {
      await page.setViewportSize({ width: 400, height: 300 });
      await current().letPass("b3", 98);
      await goto("/numbers?gate=b3");
      await page.getByText("Message number 523").waitFor();
      const below = await page.evaluate(
        () => document.querySelector("div")!.getBoundingClientRect().bottom - innerHeight,
      );
      expect(below).toBeLessThanOrEqual(0);
    });

    test("as JSON lines each have their time of arrival", async () => {
      const card = await openRoom("json-lines", "b4");
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
      await context.close();
      await open({ javaScriptEnabled });
    });

    test("the loading bar is there before the table, and gone after it", async () => {
      await goto(`/trains?gate=b5-${suffix}`);
      const bar = page.getByRole("progressbar", { name: "Asking the railways" });
      await bar.waitFor();
      expect(await page.locator("table").count()).toBe(0);
      await current().letPass(`b5-${suffix}`);
      await page.getByRole("table").waitFor();
      expect(await page.locator("progress").isVisible()).toBe(false);
      expect(await page.locator("tbody tr").count()).toBe(5);
    });

    test("the faster query shows first, at its place behind the slower one", async () => {
      await goto(`/levels?gate=b6-${suffix}`);
      await page.locator("progress").nth(1).waitFor();
      await current().letPass(`b6-${suffix}.river`);
      await page.getByText("1.08 m").waitFor();
      expect(await page.getByText("3.42 m").count()).toBe(0);
      expect(await page.locator("progress").first().isVisible()).toBe(true);
      expect(await page.locator("progress").nth(1).isVisible()).toBe(false);
      await current().letPass(`b6-${suffix}.basin`);
      await page.getByText("3.42 m").waitFor();
      const [basin, river] = await Promise.all(
        ["3.42 m", "1.08 m"].map((text) => page.getByText(text).boundingBox()),
      );
      expect(basin!.x).toBeLessThan(river!.x);
      expect(basin!.y).toBe(river!.y);
    });
  });

  test("the download counts its bytes", async () => {
    const card = await openRoom("download", "b7", "64 MiB");
    await card.getByText(/^Complete: \d+ pieces/).waitFor();
    expect(await card.locator(".amount").innerText()).toBe("64.0 MiB");
    expect(await card.locator(".rate").innerText()).toMatch(/^\d+ MiB\/s$/);
  });

  test("the trailers are shown on the wire, behind the last chunk", async () => {
    await current().letPass("b8", 4);
    const card = await openRoom("trailers", "b8", "Ask with TE");
    await card.getByText(/^Complete: /).waitFor();
    const lines = await card.locator("li span").allInnerTexts();
    expect(lines.slice(lines.indexOf("< 0\\r\\n")).join("\n")).toMatch(
      /^< 0.*\n< expires: .*\n< content-md5: .*==/i,
    );
  });

  test("the upload shows what was dropped", async () => {
    await current().letPass("b9", 3);
    const card = await openRoom("upload", "b9");
    await card.getByText(/^Complete: /).waitFor();
    expect(await card.locator("ol.well").innerText()).toMatch(/"dropped": \[\\n\s[^\]]*"authorization"/);
  });
}
