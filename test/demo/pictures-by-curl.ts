import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lacks, pathOf } from "../support/programs.ts";
import { Curl, curl } from "./curl.ts";
import type { DemoProcess } from "./demo-process.ts";

/** Tests of the rooms with pictures: the interlaced one, the live one, the film and the photos. */
export function picturesByCurl(current: () => DemoProcess): void {
  const at = (path: string): string => current().url + path;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-demo-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What curl puts into a file. */
  async function saved(name: string, ...args: string[]): Promise<Buffer> {
    await curl("-o", join(folder, name), ...args);
    return readFileSync(join(folder, name));
  }

  test("each pass of the picture is on its way before the next one", async () => {
    const reader = Curl.start(at("/picture.png?gate=f1"));
    const count = (): number => reader.output.text.split("IDAT").length - 1;
    for (let pass = 1; pass <= 7; pass++) {
      // What the coder had not let go of would be missing behind the head of its chunk.
      await reader.output.until(new RegExp(`(?:IDAT[^]{1000,}?){${pass}}`));
      expect(count()).toBe(pass);
      await current().letPass("f1");
    }
    await reader.output.until(/IEND/);
    await current().letPass("f1");
    expect((await reader.exited)[0]).toBe(0);
  });

  test("each frame of the live picture is whole before the next one is drawn", async () => {
    const reader = Curl.start("-D", "-", at("/live.png?gate=f2"));
    const [, boundary] = await reader.output.until(/boundary="?([^"\r]+)/);
    for (let frame = 1; frame <= 3; frame++) {
      // The delimiter behind a frame comes with it.
      await reader.output.until(new RegExp(`(?:IEND[^]*--${boundary}[^]*){${frame}}$`));
      expect(reader.output.text.split("IHDR").length - 1).toBe(frame);
      await current().letPass("f2");
    }
    await reader.leave();
    await current().output.until(/\/live\.png: [34] frames, then the reader left/);
  });

  describe("the film", () => {
    test("has the same octets wherever one begins to read", async () => {
      const start = await saved("start", "-r", "0-399999", at("/film.mp4"));
      const middle = await saved("middle", "-r", "150001-250000", at("/film.mp4"));
      expect(start.length).toBe(400_000);
      expect(middle.equals(start.subarray(150_001, 250_001))).toBe(true);
      expect(start.toString("latin1", 4, 8)).toBe("ftyp");
    });

    test("has the size that it says, and nothing behind it", async () => {
      const [, size] = /^content-length: (\d+)\r$/im.exec(await curl("-I", at("/film.mp4")))!;
      const end = await curl("-D", "-", "-o", "/dev/null", "-r", "-1000", at("/film.mp4"));
      expect(end).toContain(`Content-Range: bytes ${Number(size) - 1000}-${Number(size) - 1}/${size}\r\n`);
      const beyond = await curl("-D", "-", "-o", "/dev/null", "-r", `${size}-`, at("/film.mp4"));
      expect(beyond).toMatch(/^HTTP\/1.1 416 /);
    });
  });

  describe("the photos", () => {
    test("have a size before they are sent, and an entity tag", async () => {
      const head = await curl("-I", at("/river.zip"));
      const whole = await saved("whole.zip", at("/river.zip"));
      expect(head).toMatch(new RegExp(`^Content-Length: ${whole.length}\\r$`, "im"));
      expect(head).toMatch(/^ETag: ".*"\r$/im);
    });

    test("are the same when curl resumes them, and an unzipper finds no fault", async () => {
      const path = join(folder, "river.zip");
      await saved("river.zip", "-r", "0-999999", at("/river.zip"));
      expect(statSync(path).size).toBe(1_000_000);
      const resumed = await saved("river.zip", "-C", "-", at("/river.zip"));
      expect(resumed.equals(await saved("whole.zip", at("/river.zip")))).toBe(true);
      if (!lacks("unzip"))
        expect(execFileSync(pathOf("unzip"), ["-t", path], { encoding: "utf8" })).toMatch(/No errors/);
    });
  });
}
