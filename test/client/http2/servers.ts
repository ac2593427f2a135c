// Servers of HTTP/2 for one test each: node:http2's own, and one that says exactly the frames that it is told to.

import { once } from "node:events";
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import { createServer as createTcpServer, type Server } from "node:net";
import { afterEach } from "vitest";
import { ACK, frame, FramePeer, HEADERS, PREFACE, SETTINGS, settings } from "../../support/http2-frames.ts";
import type { Certificate } from "../../support/certificate.ts";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => unknown;

export interface NodeServer {
  readonly port: number;
  /** `http://127.0.0.1:port`, or `https://localhost:port` */
  readonly url: string;
  readonly sessions: ServerHttp2Session[];
  readonly server: Http2Server;
}

/** node:http2's server. What a handler throws resets its stream. */
export async function nodeServer(
  handler: StreamHandler,
  options: ServerOptions & Partial<Certificate> & { readonly allowHTTP1?: boolean } = {},
): Promise<NodeServer> {
  const secure = options.cert !== undefined;
  const server = secure ? (createSecureServer(options) as unknown as Http2Server) : createServer(options);
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => void sessions.push(session.on("error", () => {})));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    void (async () => handler(stream, headers))().catch(() => stream.close(2));
  });
  const port = await listening(server);
  closing.push(() => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port, url: secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`, sessions, server };
}

/** One end of a connection that a client has made. */
export class ServerPeer extends FramePeer {
  #requests = 0;

  /** The number of the next stream, once the head of its request has come. */
  async request(): Promise<number> {
    const count = ++this.#requests;
    await this.when(() => this.of(HEADERS).length >= count);
    if (count === 1) this.send(frame(SETTINGS, ACK, 0));
    return this.of(HEADERS)[count - 1].stream;
  }
}

export interface FrameServer {
  readonly port: number;
  readonly url: string;
  /** Every connection that was made, in order. */
  readonly peers: ServerPeer[];
}

/** A server that does this with each connection, after its SETTINGS. */
export async function frameServer(
  script: (peer: ServerPeer, index: number) => unknown,
  { settings: own = settings() } = {},
): Promise<FrameServer> {
  const peers: ServerPeer[] = [];
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    const peer = new ServerPeer(socket, PREFACE.length);
    peers.push(peer);
    peer.send(own);
    void (async () => script(peer, peers.length - 1))().catch(() => {});
  });
  const port = await listening(server);
  closing.push(() => {
    for (const peer of peers) peer.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port, url: `http://127.0.0.1:${port}`, peers };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}
