import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Html, html } from "../../../src/reply/html/html.ts";
import { page as makePage, type PageOptions, PATCH_SCRIPT_HASH } from "../../../src/reply/html/page.ts";
import { progress } from "../../../src/reply/html/progress.ts";
import type { Reply } from "../../../src/reply/reply.ts";
import { slot } from "../../../src/reply/html/slot.ts";
import { serve } from "../../../src/server/serve.ts";
import { deferred } from "../../../src/deferred.ts";
import type { Server } from "../../../src/server/server.ts";
import { lacks, pathOf } from "../../support/programs.ts";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--no-first-run",
];

/** Browsers that know `<template for>`, those that know its markers alone, and those that take them for comments. */
const BROWSERS = [
  { name: "natively", args: [], native: true },
  { name: "by script", args: ["--disable-blink-features=DocumentPatching"], native: false },
  {
    name: "by script, from comments",
    args: ["--disable-blink-features=DocumentPatching,HTMLProcessingInstruction"],
    native: false,
  },
];

describe.skipIf(lacks("chromium")).each(BROWSERS)("a page in Chromium, $name", ({ args, native }) => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let server: Server;
  let reply: () => Reply;
  let failures: unknown[];
  let complaints: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: pathOf("chromium"), args: [...ARGS, ...args] });
    server = await serve({ host: "127.0.0.1", onError: (error) => failures.push(error) }, ({ path }) =>
      path === "/" ? reply() : { status: 404, headers: {}, body: null },
    );
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.close({ grace: 0 });
  });
  beforeEach(() => {
    failures = [];
    complaints = [];
    return open({});
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
    expect(failures).toEqual([]);
  });

  async function open(options: { javaScriptEnabled?: boolean }): Promise<void> {
    context = await browser.newContext(options);
    page = await context.newPage();
    page.on("console", (message) => {
      if (/error|warning/.test(message.type()) && !/404/.test(message.text()))
        complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
  }

  const goto = (): Promise<unknown> => page.goto(server.url.href, { waitUntil: "commit" });
  const main = (): Promise<string> =>
    page.evaluate(() =>
      document
        .querySelector("main")!
        .innerHTML.replace(/<\?.*?>|<!--.*?-->/g, "")
        .replace(/\s+/g, " ")
        .trim(),
    );
  /** What is in the document besides what the page has put there: no template may be left. */
  const rest = (): Promise<number> => page.evaluate(() => document.querySelectorAll("template").length);
  const loaded = (): Promise<void> => page.waitForLoadState("domcontentloaded");

  test("is what this browser was started for", async () => {
    reply = () => html`<main></main>`;
    await goto();
    expect(await page.evaluate(() => "htmlFor" in HTMLTemplateElement.prototype)).toBe(native);
  });

  test("is there at once, and each slot when it is ready, out of order", async () => {
    const [first, second] = [deferred<string>(), deferred<string>()];
    reply = () =>
      makePage(html`<!doctype html><html><body><main><h1>Levels</h1>
        <p>${slot(first.promise, { placeholder: html`<i>…</i>` })}</p>
        <table><tbody>${slot(
          second.promise.then((name) => html`<tr><td>${name}</td></tr>`),
          { placeholder: html`<tr><th>wait</th></tr>` },
        )}</tbody></table></main></body></html>`);
    await goto();
    await page.getByText("wait").waitFor();
    expect(await main()).toBe(
      "<h1>Levels</h1> <p><i>…</i></p> <table><tbody><tr><th>wait</th></tr></tbody></table>",
    );
    second.resolve("<river>");
    await page.getByText("<river>").waitFor();
    expect(await main()).toBe(
      "<h1>Levels</h1> <p><i>…</i></p> <table><tbody><tr><td>&lt;river&gt;</td></tr></tbody></table>",
    );
    first.resolve("basin & co");
    await page.getByText("basin & co").waitFor();
    await loaded();
    expect(await main()).toBe(
      "<h1>Levels</h1> <p>basin &amp; co</p> <table><tbody><tr><td>&lt;river&gt;</td></tr></tbody></table>",
    );
    expect(await rest()).toBe(0);
  });

  test("slots inside of slots, and items one behind the other", async () => {
    const [outer, inner] = [deferred<void>(), deferred<string>()];
    const gates = [deferred<number>(), deferred<number>()];
    async function* items(): AsyncGenerator<Html> {
      for (const gate of gates) yield html`<li>${await gate.promise}</li>`;
    }
    reply = () =>
      makePage(
        html`<main><div>${slot(
          outer.promise.then(
            () => html`<b>outer</b> ${slot(inner.promise, { placeholder: "inner follows" })} <b>end</b>`,
          ),
        )}</div><ul>${slot(items(), { placeholder: html`<li>items follow</li>` })}</ul></main>`,
      );
    await goto();
    await page.getByText("items follow").waitFor();
    outer.resolve();
    await page.getByText("inner follows").waitFor();
    gates[0].resolve(1);
    await page.getByRole("listitem").getByText("1").waitFor();
    expect(await main()).toBe("<div><b>outer</b> inner follows <b>end</b></div><ul><li>1</li></ul>");
    gates[1].resolve(2);
    await page.getByRole("listitem").getByText("2").waitFor();
    inner.resolve("inner");
    await loaded();
    expect(await main()).toBe("<div><b>outer</b> inner <b>end</b></div><ul><li>1</li><li>2</li></ul>");
    expect(await rest()).toBe(0);
  });

  test("a bar moves, and makes way", async () => {
    const work = deferred<string>();
    let report: ((done: number) => void) | undefined;
    reply = () =>
      makePage(
        html`<main>${progress(
          (move) => {
            report = move;
            return work.promise;
          },
          { label: "Asking the <railways>", max: 50 },
        )}</main>`,
      );
    await goto();
    const bar = page.getByRole("progressbar", { name: "Asking the <railways>" });
    await bar.waitFor();
    for (const done of [10, 20.3]) {
      report?.(done);
      const value = String(Math.round(done * 2) / 100);
      await page.locator(`progress[value="${value}"]`).waitFor();
      expect(await page.locator("progress").count()).toBe(1);
    }
    work.resolve("All trains");
    await loaded();
    expect(await main()).toBe("All trains");
    expect(await rest()).toBe(0);
  });

  test("a slot that fails says so, and the page goes on", async () => {
    const errors: unknown[] = [];
    const gate = deferred<string>();
    reply = () =>
      makePage(
        html`<main>${slot(gate.promise, { error: (error) => html`<b>${(error as Error).message}</b>` })}
          ${slot(Promise.reject(new Error("hidden")), { placeholder: "…" })}</main>`,
        { onSlotError: (error) => errors.push(error) },
      );
    await goto();
    await page.getByRole("alert").waitFor();
    gate.reject(new Error("<gone>"));
    await loaded();
    expect(await main()).toBe('<b>&lt;gone&gt;</b> <span role="alert">This part could not be loaded.</span>');
    expect(errors).toHaveLength(2);
  });

  test.each<[string, PageOptions, string]>([
    ["a nonce", { nonce: "r4nd0m" }, "'nonce-r4nd0m'"],
    ["the script's hash", {}, `'${PATCH_SCRIPT_HASH}'`],
  ])("under a policy with %s", async (_, options, source) => {
    const gate = deferred<string>();
    reply = () =>
      makePage(html`<main>${slot(gate.promise, { placeholder: "wait" })}</main>`, {
        ...options,
        headers: { "Content-Security-Policy": `default-src 'none'; script-src ${source}` },
      });
    await goto();
    await page.getByText("wait").waitFor();
    gate.resolve("content");
    await loaded();
    expect(await main()).toBe("content");
  });

  test("a script in a slot runs once, where it takes its place, if the policy allows it", async () => {
    const gate = deferred<Html>();
    reply = () =>
      makePage(html`<main>${slot(gate.promise, { placeholder: "wait" })}</main>`, {
        nonce: "n",
        headers: { "Content-Security-Policy": "script-src 'nonce-n'" },
      });
    await goto();
    await page.getByText("wait").waitFor();
    gate.resolve(
      html`<b></b><script nonce="n">document.querySelector("main>b").append("ran in ", document.currentScript.parentNode.localName);</script><script>document.querySelector("main").append("never");</script>`,
    );
    await loaded();
    expect(await page.locator("main").innerText()).toBe("ran in main");
    expect(complaints.splice(0)).toEqual([expect.stringContaining("Content Security Policy")]);
  });

  test("without scripts, in order", async () => {
    await context.close();
    await open({ javaScriptEnabled: false });
    const gates = [deferred<string>(), deferred<string>()];
    reply = () =>
      makePage(
        html`<main><p>${slot(gates[0].promise, { placeholder: "wait" })}</p><p>${slot(gates[1].promise)}</p></main>`,
        { inOrder: true },
      );
    await goto();
    gates[1].resolve("second");
    gates[0].resolve("first");
    await loaded();
    expect(await page.locator("main").innerHTML()).toBe("<p>first</p><p>second</p>");
  });

  test("without scripts, where the browser can do it alone", async () => {
    await context.close();
    await open({ javaScriptEnabled: false });
    const gate = deferred<string>();
    reply = () => makePage(html`<main>${slot(gate.promise, { placeholder: "wait" })}</main>`);
    await goto();
    await page.getByText("wait").waitFor();
    gate.resolve("content");
    await loaded();
    expect((await page.locator("main").innerText()).trim()).toBe(native ? "content" : "wait");
  });
});
