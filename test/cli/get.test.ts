import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { diagnostics } from "../../src/client/diagnostics.ts";
import { main } from "../../src/cli/program.ts";
import { serve } from "../../src/server/serve.ts";
import type { Server } from "../../src/server/server.ts";
import { type Certificate, makeCertificate } from "../support/certificate.ts";
import { lacks } from "../support/programs.ts";
import { answering, answeringOnce, chunked, listen, ok } from "../support/raw-server.ts";
import { honest, noise, script, sha256 } from "../client/download/scripted-server.ts";
import { settled } from "../support/settled.ts";
import { FakeIo } from "./fake-io.ts";

const CWD = process.cwd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-get-"));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(CWD);
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function get(args: readonly string[], io: FakeIo = new FakeIo({ realTime: true })): Promise<Outcome> {
  const code = await main(["get", "--proxy", "none", ...args], io);
  return { code, out: io.out.text, err: io.err.text };
}

const saved = (name: string): string => readFileSync(join(folder, name), "latin1");
const names = (): string[] => readdirSync(folder).toSorted();

describe("-c, where the file is there already", () => {
  const size = (length: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

  test.each<[string, string[], number, number, RegExp]>([
    [
      "and has its checksum, is done",
      ["--checksum", `sha-256:${sha256(Buffer.from("whole"))}`],
      9,
      0,
      /^f is there already, its checksum is right\n$/,
    ],
    [
      "and has another checksum, is an error",
      ["--checksum", `sha-256:${sha256(Buffer.from("other"))}`],
      5,
      7,
      /digest/,
    ],
    [
      "and is as large as the server says, is done",
      [],
      5,
      0,
      /^f is there already, as large as the server says\n$/,
    ],
    ["and is of another size, is refused", [], 9, 3, /f is there already; --force/],
  ])("%s", async (_what, args, length, code, said) => {
    writeFileSync(join(folder, "f"), "whole");
    const { url } = await answering(size(length));
    const ended = await get(["-c", "-o", "f", ...args, url]);
    expect([ended.code, saved("f")]).toEqual([code, "whole"]);
    expect(ended.err).toMatch(said);
  });
});

describe("to stdout", () => {
  test("the body, and not a word on stderr", async () => {
    const { url } = await answering(ok("hello\n"));
    expect(await get([url])).toEqual({ code: 0, out: "hello\n", err: "" });
    expect(await get(["-o", "-", url])).toEqual({ code: 0, out: "hello\n", err: "" });
  });

  test("each piece at once, as of an event stream", async () => {
    const io = new FakeIo({ realTime: true });
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (const text of ["data: 1\n\n", "data: 2\n\n"]) {
        peer.write(`${text.length.toString(16)}\r\n${text}\r\n`);
        await io.out.has(text);
      }
      peer.write("0\r\n\r\n");
    });
    expect(await get([server.url], io)).toEqual({ code: 0, out: "data: 1\n\ndata: 2\n\n", err: "" });
  });

  test("codings are undone, and with --no-decode neither asked for nor undone", async () => {
    const body = gzipSync("plain").toString("latin1");
    const server = await listen(async (peer) => {
      const { headers } = await peer.request();
      const asked = headers["accept-encoding"] !== undefined;
      await peer.sent(Buffer.from(ok(body, "Content-Encoding: gzip", `X-Asked: ${asked}`), "latin1"));
    });
    expect((await get([server.url])).out).toBe("plain");
    const io = new FakeIo({ realTime: true });
    const { err } = await get(["--no-decode", "-v", server.url], io);
    expect(err).toContain("< X-Asked: false");
    expect(io.out.text).toContain("\x1f");
  });

  test.each([
    [
      "length",
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
      3,
      "fewer octets than Content-Length says",
    ],
    [
      "chunked",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      8,
      "the last chunk is missing",
    ],
    [
      "gzip",
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n${gzipSync("abc").toString("latin1").slice(0, 12)}`,
      12,
      "the gzip content coding didn't come to its end",
    ],
  ])("truncated: %s", async (layer, answer, at, what) => {
    const { url } = await answeringOnce(Buffer.from(answer, "latin1"));
    const { code, out, err } = await get([url]);
    expect(code).toBe(9);
    const hint = `; ${out.length === 1 ? "1 byte" : `${out.length} bytes`} went to stdout before`;
    expect(err).toBe(`sluice get: the response ended early at byte ${at} (layer ${layer}): ${what}${hint}\n`);
    if (layer !== "gzip") expect(out).toBe("abc");
  });

  test("a status that says no: its body, 8, and the reason in the server's words", async () => {
    const { url } = await answering(
      "HTTP/1.1 404 Gone\x1b[2J Fishing\r\nContent-Length: 2\r\n\r\nno".replace("\x1b[2J", ""),
    );
    expect(await get([url])).toEqual({
      code: 8,
      out: "no",
      err: "sluice get: the server answered 404 Gone Fishing\n",
    });
  });

  test("a terminal gets text, and what is binary only where it says so", async () => {
    const { url } = await answering(ok("a\0b"));
    const terminal = (): FakeIo => new FakeIo({ realTime: true, terminal: { columns: 80, rows: 24 } });
    const { code, out, err } = await get([url], terminal());
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("the body is binary, and stdout a terminal; -o <file> or -O saves it");
    expect(await get(["-o", "-", url], terminal())).toEqual({ code: 0, out: "a\0b", err: "" });
    expect(await get([url])).toEqual({ code: 0, out: "a\0b", err: "" });
  });

  test("on a terminal the last line of a body ends, before anything is said", async () => {
    const terminal = (): FakeIo => new FakeIo({ realTime: true, terminal: { columns: 80, rows: 24 } });
    const { url } = await answering(ok("no end"));
    expect((await get([url], terminal())).out).toBe("no end\n");
    const io = terminal();
    io.err.write = io.out.write.bind(io.out);
    await get(["-v", url], io);
    expect(io.out.text).toMatch(/no end\n[^\n]*\* complete[^\n]*\n$/);
    const cut = await answeringOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    expect((await get([cut.url], terminal())).out).toBe("abc\n");
    const whole = await answering(ok("end\n"));
    expect((await get([whole.url], terminal())).out).toBe("end\n");
  });

  test("--checksum", async () => {
    const { url } = await answering(ok("hello"));
    const right = createHash("sha256").update("hello").digest("hex");
    expect((await get(["--checksum", `sha-256:${right}`, url])).code).toBe(0);
    const { code, err } = await get(["--checksum", `sha-256:${right.replace("2", "3")}`, url]);
    expect(code).toBe(7);
    expect(err).toMatch(
      /^sluice get: the digest doesn't fit: .+found "sha-256:.+; 5 bytes went to stdout before\n$/,
    );
  });

  test("a slow reader holds the server back, and gets all of it", async () => {
    const piece = noise(64 * 1024);
    let made = 0;
    const server = await serve({ host: "127.0.0.1", port: 0, compress: false }, () => ({
      status: 200,
      headers: {},
      body: (function* () {
        for (; made < 400; made++) yield piece;
      })(),
    }));
    const held: (() => void)[] = [];
    const hash = createHash("sha256");
    let first: () => void;
    const began = new Promise<void>((resolve) => (first = resolve));
    let holding = true;
    const out = new Writable({
      write(chunk: Buffer, _, done) {
        hash.update(chunk);
        if (!holding) return done();
        held.push(done);
        first();
      },
    });
    const io = new FakeIo({ realTime: true });
    Object.defineProperty(io, "stdout", { value: out });
    const ended = get([server.url.href], io);
    await began;
    expect(await settled(() => made)).toBeLessThan(300);
    holding = false;
    for (const done of held) done();
    expect((await ended).code).toBe(0);
    const whole = createHash("sha256");
    for (let at = 0; at < 400; at++) whole.update(piece);
    expect(hash.digest("hex")).toBe(whole.digest("hex"));
    await server.close();
  });

  test("a reader that leaves ends it quietly, also one that has stopped reading", async () => {
    const { url } = await answering(ok("x".repeat(1_000_000)));
    const io = new FakeIo({ realTime: true });
    io.out.failure = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    expect(await get([url], io)).toEqual({ code: 0, out: "", err: "" });
  });

  test("SIGINT: 130", async () => {
    const io = new FakeIo({ realTime: true });
    const server = await answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    const ended = get([server.url], io);
    await io.out.has("abc");
    io.send("SIGINT");
    const { code, err } = await ended;
    expect([code, err]).toEqual([130, "sluice get: stopped by SIGINT; 3 bytes went to stdout before\n"]);
  });
});

describe("what is sent", () => {
  /** Answers each request, and keeps it. */
  async function recorder(
    answer = ok("done"),
  ): Promise<{ url: string; requests: Awaited<ReturnType<typeof asWire>>[] }> {
    const requests: Awaited<ReturnType<typeof asWire>>[] = [];
    const server = await listen(async (peer) => {
      for (;;) {
        requests.push(await peer.request());
        peer.write(answer);
      }
    });
    return { url: server.url, requests };
  }
  const asWire = (peer: Awaited<ReturnType<Awaited<ReturnType<typeof listen>>["peer"]>>) => peer.request();

  test("method and headers", async () => {
    const { url, requests } = await recorder();
    await get(["-X", "PURGE", "-H", "X-A: 1", "-H", "X-A: 2", `${url}/p?q`]);
    expect(requests[0].line).toBe("PURGE /p?q HTTP/1.1");
    expect(requests[0].headers).toMatchObject({ "x-a": "1, 2", "user-agent": "sluice", accept: "*/*" });
  });

  test("text and files with their size, stdin in chunks as it comes", async () => {
    const { url, requests } = await recorder();
    writeFileSync("body.txt", "from a file");
    await get(["-d", "text ü", url]);
    await get(["-d", "@body.txt", "-X", "PUT", url]);
    const io = new FakeIo({ realTime: true });
    io.stdin.write("from ");
    const ended = get(["-d", "-", url], io);
    io.stdin.end("stdin");
    expect((await ended).code).toBe(0);
    expect(requests.map(({ line }) => line.split(" ")[0])).toEqual(["POST", "PUT", "POST"]);
    expect(requests.map(({ body }) => body)).toEqual(["text \xc3\xbc", "from a file", "from stdin"]);
    expect(requests.map(({ headers }) => headers["content-length"])).toEqual(["7", "11", undefined]);
    expect(requests[2].chunks).toBeDefined();
  });

  test("a file as the body that isn't there, or is a folder", async () => {
    expect(await get(["-d", "@nope", "http://127.0.0.1:1/"])).toEqual({
      code: 3,
      out: "",
      err: "sluice get: nope is not there\n",
    });
    expect((await get(["-d", "@.", "http://127.0.0.1:1/"])).err).toBe("sluice get: . is a folder\n");
  });

  test("redirects are followed, or are the response", async () => {
    const there = await answering(ok("there"));
    const { url } = await answering(
      `HTTP/1.1 302 Found\r\nLocation: ${there.url}/x\r\nContent-Length: 4\r\n\r\nhere`,
    );
    expect((await get([url])).out).toBe("there");
    expect(await get(["--no-redirect", url])).toEqual({ code: 0, out: "here", err: "" });
    const refused = await get(["--no-redirect", "-o", "f", url]);
    expect([refused.code, names()]).toEqual([8, []]);
    expect(refused.err).toContain(
      "the server points elsewhere, so nothing was saved; without --no-redirect it is followed",
    );
  });

  test("--retry: as often, as late as the server wants, and not for what does harm twice", async () => {
    const busy = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    const { url, requests } = await recorder(busy);
    const { code, err } = await get(["--retry", "1", url]);
    expect([code, requests.length]).toEqual([8, 2]);
    expect(err).toMatch(
      /^Trying again in 0\.\d s: the server answered 503 Busy\nsluice get: the server answered 503 Busy\n$/,
    );
    await get(["--retry", "1", "-d", "x", url]);
    const io = new FakeIo({ realTime: true });
    io.stdin.end("x");
    await get(["--retry", "1", "-X", "PUT", "-d", "-", url], io);
    expect(requests.length).toBe(4);
    expect((await get(["--retry", "1", "http://127.0.0.1:1/"])).err).toMatch(/^Trying again in/);
  });
});

describe("-I", () => {
  const HEAD = "HTTP/1.1 200 Fine\r\nContent-Length: 99\r\nX-A: 1\r\nx-a: 2\r\n\r\n";

  test("the head on stdout", async () => {
    const { url } = await answering(HEAD);
    const out = "HTTP/1.1 200 Fine\nContent-Length: 99\nX-A: 1\nx-a: 2\n\n";
    expect(await get(["-I", url])).toEqual({ code: 0, out, err: "" });
  });

  test("as a row", async () => {
    const { url } = await answering(HEAD);
    const io = new FakeIo({ realTime: true });
    expect((await get(["-I", "--json", url], io)).code).toBe(0);
    const headers = [
      ["Content-Length", "99"],
      ["X-A", "1"],
      ["x-a", "2"],
    ];
    const head = { event: "head", url: `${url}/`, status: 200, reason: "Fine", httpVersion: "1.1", headers };
    expect(io.rows).toEqual([head]);
  });

  test("a status that says no", async () => {
    const { url } = await answering("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n");
    const { code, out } = await get(["-I", url]);
    expect([code, out]).toEqual([8, "HTTP/1.1 404 Not Found\nContent-Length: 9\n\n"]);
  });
});

describe("-v", () => {
  test("the request exactly as it is on the wire, but for credentials", async () => {
    const seen: string[] = [];
    const server = await listen(async (peer) => {
      for (;;) {
        const { line, lines } = await peer.request();
        seen.push([line, ...lines].join("\n"));
        peer.write(ok());
      }
    });
    const told = async (...args: string[]): Promise<string> => {
      const { err } = await get(["-v", ...args]);
      return [...err.matchAll(/^> (.+)$/gm)].map(([, text]) => text).join("\n");
    };
    writeFileSync("body", "x".repeat(10));
    const { url } = server;
    for (const args of [
      [url],
      ["--no-decode", `${url}/a?b#c`],
      ["-H", "TE: gzip", "-H", "accept-encoding: br", url],
      ["-H", "Range: bytes=0-1", url],
      ["-I", url],
      ["-H", "Connection: close", "-H", "X-A: ä", url],
      ["-X", "POST", url],
      ["-d", "text", url],
      ["-d", "@body", "-H", "Host: other.example", url],
      // Whoever takes http for others is asked with the whole URL.
      ["--proxy", url.replace("//", "//me:secret@"), "http://elsewhere.invalid/x?y"],
    ]) {
      const lines = await told(...args);
      expect(lines).toBe(seen.at(-1)!.replace(/Basic .+/, "(not shown)"));
    }
    const hidden = await told("-H", "X: 1", url.replace("//", "//me:secret@"));
    expect(seen.at(-1)).toContain("Authorization: Basic ");
    expect(hidden).toBe(seen.at(-1)!.replace(/Basic .+/, "(not shown)"));
  });

  test("interim responses, the head, trailers, and the ending", async () => {
    const early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    const { url, port } = await answering(
      early + chunked(["hi"], ["Trailer: X-Rows"], ["X-Rows: 1", "X-More: 2", "Host: x"]),
    );
    const { out, err } = await get(["-v", url]);
    expect(out).toBe("hi");
    expect(err.slice(err.indexOf("< "))).toBe(
      [
        "< 103 Early Hints",
        "< Link: </a>",
        "<",
        "< 200 OK",
        "< Transfer-Encoding: chunked",
        "< Trailer: X-Rows",
        "<",
        `* over HTTP/1.1, from 127.0.0.1 port ${port}`,
        "< (trailers)",
        "< X-Rows: 1",
        "< X-More: 2",
        "* not declared: x-more",
        "* dropped, since they are no trailers: host",
        "* complete",
        "",
      ].join("\n"),
    );
  });

  test("redirects and repetitions, each with its request", async () => {
    let asked = 0;
    const server = await listen(async (peer) => {
      for (;;) {
        const { line } = await peer.request();
        if (line.includes(" /on "))
          peer.write(++asked === 1 ? ok().replace("200 OK", "503 Busy") : ok("at last"));
        else peer.write(ok("", "Location: /on").replace("200 OK", "302 Found"));
      }
    });
    const { err, out } = await get(["-v", "--retry", "1", `${server.url}/from`]);
    expect(out).toBe("at last");
    const lines = err.split("\n").filter((line) => /^(?:> GET|< \d|Trying)/.test(line));
    const twice = ["> GET /from HTTP/1.1", "< 302 Found", "> GET /on HTTP/1.1"];
    expect(lines).toEqual([...twice, "< 503 Busy", expect.stringMatching(/^Trying/), ...twice, "< 200 OK"]);
  });

  test("parts of a file say what they are, and nobody is listened to afterwards", async () => {
    const content = noise(3_000_000);
    const { url } = await script((asked) => honest(content, asked));
    const { err } = await get(["-v", "-o", "f", "-x", "2", url]);
    expect(err).toMatch(/^\* bytes \d+-2999999\/3000000: complete$/m);
    expect(diagnostics.request.hasSubscribers || diagnostics.response.hasSubscribers).toBe(false);
  });

  test("no secret, of either side", async () => {
    const secrets = ["Cookie", "Authorization", "Proxy-Authorization", "X-Api-Key", "x-csrf-token"];
    const { url } = await answering(
      chunked(["x"], ["Set-Cookie: id=hush", "Authorization: hush"], ["X-Session-Token: hush"]),
    );
    const { err } = await get([
      "-v",
      ...secrets.flatMap((name) => ["-H", `${name}: hush`]),
      "-H",
      "X-A: told",
      url,
    ]);
    expect(err).not.toContain("hush");
    expect(err).toContain("> X-A: told");
    for (const name of secrets) expect(err).toContain(`> ${name}: (not shown)`);
    for (const name of ["Set-Cookie", "Authorization", "X-Session-Token"])
      expect(err).toContain(`< ${name}: (not shown)`);
  });

  test("an ending that is none", async () => {
    const { url } = await answeringOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    expect((await get(["-v", url])).err).toContain("* truncated: layer length at byte 3\nsluice get: ");
  });
});

