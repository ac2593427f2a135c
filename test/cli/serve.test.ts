import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get as httpsGet } from "node:https";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/program.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { destroyClients, RawClient } from "../support/raw-client.ts";
import { run } from "../support/run.ts";
import { FakeIo } from "./fake-io.ts";

let parent: string;
let folder: string;
const BIG = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7) % 251));

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), "sluice-serve-"));
  folder = join(parent, "public");
  mkdirSync(join(folder, "sub", ".git"), { recursive: true });
  mkdirSync(join(folder, 'b"ü'));
  mkdirSync(join(parent, "secret"));
  writeFileSync(join(parent, "secret", "key"), "secret");
  writeFileSync(join(folder, "hello.txt"), "hello\n");
  writeFileSync(join(folder, "long.txt"), "all work and no play\n".repeat(1000));
  writeFileSync(join(folder, "big.bin"), BIG);
  writeFileSync(join(folder, ".env"), "secret");
  writeFileSync(join(folder, "sub", "a.txt"), "a");
  writeFileSync(join(folder, "sub", ".git", "config"), "secret");
  writeFileSync(join(folder, "real.zip"), "no archive");
  mkdirSync(join(folder, "real"));
  symlinkSync(join(parent, "secret"), join(folder, "out"));
  symlinkSync(join(folder, "sub"), join(folder, "in"));
  symlinkSync(join(parent, "secret", "key"), join(folder, "sub", "link"));
});

afterAll(() => rmSync(parent, { recursive: true }));

interface Running {
  readonly io: FakeIo;
  readonly url: string;
  readonly port: number;
  readonly ended: Promise<number>;
}

const running = new Set<Running>();

async function start(...args: string[]): Promise<Running> {
  const io = new FakeIo({ realTime: true });
  const ended = main(["serve", folder, "--port", "0", ...args], io);
  await io.err.has("/\n");
  const [url] = /https?:\/\/\S+/.exec(io.err.text)!;
  const server = { io, url, port: Number(new URL(url).port), ended };
  running.add(server);
  return server;
}

async function stop(server: Running): Promise<number> {
  running.delete(server);
  server.io.send("SIGINT");
  return server.ended;
}

afterEach(async () => {
  destroyClients();
  for (const server of running) await stop(server);
});

