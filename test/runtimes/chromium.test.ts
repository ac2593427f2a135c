import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../runtimes/bundle.mjs";
import { lacks, pathOf } from "../support/programs.ts";

interface Result {
  readonly name: string;
  readonly outcome: "passed" | "skipped" | "failed";
  readonly error?: string;
}

/** The page's own: runs the tests in it. */
declare const runAll: () => Promise<Result[]>;

// The files of runtimes/ that run everywhere, in a page: what they demand is theirs, and what a browser can't do stands in runtimes/cannot.mjs.
describe.skipIf(lacks("chromium"))("in Chromium", () => {
  let browser: Browser;
  let server: Server;
  let script: string;

  beforeAll(async () => {
    script = await bundle('import { runAll } from "#tests";\nglobalThis.runAll = runAll;');
    server = createServer(({ url }, response) => {
      response.setHeader("Content-Type", url === "/script.js" ? "text/javascript" : "text/html");
      response.end(
        url === "/script.js" ? script : "<!doctype html><script type=module src=/script.js></script>",
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await chromium.launch({
      executablePath: pathOf("chromium"),
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test("codecs, formats and replies do what they do elsewhere", { timeout: 60_000 }, async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { waitUntil: "load" });
    const results = await page.evaluate(() => runAll());
    expect(results.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === "passed").length).toBeGreaterThan(30);
    expect(complaints).toEqual([]);
  });
});
