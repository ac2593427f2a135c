import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { pathOf } from "../support/programs.ts";
import { Curl, curl } from "./curl.ts";
import { dataByCurl } from "./data-by-curl.ts";
import { type DemoProcess, Output } from "./demo-process.ts";
import { picturesByCurl } from "./pictures-by-curl.ts";
import { wireByCurl } from "./wire-by-curl.ts";

const TRAILER_SECTION = /\r\n0\r\nexpires: ([^\r]+)\r\ncontent-md5: ([^\r]+)\r\n\r\n$/i;

/** Tests of every room with curl. */
export function roomsByCurl(current: () => DemoProcess): void {
  const at = (path: string): string => current().url + path;

  dataByCurl(current);
  picturesByCurl(current);
  wireByCurl(current);

  describe("the index", () => {
    test("has a card with curl's command for each room", async () => {
      const page = await curl(at("/"));
      const commands = [...page.matchAll(/<code>([^<]*curl[^<]*)<\/code>/g)].map((match) => match[1]);
      expect(page.match(/<section\s+class="card"/g)).toHaveLength(19);
      expect(commands).toContain(`curl -N ${at("/numbers")}`);
      for (const command of commands) expect(command).toContain(current().url);
    });

    test("runs no inline script or style, and says so", async () => {
      const page = await curl("-i", at("/"));
      const policy = /^Content-Security-Policy: (.*)$/im.exec(page)![1];
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(page).not.toMatch(/ style=|<style|<script>| on[a-z]+="/);
    });

    test("a Host that a shell would interpret is not put into a command", async () => {
      const page = await curl("-H", "Host: a$(id)", at("/"));
      expect(page).not.toContain("$(id)");
    });
  });

  test("a room that is not there, and a method that a room does not have", async () => {
    expect(await curl("-o", "/dev/null", "-w", "%{http_code}", at("/cellar"))).toBe("404");
    expect(await curl("-i", "-X", "DELETE", at("/upload"))).toMatch(
      /^HTTP\/1.1 405 .*^Allow: POST, PUT\r$/ms,
    );
    expect(await curl("-i", "-X", "POST", at("/numbers"))).toMatch(/^Allow: GET, HEAD\r$/m);
    expect(await curl("-I", at("/numbers"))).toMatch(/^HTTP\/1.1 200 OK\r\n.*\r\n\r\n$/s);
  });

  describe("numbers", () => {
    test("are the consecutive primes, a chunk each", async () => {
      const raw = await curl("--raw", at("/numbers?count=10&pace=0"));
      const chunks = raw.split("\r\n").filter((line) => line.startsWith("Message"));
      expect(chunks).toEqual(
        [2, 3, 5, 7, 11, 13, 17, 19, 23, 29].map((prime) => `Message number ${prime}<br>\n`),
      );
      expect(raw).toMatch(/\r\n16\r\nMessage number 29<br>\n\r\n0\r\n\r\n$/);
      await current().output.until(/\/numbers: 10 of 10 numbers, to the end/);
    });

    test("come one by one, and the log says how far a reader came who left", async () => {
      const reader = Curl.start(at("/numbers?count=41&gate=c1"));
      await reader.output.until(/number 2<br>\n$/);
      await current().letPass("c1");
      await reader.output.until(/number 3<br>\n$/);
      await current().letPass("c1");
      await reader.output.until(/number 5<br>\n$/);
      await reader.leave();
      await current().output.until(/\/numbers: 3 of 41 numbers, then the reader left/);
    });

    test("come as JSON lines", async () => {
      const all = await curl("-i", at("/numbers.ndjson?count=4&pace=0"));
      expect(all).toMatch(/^Content-Type: application\/x-ndjson\r$/m);
      const values = all
        .split("\r\n\r\n")[1]
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { prime: number });
      expect(values.map(({ prime }) => prime)).toEqual([2, 3, 5, 7]);
    });
  });

  test("the page of the trains ends with its table, behind the bar", async () => {
    const reader = Curl.start(at("/trains?gate=c2"));
    await reader.output.until(/<progress id="asking"><\/progress><\/p>\n$/);
    expect(reader.output.text).not.toContain("<table>");
    await current().letPass("c2");
    await reader.exited;
    expect(reader.output.text).toMatch(
      /<\/progress><\/p>\n<table>.*IC 128.*<\/table>\s*<\/div>\n<\/main>\n$/s,
    );
  });

  test.each([
    ["river", "basin"],
    ["basin", "river"],
  ])("of two queries the %s leaves first when it is ready first", async (first, second) => {
    const reader = Curl.start(at(`/levels?gate=c3-${first}`));
    await reader.output.until(/<\/template>\s*$/);
    await current().letPass(`c3-${first}.${first}`);
    await reader.output.until(new RegExp(`</template>\\s*<div slot="${first}">[^]*</div>\\s*$`));
    await current().letPass(`c3-${first}.${second}`);
    await reader.output.until(new RegExp(`<div slot="${second}">.*</main>\n$`, "s"));
    expect((await reader.exited)[0]).toBe(0);
  });

  describe("the download", () => {
    test.each([
      ["3", 3],
      ["0", 1],
      ["-1", 64],
    ])("of ?mib=%s has %d MiB, in chunks", async (mib, size) => {
      const written = await curl(
        "-D",
        "-",
        "-o",
        "/dev/null",
        "-w",
        "%{size_download}",
        at(`/download?mib=${mib}`),
      );
      expect(written).toMatch(/^Transfer-Encoding: chunked\r$/m);
      expect(written).not.toMatch(/^Content-Length/im);
      expect(written.split("\r\n\r\n")[1]).toBe(String(size * 1024 * 1024));
    });

    test("ends when its reader leaves", async () => {
      const reader = Curl.start("--limit-rate", "1M", at("/download?mib=4096"));
      await reader.output.until(/water/);
      await reader.leave();
      await current().output.until(/\/download: [\d.]+ MiB, then the reader left/);
    });
  });

  describe("trailers", () => {
    test.each([
      ["are sent to those who ask for them", "/trailers", ["-H", "TE: trailers"]],
      ["are sent unasked where the room always does", "/trailers/always", []],
    ])("%s, with the digest of the body and a date", async (_, path, args) => {
      await current().letPass(`c4${path}`, 4);
      const raw = await curl("--raw", "-i", ...args, at(`${path}?gate=c4${path}`));
      expect(raw).toMatch(/^Trailer: expires, content-md5\r$/im);
      const [, expires, digest] = TRAILER_SECTION.exec(raw)!;
      await current().letPass(`c4${path}`, 4);
      const body = await curl(at(`${path}?gate=c4${path}`));
      expect(digest).toBe(createHash("md5").update(body).digest("base64"));
      expect(new Date(expires).toUTCString()).toBe(expires);
      expect(Date.parse(expires)).toBeGreaterThan(Date.now());
    });

    test("are neither announced nor sent to those who do not ask", async () => {
      await current().letPass("c5", 4);
      const raw = await curl("--raw", "-i", at("/trailers?gate=c5"));
      expect(raw).not.toMatch(/^Trailer:/im);
      expect(raw).toMatch(/Gate rests.\n\r\n0\r\n\r\n$/);
    });

    test("are shown on the wire", async () => {
      await current().letPass("c6", 4);
      const wire = await curl(at("/trailers/wire?ask=te&gate=c6"));
      expect(wire).toMatch(/^> TE: trailers\\r\\n$/m);
      expect(wire).toMatch(
        /< 0\\r\\n\n< expires: .* GMT\\r\\n\n< content-md5: .*==\\r\\n\n< \\r\\n\n\* the connection is closed\n$/i,
      );
    });
  });

  describe("the upload", () => {
    test("answers with what has arrived", async () => {
      const sent = "water ".repeat(200_000);
      const child = spawn(pathOf("curl"), ["-s", "-X", "POST", "-T", "-", at("/upload")], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      const answer = new Output(child.stdout);
      child.stdin.end(sent);
      await answer.until(/\n\}\n$/);
      const seen = JSON.parse(answer.text) as { pieces: number; bytes: number; sha256: string };
      expect(seen.bytes).toBe(sent.length);
      expect(seen.sha256).toBe(createHash("sha256").update(sent).digest("hex"));
      expect(seen.pieces).toBeGreaterThan(1);
    });

    test("by node:http tells the trailers apart", async () => {
      await current().letPass("c7", 3);
      const dialogue = await curl(at("/upload/dialogue?gate=c7"));
      expect(dialogue).toMatch(/^> 19\\r\\n\n> a first bucket of water, \\r\\n\n/m);
      const lines = [...dialogue.matchAll(/^< (.*)\\n$/gm)].map((match) => match[1]);
      const answer = lines.slice(lines.indexOf("{")).join("\n");
      const { trailers } = JSON.parse(answer) as { trailers: unknown };
      expect(trailers).toEqual({
        fields: {
          "content-md5": createHash("md5")
            .update("a first bucket of water, a second one, and the last.\n")
            .digest("base64"),
          "x-buckets": "3",
          "x-afterthought": "nobody announced this one",
        },
        undeclared: ["x-afterthought"],
        dropped: ["authorization"],
      });
    });

    test.each(["/upload/dialogue", "/trailers/wire"])(
      "a reader of %s who leaves in the middle does no harm",
      async (path) => {
        const before = current().errors.text;
        const gate = `c8${path}`;
        const reader = Curl.start(at(`${path}?gate=${gate}`));
        await reader.output.until(path === "/upload/dialogue" ? /> a first bucket/ : /< \\r\\n/);
        await reader.leave();
        expect(await curl("-o", "/dev/null", "-w", "%{http_code}", at("/"))).toBe("200");
        expect(current().errors.text).toBe(before);
      },
    );
  });

  test("the log tells what happens elsewhere", async () => {
    const reader = Curl.start(at("/log"));
    await curl(at("/numbers?count=31&pace=0"));
    await reader.output.until(/31 of 31 numbers, to the end\n$/);
    await reader.leave();
  });
}