/** As it was sent, by a client that changes nothing of the path. */
async function raw(port: number, path: string, headers: string = ""): Promise<string> {
  const client = await RawClient.connect(port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`);
  await client.ending();
  return client.text;
}

describe("a folder", () => {
  test("files, ranges and lists, without what begins with a dot", async () => {
    const { url } = await start();
    expect(await (await fetch(`${url}hello.txt`)).text()).toBe("hello\n");
    const part = await fetch(`${url}big.bin`, { headers: { Range: "bytes=10-19" } });
    expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, BIG.subarray(10, 20)]);
    const list = await (await fetch(url)).text();
    expect(list).toContain('href="./hello.txt"');
    expect(list).toContain('href="./sub/"');
    expect(list).not.toContain(".env");
    for (const path of [".env", "sub/.git/config", "missing"])
      expect((await fetch(url + path)).status).toBe(404);
  });

  test("no path leads out of it, and none makes a field", async () => {
    const { port } = await start("--zip", "--cors");
    const paths = [
      "/../secret/key",
      "/%2e%2e/secret/key",
      "/sub/..%2f..%2fsecret/key",
      "/..\\secret\\key",
      "/out/key",
    ];
    paths.push(
      "/sub/link",
      "/%00",
      "/out.zip",
      "/out/?zip",
      "/../public.zip",
      "/..zip",
      "/.zip",
      "/sub/.git.zip",
      "/sub/.git/?zip",
    );
    paths.push(
      "/%0d%0aX-Evil:%201",
      "/%0d%0aX-Evil:%201.zip",
      "/%0d%0aX-Evil:%201/?zip",
      "//evil.example/?zip",
      "//evil.example",
    );
    for (const path of paths) {
      const answer = await raw(port, path);
      expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(answer, path).not.toMatch(/secret|^X-Evil|^Location/m);
    }
  });
});

describe("--zip", () => {
  const names = async (archive: Buffer): Promise<string[]> => {
    const path = join(parent, "archive.zip");
    writeFileSync(path, archive);
    const { status, stdout } = await run(pathOf("unzip"), ["-Z1", path]);
    return status === 0 ? stdout.trim().split("\n") : [`unzip: ${status}`];
  };

  test.skipIf(lacks("unzip"))(
    "a folder is an archive, by both names, also through a link inside",
    async () => {
      const { url } = await start("--zip");
      for (const path of ["sub.zip", "sub/?zip", "sub?zip", "sub/?a=1&zip=", "in.zip"]) {
        const answer = await fetch(url + path);
        expect(answer.headers.get("content-type"), path).toBe("application/zip");
        expect(await names(Buffer.from(await answer.arrayBuffer())), path).toEqual(["a.txt"]);
      }
    },
  );

  test.skipIf(lacks("unzip"))("the whole of it can be resumed", async () => {
    const { url } = await start("--zip");
    const head = await fetch(`${url}?zip`, { method: "HEAD" });
    const size = Number(head.headers.get("content-length"));
    const etag = head.headers.get("etag")!;
    expect(head.headers.get("content-disposition")).toBe('attachment; filename="public.zip"');
    const whole = Buffer.from(await (await fetch(`${url}?zip`)).arrayBuffer());
    expect(whole.length).toBe(size);
    const range = { Range: `bytes=${size - 1000}-`, ...(etag.startsWith("W/") ? {} : { "If-Range": etag }) };
    const rest = await fetch(`${url}?zip`, { headers: range });
    expect(rest.status).toBe(206);
    expect(Buffer.from(await rest.arrayBuffer())).toEqual(whole.subarray(size - 1000));
    const found = await names(whole);
    expect(found).toContain("big.bin");
    expect(found.filter((name) => /(^|\/)\.|link|^out|^in$/.test(name))).toEqual([]);
  });

  test("a file of that name comes first; a folder's name is safe in a field; other methods are not for it", async () => {
    const { url } = await start("--zip");
    expect(await (await fetch(`${url}real.zip`)).text()).toBe("no archive");
    const odd = await fetch(`${url}${encodeURIComponent('b"ü')}/?zip`);
    expect(odd.headers.get("content-disposition")).toBe(
      `attachment; filename="b__.zip"; filename*=UTF-8''b%22%C3%BC.zip`,
    );
    expect((await fetch(`${url}sub.zip`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}hello.txt?zip`)).headers.get("content-type")).toMatch(/^text\/plain/);
  });

  test("nothing of it without the option", async () => {
    const { url } = await start();
    expect((await fetch(`${url}sub.zip`)).status).toBe(404);
    expect((await fetch(`${url}sub/?zip`)).headers.get("content-type")).toMatch(/^text\/html/);
  });
});

test("--cors lets other origins read", async () => {
  const { url } = await start("--cors");
  const { headers } = await fetch(`${url}hello.txt`);
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.get("access-control-expose-headers")).toBe("*");
  const preflight = await fetch(url, { method: "OPTIONS" });
  expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([
    204,
    "GET, HEAD",
  ]);
  const without = await start();
  expect((await fetch(without.url)).headers.get("access-control-allow-origin")).toBeNull();
});

test("--no-compress", async () => {
  const gzip = "Accept-Encoding: gzip\r\n";
  expect(await raw((await start()).port, "/long.txt", gzip)).toContain("Content-Encoding: gzip");
  const answer = await raw((await start("--no-compress")).port, "/long.txt", gzip);
  expect(answer).not.toContain("Content-Encoding");
  expect(answer).toContain("Content-Length: 21000");
});

