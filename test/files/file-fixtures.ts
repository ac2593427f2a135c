// Folders for one test each, requests without a server, and what the kernel says is open.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { openSource } from "../../src/reply/body.ts";
import type { Reply } from "../../src/reply/reply.ts";
import { Fields, type FieldsInit } from "../../src/semantics/fields.ts";
import type { FilesRequest } from "../../src/files/folder.ts";

const made: string[] = [];

/** An empty folder, removed after the test. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sluice-files-")));
  made.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files in it, by their paths. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = emptyFolder();
  for (const [path, content] of Object.entries(files)) put(join(folder, path), content);
  return folder;
}

/** Writes a file, with the folders it is in. */
export function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Sets the time of modification; that of change is always now. */
export function age(path: string, milliseconds: number): void {
  utimesSync(path, new Date(), new Date(milliseconds));
}

/** Does something without the right to read a file. */
export function withoutRightTo<T>(path: string, run: () => Promise<T>): Promise<T> {
  chmodSync(path, 0);
  return asSomebody(run);
}

/** Does something with the rights that anybody has: root, who may do everything, is somebody else meanwhile. */
export async function asSomebody<T>(run: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    return await run();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

/** Where the descriptors of this process lead that lie below a folder. */
export function openBelow(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((number) => {
    try {
      const place = readlinkSync(`/proc/self/fd/${number}`);
      return place.startsWith(folder) ? [place] : [];
    } catch {
      // It was the one that read this list.
      return [];
    }
  });
}

/** A request for a target, as a folder sees it. */
export function requestFor(target: string, headers: FieldsInit = {}, method = "GET"): FilesRequest {
  return { method, target, path: target.split("?", 1)[0], headers: Fields.from(headers) };
}

/** One field of a reply. */
export function fieldOf(reply: Reply, name: string): string | undefined {
  return Fields.from(reply.headers).get(name);
}

/** The whole body of a reply, one character an octet; a body that takes turns with its buffers is copied. */
export async function bodyOf({ body }: Reply): Promise<string> {
  if (body === null) return "";
  if (typeof body === "string") return Buffer.from(body).toString("latin1");
  if (body instanceof Uint8Array) return Buffer.from(body).toString("latin1");
  const reader = openSource(body);
  let text = "";
  for (;;) {
    const { done, value } = await reader.next();
    if (done === true) return text;
    text += Buffer.from(value as Uint8Array).toString("latin1");
  }
}

/** Lets go of a body that nobody wants, as the pump does. */
export function discard({ body }: Reply): void {
  if (typeof body === "object" && body !== null && !(body instanceof Uint8Array))
    openSource(body).stop(undefined);
}
