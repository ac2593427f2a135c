// Sources for archives, and what other programs say of an archive.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import type { RangeSource } from "../../../src/files/archives/archive-source.ts";
import type { Representation } from "../../../src/files/representation.ts";
import { openSource, type Pieces } from "../../../src/reply/body.ts";
import { pathOf } from "../../support/programs.ts";
import { run } from "../../support/run.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder, removed after the test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-archive-"));
  made.push(folder);
  return folder;
}

/** Everything that a source gives. */
export async function octetsOf(source: unknown): Promise<Buffer> {
  const reader = openSource(source);
  const pieces: Buffer[] = [];
  for (;;) {
    const { done, value } = await reader.next();
    if (done === true) return Buffer.concat(pieces);
    pieces.push(Buffer.from(value as Uint8Array));
  }
}

/** A planned archive, of which `read` and `close` can be taken. */
export interface Planned {
  readonly size: number;
  readonly etag: string;
  readonly type: string;
  readonly read: (start: number, end: number) => Pieces;
  readonly close: () => void;
}

/** An archive that has to have a size and a tag. */
export function planned(archive: Representation | undefined): Planned {
  expect(archive).toBeDefined();
  const { size, etag, type } = archive!;
  expect({ size, etag }).toEqual({
    size: expect.any(Number),
    etag: expect.stringMatching(/^(W\/)?"[\w-]{32}"$/),
  });
  return {
    size: size!,
    etag: etag!,
    type,
    read: (start, end) => archive!.read(start, end),
    close: () => archive!.close?.(),
  };
}

/** Octets that look random, and are the same each time. */
export function noise(size: number, seed = 1): Buffer<ArrayBuffer> {
  const octets = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    octets[at] = state >>> 24;
  }
  return octets;
}

/** A source that can be read from any offset, and counts what is read of it. */
export function anywhere(
  octets: Uint8Array,
  more: { piece?: number } & Partial<RangeSource> = {},
): RangeSource & { readonly reads: number[][]; readonly closed: number } {
  const { piece = 10_000, ...rest } = more;
  const reads: number[][] = [];
  const source = {
    size: octets.length,
    closed: 0,
    reads,
    async *read(start: number, end: number) {
      reads.push([start, end]);
      for (let at = start; at < end; at += piece) yield octets.subarray(at, Math.min(at + piece, end));
    },
    close() {
      source.closed += 1;
    },
    ...rest,
  };
  return source;
}

const CHUNK = Buffer.alloc(1024 * 1024);

/** So many zeros, in pieces of 1 MiB. */
export function* zeros(size: number): Generator<Uint8Array, void> {
  for (let left = size; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
}

/** So many zeros, to be read from any offset. */
export function sparse(size: number): RangeSource {
  return { size, etag: `"${size} zeros"`, read: (start, end) => zeros(end - start) };
}

/** An archive as a file, removed after the test. */
export function fileWith(octets: Uint8Array, name: string): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, octets);
  return path;
}

/** The names, sizes, contents, times and modes that Python's zipfile finds, after it has checked every checksum. */
const READ_ZIP = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps({"comment": archive.comment.decode(), "entries": [{
        "name": info.filename, "size": info.file_size, "packed": info.compress_size, "method": info.compress_type,
        "mode": info.external_attr >> 16, "time": list(info.date_time), "comment": info.comment.decode(),
        "flags": info.flag_bits, "content": archive.read(info)[:200].decode("latin1"), "version": info.extract_version,
    } for info in archive.infolist()]}))
`;

export interface PythonZip {
  comment: string;
  entries: {
    name: string;
    size: number;
    packed: number;
    method: number;
    mode: number;
    time: number[];
    comment: string;
    flags: number;
    content: string;
    version: number;
  }[];
}

export async function pythonZip(path: string): Promise<PythonZip> {
  return JSON.parse(await succeeds(pathOf("python3"), ["-c", READ_ZIP, path])) as PythonZip;
}

/** Runs a program that must be content, and say nothing on its standard error. */
export async function succeeds(
  program: string,
  args: readonly string[],
  input?: Uint8Array,
): Promise<string> {
  const { status, stdout, stderr } = await run(program, args, input);
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
  return stdout;
}

/** Has every checker check an archive: unzip, 7z, bsdtar from the file and as a stream. */
export async function checkedByAll(path: string): Promise<void> {
  expect(await succeeds(pathOf("unzip"), ["-tq", path])).toContain("No errors detected");
  const verdict = await succeeds(pathOf("7z"), ["t", path]);
  expect(verdict).toContain("Everything is Ok");
  expect(verdict).not.toMatch(/warning/i);
  await succeeds(pathOf("bsdtar"), ["-xOf", path]);
  await succeeds(pathOf("bsdtar"), ["-xOf", "-"], readFileSync(path));
}
