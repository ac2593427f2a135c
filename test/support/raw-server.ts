// A server that sends exactly the octets it is told to, and says exactly what came and how the connection ended.
//
//   const server = await listen(async (peer) => {
//     await peer.request();
//     peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").finish();
//   });
//   await client.request(server.url);

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterEach } from "vitest";
import { destroyClients, RawClient } from "./raw-client.ts";

/** A request off the wire, read by code that knows nothing of the code that wrote it. */
export interface WireRequest {
  /** `GET / HTTP/1.1` */
  readonly line: string;
  /** The field lines in order, as they were written. */
  readonly lines: readonly string[];
  /** By lower-case name; several lines of one are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** One character an octet. */
  readonly body: string;
  /** The data of each chunk, without the last one, where the body is chunked. */
  readonly chunks: readonly string[] | undefined;
  /** The lines behind the last chunk. */
  readonly trailers: readonly string[];
}

export interface RawServer {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Every connection that was made, in order. */
  readonly peers: RawPeer[];
  /** The connection of this number, once it is there. */
  peer(index: number): Promise<RawPeer>;
}

/** The server's end of a connection. */
export class RawPeer extends RawClient {
  #taken = 0;

  constructor(socket: Socket) {
    super(socket, false);
  }

  /** The next request, once all of it is there. */
  async request(): Promise<WireRequest> {
    let read: { request: WireRequest; length: number } | undefined;
    await this.until((text) => (read = readRequest(text.slice(this.#taken))) !== undefined);
    this.#taken += read!.length;
    return read!.request;
  }

  /** Answers the next requests, each with the next of these. */
  async answer(...answers: readonly string[]): Promise<void> {
    for (const answer of answers) {
      await this.request();
      this.write(answer);
    }
  }
}

export type Script = (peer: RawPeer, index: number) => unknown;

const closing: (() => Promise<unknown>)[] = [];

/** A server that does this with each connection. What the script meets at the end of its connection is no matter. */
export async function listen(
  script: Script,
  where: { readonly path: string } | { readonly host: string } = { host: "127.0.0.1" },
): Promise<RawServer> {
  const peers: RawPeer[] = [];
  const watchers = new Set<() => void>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new RawPeer(socket);
    peers.push(peer);
    for (const look of watchers) look();
    void (async () => script(peer, peers.length - 1))().catch((error: unknown) => {
      if (!peer.ended && !socket.destroyed) socket.destroy(error as Error);
    });
  });
  server.listen("path" in where ? where : { port: 0, ...where });
  await once(server, "listening");
  closing.push(() => {
    destroyClients();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    peers,
    peer: (index) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (index < peers.length) {
            watchers.delete(look);
            resolve(peers[index]);
          }
        };
        watchers.add(look);
        look();
      }),
  };
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that answers every request with these octets. */
export function answering(octets: string): Promise<RawServer> {
  return listen(async (peer) => {
    for (;;) await peer.answer(octets);
  });
}

/** A server that gives this answer to its first request on each connection, and ends the connection. */
export function answeringOnce(octets: string | Uint8Array, end: "FIN" | "RST" = "FIN"): Promise<RawServer> {
  return listen(async (peer) => {
    await peer.request();
    await peer.sent(octets);
    if (end === "FIN") peer.finish();
    else peer.reset();
  });
}

/** A response with a body of known length. */
export function ok(body = "", ...lines: readonly string[]): string {
  return [`HTTP/1.1 200 OK`, `Content-Length: ${body.length}`, ...lines, "", body].join("\r\n");
}

/** A response in chunks. */
export function chunked(
  chunks: readonly string[],
  lines: readonly string[] = [],
  trailers: readonly string[] = [],
): string {
  const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
  const head = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", ...lines, "", ""].join("\r\n");
  return `${head}${framed}0\r\n${trailers.map((line) => `${line}\r\n`).join("")}\r\n`;
}

function readRequest(text: string): { request: WireRequest; length: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [line, ...lines] = text.slice(0, end).split("\r\n");
  const headers: Record<string, string> = {};
  for (const field of lines) {
    const colon = field.indexOf(":");
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const start = end + 4;
  const known = { line, lines, headers };
  if (headers["transfer-encoding"] !== "chunked") {
    const length = Number(headers["content-length"] ?? 0);
    if (text.length < start + length) return undefined;
    const body = text.slice(start, start + length);
    return { request: { ...known, body, chunks: undefined, trailers: [] }, length: start + length };
  }
  const chunks: string[] = [];
  let at = start;
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return undefined;
    const length = Number.parseInt(size[1], 16);
    at += size[0].length;
    if (length === 0) break;
    if (text.length < at + length + 2) return undefined;
    chunks.push(text.slice(at, at + length));
    at += length + 2;
  }
  const section = text.slice(at);
  const stop = section.startsWith("\r\n") ? 0 : section.indexOf("\r\n\r\n") + 2;
  if (stop === 1 || section.length < stop + 2) return undefined;
  const trailers = section.slice(0, stop).split("\r\n").filter(Boolean);
  return { request: { ...known, body: chunks.join(""), chunks, trailers }, length: at + stop + 2 };
}