describe("--chunk-size", () => {
  test("every chunk but the last has it, and no coding changes that", async () => {
    const { port } = await start("--chunk-size", "4kb");
    const answer = await raw(port, "/long.txt", "Accept-Encoding: gzip\r\n");
    expect(answer).not.toMatch(/Content-(Length|Encoding)/);
    const sizes = [...answer.matchAll(/^([0-9a-f]+)\r$/gm)].map(([, size]) => Number.parseInt(size, 16));
    expect(sizes).toEqual([4000, 4000, 4000, 4000, 4000, 1000, 0]);
  });

  test("of a range, and of what has no body", async () => {
    const { port } = await start("--chunk-size", "4b");
    const part = await raw(port, "/hello.txt", "Range: bytes=0-4\r\n");
    expect(part).toMatch(
      /^HTTP\/1\.1 206 [^]*Content-Range: bytes 0-4\/6\r\n[^]*\r\n4\r\nhell\r\n1\r\no\r\n0\r\n\r\n$/,
    );
    const fresh = await raw(port, "/hello.txt", `If-None-Match: *\r\n`);
    expect(fresh).toMatch(/^HTTP\/1\.1 304 [^]*\r\n\r\n$/);
  });
});

describe("--throttle", () => {
  test("a body takes its time, keeps its length and arrives bit by bit", async () => {
    const { url } = await start("--throttle", "200kb/s");
    const begun = performance.now();
    const answer = await fetch(`${url}big.bin`);
    expect(answer.headers.get("content-length")).toBe("100000");
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body!) pieces.push(piece);
    const seconds = (performance.now() - begun) / 1000;
    expect(Buffer.concat(pieces)).toEqual(BIG);
    // 0.5 s, but for the first piece and the slack of 50 ms each.
    expect(seconds).toBeGreaterThan(0.38);
    expect(pieces.length).toBeGreaterThan(5);
  });

  test("counts for the connection, not for the response", async () => {
    const { port } = await start("--throttle", "20kb/s");
    const begun = performance.now();
    const client = await RawClient.connect(port);
    const request = (last: boolean): string =>
      `GET /long.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-999\r\n${last ? "Connection: close\r\n" : ""}\r\n`;
    client.write(request(false).repeat(9) + request(true));
    await client.ending();
    // 0.5 s, of which the first and the slack are 0.1.
    expect(performance.now() - begun).toBeGreaterThan(350);
    expect(client.text.match(/HTTP\/1\.1 206/g)).toHaveLength(10);
  });
});

