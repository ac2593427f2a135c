import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { nodeHttp2 } from "../http2/node-http2.ts";
import { SETTINGS } from "../http2/settings.ts";
import type { ServerLimits } from "./options.ts";

/** Invalid frames of a connection, and streams that it opens in spite of a refusal, before it is cut; node's own defaults. */
const INVALID_FRAMES = 1000;
const REJECTED_STREAMS = 100;
/** Streams that a connection may reset at once, and in each second from then on, before it is cut (CVE-2023-44487); nghttp2's own. */
const RESETS = { streamResetBurst: 1000, streamResetRate: 33 };

/** The session on a socket that is open already; undefined where it is gone. */
export function openSession(
  socket: Socket,
  { streams, connections, headBytes, headFields }: ServerLimits,
): ServerHttp2Session | undefined {
  if (socket.destroyed) return undefined;
  return nodeHttp2().performServerHandshake(socket, {
    settings: {
      ...SETTINGS,
      maxConcurrentStreams: atMost(Math.min(streams, Math.max(1, connections))),
      maxHeaderListSize: atMost(headBytes),
    },
    // What is a little too much is answered; this is reset. Four are about the request itself (RFC 9113 section 8.3.1).
    maxHeaderListPairs: atMost(2 * headFields + 4),
    maxSessionInvalidFrames: INVALID_FRAMES,
    maxSessionRejectedStreams: REJECTED_STREAMS,
    ...RESETS,
  });
}

/** Says goodbye on a socket before any request: whoever asks has not been heard, and may ask elsewhere. */
export function refuseSession(socket: Socket, limits: ServerLimits): void {
  const session = openSession(socket, limits);
  session?.on("error", () => {});
  session?.close();
}

/** Settings are numbers of 32 bits. */
function atMost(limit: number): number {
  return Math.min(limit, 2 ** 31 - 1);
}
