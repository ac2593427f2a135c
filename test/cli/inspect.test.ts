// sluice inspect with a URL or a capture, against servers that send exactly what they are told to.

import { settled } from "../support/settled.ts";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/program.ts";
import { serve } from "../../src/server/serve.ts";
import { type Certificate, makeCertificate } from "../support/certificate.ts";
import { lacks } from "../support/programs.ts";
import { answeringOnce, chunked, listen, ok, type RawServer } from "../support/raw-server.ts";
import { FakeIo, type FakeIoOptions, Recorder } from "./fake-io.ts";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-inspect-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A reader of stdout that takes nothing until it is told to. */
class StuckOutput extends Recorder {
  #done: (() => void) | undefined;
  #released = false;

  override _write(_piece: unknown, _encoding: string, done: () => void): void {
    if (this.#released) done();
    else this.#done = done;
  }

  release(): void {
    this.#released = true;
    this.#done?.();
  }
}

class StuckIo extends FakeIo {
  override readonly out: StuckOutput = new StuckOutput();
}

async function inspect(
  args: readonly string[],
  options: FakeIoOptions & { stdin?: string } = {},
): Promise<Outcome> {
  const io = new FakeIo({ realTime: true, ...options });
  if (options.stdin !== undefined) io.stdin.end(Buffer.from(options.stdin, "latin1"));
  const code = await main(["inspect", ...args], io);
  return { code, out: io.out.text, err: io.err.text };
}

const verdictOf = (text: string): string => text.trim().split("\n").at(-1)!;

/** The exit code and the verdict for these octets. */
async function judged(
  octets: string | Uint8Array,
  ...args: string[]
): Promise<[code: number, verdict: string]> {
  const server = await answeringOnce(octets);
  const { code, out } = await inspect([server.url, "--quiet", ...args]);
  // How long it took is not what is asked here.
  return [code, out.trim().replaceAll(/\d+(\.\d)? m?s\b/g, "…")];
}

describe("a chunked response", () => {
  test("head, chunks with number, offset, size both ways, extensions, gap, bar and preview; trailers; verdict", async () => {
    const octets = `${HEAD}1e;sig=x\r\n${"a".repeat(30)}\r\n3\r\nb\nc\r\n0\r\nServer-Timing: a\r\n\r\n`;
    const server = await answeringOnce(octets);
    const { code, out, err } = await inspect([server.url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^HTTP\/1\.1 200 OK +\d.* ms, byte 0\n {2}Transfer-Encoding: chunked\n\nChunked: /);
    expect(out).toMatch(/^ {4}1 +47 +30 +1e +0ms ■·{9} {2};sig=x a{9}…?/m);
    expect(out).toMatch(/^ {4}2 +89 +3 +3 +0ms ■·{9} {2}b␊c$/m);
    expect(out).toMatch(/^ {2}end +97 +0 +0 .* {2}last chunk$/m);
    expect(out).toMatch(/^Trailers\n {2}Server-Timing: a \(not declared\)\n/m);
    expect(out).toMatch(/^Complete: 2 chunks, 33 bytes, in .*; one trailer\.$/m);
    expect(err).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/ 127\.0\.0\.1:\d+, connected in \d.* ms\n$/);
  });

  test("each chunk's line as it comes, and the time between", async () => {
    const io = new FakeIo({ realTime: true });
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(`${HEAD}3\r\none\r\n`);
      await io.out.has("  one\n");
      await new Promise((resolve) => setTimeout(resolve, 30));
      peer.write("3\r\ntwo\r\n");
      await io.out.has("  two\n");
      peer.write("0\r\n\r\n");
    });
    expect(await main(["inspect", server.url], io)).toBe(0);
    const [, gap] = /^ {4}2 .* (\d+)ms .*two$/m.exec(io.out.text)!;
    expect(Number(gap)).toBeGreaterThanOrEqual(25);
  });

  test("what comes from the wire steers no terminal", async () => {
    const { out, err } = await inspect([
      (await answeringOnce(chunked(["\x1b[31mred and a lot of text\x07"], ["X-A: \x80\x9b31m"]))).url,
    ]);
    // oxlint-disable-next-line no-control-regex -- none of them
    expect(out + err).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(out).toContain("␛[31mred and a");
  });
});

