import { weightedElements } from "./weights.ts";

/** Old names that mean the same (RFC 9110 section 8.4.1). */
const ALIASES = new Map([
  ["x-gzip", "gzip"],
  ["x-compress", "compress"],
]);

/**
 * The content coding for a response (RFC 9110 section 12.5.3): one of those offered, `"identity"`, or undefined where the peer
 * accepts none of them and identity neither. The caller then answers 406, or sends identity all the same.
 *
 * The highest weight wins, and among equals the server's order. Identity wins where the peer gives it a higher weight than all that
 * is offered, or where nothing else is acceptable. `*` stands for whatever is not named, identity included. Without the
 * field, and with an empty one, it is identity. A coding that is named twice has the higher of its weights.
 *
 * @param acceptEncoding the value of Accept-Encoding
 * @param offered codings in the server's order of preference, without identity
 */
export function chooseCoding(
  acceptEncoding: string | undefined,
  offered: readonly string[],
): string | undefined {
  if (acceptEncoding === undefined || acceptEncoding === "") return "identity";
  const weights = new Map<string, number>();
  for (const { name, parameters, weight } of weightedElements(acceptEncoding)) {
    // A coding has no parameters: the element breaks the grammar.
    if (parameters.length > 0) continue;
    const coding = canonical(name);
    weights.set(coding, Math.max(weight, weights.get(coding) ?? 0));
  }

  const others = weights.get("*");
  let chosen: string | undefined;
  let highest = 0;
  for (const coding of offered) {
    const weight = weights.get(canonical(coding.toLowerCase())) ?? others ?? 0;
    if (weight <= highest) continue;
    chosen = coding;
    highest = weight;
  }
  const identity = weights.get("identity") ?? others;
  if (chosen === undefined) return identity === 0 ? undefined : "identity";
  return identity !== undefined && identity > highest ? "identity" : chosen;
}

function canonical(coding: string): string {
  return ALIASES.get(coding) ?? coding;
}
