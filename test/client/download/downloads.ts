// Downloads as tests make them: into a folder of their own, by a client of their own, impatiently.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { type DownloadResult, downloadTuned } from "../../../src/client/download/download.ts";
import type { DownloadOptions } from "../../../src/client/download/options.ts";
import type { DownloadProgress } from "../../../src/client/download/progress.ts";
import type { Tuning } from "../../../src/client/download/tuning.ts";

/** Nothing here is worth waiting for. */
const IMPATIENT: Partial<Tuning> = {
  segment: 1000,
  settle: 0,
  worthwhile: 0,
  tick: 5,
  flush: 20,
  backoff: 5,
};

/** In memory where there is such a place: every download waits for its disk, and tests need not. */
const ROOT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

let folder = "";
let client: Client;

beforeEach(() => {
  folder = mkdtempSync(join(ROOT, "sluice-download-"));
  client = new Client();
});

afterEach(async () => {
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

export interface Fetched {
  readonly result: DownloadResult;
  readonly content: Buffer;
  readonly notes: readonly string[];
  readonly progress: readonly DownloadProgress[];
}

/** Where downloads go to. */
export function target(): string {
  return join(folder, "file.bin");
}

/** What there is beside it, and it itself. */
export function names(): string[] {
  return readdirSync(folder).toSorted();
}

/** Fetches; what is there afterwards is the file alone. */
export async function fetchFile(
  url: string,
  options: DownloadOptions = {},
  tuning: Partial<Tuning> = {},
): Promise<Fetched> {
  const progress: DownloadProgress[] = [];
  const result = await tryToFetch(url, { onProgress: (each) => progress.push(each), ...options }, tuning);
  expect(names()).toEqual(["file.bin"]);
  const content = readFileSync(target());
  expect(result).toMatchObject({ path: target(), size: content.length });
  return { result, content, progress, notes: progress.flatMap(({ note }) => note ?? []) };
}

export function tryToFetch(
  url: string,
  options: DownloadOptions = {},
  tuning: Partial<Tuning> = {},
): Promise<DownloadResult> {
  return downloadTuned(url, target(), { client, ...options }, { ...IMPATIENT, ...tuning });
}
