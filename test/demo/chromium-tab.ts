import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
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

/** A tab of one browser, new for each test of the suite that makes it. */
export class ChromiumTab {
  readonly #current: () => DemoProcess;
  #browser: Browser | undefined;
  #context: BrowserContext | undefined;
  #page: Page | undefined;
  #complaints: string[] = [];

  constructor(current: () => DemoProcess) {
    this.#current = current;
    beforeAll(async () => {
      this.#browser = await chromium.launch({ executablePath: pathOf("chromium"), args: ARGS });
    }, 60_000);
    afterAll(() => this.#browser?.close());
    beforeEach(() => this.open({}));
    afterEach(async () => {
      await this.#context?.close();
      // A policy that is broken, a script that fails: both are told here.
      expect(this.#complaints).toEqual([]);
    });
  }

  get page(): Page {
    return this.#page!;
  }

  /** Another one in its place. */
  async open(options: { javaScriptEnabled?: boolean }): Promise<void> {
    await this.#context?.close();
    const permissions = ["clipboard-read", "clipboard-write"];
    this.#context = await this.#browser!.newContext({ ...options, permissions });
    const page = (this.#page = await this.#context.newPage());
    const complaints: string[] = (this.#complaints = []);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
  }

  goto(path: string): Promise<unknown> {
    return this.page.goto(this.#current().url + path, { waitUntil: "commit" });
  }

  /** Opens a room's gate on the index, and gives its card. */
  async openRoom(name: string, gate?: string, label?: string): Promise<Locator> {
    await this.page.goto(`${this.#current().url}/${gate === undefined ? "" : `?gate=${gate}`}`);
    const card = this.page.locator(`#${name}`);
    await card
      .getByRole("link", label === undefined ? {} : { name: label, exact: true })
      .first()
      .click();
    return card;
  }
}
