/**
 * Numbers as people read them.
 */

const WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** A number with a comma before each third digit. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `3,456 bytes`, `1 byte`. */
export function bytesOf(count: number): string {
  return `${grouped(count)} ${count === 1 ? "byte" : "bytes"}`;
}

/** `12 chunks`, `1 chunk`. */
export function countOf(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : `${noun}s`}`;
}

/** `two trailers`, `12 trailers`. */
export function spelled(count: number, noun: string): string {
  return `${WORDS[count] ?? grouped(count)} ${count === 1 ? noun : `${noun}s`}`;
}

/** Milliseconds as `0.4 ms`, `120 ms`, `2.1 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 9.95) return ms < 0.05 ? "0 ms" : `${ms.toFixed(1).replace(/\.0$/, "")} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${grouped(Math.floor(seconds / 3600))} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A chunk size both ways, where they differ: `0x11 = 17`. */
export function hexAndDecimal(digits: string, size: number): string {
  return digits === String(size) ? digits : `0x${digits} = ${grouped(size)}`;
}

/** The value without white space or controls at its ends, cut to fit into a sentence, as a JSON string. */
export function quotation(text: string, most = 40): string {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text;
  return JSON.stringify(shown).replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
