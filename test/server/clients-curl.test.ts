import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { answerMatrix, MATRIX } from "../support/reply-matrix.ts";
import { type Outcome, run } from "../support/run.ts";
import { start, takeErrors, type TestServer } from "../support/servers.ts";

describe.skipIf(lacks("curl"))("curl", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await start(answerMatrix);
  });
  afterEach(() => {
    for (const error of server.errors.splice(0)) expect(error).toEqual(new Error("cut on purpose"));
  });

  const url = (path: string): string => new URL(path, server.server.url).href;
  const curl = (args: string[], input?: string): Promise<Outcome> =>
    run(pathOf("curl"), ["-sS", ...args], input);
  const utf8 = (octets: string): string => Buffer.from(octets, "latin1").toString();

  test.each(["--http1.1", "--http1.0"])(
    "%s reads everything, one after the other",
    async (version) => {
      for (const { path, status, body, trailers } of MATRIX) {
        const { status: code, stdout } = await curl([version, "-w", "%{http_code}", url(path)]);
        const content = utf8(stdout).slice(0, -3);
        if (body === undefined) expect(code, path).not.toBe(0);
        else expect([code, content === body], path).toEqual([0, true]);
        expect(stdout.slice(-3), path).toBe(String(status));
        if (version === "--http1.0") continue;
        const { stdout: head } = await curl(["-D", "-", "-o", "/dev/null", url(path)]);
        for (const [name, value] of Object.entries(trailers ?? {}))
          expect(head.toLowerCase()).toContain(`${name}: ${value}`);
      }
    },
    30_000,
  );

  test("reads many answers over one connection", async () => {
    const paths = MATRIX.filter(({ path, body }) => body !== undefined && path !== "/close").slice(0, 20);
    const { status, stdout } = await curl(["-w", "|%{num_connects}|", ...paths.map(({ path }) => url(path))]);
    expect(status).toBe(0);
    expect(utf8(stdout)).toBe(paths.map(({ body }, at) => `${body}|${at === 0 ? 1 : 0}|`).join(""));
  });

  test("--raw shows the chunks and the trailers", async () => {
    const { stdout } = await curl(["--raw", url("/trailers")]);
    expect(stdout).toBe("1\r\na\r\n1\r\nb\r\n0\r\nX-Count: 2\r\n\r\n");
  });

  test("-I gets the head alone", async () => {
    const { status, stdout } = await curl(["-I", url("/text")]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 6\r\n\r\n$/);
  });

  test("sees the hints", async () => {
    const { stdout } = await curl(["-i", url("/hints")]);
    expect(stdout).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a.css>; rel=preload\r\n\r\nHTTP\/1\.1 103 [^]*HTTP\/1\.1 200 OK\r\n/,
    );
  });

  test.each([
    ["-T - uploads in chunks", ["-T", "-"], "PUT"],
    ["-d uploads with a length", ["-d", "@-"], "POST"],
    ["waits for 100 (Continue)", ["-T", "-", "-H", "Expect: 100-continue"], "PUT"],
    ["-d in chunks", ["-d", "@-", "-H", "Transfer-Encoding: chunked"], "POST"],
    ["--http1.0 uploads", ["--http1.0", "-d", "@-"], "POST"],
  ])("%s", async (_name, args, method) => {
    const content = "höher ".repeat(20_000).trim();
    const { status, stdout } = await curl([...args, url("/echo")], content);
    expect(status).toBe(0);
    expect(utf8(stdout) === `${method} ${content} {}`).toBe(true);
  });

  test("gets an early answer to an upload without losing it", async () => {
    const early = await start(() => text("no, thanks", { status: 413 }));
    const { stdout } = await curl(
      ["-T", "-", "-w", "%{http_code}", early.server.url.href],
      "a".repeat(4_000_000),
    );
    expect(stdout).toBe("no, thanks413");
  });

  test.each([
    ["at once", 0],
    ["later", 20],
  ])("over HTTP/1.0 reports an answer that is cut %s", async (_name, milliseconds) => {
    const broken = await start(() =>
      stream("text/plain", async function* () {
        yield "partial";
        if (milliseconds > 0) await sleep(milliseconds);
        throw new Error("cut on purpose");
      }),
    );
    const { status } = await curl(["--http1.0", broken.server.url.href]);
    expect(status).toBe(56);
    await takeErrors(broken);
  });

  test.each([
    ["a method", ["-X", "GET /\r\nX:"], 400],
    ["a long head", ["-H", `A: ${"a".repeat(20_000)}`], 431],
    ["another expectation", ["-H", "Expect: tea"], 417],
    ["two lengths", ["-H", "Content-Length: 1", "-H", "Content-Length: 2"], 400],
  ])("gets the refusal of %s", async (_name, args, code) => {
    const { stdout } = await curl([...args, "-o", "/dev/null", "-w", "%{http_code}", url("/text")]);
    expect(stdout).toBe(String(code));
  });
});