describe("the log", () => {
  test("for people: one line for each response, on stderr", async () => {
    const { io, url } = await start();
    await (await fetch(`${url}hello.txt`, { headers: { "Accept-Encoding": "identity" } })).text();
    await io.err.has("hello.txt");
    expect(io.out.text).toBe("");
    expect(io.err.text.split("\n").at(-2)).toMatch(
      /^03:04:05 GET \/hello\.txt 200 complete {2}1 chunk, 6 B {2}first \S+ m?s, all \S+ m?s {2}127\.0\.0\.1$/,
    );
  });

  test("for machines: rows on stdout", async () => {
    const server = await start("--json");
    const { io, url } = server;
    await (await fetch(`${url}big.bin`)).arrayBuffer();
    await fetch(`${url}missing`, { method: "HEAD" });
    const client = await RawClient.connect(server.port);
    client.write("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    await io.out.has("refused");
    expect(await stop(server)).toBe(0);
    const [listening, file, missing, refused, closed] = io.rows;
    expect(listening).toEqual({ event: "listening", urls: [url], folder });
    expect(file).toMatchObject({
      event: "response",
      time: "2026-01-02T03:04:05.000Z",
      method: "GET",
      target: "/big.bin",
      status: 200,
      ending: "complete",
      bytes: 100_000,
    });
    expect(file["firstByteMs"]).toBeLessThanOrEqual(file["totalMs"] as number);
    expect(missing).toMatchObject({ method: "HEAD", status: 404, ending: "complete", chunks: 0, bytes: 0 });
    expect(refused).toMatchObject({ event: "refused", code: "ERR_SLUICE_FIELD_NAME" });
    expect(closed).toEqual({ event: "closed" });
  });

  test("a reader that leaves", async () => {
    const { io, port } = await start("--json", "--throttle", "1kb/s");
    const client = await RawClient.connect(port);
    client.write("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("\r\n\r\n");
    client.destroy();
    await io.out.has("response");
    expect(io.rows[1]).toMatchObject({ ending: "reader left", code: "ERR_SLUICE_READER_LEFT", status: 200 });
    expect(io.rows[1]["bytes"]).toBeLessThan(1000);
  });

  test("a reader that leaves with all that was announced has read it all", async () => {
    const { io, url } = await start("--json", "--throttle", "1mb/s");
    for (let i = 0; i < 3; i++) {
      const answer = await fetch(`${url}big.bin`, { headers: { Connection: "close" } });
      await answer.arrayBuffer();
    }
    await fetch(url);
    await io.out.has('"target":"/"');
    expect(io.rows.slice(1, 4).map(({ ending, bytes, code }) => [ending, bytes, code])).toEqual(
      Array.from({ length: 3 }, () => ["complete", 100_000, undefined]),
    );
  });
});

describe("an end", () => {
  /** A client whose response is under way. */
  async function begin({ port }: Running): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.write("GET /big.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("\r\n\r\n");
    return client;
  }

  test.each(["SIGINT", "SIGTERM"] as const)("%s lets responses end: 0", async (signal) => {
    const server = await start("--throttle", "300kb/s");
    const client = await begin(server);
    server.io.send(signal);
    expect(await server.ended).toBe(0);
    running.delete(server);
    expect((await client.response()).body.length).toBe(BIG.length);
    expect(server.io.err.text).toContain("Closing; one response is under way, ^C cuts\n");
    await expect(RawClient.connect(server.port)).rejects.toThrow("ECONNREFUSED");
  });

  test("a second signal cuts: 130, and the log says so", async () => {
    const server = await start("--throttle", "1kb/s");
    const client = await begin(server);
    server.io.send("SIGINT");
    server.io.send("SIGINT");
    expect(await server.ended).toBe(130);
    running.delete(server);
    expect((await client.response()).complete).toBe(false);
    expect(server.io.err.text).toMatch(/GET \/big\.bin 200 server closed {2}/);
  });

  test("without a reader of its rows it ends by itself: 0", async () => {
    const server = await start("--json");
    running.delete(server);
    server.io.out.failure = Object.assign(new Error("EPIPE"), { code: "EPIPE" });
    await fetch(server.url);
    expect(await server.ended).toBe(0);
    expect(server.io.err.text).not.toContain("EPIPE");
  });
});

describe("what can't be", () => {
  const failure = async (...args: string[]): Promise<[number, string]> => {
    const io = new FakeIo();
    return [await main(["serve", ...args], io), io.err.text];
  };

  test("a port that is taken", async () => {
    const { port } = await start();
    expect(await failure(folder, "--port", String(port))).toEqual([
      4,
      `sluice serve: port ${port} of 127.0.0.1 is taken; try --port ${port + 1}, or --port 0 for a free one\n`,
    ]);
  });

  test("an address of another machine", async () => {
    expect(await failure(folder, "--host", "192.0.2.1")).toEqual([
      4,
      "sluice serve: 192.0.2.1 is no address of this machine; try --host 127.0.0.1\n",
    ]);
  });

  test("a folder that isn't there, or is none", async () => {
    expect(await failure(join(folder, "nope"))).toEqual([3, `sluice serve: ${folder}/nope is not there\n`]);
    const file = join(folder, "hello.txt");
    expect(await failure(file)).toEqual([3, `sluice serve: ${file} is no folder\n`]);
  });
});

describe("where it listens", () => {
  test("--host 0.0.0.0 says all its URLs, and warns", async () => {
    const { io, port } = await start("--host", "0.0.0.0");
    expect(io.err.text).toContain(`  http://localhost:${port}/\n`);
    expect(io.err.text).toContain("Whoever can reach this machine can read this folder.\n");
  });

  test("--tls-self-signed speaks TLS, with the certificate that it tells", async () => {
    const { io, url } = await start("--tls-self-signed", "--json");
    expect(url).toMatch(/^https:/);
    const fingerprint = await new Promise((resolve, reject) => {
      httpsGet(`${url}hello.txt`, { rejectUnauthorized: false }, (response) => {
        resolve((response.socket as TLSSocket).getPeerX509Certificate()!.fingerprint256);
        response.resume();
      }).once("error", reject);
    });
    expect(io.rows[0]["fingerprint"]).toBe(fingerprint);
    expect(io.err.text).toContain(fingerprint);
    expect(basename(String(io.rows[0]["folder"]))).toBe("public");
  });
});
