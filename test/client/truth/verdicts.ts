// What a reader has to say of a response of which only the first octets have come.

import type { Coding, Framing, Reference } from "./responses.ts";

/**
 * How the connection ends. Over TLS the closing is announced by close_notify, so that one without it is known to be cut
 * (RFC 9112 section 9.8).
 */
export type CutBy = "fin" | "reset" | "notify" | "tls-fin";

/** What is found to be incomplete: the head, the framing of the body, the connection, a coding, or a digest. */
export type CutLayer =
  | "nothing"
  | "head"
  | Exclude<Framing, "none">
  | "tls"
  | Exclude<Coding, "identity">
  | "digest";

export type Verdict =
  | { readonly verdict: "whole" }
  /** A body that ends in order, too early, with nothing to compare it with; or a whole one, and then a reset. */
  | { readonly verdict: "cannot be told" }
  /** `layer` ended after `offset` octets of it. */
  | { readonly verdict: "error"; readonly layer: CutLayer; readonly offset: number };

/** The verdict on the first `count` octets of a response, and the end of the connection. */
export function verdictOn(reference: Reference, count: number, by: CutBy): Verdict {
  const { octets, heads, body, framing, coding, digest } = reference;
  if (count < body) {
    const head = heads.findLast((start) => start <= count)!;
    return { verdict: "error", layer: count === 0 ? "nothing" : "head", offset: count - head };
  }
  const offset = count - body;
  const whole = count === octets.length;
  // A reset may overtake the last octets on their way through the kernel.
  if (by === "reset" && whole && framing !== "close") return { verdict: "cannot be told" };
  if (framing !== "close")
    return whole || framing === "none" ? { verdict: "whole" } : { verdict: "error", layer: framing, offset };
  // The connection says the end of such a body, so it is as sure as the connection's own end is in order.
  if (by === "reset") return { verdict: "error", layer: "close", offset };
  if (by === "tls-fin") return { verdict: "error", layer: "tls", offset };
  if (whole) return { verdict: "whole" };
  // What is undone first is found first: a digest is of the coded octets.
  if (digest) return { verdict: "error", layer: "digest", offset };
  if (coding !== "identity") return { verdict: "error", layer: coding, offset };
  return { verdict: "cannot be told" };
}

/** Every place at which a response can be cut, its end among them. */
export function everyCut({ octets }: Reference): number[] {
  return Array.from({ length: octets.length + 1 }, (_, count) => count);
}

/** Some of the places: around the ends of heads and of the whole, and every so many octets. */
export function someCuts(reference: Reference, every = 29): number[] {
  const { heads, body, octets } = reference;
  const edges = [...heads, body, octets.length].flatMap((edge) => [edge - 1, edge, edge + 1]);
  return everyCut(reference).filter((count) => count % every === 7 || edges.includes(count));
}