describe("to a file", () => {
  const CONTENT = noise(3_000_000);

  test("whole, with a line that says so, and nothing left behind", async () => {
    const { url } = await script((asked) => honest(CONTENT, asked));
    const { code, out, err } = await get(["-o", "f.bin", "--checksum", `sha-256:${sha256(CONTENT)}`, url]);
    expect([code, out, names()]).toEqual([0, "", ["f.bin"]]);
    expect(sha256(readFileSync("f.bin"))).toBe(sha256(CONTENT));
    expect(err).toMatch(/\nSaved f\.bin: 3\.00 MB in .+, sha-256 as given\n$/);
  });

  test("-q", async () => {
    const { url } = await script((asked) => honest(CONTENT, asked));
    expect(await get(["-q", "-o", "f.bin", url])).toEqual({ code: 0, out: "", err: "" });
  });

  test("rows", async () => {
    const { url } = await script((asked) => honest(CONTENT, asked));
    const io = new FakeIo({ realTime: true });
    expect((await get(["--json", "-o", "f.bin", url], io)).err).toMatch(/^Saved .+\n$/);
    expect(io.rows[0]).toMatchObject({ event: "progress" });
    const last = io.rows.at(-1)!;
    expect(last).toMatchObject({
      event: "complete",
      path: join(folder, "f.bin"),
      size: 3_000_000,
      resumed: 0,
      etag: '"v1"',
    });
    expect(last["milliseconds"]).toBeGreaterThanOrEqual(0);
  });

  test("a row of an error has the code of the package", async () => {
    const { url } = await answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    const io = new FakeIo({ realTime: true });
    await get(["--json", "-o", "f", url], io);
    const message = "the server answered 404 Not Found";
    expect(io.rows).toEqual([{ event: "error", message, code: "ERR_SLUICE_STATUS", exitCode: 8 }]);
  });

  test("a status that says no: nothing saved, and a short look at its body", async () => {
    const page = `\n\nsorry\x07\n${"line\n".repeat(50)}`;
    const { url } = await answering(ok(page, "Content-Type: text/plain").replace("200 OK", "403 Forbidden"));
    for (const args of [[], ["-d", "x"]]) {
      const { code, err } = await get([...args, "-o", "f", url]);
      expect([code, names()]).toEqual([8, []]);
      expect(err).toBe(
        `  sorry\\u{7}\n${"  line\n".repeat(9)}sluice get: the server answered 403 Forbidden\n`,
      );
    }
  });

  test("the beginning of a page says nothing", async () => {
    const page = ok("<!DOCTYPE html><title>No", "Content-Type: text/html").replace("200 OK", "404 Not Found");
    const { err } = await get(["-o", "f", (await answering(page)).url]);
    expect(err).toBe("sluice get: the server answered 404 Not Found\n");
  });

  test("never over what is there", async () => {
    const { url, asked } = await script((each) => honest(CONTENT, each));
    writeFileSync("f", "mine");
    symlinkSync("nowhere", "link");
    writeFileSync("other.part", "mine");
    writeFileSync("begun.part", "");
    writeFileSync("begun.part.journal", "");
    const refused = async (...args: string[]): Promise<string> => {
      const { code, err } = await get([...args, url]);
      expect(code).toBe(3);
      return err;
    };
    expect(await refused("-o", "f")).toBe(
      "sluice get: f is there already; --force replaces it, -o <file> gives another name\n",
    );
    expect(await refused("-o", "f", "-d", "x")).toContain("f is there already; --force");
    expect(await refused("-o", "link")).toContain("link is there already; --force");
    expect(await refused("-o", "other")).toContain("other.part is there already; nothing says what it is of");
    expect(await refused("-o", "begun")).toContain(
      "begun.part is there already; it is of an earlier download: -c goes on with it, --force begins anew",
    );
    expect(asked).toEqual([]);
    expect([saved("f"), saved("other.part")]).toEqual(["mine", "mine"]);
    expect((await get(["--force", "-o", "f", url])).code).toBe(0);
    expect(sha256(readFileSync("f"))).toBe(sha256(CONTENT));
    expect((await get(["-c", "-o", "begun", url])).code).toBe(0);
  });

  test("a folder in its place, and none around it", async () => {
    mkdirSync("d");
    const { code, err } = await get(["--force", "-o", "d", "http://127.0.0.1:1/"]);
    expect([code, err]).toEqual([3, "sluice get: d is a folder\n"]);
    expect((await get(["-o", "no/f", "http://127.0.0.1:1/"])).code).toBe(3);
    expect((await get(["-d", "x", "-o", "no/f", (await answering(ok("x"))).url])).code).toBe(3);
  });

  test("cut too often: 9, what arrived, where, and how to go on; which does", async () => {
    let cut: ((index: number) => number) | undefined = (index) => (index === 0 ? 1_000_000 : 0);
    const { url, asked } = await script((each) => ({ ...honest(CONTENT, each), cut: cut?.(each.index) }));
    const first = await get(["-o", "f", "--retry", "0", url]);
    expect([first.code, names()]).toEqual([9, ["f.part", "f.part.journal"]]);
    const [, amount, command] =
      /early \(layer length\): fewer octets than Content-Length says; (.+) bytes are in f\.part, go on with: sluice get (.+)\n$/.exec(
        first.err,
      )!;
    expect([amount, command]).toEqual(["1,000,000 of 3,000,000", `-c -o f --proxy none --retry 0 ${url}`]);
    cut = undefined;
    const begun = asked.length;
    const second = await get(command.split(" "));
    expect(second.code).toBe(0);
    expect(second.err).toMatch(/Saved f: 3\.00 MB .+, resumed at 1\.00 MB\n$/);
    expect(asked[begun].range?.start).toBe(1_000_000);
    expect(sha256(readFileSync("f"))).toBe(sha256(CONTENT));
    expect(names()).toEqual(["f"]);
  });

  test("SIGINT: 130, and the same", async () => {
    const io = new FakeIo({ realTime: true });
    let silent = true;
    const { url } = await script((each) => {
      const whole = honest(CONTENT, each);
      return silent ? { ...whole, cut: 1_000_000, by: "silence" } : whole;
    });
    const ended = get(["-o", "f", "--json", url], io);
    await io.out.has('"received":1000000');
    io.send("SIGINT");
    const { code, err } = await ended;
    expect(code).toBe(130);
    expect(err).toBe(
      `sluice get: stopped by SIGINT; 1,000,000 of 3,000,000 bytes are in f.part, go on with: sluice get -c -o f --proxy none ${url}\n`,
    );
    expect(io.rows.at(-1)).toMatchObject({ event: "error", code: "ERR_SLUICE_ABORTED", exitCode: 130 });
    silent = false;
    expect((await get(["-c", "-o", "f", url])).code).toBe(0);
    expect(sha256(readFileSync("f"))).toBe(sha256(CONTENT));
  });

  test("SIGINT where nothing can be gone on with", async () => {
    const io = new FakeIo({ realTime: true });
    const { url } = await script(() => ({ body: CONTENT, cut: 1_000_000, by: "silence" }));
    const ended = get(["-o", "f", "--json", url], io);
    await io.out.has('"received":1000000');
    io.send("SIGTERM");
    expect((await ended).err).toMatch(
      /stopped by SIGTERM; nothing was kept: the server sends no strong ETag/,
    );
    expect(names()).toEqual([]);
  });

  test("a checksum that isn't its own: 7, and what arrived set aside", async () => {
    const { url } = await script((asked) => honest(CONTENT, asked));
    const { code, err } = await get(["-o", "f", "--checksum", `md5:${"0".repeat(32)}`, url]);
    expect([code, names()]).toEqual([7, ["f.corrupt"]]);
    expect(err).toMatch(/found "md5:[^"]+"; what arrived is f\.corrupt\n$/);
  });

  test.skipIf(process.platform === "win32")("a device, even by force", async () => {
    for (const args of [[], ["-d", "x"]]) {
      const { code, err } = await get(["--force", ...args, "-o", "/dev/null", "http://127.0.0.1:1/"]);
      expect([code, err]).toEqual([
        3,
        "sluice get: /dev/null is no file; -o - is stdout, which can be sent there\n",
      ]);
    }
  });

  test("a file that appears during the transfer stays", async () => {
    const { url } = await listen(async (peer) => {
      for (;;) {
        await peer.request();
        writeFileSync("f", "mine");
        peer.write(ok("theirs"));
      }
    });
    const { code, err } = await get(["-d", "x", "-o", "f", url]);
    expect([code, saved("f"), saved("f.incomplete")]).toEqual([3, "mine", "theirs"]);
    expect(err).toMatch(/sluice get: f is there already; what arrived is f\.incomplete\n$/);
    expect((await get(["-d", "x", "-o", "f", "--force", url])).code).toBe(0);
    expect(saved("f")).toBe("theirs");
  });

  test("-O: the server's name, else the URL's, in this folder", async () => {
    const server = await listen(async (peer) => {
      for (;;) {
        const { line } = await peer.request();
        const named = line.includes("named")
          ? ['Content-Disposition: attachment; filename="../.evil.sh"']
          : [];
        const answer = ok("x", ...named, 'ETag: "1"');
        peer.write(line.startsWith("HEAD") ? answer.slice(0, -1) : answer);
      }
    });
    expect((await get(["-O", `${server.url}/a/named?x`])).code).toBe(0);
    expect((await get(["-O", `${server.url}/a/plain.txt`])).code).toBe(0);
    expect((await get(["-O", "-d", "x", `${server.url}/b/posted.txt`])).code).toBe(0);
    expect(names()).toEqual(["evil.sh", "plain.txt", "posted.txt"]);
    const { code, err } = await get(["-O", `${server.url}/`]);
    expect([code, err]).toEqual([
      2,
      "sluice get: neither the URL nor the server gives a name; -o <file> does\n",
    ]);
    expect((await get(["-O", `${server.url}/plain.txt`])).code).toBe(3);
  });

  test("-O of a server that knows nothing but GET", async () => {
    const server = await listen(async (peer) => {
      const { line } = await peer.request();
      if (line.startsWith("HEAD")) peer.finish();
      else peer.write(ok("x"));
    });
    expect((await get(["-O", `${server.url}/f`])).code).toBe(0);
    expect(saved("f")).toBe("x");
  });

  test("an answer that can't be had in parts is path.incomplete until it is whole", async () => {
    const { url } = await answering(ok("answer"));
    const { code, err } = await get(["-d", "x", "-o", "f", url]);
    expect([code, saved("f"), names()]).toEqual([0, "answer", ["f"]]);
    expect(err).toMatch(/Saved f: 6 B in/);
    const cut = await answeringOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    const broken = await get(["-d", "x", "-o", "g", cut.url]);
    expect([broken.code, saved("g.incomplete"), existsSync("g")]).toEqual([9, "abc", false]);
    expect(broken.err).toMatch(/\(layer length\): .+; what arrived is g\.incomplete\n$/);
    const again = await get(["-d", "x", "-o", "g", url]);
    expect([again.code, again.err]).toEqual([
      3,
      "sluice get: g.incomplete is there already; --force replaces it, -o <file> gives another name\n",
    ]);
    expect((await get(["--force", "-d", "x", "-o", "g", url])).code).toBe(0);
    expect(names()).toEqual(["f", "g"]);
    const wrong = await get(["-d", "x", "-o", "h", "--checksum", `md5:${"0".repeat(32)}`, url]);
    expect([wrong.code, names()]).toEqual([7, ["f", "g", "h.incomplete"]]);
  });
});

