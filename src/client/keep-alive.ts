import type { Fields } from "../semantics/fields.ts";

/** Milliseconds that a connection is given up before the server says it will. */
const MARGIN = 1_000;

/**
 * How long an unused connection is kept, in milliseconds, once the server has told how long it does that: `Keep-Alive: timeout=5`.
 * @param own this side's own limit; 0 for none
 */
export function idleTimeout(fields: Fields, own: number): number {
  const seconds = /(?:^|[,;\s])timeout=(\d{1,6})(?=[,;\s]|$)/i.exec(fields.get("keep-alive") ?? "")?.[1];
  if (seconds === undefined) return own;
  const theirs = Math.max(1, Number(seconds) * 1_000 - MARGIN);
  return own === 0 ? theirs : Math.min(own, theirs);
}
