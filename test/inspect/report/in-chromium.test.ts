import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HtmlReport } from "../../../src/inspect/report/html-report.ts";
import { lacks, pathOf } from "../../support/programs.ts";
import { rowsOf } from "../rows-of.ts";

const RESPONSE = [
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  ...Array.from({ length: 20 }, (_, index) => `5\r\nevt${String(index).padStart(2, "0")}\r\n`),
  "0\r\n\r\n",
];

describe.skipIf(lacks("chromium"))("the report in Chromium", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-report-"));
  const file = join(folder, "report.html");
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const report = new HtmlReport({ url: "https://example.com/" });
    for (const row of rowsOf(RESPONSE)) report.add(row);
    writeFileSync(file, report.html());
    browser = await chromium.launch({
      executablePath: pathOf("chromium"),
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
    complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(file).href);
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const viewBox = async (): Promise<number[]> =>
    ((await page.locator(".plot").getAttribute("viewBox")) ?? "").split(" ").map(Number);

  test("can be zoomed and moved by keys, wheel, buttons and dragging", async () => {
    const [, , span] = await viewBox();
    await page.locator(".plot").focus();
    await page.keyboard.press("+");
    const [from, , width] = await viewBox();
    expect(width).toBeCloseTo(span / 2);
    await page.keyboard.press("ArrowRight");
    expect((await viewBox())[0]).toBeGreaterThan(from);
    await page.keyboard.press("0");
    expect((await viewBox())[2]).toBeCloseTo(span);
    await page.locator(".plot").hover();
    await page.mouse.wheel(0, -300);
    await expect.poll(async () => (await viewBox())[2]).toBeLessThan(span);
    const [before] = await viewBox();
    await page.mouse.down();
    await page.mouse.move(300, 400);
    await page.mouse.up();
    expect((await viewBox())[0]).not.toBeCloseTo(before);
    await page.getByRole("button", { name: "All" }).click();
    expect((await viewBox())[2]).toBeCloseTo(span);
  });

  test("says what is under the pointer", async () => {
    await page.locator(".plot").hover();
    await expect.poll(() => page.locator(".readout").textContent()).toMatch(/· chunk \d+: 5 bytes at/);
  });

  test("a chunk opens by key, and shows its octets", async () => {
    await page.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("details pre.hex").first().isVisible()).toBe(true);
    expect(await page.locator("details pre.hex").first().textContent()).toContain("65 76 74 30 30");
  });

  test.each(["light", "dark"] as const)("can be read in %s, at any width", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 400, 320]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    expect(await page.evaluate(LOWEST_CONTRAST)).toBeGreaterThanOrEqual(4.5);
  });
});

/** The lowest contrast of text with what is behind it, by WCAG 2.2. */
const LOWEST_CONTRAST = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (channels) => channels.map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  let lowest = 21;
  for (const element of document.body.querySelectorAll("*")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "")) continue;
    if (element.closest("svg, script, style") !== null || element.getClientRects().length === 0) continue;
    const behind = [];
    for (let each = element; each !== null; each = each.parentElement) behind.unshift(getComputedStyle(each).backgroundColor);
    const back = rgb(behind);
    const front = rgb([...behind, getComputedStyle(element).color]);
    const [low, high] = [luminance(back), luminance(front)].toSorted((a, b) => a - b);
    lowest = Math.min(lowest, (high + 0.05) / (low + 0.05));
  }
  return lowest;
})()`;
