import { parseDictionary } from "./structured-fields.ts";

/** The algorithms of RFC 9530 section 5 that are not broken. */
export type DigestAlgorithm = "sha-256" | "sha-512";

/** All of them, in the order of preference where a peer has none. */
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = ["sha-256", "sha-512"];

/**
 * The value of Content-Digest or Repr-Digest, e.g. `sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:` (RFC 9530 sections 2
 * and 3).
 * @param digests algorithms, and digests in base64 with padding
 */
export function formatDigests(digests: Iterable<readonly [algorithm: string, base64: string]>): string {
  let value = "";
  for (const [algorithm, base64] of digests) {
    value += `${value === "" ? "" : ", "}${algorithm}=:${base64}:`;
  }
  return value;
}

/**
 * The digests that Content-Digest or Repr-Digest gives, as algorithm and canonical base64: padded, the bits of the padding zero, so that
 * equal digests are equal text. Algorithms that nobody here knows are among them. Undefined where the value is no dictionary of byte
 * sequences, and therefore void (RFC 9530 sections 2 and 3, RFC 9651 section 3.2).
 */
export function parseDigests(value: string): ReadonlyMap<string, string> | undefined {
  const digests = parseDictionary(value);
  if (digests === undefined) return undefined;
  for (const [algorithm, item] of digests) {
    if (!item.startsWith(":")) return undefined;
    digests.set(algorithm, canonical(item.slice(1, -1)));
  }
  return digests;
}

const PREFERENCE = /^(?:[0-9]|10)$/;

/**
 * The algorithm that Want-Content-Digest or Want-Repr-Digest asks for (RFC 9530 section 4): the one with the highest preference of 1 to
 * 10; among equals, the first one offered. Undefined without the field, where nothing offered is wanted (0, or not named), and where the
 * value is no dictionary of integers from 0 to 10.
 */
export function chooseDigest(
  want: string | undefined,
  offered: readonly DigestAlgorithm[],
): DigestAlgorithm | undefined {
  const wanted = want === undefined ? undefined : parseDictionary(want);
  if (wanted === undefined) return undefined;
  for (const item of wanted.values()) if (!PREFERENCE.test(integer(item))) return undefined;
  let chosen: DigestAlgorithm | undefined;
  let highest = 0;
  for (const algorithm of offered) {
    const preference = Number(wanted.get(algorithm) ?? 0);
    if (preference <= highest) continue;
    chosen = algorithm;
    highest = preference;
  }
  return chosen;
}

/** An integer without the leading zeros that RFC 9651 allows; zero may also be `-0`. */
function integer(item: string): string {
  return /^-?0+$/.test(item) ? "0" : item.replace(/^0+/, "");
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The same octets with their padding, and no bits left over in the last character. RFC 9651 section 4.2.7 tolerates either fault. */
function canonical(base64: string): string {
  const text = base64.replace(/=+$/, "");
  const rest = text.length % 4;
  if (rest === 0) return text;
  const unused = rest === 2 ? 0b1111 : 0b11;
  const last = BASE64[BASE64.indexOf(text.slice(-1)) & ~unused];
  return `${text.slice(0, -1)}${last}${rest === 2 ? "==" : "="}`;
}
