// A process that reads what it is told with one client, and says what that client took for whole. Runs on Node, Bun and Deno.
//
// Its standard input is a Work; for each job it writes a line: its number, and the content's sha-256 or an error.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { json } from "node:stream/consumers";

export interface Work {
  /** Where its package is, for one that is not installed beside this file. */
  readonly module: string;
  readonly url: string;
  readonly jobs: readonly { readonly method: string; readonly target: string }[];
}

export interface Finding {
  readonly job: number;
  /** The sha-256 of what was taken for whole. */
  readonly whole?: string;
  readonly error?: string;
}

/** Reads the content of a response, or throws. */
export type Read = (url: string, method: string, signal: AbortSignal) => Promise<Uint8Array>;

// The server ends every connection: whoever kept one would only find that out too late.
const headers = { connection: "close" };

export const READERS: Readonly<Record<string, (module: string) => Promise<Read>>> = {
  fetch: async () => async (url, method, signal) => {
    const response = await fetch(url, { method, headers, signal, redirect: "manual" });
    return new Uint8Array(await response.arrayBuffer());
  },
  undici: async (module) => {
    const { request } = (await import(module)) as typeof import("undici");
    return async (url, method, signal) => {
      const { body } = await request(url, { method: method as "GET", headers, signal });
      return new Uint8Array(await body.arrayBuffer());
    };
  },
  got: async (module) => {
    const { got } = (await import(module)) as {
      got: (url: string, options: object) => Promise<{ body: Buffer }>;
    };
    return async (url, method, signal) => {
      const options = { retry: { limit: 0 }, throwHttpErrors: false, followRedirect: false };
      return (await got(url, { ...options, method, headers, signal, responseType: "buffer" })).body;
    };
  },
  "node:http": async () => async (url, method, signal) => {
    const get = url.startsWith("https:") ? httpsGet : httpGet;
    const request = get(url, { method, headers, signal });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    request.on("error", () => {});
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  },
};

const AT_A_TIME = 16;
const PATIENCE = 10_000;

/** Does the work that standard input says. */
export async function readAll(open: (module: string) => Promise<Read>): Promise<void> {
  const { module, url, jobs } = (await json(process.stdin)) as Work;
  const read = await open(module);
  const queue = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [job, { method, target }] of queue) report(await attempt(job, read, url + target, method));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  // Connections that a client has kept would hold the process; what was written goes out before.
  process.stdout.write("", () => process.exit());
}

async function attempt(job: number, read: Read, url: string, method: string): Promise<Finding> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const content = await read(url, method, patience.signal);
    return { job, whole: createHash("sha256").update(content).digest("hex") };
  } catch (error) {
    return { job, error: patience.signal.aborted ? "waits for ever" : nameOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

function nameOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  return String(code ?? cause?.code ?? error);
}

function report(finding: Finding): void {
  process.stdout.write(`${JSON.stringify(finding)}\n`);
}
