import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { SETTINGS } from "../http2/settings.ts";
import type { ServerLimits } from "./options.ts";

/** Invalid frames of a connection, and streams that it opens in spite of a refusal, before it is cut; node's own defaults. */
const INVALID_FRAMES = 1000;
const REJECTED_STREAMS = 100;
/** Streams that a connection may reset at once, and in each second from then on, before it is cut (CVE-2023-44487); nghttp2's own. */
const RESETS = { streamResetBurst: 1000, streamResetRate: 33 };

/** Makes sessions of HTTP/2 from sockets that are open already: a server of node:http2 that never listens. */
export class Http2Sessions {
  readonly #server: Http2Server;
  #session: ServerHttp2Session | undefined;

  constructor({ streams, headBytes, headFields }: ServerLimits) {
    this.#server = createServer({
      settings: { ...SETTINGS, maxConcurrentStreams: atMost(streams), maxHeaderListSize: atMost(headBytes) },
      // What is a little too much is answered; this is reset. Four are about the request itself (RFC 9113 section 8.3.1).
      maxHeaderListPairs: atMost(2 * headFields + 4),
      maxSessionInvalidFrames: INVALID_FRAMES,
      maxSessionRejectedStreams: REJECTED_STREAMS,
      ...RESETS,
    });
    this.#server.on("session", (session) => (this.#session = session));
  }

  /** The session on a socket, where it can be had: a socket may be gone already. */
  open(socket: Socket): ServerHttp2Session | undefined {
    this.#session = undefined;
    this.#server.emit("connection", socket);
    return this.#session;
  }

  /** Says goodbye on a socket before any request: whoever asks has not been heard, and may ask elsewhere. */
  refuse(socket: Socket): void {
    const session = this.open(socket);
    session?.on("error", () => {});
    session?.close();
  }
}

/** Settings are numbers of 32 bits. */
function atMost(limit: number): number {
  return Math.min(limit, 2 ** 31 - 1);
}
