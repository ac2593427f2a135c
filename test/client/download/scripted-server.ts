// A server that answers each request as a test says, octet by octet, honest or not.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach } from "vitest";

/** A request, as far as a test may want to know it. */
export interface Asked {
  /** Counted from 0. */
  readonly index: number;
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, string>;
  /** The first octet, and the one after the last, that Range asks for; undefined without it. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  readonly socket: Socket;
}

/** What a request is answered with. */
export interface Script {
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array;
  /** Octets of the body after which the connection ends; all of it without. */
  readonly cut?: number | undefined;
  /** How it ends then. Default: with FIN. */
  readonly by?: "fin" | "reset" | "silence";
  /** Whether the body is chunked, in the place of having a Content-Length; in pieces of 1,000 octets. */
  readonly chunked?: boolean;
  readonly trailers?: Readonly<Record<string, string>>;
}

export interface ScriptedServer {
  readonly url: string;
  readonly asked: Asked[];
  /** How many connections are open. */
  readonly connections: () => number;
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

export async function script(
  answer: (asked: Asked) => Script | undefined | Promise<Script | undefined>,
): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const asked: Asked[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    let text = "";
    socket.on("data", (octets: Buffer) => {
      text += octets.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) return;
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      const request = readRequest(head, asked.length, socket);
      asked.push(request);
      void Promise.resolve(answer(request)).then(
        (scripted) => scripted === undefined || play(socket, scripted),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/file.bin`, asked, connections: () => sockets.size };
}

function readRequest(head: string, index: number, socket: Socket): Asked {
  const fields = new Map(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => [
        line.slice(0, line.indexOf(":")).toLowerCase(),
        line.slice(line.indexOf(":") + 1).trim(),
      ]),
  );
  const match = /^bytes=(\d+)-(\d*)$/.exec(fields.get("range") ?? "");
  const range =
    match === null
      ? undefined
      : { start: Number(match[1]), end: match[2] === "" ? Infinity : Number(match[2]) + 1 };
  return { index, fields, range, socket };
}

function play(socket: Socket, { status = 200, fields = {}, body = Buffer.alloc(0), ...rest }: Script): void {
  const { cut = Infinity, by = "fin", chunked = false, trailers = {} } = rest;
  const framing = chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": body.length };
  const lines = Object.entries({ ...framing, ...fields }).map(([name, value]) => `${name}: ${value}\r\n`);
  const octets = chunked ? chunks(body, Math.min(cut, body.length)) : body.subarray(0, cut);
  socket.write(`HTTP/1.1 ${status} Scripted\r\n${lines.join("")}\r\n`);
  if (cut < body.length) {
    if (by === "fin") socket.end(octets);
    else if (by === "silence") socket.write(octets);
    else socket.write(octets, () => socket.resetAndDestroy());
    return;
  }
  socket.write(octets);
  const tail = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (chunked) socket.write(`0\r\n${tail.join("")}\r\n`);
}

function chunks(body: Uint8Array, end: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < end; at += 1000) {
    const piece = body.subarray(at, Math.min(at + 1000, end));
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  return Buffer.concat(pieces);
}

/** What a server that does everything right answers: 206 to a range that If-Range allows, else 200. */
export function honest(
  content: Uint8Array,
  asked: Asked,
  validators: Readonly<Record<string, string>> = { ETag: '"v1"' },
): Script {
  const { range, fields } = asked;
  const condition = fields.get("if-range");
  const holds = condition === undefined || Object.values(validators).includes(condition);
  if (range === undefined || !holds)
    return { fields: { ...validators, "Accept-Ranges": "bytes" }, body: content };
  if (range.start >= content.length)
    return { status: 416, fields: { "Content-Range": `bytes */${content.length}` } };
  const end = Math.min(range.end, content.length);
  const body = content.subarray(range.start, end);
  const contentRange = `bytes ${range.start}-${end - 1}/${content.length}`;
  return { status: 206, fields: { ...validators, "Content-Range": contentRange }, body };
}

/** Octets in which each stands elsewhere than its neighbours' copies would: no shift or splice goes unseen. */
export function noise(length: number, seed = 1): Buffer {
  const content = Buffer.allocUnsafe(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content[at] = state & 0xff;
  }
  return content;
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
