// sluice inspect as a process, in a terminal; and its report in a browser.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/program.ts";
import { root } from "../house/imports.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { answeringOnce, chunked, listen } from "../support/raw-server.ts";
import { FakeIo } from "./fake-io.ts";
import { Screen } from "./screen.ts";
import { terminal } from "./terminal.ts";

const PROGRAM = join(root, "dist/cli/main.js");
const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

let folder: string;
const children = new Set<ChildProcessWithoutNullStreams>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-inspect-process-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

test.skipIf(lacks("python3"))("in a terminal: live, in colour, as wide as it is, until ^C", async () => {
  let release = (): void => {};
  const seen = new Promise<void>((resolve) => (release = resolve));
  const server = await listen(async (peer) => {
    await peer.request();
    peer.write(`${HEAD}5\r\nfirst\r\n`);
    await seen;
    peer.write("6\r\nsecond\r\n");
  });
  const env = { ...process.env, TERM: "xterm", NO_COLOR: "", FORCE_COLOR: "" };
  const child = spawn(
    pathOf("python3"),
    ["-c", terminal(100), process.execPath, PROGRAM, "inspect", server.url],
    {
      env,
    },
  );
  children.add(child);
  let shown = "";
  let typed = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    if (shown.includes("first")) release();
    if (typed || !shown.includes("second")) return;
    typed = true;
    child.stdin.write("\x03");
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code).toBe(130);
  // oxlint-disable-next-line no-control-regex -- the looks of a status line and of a verdict
  expect(shown).toMatch(/\x1b\[1mHTTP\/1\.1 200 OK\x1b\[22m[^]*\x1b\[33mInterrupted by you/);
  const { text } = new Screen(100).write(shown.replaceAll("^C", ""));
  expect(text).toMatch(/^ {4}1 +47 .*first$/m);
  expect(text).toMatch(/^ {4}2 .*second$/m);
  expect(text).toMatch(/^Interrupted by you after .*: 2 chunks, 11 bytes have come, and no last chunk\.$/m);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeGreaterThan(80);
});

describe.skipIf(lacks("chromium"))("the report in Chromium", () => {
  test(
    "has no errors, asks nobody for anything, and executes nothing of the wire",
    { timeout: 30_000 },
    async () => {
      const hostile =
        "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x onerror=alert(1)>";
      const server = await answeringOnce(
        chunked([hostile, "</pre>two"], [`X-A: ${hostile}`], [`X-T: ${hostile}`]),
      );
      const path = join(folder, "report.html");
      expect(
        await main(
          ["inspect", `${server.url}/?q=${hostile}`, "--html", path, "-q"],
          new FakeIo({ realTime: true }),
        ),
      ).toBe(0);
      const args = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
      ];
      const browser = await chromium.launch({ executablePath: pathOf("chromium"), args });
      try {
        const page = await browser.newPage();
        const complaints: string[] = [];
        const asked: string[] = [];
        page.on("console", (message) => {
          if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
        });
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("dialog", (dialog) => {
          complaints.push(dialog.message());
          void dialog.dismiss();
        });
        page.on("request", (request) => asked.push(request.url()));
        const url = pathToFileURL(path).href;
        await page.goto(url, { waitUntil: "networkidle" });
        expect(await page.locator("body").innerText()).toMatch(/^Complete\n\n2 chunks, 95 bytes/m);
        expect(await page.title()).not.toBe("owned");
        expect([complaints, asked]).toEqual([[], [url]]);
      } finally {
        await browser.close();
      }
    },
  );
});
