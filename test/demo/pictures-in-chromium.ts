import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { ChromiumTab } from "./chromium-tab.ts";
import type { DemoProcess } from "./demo-process.ts";

/** Tests of the rooms with pictures: the interlaced one, the live one, the film and the photos. */
export function picturesInChromium(current: () => DemoProcess, tab: ChromiumTab): void {
  /** Resolves when the place looks as it has never looked before. */
  async function looksNew(place: Locator, seen: Set<string>): Promise<void> {
    await expect
      .poll(
        async () => {
          const look = (await place.screenshot()).toString("base64");
          return !seen.has(look) && seen.add(look).size > 0;
        },
        { timeout: 8000, interval: 100 },
      )
      .toBe(true);
  }

  test("the picture is painted in passes, before it is whole", async () => {
    await tab.goto("/picture?gate=p1");
    const image = tab.page.locator("img");
    const facts = (): Promise<{ width: number; complete: boolean }> =>
      image.evaluate((element) => {
        const { naturalWidth, complete } = element as HTMLImageElement;
        return { width: naturalWidth, complete };
      });
    await expect.poll(facts).toEqual({ width: 640, complete: false });
    const seen = new Set<string>();
    for (let pass = 1; pass <= 7; pass += 2) {
      await looksNew(image, seen);
      expect(await facts()).toEqual({ width: 640, complete: false });
      await current().letPass("p1", 2);
    }
    await expect.poll(facts).toEqual({ width: 640, complete: true });
  });

  test("the live picture is replaced while its response goes on, until the gate is closed", async () => {
    const card = await tab.openRoom("live", "p2");
    const image = tab.page.frameLocator("#live iframe").locator("img");
    const seen = new Set<string>();
    // Chromium shows a part once the head of the next one has come.
    await current().letPass("p2");
    await expect
      .poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth))
      .toBe(480);
    for (let frame = 0; frame < 3; frame++) {
      await looksNew(image, seen);
      await current().letPass("p2");
    }
    await card.getByRole("button", { name: "Close the gate" }).click();
    await card.getByText("You closed the gate").waitFor();
    await current().output.until(/\/live\.png: \d+ frames, then the reader left/);
  });

  describe("the film", () => {
    test("is sought by a range, from which its pictures are drawn", async () => {
      await tab.openRoom("film");
      const frame = tab.page.frameLocator("#film iframe");
      const video = frame.locator("video");
      await expect.poll(() => video.evaluate((element) => (element as HTMLVideoElement).duration)).toBe(60);
      const ranged = tab.page.waitForResponse(
        (response) =>
          response.status() === 206 && /^bytes [4-6]\d{7}-/.test(response.headers()["content-range"]),
      );
      const brightness = await video.evaluate(async (element) => {
        const film = element as HTMLVideoElement;
        const sky = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
        const at = async (seconds: number): Promise<number> => {
          film.currentTime = seconds;
          await new Promise((resolve) => film.addEventListener("seeked", resolve, { once: true }));
          sky.drawImage(film, 0, 0);
          const [red, green, blue] = sky.getImageData(20, 20, 1, 1).data;
          return red + green + blue;
        };
        return { night: await at(0.5), afternoon: await at(39) };
      });
      expect(brightness.afternoon).toBeGreaterThan(brightness.night * 2);
      await ranged;
      await frame
        .locator("li", { hasText: /viewer \d+: bytes=[4-6]\d{7}-, of/ })
        .first()
        .waitFor();
    });
  });

  test("the photos are the same when they are cut and resumed, and can be seen", async () => {
    const card = await tab.openRoom("photos");
    await card.getByText("Both are the same").waitFor();
    const lines = await card.locator("li span").allInnerTexts();
    const sums = lines.filter((line) => line.startsWith("* SHA-256"));
    expect(sums).toHaveLength(2);
    expect(sums[0]).toBe(sums[1]);
    const [, total] = /< 200, (\d+) bytes/.exec(lines.join("\n"))!;
    const [, start, end, size] = /Content-Range: bytes (\d+)-(\d+)\/(\d+)/.exec(lines.join("\n"))!;
    expect(Number(start)).toBe(Math.floor(Number(total) / 2));
    expect([end, size]).toEqual([String(Number(total) - 1), total]);
    const photos = card.locator(".strip img");
    expect(await photos.count()).toBe(6);
    await expect
      .poll(() => photos.evaluateAll((all) => all.map((image) => (image as HTMLImageElement).naturalWidth)))
      .toEqual([640, 640, 640, 640, 640, 640]);
  });
}
