/**
 * Ways to cut octets: what a network may do to them.
 */

/** Up to this length every cut is tried. */
const ALL_CUTS = 300;
/** Beyond this length octets are only cut around their ends, and in large pieces. */
export const LONG = 50_000;
const LARGE_PIECE = 65_521;
const STRUCTURE = /[\r\n;:"\\]/g;
const NEAR = 2;
const MOST_CUTS = 200;

/** Where to cut in two: everywhere, in long texts around what delimits and at every so many octets. */
export function cutOffsets(octets: string): number[] {
  const { length } = octets;
  if (length <= ALL_CUTS) return Array.from({ length: length + 1 }, (_, at) => at);
  if (length > LONG) return [1, length - 1];
  const offsets = new Set<number>();
  for (let at = 0; at < NEAR * 16; at++) offsets.add(at).add(length - at);
  for (const { index } of octets.matchAll(STRUCTURE)) {
    if (offsets.size > MOST_CUTS) break;
    for (let at = index - NEAR; at <= index + NEAR; at++) if (at >= 0 && at <= length) offsets.add(at);
  }
  for (let at = 1; at < 32; at++) offsets.add(Math.floor((at * length) / 32));
  return [...offsets].toSorted((a, b) => a - b);
}

/** The octets whole, one by one, in twos, threes and so on, and in two at each cut. */
export function* cuttings(octets: string): Generator<string[]> {
  yield [octets];
  const long = octets.length > LONG;
  for (const size of long ? [LARGE_PIECE] : [1, 2, 3, 7, 64, 1021])
    if (size < octets.length) yield piecesOf(octets, size);
  if (long) return;
  for (const at of cutOffsets(octets)) yield [octets.slice(0, at), octets.slice(at)];
}

/** The octets in pieces of one size. */
function piecesOf(octets: string, size: number): string[] {
  const pieces = [];
  for (let at = 0; at < octets.length; at += size) pieces.push(octets.slice(at, at + size));
  return pieces;
}
