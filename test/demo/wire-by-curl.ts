import { describe, expect, test } from "vitest";
import { curl } from "./curl.ts";
import type { DemoProcess } from "./demo-process.ts";

/** Tests of the rooms that read for themselves, with curl. */
export function wireByCurl(current: () => DemoProcess): void {
  const at = (path: string): string => current().url + path;

  test("how it ended: each broken answer is told from the whole one", async () => {
    const lines = (await curl(at("/endings"))).split("\n").filter((line) => line.startsWith("< sluice: "));
    expect(lines.map((line) => line.slice("< sluice: ".length).split(".")[0])).toEqual([
      "truncated: length, at byte 255",
      "truncated: chunked, at byte 517",
      expect.stringMatching(/^truncated: gzip, at byte \d+$/),
      "corrupt",
      "complete, 510 characters",
    ]);
  });

  test.each([
    ["", "complete"],
    ["?stuck", "not complete"],
  ])("one handler, four ways%s: each piece on all of them, and the same end", async (query, end) => {
    const hosts = ["HTTP/1.1, in chunks", "HTTP/2, in frames", "node:http", "fetch, as in workers"];
    const gates = [1, 2, 3, 4, 5].map((gate) => `gate ${gate} is open`);
    const lines = (await curl(at(`/everywhere${query}`))).trimEnd().split("\n");
    expect(lines.map((line) => line.split(". ")[0])).toEqual(
      [...gates, end].flatMap((what) => hosts.map((host) => `< ${host}: ${what}`)),
    );
  });

  describe("on the wire", () => {
    test("a room is there chunk by chunk", async () => {
      const seen = await curl(at("/inspector?of=numbers"));
      expect(seen).toMatch(/^HTTP\/1.1 200 OK .*byte 0\n/);
      expect(seen).toContain("Message number 19<br>");
      expect(seen).toMatch(/\nComplete: 9 chunks, 545 bytes, in /);
    });

    test("the tutorial's sample is explained", async () => {
      const seen = await curl(at("/inspector?of=tutorial"));
      expect(seen).toMatch(/\nBroken at byte 94: chunk 1 announces 0x11 = 17 bytes and carries 27/);
    });

    test("a report is a page of its own, that these pages alone may frame", async () => {
      const page = await curl("-i", at("/inspector/report?of=tutorial"));
      expect(page).toMatch(/^Content-Security-Policy: frame-ancestors 'self'\r$/m);
      expect(page).toContain("<svg");
      expect(page).toContain("announces 0x11 = 17 bytes");
    });
  });
}
