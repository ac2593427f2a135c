import { createServer } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lacks } from "../support/programs.ts";
import { Curl } from "./curl.ts";
import { DemoProcess } from "./demo-process.ts";
import { roomsByCurl } from "./rooms-by-curl.ts";
import { roomsInChromium } from "./rooms-in-chromium.ts";

// One file, because it compiles the demo into a folder that there is once.
let demo: DemoProcess;

beforeAll(async () => {
  demo = await DemoProcess.compileAndStart();
}, 120_000);

afterAll(async () => {
  await demo[Symbol.asyncDispose]();
});

describe.skipIf(lacks("curl"))("the rooms, by curl", () => roomsByCurl(() => demo));

describe.skipIf(lacks("chromium"))("the rooms, in Chromium", () => roomsInChromium(() => demo));

describe("the port", () => {
  test("is the next free one where none is asked for", async () => {
    await using first = await DemoProcess.start({});
    await using second = await DemoProcess.start({});
    const [low, high] = [first, second].map(({ url }) => Number(new URL(url).port));
    expect(low).toBeGreaterThanOrEqual(8080);
    expect(high).toBeGreaterThan(low);
  });

  test("is the one that is asked for, or none", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(DemoProcess.start({ PORT: String(port) })).rejects.toThrow(/exit 1: demo: .*EADDRINUSE/);
    other.close();
    await expect(DemoProcess.start({ PORT: "http" })).rejects.toThrow("exit 1: demo: PORT is no port: http");
  });

  test("is on the host that is asked for", async () => {
    await using everywhere = await DemoProcess.start({ PORT: "0", HOST: "127.0.0.2" });
    expect(new URL(everywhere.url).hostname).toBe("127.0.0.2");
    expect(await (await fetch(`${everywhere.url}/trailers/wire?ask=nothing`)).text()).toContain(
      "< HTTP/1.1 200 OK",
    );
  });
});

describe.skipIf(lacks("curl"))("Ctrl-C", () => {
  test("closes the server, and cuts nobody off", async () => {
    await using own = await DemoProcess.start({ PORT: "0" });
    const page = Curl.start(`${own.url}/trains?after=500`);
    await page.output.until(/<progress/);
    const log = Curl.start(`${own.url}/log`, "-D", "-");
    await log.output.until(/\r\n\r\n/);
    own.interrupt();
    await own.output.until(/Closing; 2 under way/);
    expect([(await page.exited)[0], (await log.exited)[0], (await own.closed)[0]]).toEqual([0, 0, 0]);
    expect(page.output.text).toContain("</table>");
  });

  test("a second time leaves at once", async () => {
    await using own = await DemoProcess.start({ PORT: "0" });
    const page = Curl.start(`${own.url}/trains?gate=never`);
    await page.output.until(/<progress/);
    own.interrupt();
    await own.output.until(/Closing; 1 under way/);
    own.interrupt();
    expect((await own.closed)[0]).toBe(130);
    expect((await page.exited)[0]).not.toBe(0);
  });

  test("ends the process when nothing is under way", async () => {
    await using own = await DemoProcess.start({ PORT: "0" });
    expect((await fetch(own.url)).status).toBe(200);
    own.interrupt();
    expect((await own.closed)[0]).toBe(0);
    expect(own.output.text).toMatch(/Closing\.\nClosed\.\n$/);
    expect(own.errors.text).toBe("");
  });
});