describe("verdicts and exit codes", () => {
  test.each([
    ["a whole one", chunked(["hello"]), 0, "Complete: 1 chunk, 5 bytes, in …, first byte after …."],
    [
      "a 404 that is whole",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
      0,
      "Complete: 2 bytes, in …, first byte after ….",
    ],
    [
      "one that the close ends",
      "HTTP/1.1 200 OK\r\n\r\nhello",
      0,
      /^Complete as far as anybody can tell: 5 bytes/,
    ],
    [
      "the tutorial's sample",
      `${HEAD}11\r\nDeveloper is a good person.\r\n0\r\n\r\n`,
      7,
      "Broken at byte 68: chunk 1 announces 0x11 = 17 bytes and carries 27, which is 1b in hex.",
    ],
    ["a cut chunk", `${HEAD}5\r\nhe`, 9, /^Truncated at byte 52: chunk 1 announces 5 bytes and 2 came/],
    ["no last chunk", `${HEAD}5\r\nhello\r\n`, 9, /^Truncated at byte 57: the last chunk .* is missing/],
    ["a cut length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", 9, /^Truncated at byte 43/],
    ["a cut head", "HTTP/1.1 200 OK\r\nConte", 9, /^Truncated at byte 22/],
    ["octets behind the end", `${ok("hello")}more`, 7, /^Complete by its framing .*4 too many/],
    [
      "two framings",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      7,
      /^Broken at byte 36/,
    ],
    [
      "another digest",
      ok("hello", `Content-Digest: sha-256=:${"A".repeat(43)}=:`),
      7,
      /^The framing is whole .*digest/,
    ],
    ["no response", "", 4, "The connection ended before a byte of a response came."],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", 7, /SSH/],
  ])("%s", async (_, octets, code, verdict) => {
    const [exit, sentence] = await judged(octets);
    expect(exit).toBe(code);
    if (typeof verdict === "string") expect(sentence).toBe(verdict);
    else expect(sentence).toMatch(verdict);
  });

  test("an unfinished gzip stream is truncated, though its framing is whole", async () => {
    const coded = gzipSync("hello ".repeat(1000)).subarray(0, -8).toString("latin1");
    const [code, verdict] = await judged(Buffer.from(chunked([coded], ["Content-Encoding: gzip"]), "latin1"));
    expect([code, verdict]).toEqual([9, expect.stringMatching(/^The framing is whole .*coding breaks off/)]);
  });

  test("a reset", async () => {
    const server = await answeringOnce(`${HEAD}5\r\nhello\r\n`, "RST");
    const { code, out } = await inspect([server.url]);
    expect([code, out]).toEqual([9, expect.stringMatching(/^Truncated at byte 57/m)]);
  });

  test("a fault on a connection that stays open is told soon", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(`${HEAD}x\r\n`);
    });
    const { code, out } = await inspect([server.url]);
    expect([code, out]).toEqual([7, expect.stringMatching(/^✗ byte 47: [^[]*\(RFC 9112 section 7\.1/m)]);
  });

  test("nobody there", async () => {
    const gone = await serve({ port: 0 }, () => new Response());
    await gone.close();
    const { code, err } = await inspect([gone.url.href]);
    expect([code, err]).toEqual([4, expect.stringMatching(/^sluice inspect: .+:\d+ refuses connections$/m)]);
  });
});

