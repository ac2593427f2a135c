import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import { deferred } from "../../../src/deferred.ts";
import { type Handler, serve, stream, text } from "../../../src/index.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { lacks, pathOf } from "../../support/programs.ts";
import { run } from "../../support/run.ts";
import { startHttp2, takeErrors } from "./peers.ts";

const tls = lacks("openssl") ? undefined : makeCertificate();

const site: Handler = async ({ path, httpVersion, body, headers }) => {
  if (path === "/broken")
    return stream("text/plain", async function* () {
      yield "partial";
      await sleep(20);
      throw new Error("broken");
    });
  if (path === "/trailers")
    return {
      status: 200,
      headers: {},
      body: ["one ", "two"],
      trailers: { "x-count": "2" },
      trailersAlways: true,
    };
  if (path === "/big") return { status: 200, headers: {}, body: Buffer.alloc(3_000_000, "a") };
  if (path === "/upload") return text(`${(await body.bytes(1e9)).length} ${headers.get("expect") ?? ""}`);
  return text(`hello ${httpVersion}`);
};

describe.skipIf(lacks("curl", "openssl"))("curl", () => {
  const how: [string, boolean, readonly string[]][] = [
    ["over TLS", true, ["-sSk", "--http2"]],
    ["with prior knowledge", false, ["-sS", "--http2-prior-knowledge"]],
  ];
  test.each(how)("%s gets answers, sends uploads, and sees what breaks off", async (_name, secure, args) => {
    const server = await startHttp2(site, { tls: secure ? tls : undefined });
    const url = server.server.url.href;
    const curl = (...more: string[]): ReturnType<typeof run> => run(pathOf("curl"), [...args, ...more]);
    expect(await curl("-w", " %{http_version}", url)).toMatchObject({ status: 0, stdout: "hello 2.0 2" });
    const big = await curl(`${url}big`);
    expect([big.status, big.stdout.length]).toEqual([0, 3_000_000]);
    const upload = ["--data-binary", "@-", "-H", "Content-Type: text/plain", `${url}upload`];
    const content = Buffer.alloc(2_000_000, "b");
    expect(await run(pathOf("curl"), [...args, ...upload], content)).toMatchObject({
      status: 0,
      stdout: "2000000 ",
    });
    expect(await curl("-I", `${url}big`)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("3000000"),
    });
    expect(await curl("-D", "-", `${url}trailers`)).toMatchObject({
      stdout: expect.stringMatching(/x-count: 2\r\n/),
    });
    // CURLE_HTTP2_STREAM.
    expect(await curl(`${url}broken`)).toMatchObject({ status: 92, stdout: "partial" });
    await takeErrors(server);
  });

  test("asks with Upgrade: h2c, and is answered in HTTP/1.1", async () => {
    const server = await startHttp2(site);
    const { stdout } = await run(pathOf("curl"), [
      "-sS",
      "--http2",
      "-w",
      " %{http_version}",
      server.server.url.href,
    ]);
    expect(stdout).toBe("hello 1.1 1.1");
  });
});

describe.skipIf(lacks("nghttp", "openssl"))("nghttp", () => {
  test("sees frames as they are to be: 103, DATA, trailers, a reset", async () => {
    const server = await startHttp2(
      (request) => {
        if (request.path === "/") request.informational(103, { link: "</a.css>; rel=preload" });
        return site(request);
      },
      { tls },
    );
    const url = server.server.url.href;
    const nghttp = (path: string, ...more: string[]): ReturnType<typeof run> =>
      run(pathOf("nghttp"), ["-v", "--no-verify-peer", "--timeout=5", ...more, url + path]);
    const hello = await nghttp("");
    expect(hello.status).toBe(0);
    expect(hello.stdout).toMatch(
      /:status: 103[^]*link: [^]*:status: 200[^]*hello 2\.0[^]*recv DATA frame[^]*END_STREAM/,
    );
    const trailers = await nghttp("trailers");
    expect(trailers.stdout).toMatch(
      /trailer: x-count[^]*recv DATA frame[^]*x-count: 2[^]*recv HEADERS frame[^]*END_STREAM/,
    );
    const broken = await nghttp("broken");
    expect(broken.stdout).toMatch(/recv RST_STREAM frame[^]*INTERNAL_ERROR/);
    expect(broken.stdout).not.toMatch(/recv DATA frame[^\n]*\n[^\n]*END_STREAM/);
    await takeErrors(server);
  });
});

describe.skipIf(lacks("h2load"))("h2load", () => {
  test.each([
    ["", 5_000],
    ["big", 100],
    ["trailers", 2_000],
  ])("asks /%s %i times over a few connections, and all of it succeeds", async (path, count) => {
    const server = await startHttp2(site);
    const args = ["-n", String(count), "-c", "4", "-m", "50", server.server.url.href + path];
    const { stdout } = await run(pathOf("h2load"), args);
    expect(stdout).toContain(
      `${count} total, ${count} started, ${count} done, ${count} succeeded, 0 failed, 0 errored`,
    );
    expect(server.server.stats.requests).toBe(count);
  });
});

describe.skipIf(lacks("chromium", "openssl"))("Chromium", () => {
  test("speaks HTTP/2 over TLS, and paints a page while it arrives", { timeout: 60_000 }, async () => {
    const rest = deferred<void>();
    const left = deferred<void>();
    const page: Handler = ({ path, signal }) => {
      if (path === "/endless") {
        signal.addEventListener("abort", () => left.resolve());
        return stream("text/plain", async function* () {
          for (;;) {
            yield "tick";
            await sleep(10);
          }
        });
      }
      return stream("text/html; charset=utf-8", async function* () {
        yield `<!doctype html><title>h2</title><p id="first">first</p>${" ".repeat(2_000)}`;
        await rest.promise;
        yield '<p id="second">second</p>';
      });
    };
    await using server = await serve({ host: "127.0.0.1", tls }, page);
    const browser = await chromium.launch({
      executablePath: pathOf("chromium"),
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--ignore-certificate-errors"],
    });
    try {
      const tab = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      await tab.goto(server.url.href, { waitUntil: "commit" });
      await tab.waitForSelector("#first");
      expect(await tab.locator("#second").count()).toBe(0);
      rest.resolve();
      await tab.waitForSelector("#second");
      const protocol = await tab.evaluate(
        () => (performance.getEntriesByType("navigation")[0] as PerformanceResourceTiming).nextHopProtocol,
      );
      expect(protocol).toBe("h2");
      // A fetch that is given up is a reset.
      await tab.evaluate(async () => {
        const gone = new AbortController();
        const response = await fetch("/endless", { signal: gone.signal });
        await response.body!.getReader().read();
        gone.abort();
      });
      await left.promise;
    } finally {
      await browser.close();
    }
  });
});
