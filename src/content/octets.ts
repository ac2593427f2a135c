import { builtin } from "../builtins.ts";

// Where there is a Buffer it takes small ones from a pool, and counts without encoding.
const Buffer = builtin("node:buffer")?.Buffer;
const encoder = new TextEncoder();

/** A text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return Buffer === undefined ? encoder.encode(text) : Buffer.from(text);
}

/** How many octets a text has as UTF-8. */
export function utf8Length(text: string): number {
  return Buffer === undefined ? encoder.encode(text).length : Buffer.byteLength(text);
}

/** Octets that stay as they are, whatever becomes of the view that they were in. */
export function copyOf(view: Uint8Array): Uint8Array {
  return Buffer === undefined ? view.slice() : Buffer.from(view);
}

/** Several pieces in one. @param length the sum of their lengths, where it is known */
export function joined(pieces: readonly Uint8Array[], length?: number): Uint8Array {
  if (Buffer !== undefined) return Buffer.concat(pieces, length);
  const whole = new Uint8Array(length ?? pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Room for octets, filled with anything. */
export function room(octets: number): Uint8Array {
  return Buffer === undefined ? new Uint8Array(octets) : Buffer.allocUnsafe(octets);
}