describe("other servers", () => {
  let server: HttpServer | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  test("node:http, with keep-alive: it does not wait for the end of the connection", async () => {
    server = createServer((request, response) => {
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("one");
      response.write("two");
      response.addTrailers({ "X-Sum": "2", "X-TE": String(request.headers.te) });
      response.end();
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const began = performance.now();
    const { port } = server.address() as AddressInfo;
    const { code, out } = await inspect([`http://127.0.0.1:${port}/`]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Complete: 2 chunks, 6 bytes/m);
    expect(out).toContain("X-Sum: 2\n  X-TE: trailers (not declared)");
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test("our own, with events and codings", async () => {
    const own = await serve({ port: 0 }, () => ({
      status: 200,
      headers: { "Content-Type": "text/plain" },
      body: "hello ".repeat(1000),
    }));
    try {
      const plain = await inspect([own.url.href, "--quiet"]);
      expect([plain.code, plain.out]).toEqual([0, expect.stringContaining("6,000 bytes")]);
      const coded = await inspect([own.url.href, "--compressed"]);
      expect(coded.out).toMatch(/Content-Encoding: \w+/);
      expect(coded.out).toMatch(/^Complete: .*6,000 decoded/m);
      expect(coded.out).toContain("hello hello");
    } finally {
      await own.close();
    }
  });
});

describe.skipIf(lacks("openssl"))("over TLS", () => {
  let certificate: Certificate;
  let cacert: string;
  const closing: (() => void)[] = [];

  beforeAll(() => {
    certificate = makeCertificate();
    cacert = join(folder, "ca.pem");
    writeFileSync(cacert, certificate.cert);
  });

  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  async function secure(octets: string, end: (socket: TLSSocket) => void): Promise<string> {
    const server = createTlsServer(certificate, (socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.write(octets, "latin1", () => end(socket)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => server.close());
    return `https://localhost:${(server.address() as AddressInfo).port}/`;
  }

  /** FIN without close_notify, as a middlebox cuts. */
  const cut = (socket: TLSSocket): void => {
    const { _parent: below } = socket as unknown as { readonly _parent: Socket | null };
    below?.destroy();
  };

  test("close_notify, none, and none where nothing is lost", async () => {
    const whole = await inspect([
      await secure("HTTP/1.1 200 OK\r\n\r\nhello", (s) => s.end()),
      "--cacert",
      cacert,
    ]);
    expect([whole.code, whole.out]).toEqual([
      0,
      expect.stringMatching(/^Complete as far as anybody can tell/m),
    ]);
    const broken = await inspect([await secure("HTTP/1.1 200 OK\r\n\r\nhello", cut), "--cacert", cacert]);
    expect([broken.code, broken.out]).toEqual([
      9,
      expect.stringMatching(/^Truncated at byte 24: [^]*close_notify/m),
    ]);
    const harmless = await inspect([await secure(ok("hello"), cut), "--cacert", cacert]);
    expect(harmless.code).toBe(0);
    expect(harmless.out).toContain("without close_notify");
  });

  test("a certificate that isn't trusted is 5, unless --insecure", async () => {
    const url = await secure(ok("hello"), (socket) => socket.end());
    const { code, err } = await inspect([url]);
    expect([code, err]).toEqual([5, expect.stringContaining("self-signed certificate")]);
    const trusting = await inspect([url, "-k"]);
    expect([trusting.code, trusting.err]).toEqual([
      0,
      expect.stringContaining("The certificate is not checked."),
    ]);
    const none = await inspect([url, "--cacert", join(folder, "none.pem")]);
    expect([none.code, none.err]).toEqual([
      3,
      expect.stringMatching(/certificates in .+none\.pem can't be read$/m),
    ]);
  });
});

describe("the request", () => {
  async function sent(...args: string[]): Promise<{ server: RawServer; text: string; code: number }> {
    const server = await answeringOnce(ok("hello"));
    const { code } = await inspect([server.url + "/a?b", "-q", ...args]);
    return { server, code, text: server.peers[0]?.text ?? "" };
  }

  test("as it is by default, and with options", async () => {
    const { server, text } = await sent();
    expect(text).toBe(
      `GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUser-Agent: sluice\r\nAccept: */*\r\nTE: trailers\r\nConnection: TE\r\n\r\n`,
    );
    const other = await sent(
      "-X",
      "PUT",
      "-H",
      "accept: text/plain",
      "-H",
      "Host: b",
      "--no-te",
      "-d",
      "hällo",
    );
    expect(other.text).toBe(
      "PUT /a?b HTTP/1.1\r\nUser-Agent: sluice\r\naccept: text/plain\r\nHost: b\r\nContent-Length: 6\r\n\r\nh\xc3\xa4llo",
    );
    expect((await sent("--http1.0", "-H", "Connection: close")).text).toMatch(
      /^GET \/a\?b HTTP\/1\.0\r\n.*Accept: \*\/\*\r\nConnection: close\r\n\r\n$/s,
    );
    expect((await sent("--compressed")).text).toMatch(/\r\nAccept-Encoding: br, gzip, deflate/);
  });

  test("bodies: a file with its size, standard input in chunks, none of them for HTTP/1.0", async () => {
    const path = join(folder, "body");
    writeFileSync(path, "from a file");
    expect((await sent("-d", `@${path}`)).text).toMatch(
      /^POST .*\r\nContent-Length: 11\r\n.*\r\n\r\nfrom a file$/s,
    );
    const server = await listen(async (peer) => {
      expect((await peer.request()).chunks).toEqual(["typed"]);
      peer.write(ok());
    });
    expect((await inspect([server.url, "-d", "-"], { stdin: "typed" })).code).toBe(0);
    const refused = await inspect([server.url, "-d", "-", "--http1.0"], { stdin: "typed" });
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("HTTP/1.0")]);
    expect((await inspect([server.url, "-d", `@${path}x`])).code).toBe(3);
  });

  test("a response before the body is over ends it", async () => {
    const io = new FakeIo({ realTime: true });
    const server = await listen(async (peer) => {
      await peer.until("\r\n\r\n");
      peer.write(ok("enough")).finish();
    });
    io.stdin.write("never ending");
    expect(await main(["inspect", server.url, "-d", "-", "-q"], io)).toBe(0);
    expect(io.stdin.destroyed).toBe(true);
  });

  test("a redirect is shown, or followed, without credentials to another origin", async () => {
    const last = await listen((peer) => peer.answer("HTTP/1.1 103 Early Hints\r\n\r\n" + chunked(["end"])));
    const server = await listen((peer) =>
      peer.answer(`HTTP/1.1 302 Found\r\nLocation: ${last.url}/there\r\nContent-Length: 2\r\n\r\nno`),
    );
    const shown = await inspect([server.url]);
    expect(shown.out).toMatch(/^HTTP\/1\.1 302 Found/);
    const saved = join(folder, "followed");
    const followed = await inspect([server.url.replace("//", "//me:secret@"), "-L", "-o", saved, "--hex"]);
    expect(followed.code).toBe(0);
    expect(followed.out).toMatch(/^0{8} # 48 54 54 50 .*HTTP\/1\.1 103 Ear/);
    expect(followed.out).not.toContain("302");
    expect(followed.err).toContain(`302 leads to ${last.url}/there\n`);
    expect(followed.err).not.toContain("secret");
    expect(last.peers[0].text).toMatch(/^GET \/there HTTP\/1\.1\r\n/);
    expect(last.peers[0].text).not.toMatch(/authorization/i);
    expect(readFileSync(saved, "latin1")).toMatch(/^HTTP\/1\.1 103 .*end\r\n0\r\n\r\n$/s);
  });

  test("a redirect within the origin keeps the credentials of the URL, and its place may be in UTF-8", async () => {
    const server = await listen(async (peer) => {
      const { line } = await peer.request();
      if (line.includes(" /caf")) await peer.sent(ok("there"));
      else await peer.sent(Buffer.from(ok("", "Location: /café").replace("200 OK", "302 Found")));
      peer.finish();
    });
    const { code, err } = await inspect([server.url.replace("//", "//me:secret@"), "-L", "-q"]);
    expect([code, err]).toEqual([0, ""]);
    expect(server.peers[1].text).toMatch(/^GET \/caf%C3%A9 HTTP\/1\.1\r\n/);
    expect(server.peers[1].text).toContain("\r\nAuthorization: Basic ");
  });

  test("a redirect to what is no URL", async () => {
    const server = await listen((peer) =>
      peer.answer(ok("", "Location: http://%ff@x/").replace("200 OK", "302 Found")),
    );
    const { code, err } = await inspect([server.url, "-L"]);
    expect([code, err]).toEqual([7, expect.stringContaining("302 to http://x/: a user or a password")]);
  });

  test("redirects have an end", async () => {
    const server = await listen((peer) =>
      peer.answer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    );
    const { code, err } = await inspect([server.url, "-L"]);
    expect([code, server.peers.length]).toEqual([7, 11]);
    expect(err).toContain("redirects");
  });

  test("through a proxy", async () => {
    const proxy = await answeringOnce(ok("through"));
    const { code } = await inspect([
      "http://nowhere.invalid/x",
      "--proxy",
      proxy.url.replace("//", "//u:p@"),
      "-q",
    ]);
    expect(code).toBe(0);
    expect(proxy.peers[0].text).toMatch(
      /^GET http:\/\/nowhere\.invalid\/x HTTP\/1\.1\r\nHost: nowhere\.invalid\r\n.*Proxy-Authorization: Basic dTpw\r\n/s,
    );
  });
});

describe("stopping", () => {
  /** A stream that goes on until its reader leaves, at a pace that can be watched. */
  async function endless(): Promise<RawServer> {
    return listen(async (peer) => {
      await peer.request();
      peer.write(HEAD);
      for (let number = 0; !peer.ended && number < 1000; number++) {
        peer.write("4\r\ntick\r\n");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
  }

  test("^C in an endless stream: a verdict, and 130", async () => {
    const io = new FakeIo({ realTime: true });
    const { url, peers } = await endless();
    const html = join(folder, "interrupted.html");
    const ended = main(["inspect", url, "--html", html], io);
    await io.out.has("    3 ");
    io.send("SIGINT");
    expect(await ended).toBe(130);
    expect(io.out.text).toMatch(
      /^Interrupted by you after \d+ ms: \d+ chunks, \d+ bytes have come, and no last chunk\.$/m,
    );
    expect(readFileSync(html, "utf8")).toContain("Interrupted by you");
    await peers[0].ending();
    expect(io.listeners("SIGINT")).toBe(0);
  });

  test("^C before a connection is there", async () => {
    const io = new FakeIo({ realTime: true });
    const ended = main(["inspect", (await listen(() => {})).url], io);
    io.send("SIGINT");
    expect(await ended).toBe(130);
  });

  test("--max-chunks shows so many, and is no failure", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(`${HEAD}${"1\r\na\r\n".repeat(5)}`);
    });
    const { code, out } = await inspect([server.url, "--max-chunks", "3"]);
    expect(code).toBe(0);
    expect(out.match(/^ {4}\d /gm)).toHaveLength(3);
    expect(out).toMatch(/^Stopped by --max-chunks after .*5 chunks/m);
  });

  test("--max-time is no failure, --timeout is", async () => {
    const { code, out } = await inspect([(await endless()).url, "--max-time", "60ms"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Stopped by --max-time after /m)]);
    const silent = await listen(async (peer) => {
      await peer.request();
      peer.write(HEAD);
    });
    const late = await inspect([silent.url, "--timeout", "60ms"]);
    expect([late.code, late.out]).toEqual([4, expect.stringMatching(/^Timed out after \d+ ms: 0 chunks/m)]);
    // It counts from the last octet.
    const fitful = await endless();
    const going = await inspect([fitful.url, "--timeout", "300ms", "--max-time", "400ms"]);
    expect(going.code).toBe(0);
  });

  test("a reader of stdout that has left ends it quietly", async () => {
    const io = new FakeIo({ realTime: true });
    const ended = main(["inspect", (await endless()).url], io);
    await io.out.has("tick");
    io.out.failure = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    expect(await ended).toBe(0);
  });

  test("a reader of stdout that is slow makes the server wait", async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const server = await listen(async (peer) => {
      await peer.request();
      await peer.sent(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      const piece = Buffer.alloc(64 * 1024);
      while (sent < total && (await peer.sent(piece))) sent += piece.length;
    });
    const io = new StuckIo({ realTime: true });
    const ended = main(["inspect", server.url, "--raw"], io);
    expect(await settled(() => sent)).toBeLessThan(total / 2);
    io.send("SIGINT");
    io.out.release();
    expect(await ended).toBe(130);
  });
});

describe("a captured response", () => {
  const capture = (octets: string): string => {
    const path = join(folder, `capture-${Math.random()}`);
    writeFileSync(path, octets, "latin1");
    return path;
  };

  test("what -o saved says the same again, without times", async () => {
    const octets = `HTTP/1.1 103 Early Hints\r\n\r\n${chunked(["one", "t\x00\xffo"], [], ["A: b"])}`;
    const path = join(folder, "saved");
    const first = await inspect([(await answeringOnce(octets)).url, "--raw", "-o", path]);
    expect(readFileSync(path, "latin1")).toBe(octets);
    expect(first.err).toMatch(/^Complete: 2 chunks, 7 bytes, in .*; one trailer\.$/m);
    const again = await inspect([path]);
    expect([again.code, verdictOf(again.out.replaceAll(/^•.*\n/gm, ""))]).toEqual([
      0,
      "Complete: 2 chunks, 7 bytes; one trailer.",
    ]);
    const typed = await inspect(["-", "-q"], { stdin: octets });
    expect(typed).toEqual({ code: 0, out: "Complete: 2 chunks, 7 bytes; one trailer.\n", err: "" });
  });

  test("broken ones, and the answer to HEAD", async () => {
    expect((await inspect([capture(`${HEAD}5\r\nhe`)])).code).toBe(9);
    const unix = await inspect([capture(chunked(["hello"]).replaceAll("\r\n", "\n")), "-q"]);
    expect([unix.code, unix.out]).toEqual([7, expect.stringContaining("LF")]);
    const head = capture("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    expect((await inspect([head, "-q"])).code).toBe(9);
    expect((await inspect([head, "-q", "-X", "HEAD"])).code).toBe(0);
    expect((await inspect([capture(""), "-q"])).code).toBe(4);
  });

  test("^C while standard input goes on", async () => {
    const io = new FakeIo({ realTime: true });
    const ended = main(["inspect", "-"], io);
    io.stdin.write(`${HEAD}5\r\nhello\r\n`);
    await io.out.has("hello");
    io.send("SIGINT");
    expect(await ended).toBe(130);
    expect(io.out.text).toMatch(/^Interrupted by you: 1 chunk, 5 bytes have come, and no last chunk\.$/m);
  });

  test("what is no file says what to write", async () => {
    const { code, err } = await inspect(["example.org/a"]);
    expect([code, err]).toEqual([
      3,
      "sluice inspect: example.org/a is neither a URL nor a file that is there; a URL begins with its scheme: http://example.org/a\n",
    ]);
    expect((await inspect([folder])).err).toContain("is a folder");
  });
});

describe("views", () => {
  const OCTETS = Buffer.from(
    chunked([brotliCompressSync("hello").toString("latin1")], ["Content-Encoding: br"]),
    "latin1",
  );

  test("--hex: every octet once, with its part, and the verdict", async () => {
    const { out } = await inspect([(await answeringOnce(OCTETS)).url, "--hex"]);
    const shown = [...out.matchAll(/^[0-9a-f]{8} [#= !] ((?:[0-9a-f]{2} )+)/gm)]
      .map(([, pairs]) => pairs.replaceAll(" ", ""))
      .join("");
    expect(shown).toBe(OCTETS.toString("hex"));
    expect(out).toMatch(/^[0-9a-f]{8} = 0d 0a 30 0d 0a 0d 0a /m);
    expect(out).toMatch(/^Complete: /m);
    const broken = await inspect([(await answeringOnce(`${HEAD}5\r\nhelloX\r\n`)).url, "--hex"]);
    expect(broken.out).toMatch(/^[0-9a-f]{8} ! 58 .*\n\n.*✗ byte 55/ms);
  });

  test("--raw: the octets, and nothing else on stdout; a terminal sees no control characters", async () => {
    const path = join(folder, "raw");
    const { err } = await inspect([(await answeringOnce(OCTETS)).url, "--raw", "-o", path]);
    expect(readFileSync(path)).toEqual(OCTETS);
    expect(err).toMatch(/^Complete: 1 chunk, 9 bytes \(5 decoded\)/);
    const piped = await inspect([(await answeringOnce(chunked(["a\tb"]))).url, "--raw"]);
    expect(piped.out).toBe(chunked(["a\tb"]));
    const seen = await inspect([(await answeringOnce(ok("\x1b]0;x\x07"))).url, "--raw"], {
      terminal: { columns: 60, rows: 24 },
    });
    expect(seen.out).toBe("HTTP/1.1 200 OK␍␊\nContent-Length: 6␍␊\n␍␊\n␛]0;x␇\n");
  });

  test("--json: rows with an event, the request first; --quiet: the verdict's alone", async () => {
    const server = await answeringOnce(OCTETS);
    const { out, err } = await inspect([server.url, "--json"]);
    const rows = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ event }) => event)).toEqual([
      "request",
      "head",
      "framing",
      "chunk",
      "last-chunk",
      "ending",
      "verdict",
    ]);
    expect(rows[0]).toMatchObject({
      url: `${server.url}/`,
      line: "GET / HTTP/1.1",
      fields: expect.arrayContaining([{ name: "Accept", value: "*/*" }]),
    });
    expect(rows[3]).toMatchObject({
      number: 1,
      size: 9,
      digits: "9",
      decoded: { octets: 5, sample: { text: "hello" } },
    });
    expect(err).toBe("");
    const quiet = await inspect([(await answeringOnce(OCTETS)).url, "--json", "-q"]);
    expect(quiet.out).toMatch(/^\{"event":"verdict",.*"outcome":"complete".*\}\n$/);
  });

  test("a terminal has colours and its own width", async () => {
    const { url } = await answeringOnce(chunked(["x".repeat(200)]));
    const terminal = { columns: 132, rows: 24 };
    const { out } = await inspect([url], { terminal });
    // oxlint-disable-next-line no-control-regex -- the looks of a status line
    expect(out).toMatch(/^\x1b\[1mHTTP\/1\.1 200 OK\x1b\[22m/);
    const plain = await inspect([(await answeringOnce(chunked(["x".repeat(200)]))).url], {
      terminal,
      env: { NO_COLOR: "1" },
    });
    expect(plain.out).not.toContain("\x1b");
    expect(Math.max(...plain.out.split("\n").map((line) => line.length))).toBeGreaterThan(110);
    expect(Math.max(...plain.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(132);
  });

  test("--html: a page beside the text, or on stdout", async () => {
    const path = join(folder, "report.html");
    const { out } = await inspect([(await answeringOnce(OCTETS)).url, "--html", path]);
    expect(out).toMatch(/^Complete: /m);
    expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>/i);
    const page = await inspect([(await answeringOnce(OCTETS)).url, "--html", "-"]);
    expect(page.out).toMatch(/^<!doctype html>.*<\/html>\s*$/is);
    expect(page.err).toMatch(/^Complete: /);
  });

  test.each([
    [["http://a/", "--hex", "--json"], "--hex and --json both want stdout"],
    [["http://a/", "--raw", "--html", "-"], "--raw and --html - both want stdout"],
    [["http://a/", "--raw", "-q"], "--quiet and --raw contradict each other"],
    [["http://a/", "-o", "-"], "--output names a file"],
    [["http://a/", "-H", "no colon"], "--header"],
    [["http://a/", "-X", "G T"], "--request"],
    [["ftp://a/"], '"ftp://a/" is no http or https URL'],
    [["-", "-L"], "--follow does not go with a captured response"],
    [["-", "--listen", "0"], "--listen does not go with a captured response"],
    [["http://a/b", "--listen", "0"], "with --listen the path is the request's own"],
    [["http://a/", "--listen", "0", "-d", "x"], "--data does not go with --listen"],
    [["http://a/", "--listen", "65536"], "--listen"],
    [["http://a/", "--max-chunks", "0"], "--max-chunks"],
    [[], "<source> is missing"],
  ])("%j is a mistake", async (args, message) => {
    const { code, err } = await inspect(args, { stdin: "" });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test("a place that can't be written to is noticed before anything is sent", async () => {
    const server = await listen(() => {});
    for (const option of ["-o", "--html"]) {
      expect((await inspect([server.url, option, join(folder, "no", "such")])).code).toBe(3);
      expect((await inspect([server.url, option, folder])).code).toBe(3);
    }
    expect(server.peers).toHaveLength(0);
  });
});
