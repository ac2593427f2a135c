// Servers of HTTP/2 for one test each, and peers that speak to them frame by frame.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from "node:http2";
import { afterEach } from "vitest";
import type { Handler, ServeOptions } from "../../../src/index.ts";
import { destroyPeers, FramePeer } from "../../support/http2-frames.ts";
import { start, type TestServer } from "../../support/servers.ts";

export { request } from "../../support/servers.ts";
export { takeErrors } from "../../support/servers.ts";

export interface Http2Server extends TestServer {
  /** A peer that has said its preface and settings, and nothing else. */
  readonly peer: (entries?: readonly (readonly [id: number, value: number])[]) => Promise<FramePeer>;
  /** A session of node:http2. */
  readonly session: (options?: Parameters<typeof connect>[1]) => ClientHttp2Session;
}

const sessions: ClientHttp2Session[] = [];

/** A server that speaks HTTP/2 on a plain port; over TLS where the options have it. */
export async function startHttp2(handler: Handler, options: ServeOptions = {}): Promise<Http2Server> {
  const server = await start(handler, { http2: options.tls === undefined ? "cleartext" : true, ...options });
  return {
    ...server,
    peer: async (entries) =>
      (await FramePeer.connect(server.port, { tls: options.tls !== undefined })).open(entries),
    session: (how) => {
      const session = connect(server.server.url, { rejectUnauthorized: false, ...how } as Parameters<
        typeof connect
      >[1]);
      session.on("error", () => {});
      sessions.push(session);
      return session;
    },
  };
}

// After the hook of the servers was registered: it runs before it.
afterEach(() => {
  destroyPeers();
  for (const session of sessions.splice(0)) session.destroy();
});

/** An answer, as node:http2's client reads it. */
export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly interim: readonly IncomingHttpHeaders[];
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** RST_STREAM's code; 0 for none, which is also NO_ERROR. */
  readonly code: number;
  /** Whether END_STREAM has come. */
  readonly complete: boolean;
}

/** All of an answer, however it ends. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve) => {
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | undefined;
    let ended = false;
    const interim: IncomingHttpHeaders[] = [];
    const pieces: Buffer[] = [];
    stream.on("response", (given) => (headers = given));
    stream.on("headers", (given) => interim.push(given));
    stream.on("trailers", (given) => (trailers = given));
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => (ended = true));
    stream.on("error", () => {});
    stream.on("close", () => {
      const body = Buffer.concat(pieces).toString();
      const code = stream.rstCode ?? 0;
      const status = (headers as { ":status"?: number })[":status"] ?? 0;
      resolve({ status, headers, interim, body, trailers, code, complete: ended && code === 0 });
    });
  });
}

/** Asks, and reads all of the answer. */
export function ask(
  session: ClientHttp2Session,
  head: Parameters<ClientHttp2Session["request"]>[0] = {},
  body?: string | Uint8Array,
): Promise<Http2Answer> {
  const stream = session.request(head, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answerOf(stream);
}
