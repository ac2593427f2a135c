// `sluice get` as it is built: in pipes, and in a terminal.

import { createHash } from "node:crypto";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/program.ts";
import { root } from "../house/imports.ts";
import { makeCertificate } from "../support/certificate.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { answering, answeringOnce, listen, ok } from "../support/raw-server.ts";
import { serve } from "../../src/server/serve.ts";
import { noise, sha256 } from "../client/download/scripted-server.ts";
import { deferred } from "../../src/deferred.ts";
import { FakeIo } from "./fake-io.ts";
import { Screen } from "./screen.ts";
import { terminal } from "./terminal.ts";

const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: { sluice: string } };
const PROGRAM = join(root, bin.sluice);
const BIG = noise(5_000_000);

let folder: string;
let server: { readonly io: FakeIo; readonly url: string; readonly ended: Promise<number> };
const started = new Set<Process>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-get-process-"));
  writeFileSync(join(folder, "big.bin"), BIG);
  const io = new FakeIo({ realTime: true });
  const ended = main(["serve", folder, "--port", "0", "--throttle", "1mb/s"], io);
  await io.err.has("/\n");
  server = { io, url: /http:\S+/.exec(io.err.text)![0], ended };
});

afterAll(async () => {
  server.io.send("SIGINT");
  server.io.send("SIGINT");
  await server.ended;
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  for (const each of started) each.child.kill("SIGKILL");
  started.clear();
});

class Process {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<number | null>;
  out = "";
  err = "";

