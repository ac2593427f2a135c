// What people write for quantities. Each reader gives undefined for what it doesn't understand, and never a guess.

const POWERS: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * Octets: `4096`, `4kb`, `1.5m`, `10MiB`. Letters of either case; `k`, `m`, `g` and `t` are powers of 1000, with an `i` of 1024,
 * and the `b` (always bytes) may be missing.
 *
 * ```
 * size = 1*DIGIT [ "." 1*DIGIT ] [ SP ] [ "k" / "m" / "g" / "t" ] [ "i" ] [ "b" ]
 * ```
 * @returns a whole number, rounded, up to 2^53-1
 */
export function readBytes(text: string): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,16})?)(?: (?=[a-z]))?([kmgt]?)(i?)b?$/i.exec(text);
  if (match === null) return undefined;
  const [, digits, prefix, binary] = match;
  if (prefix === "" && binary !== "") return undefined;
  const octets = Math.round(Number(digits) * (binary === "" ? 1000 : 1024) ** POWERS[prefix.toLowerCase()]);
  return Number.isSafeInteger(octets) ? octets : undefined;
}

/** Octets in a second, as {@link readBytes} reads them, with or without `/s` behind: `50kb/s`, `2MiB/s`, `300k`. */
export function readRate(text: string): number | undefined {
  return readBytes(text.replace(/ ?\/s$/i, ""));
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What is longer than a year was meant otherwise. */
const LONGEST = 366 * 86_400_000;

/**
 * A span of time, always with its unit: `250ms`, `10s`, `1.5m`, `1h30m`. Here `m` is a minute. A bare number would be seconds to
 * one reader and milliseconds to another, so only `0` needs no unit.
 *
 * ```
 * span = 1*( 1*DIGIT [ "." 1*DIGIT ] ( "ms" / "s" / "m" / "h" / "d" ) ) / "0"
 * ```
 * @returns milliseconds, rounded, up to a year
 */
export function readDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhd])){1,5}$/i.test(text)) return undefined;
  let span = 0;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)([a-z]+)/gi))
    span += Number(digits) * MILLISECONDS[unit.toLowerCase()];
  return span <= LONGEST ? Math.round(span) : undefined;
}
