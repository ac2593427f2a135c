import { UsageError } from "../errors.ts";
import type { Outlet } from "./outlet.ts";

/** Views up to this many octets are copied to stand with the framing in one string; bigger ones are passed on as they are. */
const COPIED_VIEW = 4096;

/** Takes pieces of a body; a string stands for latin-1 text, one octet a character. */
export interface PieceTaker {
  data(piece: string | Uint8Array): void;
}

/**
 * Sends a piece of a body, text as UTF-8. Returns how many octets it has.
 * @param backlogBytes how far a writer that does not wait may be ahead of its reader
 * @throws UsageError `ERR_SLUICE_BACKLOG` for a writer that is too far ahead of its reader
 */
export function sendPiece(
  taker: PieceTaker,
  outlet: Outlet,
  backlogBytes: number,
  piece: string | Uint8Array,
): number {
  // A piece of any size may follow when there was room before it.
  if (outlet.full && outlet.backlog > backlogBytes)
    throw new UsageError("ERR_SLUICE_BACKLOG", { found: `${outlet.backlog} bytes` });
  if (typeof piece !== "string") {
    takeBytes(taker, piece);
    return piece.byteLength;
  }
  const size = Buffer.byteLength(piece);
  takeText(taker, piece, size);
  return size;
}

/** Passes a text on as UTF-8. @param size how many octets it has */
export function takeText(taker: PieceTaker, text: string, size: number): void {
  if (size === text.length) taker.data(text);
  else takeBytes(taker, Buffer.from(text));
}

/** Passes octets on. */
export function takeBytes(taker: PieceTaker, { buffer, byteOffset, byteLength }: Uint8Array): void {
  // A view of its own, of fixed length: what an application does to its view doesn't change what was announced.
  if (byteLength > COPIED_VIEW) taker.data(new Uint8Array(buffer, byteOffset, byteLength));
  else taker.data(Buffer.from(buffer, byteOffset, byteLength).toString("latin1"));
}
