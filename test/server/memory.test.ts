import { spawn } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { stream, text } from "../../src/index.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { request, start } from "../support/servers.ts";
import { settled } from "../support/settled.ts";

const MEGABYTE = 2 ** 20;
const LITTLE = 128 * MEGABYTE;
const MUCH = 512 * MEGABYTE;
/** How much more memory four times the amount may take, collections of garbage coming when they come. */
const TOLERANCE = 30 * MEGABYTE;

/** The most memory that the process has while something runs, looked at every few milliseconds. */
async function peak<T>(running: Promise<T>): Promise<{ result: T; memory: number }> {
  let memory = 0;
  const look = (): void => void (memory = Math.max(memory, process.memoryUsage.rss()));
  const timer = setInterval(look, 5);
  try {
    const result = await running;
    look();
    return { result, memory };
  } finally {
    clearInterval(timer);
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
    const server = await start(({ query }) =>
      stream("application/octet-stream", source(Number(query.get("amount")))),
    );
    const download = (amount: number) =>
      run(pathOf("curl"), [
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{size_download}",
        `${server.server.url}?amount=${amount}`,
      ]);
    const little = await peak(download(LITTLE));
    const much = await peak(download(MUCH));
    expect(much.result).toMatchObject({ status: 0, stdout: String(MUCH) });
    expect(much.memory - little.memory).toBeLessThan(TOLERANCE);
  });

  test.each([
    ["in chunks", ["-T", "-"]],
    ["with a length", ["-T", "-", "-H", "Transfer-Encoding:", "-H", `Content-Length: ${MUCH}`]],
  ])("up, %s", async (_name, args) => {
    const server = await start(async ({ body }) => {
      let length = 0;
      for await (const view of body) length += view.length;
      return text(String(length));
    });
    const upload = async (amount: number): Promise<string> => {
      // The child makes up what it sends, so that none of it passes through this process but over the connection.
      const script = `head -c ${amount} /dev/zero | "$0" -sS "$@"`;
      const how = args.map((arg) => arg.replace(String(MUCH), String(amount)));
      const child = spawn("/bin/sh", ["-c", script, pathOf("curl"), ...how, server.server.url.href]);
      children.push(child);
      let answer = "";
      child.stdout.on("data", (octets: Buffer) => (answer += octets.toString()));
      await new Promise((resolve) => child.once("close", resolve));
      return answer;
    };
    const little = await peak(upload(LITTLE));
    const much = await peak(upload(MUCH));
    expect(much.result).toBe(String(MUCH));
    expect(much.memory - little.memory).toBeLessThan(TOLERANCE);
  });
});

test("readers who have stopped hold little", async () => {
  const server = await start(() =>
    stream("application/octet-stream", async function* () {
      for (;;) yield Buffer.from(piece);
    }),
  );
  const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
  const memory = process.memoryUsage.rss();
  for (const client of clients) client.pause().write(request("/"));
  await settled(() => server.server.stats.bytesSent);
  expect(process.memoryUsage.rss() - memory).toBeLessThan(20 * 2 * MEGABYTE);
  for (const client of clients) client.reset();
});
