import { spawn } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { request, start } from "../support/servers.ts";

const MEGABYTE = 2 ** 20;
const WARM_UP = 64 * MEGABYTE;
const AMOUNT = 512 * MEGABYTE;
/** How much the process may grow over an amount that is many times as much. */
const GROWTH = 30 * MEGABYTE;

/** The most that the process has grown by, looked at every few milliseconds. */
class Scale {
  readonly #from = process.memoryUsage.rss();
  #most = 0;
  readonly #timer = setInterval(() => this.#look(), 5);

  #look(): void {
    this.#most = Math.max(this.#most, process.memoryUsage.rss() - this.#from);
  }

  get growth(): number {
    this.#look();
    clearInterval(this.#timer);
    return this.#most;
  }
}

const piece = Buffer.alloc(64 * 1024, "a");

describe.skipIf(lacks("curl"))("half a gigabyte through one connection", () => {
  const children: ReturnType<typeof spawn>[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  test.each([
    [
      "a generator",
      (amount: number) =>
        function* () {
          for (let sent = 0; sent < amount; sent += piece.length) yield piece;
        },
    ],
    [
      "an async generator of pieces of its own",
      (amount: number) =>
        async function* () {
          for (let sent = 0; sent < amount; sent += piece.length) yield Buffer.from(piece);
        },
    ],
  ])("down, from %s", async (_name, source) => {
    const server = await start(({ query }) => stream("application/octet-stream", source(Number(query.get("amount")))));
    const download = (amount: number) =>
      run(pathOf("curl"), ["-sS", "-o", "/dev/null", "-w", "%{size_download}", `${server.server.url}?amount=${amount}`]);
    await download(WARM_UP);
    const scale = new Scale();
    expect(await download(AMOUNT)).toMatchObject({ status: 0, stdout: String(AMOUNT) });
    expect(scale.growth).toBeLessThan(GROWTH);
  });

  test.each([
    ["in chunks", ["-T", "-"]],
    ["with a length", ["-T", "-", "-H", "Transfer-Encoding:", "-H", `Content-Length: ${AMOUNT}`]],
  ])("up, %s", async (_name, args) => {
    const server = await start(async ({ body }) => {
      let length = 0;
      for await (const view of body) length += view.length;
      return text(String(length));
    });
    const upload = async (amount: number): Promise<string> => {
      // The child makes up what it sends, so that none of it passes through this process but over the connection.
      const script = `head -c ${amount} /dev/zero | "$0" -sS "$@"`;
      const how = args.map((arg) => arg.replace(String(AMOUNT), String(amount)));
      const child = spawn("/bin/sh", ["-c", script, pathOf("curl"), ...how, server.server.url.href]);
      children.push(child);
      let answer = "";
      child.stdout.on("data", (text: Buffer) => (answer += text.toString()));
      await new Promise((resolve) => child.once("close", resolve));
      return answer;
    };
    await upload(WARM_UP);
    const scale = new Scale();
    expect(await upload(AMOUNT)).toBe(String(AMOUNT));
    expect(scale.growth).toBeLessThan(GROWTH);
  });
});

test("readers who have stopped hold little", async () => {
  const server = await start(() =>
    stream("application/octet-stream", async function* () {
      for (;;) yield Buffer.from(piece);
    }),
  );
  const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
  const scale = new Scale();
  for (const client of clients) client.pause().write(request("/"));
  let before = -1;
  await expect
    .poll(
      () => {
        const { bytesSent } = server.server.stats;
        const still = before === bytesSent;
        before = bytesSent;
        return still;
      },
      { interval: 60, timeout: 5_000 },
    )
    .toBe(true);
  expect(scale.growth).toBeLessThan(20 * 2 * MEGABYTE);
  for (const client of clients) client.reset();
});
