// Servers of others, started for a test: each on a free port of the loopback, with a folder of its own, gone afterwards.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Program } from "../../support/programs.ts";
import { BIG, ONE_KIB, TEXT } from "./content.ts";

/** What a server can do, beyond what all of them can. */
export type Feature =
  /** `/1k` in parts. */
  | "range"
  /** `/close` ends where the connection does. */
  | "close"
  /** `/trailers` has the trailer X-Rows: 10. */
  | "trailers"
  /** `/echo` tells the trailer X-Sum of what was uploaded, in X-Upload-Sum. */
  | "request trailers";

export interface Peer {
  readonly name: string;
  /** What it needs, beside Node. */
  readonly programs: readonly Program[];
  readonly features: readonly Feature[];
  /** What is found incomplete where it cuts `/cut`. */
  readonly cut: "chunked" | "length";
  start(): Promise<RunningPeer>;
}

export interface RunningPeer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** A free port, for programs that can't choose one and tell it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

export function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

/** A folder that any user may read, for servers that give up root. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-peer-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** The files that servers of files serve. */
export function writeContent(folder: string): void {
  writeFileSync(join(folder, "1k"), ONE_KIB);
  writeFileSync(join(folder, "text.txt"), TEXT);
  writeFileSync(join(folder, "big"), BIG);
}

export interface ProgramOptions {
  readonly port: number;
  /** Removed when it stops. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly also?: () => Promise<void>;
}

const PATIENCE = 10_000;
const LOOK_EVERY = 20;

/** Starts a server that stays in the foreground, and waits until it listens. */
export async function startProgram(
  path: string,
  args: readonly string[],
  { port, folder, env = {}, also }: ProgramOptions,
): Promise<RunningPeer> {
  const child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let said = "";
  for (const output of [child.stdout, child.stderr]) {
    output.on("data", (piece: Buffer) => {
      said += piece.toString();
    });
  }
  child.on("error", (error) => {
    said += String(error);
  });
  const stop = async (): Promise<void> => {
    await end(child);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    await also?.();
  };
  const start = performance.now();
  while (!(await accepts(port))) {
    if (child.exitCode === null && child.pid !== undefined && performance.now() - start < PATIENCE) {
      await sleep(LOOK_EVERY);
      continue;
    }
    await stop();
    throw new Error(`${path} does not listen: ${said}`);
  }
  return { port, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE / 2);
  await exit;
  clearTimeout(late);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const say = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => say(true)).once("error", () => say(false));
  });
}

/** Stands before a server and counts the connections to it. */
export class Counter {
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(behind: number) {
    this.#server = createServer((socket) => {
      this.connections++;
      const onward = connect(behind, "127.0.0.1");
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ]) {
        this.#sockets.add(from);
        from.on("error", () => to.destroy()).pipe(to);
      }
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return portOf(this.#server);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
