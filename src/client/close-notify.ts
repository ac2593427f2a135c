import type { TLSSocket } from "node:tls";

/** A stream's handle in Node: what reads it, and whom it calls. */
interface StreamHandle {
  onread?: (...read: unknown[]) => unknown;
  readStart?: () => number;
  /** The handle of TCP below that of TLS. */
  _parent?: StreamHandle;
}

/** What uv_read_start says of a handle that is being read: it has not come to its end. */
const UV_EALREADY = -114;

/**
 * Watches how a TLS connection ends: by a close_notify, or by the end of the connection below without one, which anybody on the way
 * can bring about (RFC 9112 section 9.8). Node tells the two apart nowhere. But its stream of plain text ends either while the
 * connection below is still being read, which is when a close_notify has come, or because that has ended.
 * @returns says, once the stream has ended, whether by a close_notify; true where it cannot be told, which is on other runtimes
 */
export function watchCloseNotify(socket: TLSSocket): () => boolean {
  const { _handle: handle } = socket as { _handle?: StreamHandle | null };
  const { _parent: below } = handle ?? {};
  const { onread } = handle ?? {};
  if (handle == null || onread === undefined || typeof below?.readStart !== "function") return () => true;
  let notified: boolean | undefined;
  handle.onread = function ended(this: unknown, ...read: unknown[]) {
    // Octets come as a buffer; an end, or an error, comes without.
    if (read[0] === undefined) notified ??= below.readStart!() === UV_EALREADY;
    return onread.apply(this, read);
  };
  return () => notified ?? true;
}
