/**
 * Octets and latin-1 text: one character an octet, which is how HTTP/1.1 heads are read (RFC 9110 section 5.5).
 */

/** A host's own decoder, where the view brings one: Node's and Bun's Buffer do. */
interface HostBytes extends Uint8Array {
  latin1Slice?(start: number, end: number): string;
}

/** Arguments that one call may have on every engine, with room to spare. */
const STEP = 4096;

/** The octets from `start` to `end` as text of as many characters. */
export function latin1(bytes: HostBytes, start: number, end: number): string {
  if (bytes.latin1Slice !== undefined) return bytes.latin1Slice(start, end);
  let text = "";
  for (let at = start; at < end; at += STEP) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + STEP, end)));
  }
  return text;
}

/** The octets of latin-1 text. The caller has made sure that no character is above U+00FF. */
export function octets(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
