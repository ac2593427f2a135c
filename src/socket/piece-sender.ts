import { UsageError } from "../errors.ts";
import type { Sender } from "../http1/sender.ts";
import type { Outlet } from "./outlet.ts";

/** Views up to this many octets are copied to stand with the framing in one string; bigger ones are passed on as they are. */
const COPIED_VIEW = 4096;

/**
 * Sends a piece of a body, text as UTF-8. Returns how many octets it has.
 * @param backlogBytes how far a writer that does not wait may be ahead of its reader
 * @throws UsageError `ERR_SLUICE_BACKLOG` for a writer that is too far ahead of its reader
 */
export function sendPiece(
  sender: Sender,
  outlet: Outlet,
  backlogBytes: number,
  piece: string | Uint8Array,
): number {
  // A piece of any size may follow when there was room before it.
  if (outlet.full && outlet.backlog > backlogBytes)
    throw new UsageError("ERR_SLUICE_BACKLOG", { found: `${outlet.backlog} bytes` });
  if (typeof piece !== "string") {
    sendBytes(sender, piece);
    return piece.byteLength;
  }
  const size = Buffer.byteLength(piece);
  if (size === piece.length) sender.data(piece);
  else sendBytes(sender, Buffer.from(piece));
  return size;
}

function sendBytes(sender: Sender, piece: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = piece;
  // A view of its own, of fixed length: what an application does to its view doesn't change what was announced.
  if (byteLength > COPIED_VIEW) sender.data(new Uint8Array(buffer, byteOffset, byteLength));
  else sender.data(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"));
}