describe("what can't be reached", () => {
  test.each([[[]], [["-o", "f"]], [["-O"]], [["-I"]]])("%j", async (args) => {
    const port = (await answering(ok())).port;
    const refusing = `127.0.0.1:${port === 1 ? 2 : 1}`;
    const { code, err } = await get([...args, `http://${refusing}/x`]);
    expect([code, err]).toEqual([4, `sluice get: ${refusing} refuses connections\n`]);
    expect(names()).toEqual([]);
  });

  test("no such host", async () => {
    const { code, err } = await get(["http://no-such-host.invalid/"]);
    expect(code).toBe(4);
    expect(err).toMatch(
      /no such host: no-such-host\.invalid\n|the server can't be reached: .*no-such-host\.invalid/,
    );
  });

  test("an end before the answer, and none in time", async () => {
    const silent = await listen((peer) => peer.request());
    expect(await get(["--timeout", "100ms", silent.url])).toMatchObject({
      code: 4,
      err: expect.stringMatching(/didn't answer in time; --timeout/),
    });
    const stalled = await listen(async (peer) => {
      await peer.request();
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    });
    const late = await get(["--timeout", "100ms", stalled.url]);
    expect([late.code, late.out]).toEqual([4, "abc"]);
    expect(late.err).toContain("nothing arrived for too long");
    const ending = await listen(async (peer) => {
      await peer.request();
      peer.finish();
    });
    expect((await get([ending.url])).err).toMatch(/the connection ended before an answer came\n$/);
  });

  test("a peer that speaks something else: 7", async () => {
    const { url } = await answering("220 ftp ready\r\n\r\n");
    expect((await get([url])).code).toBe(7);
  });
});

describe.skipIf(lacks("openssl"))("over TLS", () => {
  let certificate: Certificate;
  let server: Server;
  beforeAll(async () => {
    certificate = makeCertificate();
    server = await serve({ host: "127.0.0.1", port: 0, tls: certificate }, () => ({
      status: 200,
      headers: {},
      body: "secret",
    }));
  });
  afterAll(() => server.close());

  test("a certificate that isn't trusted: 5, and what can be done", async () => {
    const { href } = server.url;
    const { code, err } = await get([href]);
    expect(code).toBe(5);
    expect(err).toMatch(
      /^sluice get: TLS failed: .*certificate; --cacert <file> trusts a certificate, -k any\n$/,
    );
    expect((await get(["-k", href])).out).toBe("secret");
    expect((await get(["-k", href])).err).toBe("The certificate is not checked.\n");
    writeFileSync("ca.pem", certificate.cert);
    expect(await get(["--cacert", "ca.pem", href])).toEqual({ code: 0, out: "secret", err: "" });
  });

  test("--cacert with no such file, and with none in it", async () => {
    const { code: missing, err } = await get(["--cacert", "nope", server.url.href]);
    expect([missing, err]).toEqual([3, "sluice get: the certificates in nope can't be read\n"]);
    writeFileSync("empty.pem", "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n");
    const { code } = await get(["--cacert", "empty.pem", server.url.href]);
    expect(code).toBe(5);
  });
});