  constructor(program: string, args: readonly string[]) {
    const env = { ...process.env, no_proxy: "*", NO_COLOR: "1", FORCE_COLOR: "", TERM: "xterm" };
    this.child = spawn(program, args, { env, cwd: folder });
    started.add(this);
    this.child.stdout.setEncoding("latin1").on("data", (text: string) => (this.out += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    this.child.stdin.on("error", () => {});
    this.exit = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code) => {
        started.delete(this);
        resolve(code);
      });
    });
  }

  /** Resolves once a pattern is found in what was written so far. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out))
      await new Promise<void>((resolve, reject) => {
        this.child.stdout.once("data", () => resolve());
        void this.exit.then(() => reject(new Error(`it ended with ${JSON.stringify(this.out + this.err)}`)));
      });
  }
}

const get = (...args: string[]): Process => new Process(process.execPath, [PROGRAM, "get", ...args]);
describe("in pipes", () => {
  test("a body to stdout, octet by octet, and how it ended in the exit code", async () => {
    const { url } = await answering(ok("x".repeat(200_000)));
    const whole = get(url);
    expect([await whole.exit, whole.out.length, whole.err]).toEqual([0, 200_000, ""]);
  });

  test("a reader that has enough ends it quietly", async () => {
    let sent = 0;
    const endless = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
      for (; sent < 10_000 && !peer.ended; sent++) await peer.sent(chunk);
    });
    const pipe = new Process("/bin/sh", [
      "-c",
      `{ "$0" "$1" get ${endless.url}; echo "code $?" >&2; } | head -c 10`,
      process.execPath,
      PROGRAM,
    ]);
    expect(await pipe.exit).toBe(0);
    expect([pipe.out, pipe.err]).toEqual(["x".repeat(10), "code 0\n"]);
    expect(sent).toBeLessThan(10_000);
  });

  test("stdin as the body, chunk by chunk", async () => {
    const chunks: string[] = [];
    const first = deferred<void>();
    const collector = await serve({ host: "127.0.0.1", port: 0 }, async ({ body }) => {
      for await (const piece of body) {
        chunks.push(Buffer.from(piece).toString());
        first.resolve();
      }
      return { status: 200, headers: {}, body: `${chunks.join("").length} came` };
    });
    const posted = get("-d", "-", collector.url.href);
    posted.child.stdin.write("first ");
    await first.promise;
    posted.child.stdin.end("second");
    expect([await posted.exit, posted.out, posted.err]).toEqual([0, "12 came", ""]);
    expect(chunks).toEqual(["first ", "second"]);
    await collector.close();
  });

  test("an answer before the end of stdin ends it", async () => {
    const { url } = await listen(async (peer) => {
      await peer.until((text) => text.includes("never"));
      peer.write("HTTP/1.1 403 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").finish();
    });
    const posted = get("-d", "-", url);
    posted.child.stdin.write("never ends");
    expect(await posted.exit).toBe(8);
    expect(posted.err).toBe("sluice get: the server answered 403 No\n");
  });

  test.skipIf(lacks("openssl"))("each end has its exit code and its sentence", async () => {
    const tls = await serve({ host: "127.0.0.1", port: 0, tls: makeCertificate() }, () => ({
      status: 204,
      headers: {},
      body: null,
    }));
    const cut = await answeringOnce("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    const ends: [args: string[], code: number, sentence: RegExp][] = [
      [[`${server.url}nope`], 8, /the server answered 404 Not Found\n$/],
      [
        [cut.url],
        9,
        /ended early at byte 8 \(layer chunked\): the last chunk is missing; 3 bytes went to stdout before\n$/,
      ],
      [["http://no-such-host.invalid/"], 4, /no-such-host\.invalid/],
      [[tls.url.href], 5, /TLS failed: .+--cacert <file> trusts a certificate, -k any\n$/],
      [["-o", "no/such/folder", `${server.url}big.bin`], 3, /folder/],
    ];
    await Promise.all(
      ends.map(async ([args, code, sentence]) => {
        const end = get(...args);
        expect([args, await end.exit]).toEqual([args, code]);
        expect(end.err).toMatch(sentence);
      }),
    );
    await tls.close();
  });

  test("progress in lines, where stderr is no terminal", async () => {
    const download = get("-o", "lines.bin", `${server.url}big.bin`);
    expect(await download.exit).toBe(0);
    const lines = download.err.split("\n");
    expect(lines[0]).toMatch(/^ *\d+ % {2}[\d.]+ [kM]?B of 5\.00 MB {2}[\d.]+ [kM]?B\/s/);
    expect(lines.at(-2)).toMatch(
      /^Saved lines\.bin: 5\.00 MB in [\d.]+ m?s, [\d.]+ [kM]B\/s, \d connections$/,
    );
    // oxlint-disable-next-line no-control-regex -- nothing that only a terminal understands
    expect(download.err).not.toMatch(/\x1b|\r/);
    expect(
      createHash("sha256")
        .update(readFileSync(join(folder, "lines.bin")))
        .digest("hex"),
    ).toBe(sha256(BIG));
  });
});

describe.skipIf(lacks("python3"))("in a terminal", () => {
  const inTerminal = (...args: string[]): Process =>
    new Process(pathOf("python3"), ["-c", terminal(80), process.execPath, PROGRAM, "get", ...args]);
  const screenOf = ({ out }: Process): Screen => new Screen(80).write(Buffer.from(out, "latin1").toString());

  test("a download with its lanes, ^C, and the command that goes on with it", async () => {
    const first = inTerminal("-o", "my file.bin", `${server.url}big.bin`);
    await first.says(/ 2 [^\n]+receiving/);
    const drawn = screenOf(first);
    expect(drawn.cursorVisible).toBe(false);
    expect(drawn.text).toMatch(
      /^━+─+ {2} *\d+ % {2}[\d.]+ [kM]B of 5\.00 MB {2}[\d.]+ [kM]B\/s {2}\d+s left$/m,
    );
    for (const lane of [1, 2])
      expect(drawn.text).toMatch(
        new RegExp(`^  ${lane} [━─]{28} +\\d+ %  [\\d.]+ [kM]?B +(?:receiving|connecting)$`, "m"),
      );
    expect(drawn.text).toMatch(/^my file\.bin$/m);
    first.child.stdin.write("\x03");
    expect(await first.exit).toBe(130);
    const left = screenOf(first);
    expect(left.cursorVisible).toBe(true);
    const said = left.lines.join("");
    const [, part, command] =
      /stopped by SIGINT; ([\d,]+) of 5,000,000 bytes are in my file\.bin\.part, go on with: (sluice get .+big\.bin)/.exec(
        said,
      )!;
    expect(Number(part.replaceAll(",", ""))).toBeGreaterThan(100_000);
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(["my file.bin.part", "my file.bin.part.journal"]),
    );

    const second = new Process("/bin/sh", [
      "-c",
      `sluice() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${command} -v`,
    ]);
    expect(await second.exit).toBe(0);
    expect(second.err).toMatch(/^> Range: bytes=[1-9]\d+-\d*\n> If-Range: "/m);
    expect(second.err).toMatch(/Saved my file\.bin: 5\.00 MB .+resumed at/);
    expect(sha256(readFileSync(join(folder, "my file.bin")))).toBe(sha256(BIG));
    expect(readdirSync(folder).filter((name) => name.startsWith("my file.bin."))).toEqual([]);
  });

  test("a body ends where the terminal goes on, and what is binary is refused", async () => {
    const text = inTerminal((await answering(ok("text\n"))).url);
    expect([await text.exit, text.out]).toEqual([0, "text\r\n"]);
    const binary = inTerminal((await answering(ok("\0"))).url);
    expect(await binary.exit).toBe(2);
    expect(binary.out).toMatch(
      /^sluice get: the body is binary, and stdout a terminal; -o <file> or -O saves it/,
    );
  });
});
