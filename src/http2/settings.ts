import type { Http2Session, Settings } from "node:http2";

/**
 * SETTINGS_NO_RFC7540_PRIORITIES (RFC 9218 section 2.1): the order of streams is by their `Priority` fields (urgency, incremental), which
 * nghttp2, below node:http2, then keeps to.
 */
const NO_RFC7540_PRIORITIES = 9;

/** Octets of one stream that may be under way; a reader that stops holds no more than this of it. */
export const STREAM_WINDOW: number = 256 * 1024;
/** Octets of all streams that may be under way: a stream that nobody reads leaves room for others. */
const CONNECTION_WINDOW = 4 * 1024 * 1024;

/** What both ends announce. */
export const SETTINGS: Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW,
  customSettings: { [NO_RFC7540_PRIORITIES]: 1 },
};

/** Gives a connection the window of all its streams. On Bun (1.4) their own would never open again then, so it stays at 64 KiB there. */
export function openWindow(session: Http2Session): void {
  if (process.versions["bun"] === undefined) session.setLocalWindowSize(CONNECTION_WINDOW);
}
