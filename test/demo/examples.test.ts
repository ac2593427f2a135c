import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { lacks } from "../support/programs.ts";
import { Curl, curl } from "./curl.ts";
import { Output } from "./demo-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** An example that is running, without its types, as on a Node that does not know them. */
class Example {
  readonly output: Output;
  readonly closed: Promise<unknown[]>;
  url = "";
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  private constructor() {
    this.#child = spawn(process.execPath, ["--input-type=module"], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.output = new Output(this.#child.stdout);
    this.closed = once(this.#child, "close");
  }

  /** One that serves until it is ended. */
  static async start(name: string): Promise<Example> {
    const example = await Example.run(name);
    example.url = (await example.output.until(/https?:\S+\//))[0];
    return example;
  }

  /** One that ends by itself. */
  static async run(name: string): Promise<Example> {
    const source = readFileSync(`${ROOT}/examples/${name}.ts`, "utf8");
    const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" });
    const example = new Example();
    example.#child.stdin.end(code);
    return example;
  }

  hangUp(): void {
    this.#child.kill("SIGHUP");
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.closed;
  }
}

/** What is to be seen of each example. */
const CHECKS: Record<string, (example: Example) => Promise<void>> = {
  hello: async ({ url }) => expect(await curl(url)).toBe("Hello\n"),
  generator: async ({ url, output }) => {
    const reader = Curl.start(url);
    await reader.output.until(/^10\n9\n$/);
    await reader.leave();
    await output.until(/the reader left at [89]/);
  },
  "writer-with-trailers": async ({ url }) =>
    expect(await curl("--raw", "-H", "TE: trailers", url)).toMatch(
      /\r\n0\r\nx-row-count: 1000\r\ncontent-digest: sha-256=:.{44}:\r\n\r\n$/i,
    ),
  upload: async ({ url }) => expect(JSON.parse(await curl("-d", "water", url))).toMatchObject({ bytes: 5 }),
  "early-hints": async ({ url }) => {
    const all = await curl("-i", `${url}?name=%3Cyou%3E`);
    expect(all).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: .*HTTP\/1.1 200 OK\r\n.*Hello, &lt;you&gt;/s);
  },
  "web-response": async ({ url }) => expect(await curl("--compressed", url)).toMatch(/^1\n2\n.*\n1000\n$/s),
  "express-on-sluice": async ({ url }) => {
    const { origin } = new URL(url);
    expect(await curl(`${origin}/hello/you`)).toBe("Hello, you\n");
    expect(await curl(`${origin}/count`)).toBe("3\n2\n1\ngo\n");
    const sum = await curl("-H", "Content-Type: application/json", "-d", "[1, 2, 3]", `${origin}/sum`);
    expect(JSON.parse(sum)).toEqual({ sum: 6 });
  },
  "fastify-on-sluice": async ({ url }) => {
    const { origin } = new URL(url);
    expect(JSON.parse(await curl(`${origin}/hello/you`))).toEqual({ name: "you" });
    expect(await curl(`${origin}/count`)).toBe("3\n2\n1\ngo\n");
  },
  "koa-on-sluice": async ({ url }) => {
    const { origin } = new URL(url);
    expect(await curl("-i", `${origin}/count`)).toMatch(/Server-Timing: app;dur=.*\r\n\r\n3\n2\n1\ngo\n$/s);
  },
  events: async ({ url }) => {
    const events = await curl("--compressed", "-H", "Last-Event-ID: 3", url);
    expect(events).toBe(
      'retry: 1000\n\nevent: level\nid: 4\ndata: {"metres":2.4}\n\nevent: level\nid: 5\ndata: {"metres":2.5}\n\n',
    );
  },
  rows: async ({ url }) => {
    expect(await curl("-H", "Accept: text/csv", url)).toMatch(
      /^id,square,name\r\n1,1,"row ""1"""\r\n.*\r\n1000,1000000,.*\r\n$/s,
    );
    expect(JSON.parse(await curl("-H", "Accept: application/json", url))).toHaveLength(1000);
  },
  "live-picture": async ({ url }) => {
    const reader = Curl.start(`${url}gauge`);
    await reader.output.until(/(<svg[^]*<\/svg>[^]*--[^]*){3}/);
    await reader.leave();
  },
  digests: async ({ url }) => {
    expect(await curl("--raw", "-H", "TE: trailers", url)).toMatch(
      /\r\nRepr-Digest: sha-256=:.{44}:\r\n\r\n$/,
    );
    const water = "Content-Digest: sha-256=:8wN1xLGeHPj8xcwFJ/uCdDJIr7FLpBeyWjtzkIcVcpI=:";
    expect(await curl("-X", "PUT", "-d", "wine", "-H", water, url)).toMatch(
      /^400.*ERR_SLUICE_DIGEST_MISMATCH/s,
    );
  },
  ranges: async ({ url }) => {
    expect(await curl("-r", "4-8", url)).toBe("river");
    expect(await curl("-r", "999999999990-", `${url}digits`)).toBe("0123456789");
    expect(await curl("-i", "-r", "0-9,-5", `${url}digits`)).toMatch(
      /^HTTP\/1.1 206 .*multipart\/byteranges.*\r\n0123456789\r\n.*\r\n56789\r\n--/s,
    );
  },
  pages: async ({ url }) => {
    const inOrder = await curl(`${url}?in-order`);
    expect(inOrder).toMatch(/20 gauges were read[^]*1\.08 m[^]*The forecast is late/);
  },
  files: async ({ url }) => {
    expect(await curl(`${url}files.md`)).toMatch(/^# Files/);
    expect(await curl("-i", "--path-as-is", `${url}../package.json`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await curl(url)).toContain('href="./files.md"');
  },
  "file-ranges": async ({ url }) => {
    expect(await curl("-i", "-r", "0-99", url)).toMatch(/^HTTP\/1.1 206 /);
    expect(await curl("-r", "-20", `${url}end`)).toHaveLength(20);
    expect(await curl("-i", `${url}save`)).toContain('attachment; filename="what we need.json"');
  },
  archives: async ({ url }) => {
    expect(await curl("-i", "-r", "0-3", `${url}docs.zip`)).toMatch(/^HTTP\/1.1 206 .*\r\n\r\nPK\S*/s);
    expect(await curl(`${url}docs.tar`)).toContain("Read me first.");
    expect(await curl("-r", "0-3", `${url}report.zip`)).toContain("levels/2026.csv");
  },
  "node-http": async ({ url, output }) => {
    expect(await curl("--raw", "-H", "TE: trailers", url)).toMatch(
      /^[0-9a-f]+\r\n3, by HTTP\/1\.1\n[^]*\r\n0\r\nx-count: 3\r\n\r\n$/i,
    );
    const [, two] = await output.until(/prior-knowledge (http:\S+)/);
    expect(await curl("--http2-prior-knowledge", two)).toMatch(/^3, by HTTP\/2\.0\n.*\n1, by HTTP\/2\.0\n$/s);
  },
  express: async ({ url }) => {
    const reader = Curl.start("--compressed", new URL("/levels/elbe", url).href);
    await reader.output.until(/^event: elbe\nid: 1\ndata: {"metres":2.1}\n\n/);
    await reader.leave();
    expect(await curl("-i", "-r", "0-6", new URL("/docs/files.md", url).href)).toMatch(
      /^HTTP\/1.1 206 .*\r\n\r\n# Files$/s,
    );
  },
  fastify: async ({ url }) => {
    expect(await curl("-i", `${url}readings?count=2`)).toMatch(
      /^HTTP\/1.1 200 .*cache-control: no-store\r\n.*\r\n\r\n{"id":1,"metres":2.1}\n{"id":2,"metres":2.2}\n$/s,
    );
  },
  koa: async ({ url }) =>
    expect(await curl("-i", url)).toMatch(/x-served-by: Koa\r\n[^]*Asking the sky[^]*It will rain/i),
  hono: async ({ url }) => {
    expect(await curl(url)).toBe("Hello 127.0.0.1\n");
    expect(await curl(`${url}hono`)).toBe("1\n2\n3\n");
    expect(await curl("-i", "--raw", "-H", "TE: trailers", `${url}reply`)).toMatch(
      /^HTTP\/1.1 103 [^]*HTTP\/1.1 200 [^]*\r\n0\r\nx-count: 3\r\n\r\n$/i,
    );
  },
  fetch: async ({ url }) => {
    expect(JSON.parse(await curl("-d", "water", url))).toEqual({ length: 5 });
    expect(await curl("-i", `${url}missing`)).toMatch(/^HTTP\/1.1 404 /);
  },
  react: async ({ url, output }) => {
    expect(await curl(url)).toMatch(/Asking the river…[^]*<b>1\.08 m<\/b>/);
    expect(await curl(`${url}?fail`)).toMatch(/Asking the river…[^]*\$RX/);
    await output.until(/The gauge is dry/);
  },
  http2: async ({ url }) => {
    const two = await curl("-i", "--http2-prior-knowledge", "-H", "TE: trailers", url);
    expect(two).toMatch(/^HTTP\/2 200 .*\r\n\r\nHTTP\/2\.0\npiece 1\npiece 2\npiece 3\nx-pieces: 3\r\n$/s);
    expect(await curl(url)).toBe("HTTP/1.1\npiece 1\npiece 2\npiece 3\n");
  },
  websocket: async ({ url }) => {
    expect(await curl(url)).toBe("Speak WebSocket to me\n");
    const socket = new WebSocket(`${url.replace("http", "ws")}chat`);
    expect(String((await once(socket, "message"))[0])).toBe("You are at /chat");
    socket.send("hello");
    expect(String((await once(socket, "message"))[0])).toBe("You said hello");
    socket.terminate();
  },
  "tls-certificates": async (example) => {
    const serial = (): Promise<string> => curl("-k", "-o", "/dev/null", "-w", "%{certs}", example.url);
    expect(await curl("-k", example.url)).toBe("HTTP/2.0\n");
    const before = await serial();
    example.hangUp();
    await example.output.until(/a new certificate/);
    expect(await serial()).not.toBe(before);
    expect(await curl("-k", "--http1.1", example.url)).toBe("HTTP/1.1\n");
  },
  "broken-off": async ({ url, output }) => {
    const reader = Curl.start(url);
    // 18 is curl's word for a partial body.
    expect((await reader.exited)[0]).toBe(18);
    expect(reader.output.text).toBe("1,one\n2,two\n");
    await output.until(/\/: the database has gone away/);
  },
  "graceful-close": async (example) => {
    const reader = Curl.start(example.url);
    await reader.output.until(/second 1\n/);
    example.interrupt();
    expect((await reader.exited)[0]).toBe(0);
    expect(reader.output.text).toMatch(/second 5\n$/);
    expect((await example.closed)[0]).toBe(0);
  },
};

/** What those print that end by themselves. */
const OUTPUTS: Record<string, RegExp> = {
  client: /^first\nsecond\nrows: 2 ending: complete\nTruncatedError.*\ntruncated: chunked at byte \d+\n$/s,
  anywhere: /^(?:id: \d\ndata: {"path":"\/here"}\n){3}$/,
  "read-events":
    /^(?:level [1-4]: 2\.[1-4] m\n){4}attempt 1 in 10 ms, after 4: ERR_SLUICE_TRUNCATED\n[^]*level 9: 2\.9 m\nattempt 1 in 10 ms, after 9: the end\nthat was all\n$/,
  "read-rows":
    /^(?:application\/\S+ 333338333350000\n){3}in lists\nrow 1\nERR_SLUICE_TRUNCATED of chunked\n$/,
  "client-upload": /^10 bytes so far\n.*30 bytes so far\nall of it, with 3 readings, as its digest says\n$/s,
  download: /^AbortedError: .*\n(?:trying again: .*\n)+gone on with\nsize: 1000000 entity tag: "numbers"\n$/,
};

describe.skipIf(lacks("curl", "openssl"))("the examples", () => {
  const names = readdirSync(`${ROOT}/examples`)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -".ts".length));

  test.each(names.filter((name) => !(name in OUTPUTS)))("%s does what it says", async (name) => {
    await using example = await Example.start(name);
    await CHECKS[name](example);
  });

  test.each(Object.keys(OUTPUTS))("%s prints what it says", async (name) => {
    await using example = await Example.run(name);
    const [code] = await example.closed;
    expect(example.output.text).toMatch(OUTPUTS[name]);
    expect(code).toBe(0);
  });
});
