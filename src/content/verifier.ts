import { CorruptError, ProtocolError } from "../errors.ts";
import { DIGEST_ALGORITHMS, type DigestAlgorithm, parseDigests } from "../semantics/digest-fields.ts";
import type { Fields } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import { Digester } from "./digester.ts";

/**
 * Passes a body on and checks it, at its end, against its digests (RFC 9530): those of Content-Digest, and of Repr-Digest where the
 * body is the whole representation, in headers and trailers, by sha-256 and sha-512. All of them have to agree, but for trailers that
 * neither Trailer nor Has-Digest has announced, by another algorithm than the headers': it isn't computed.
 * @param trailers what followed the body; asked for at its end
 * @param required whether a body without any such digest is refused
 * @throws ProtocolError `ERR_SLUICE_DIGEST`, `ERR_SLUICE_DIGEST_MISMATCH`, `ERR_SLUICE_DIGEST_MISSING`, and what the source throws
 */
export async function* verify(
  source: AsyncIterable<Uint8Array>,
  headers: Fields,
  trailers: () => Promise<Fields>,
  required: boolean,
): AsyncGenerator<Uint8Array, undefined> {
  const fields = headers.has("content-range") ? ["content-digest"] : ["content-digest", "repr-digest"];
  const announced = digestsIn(headers, fields);
  const digesters = algorithmsFor(announced, headers).map(
    (algorithm) => [algorithm, new Digester(algorithm)] as const,
  );
  for await (const piece of source) {
    for (const [, digester] of digesters) digester.update(piece);
    yield piece;
  }
  const expected = [...announced, ...digestsIn(await trailers(), fields)];
  const computed = new Map(
    digesters.map(([algorithm, digester]) => [algorithm as string, digester.base64()]),
  );
  const checkable = expected.filter(([algorithm]) => computed.has(algorithm));
  for (const [algorithm, digest] of checkable) {
    if (computed.get(algorithm) === digest) continue;
    throw new CorruptError("ERR_SLUICE_DIGEST_MISMATCH", "digest", { found: `${algorithm}=:${digest}:` });
  }
  if (checkable.length === 0 && required) throw new ProtocolError("ERR_SLUICE_DIGEST_MISSING");
  return undefined;
}

/** The digests in a section. @throws ProtocolError `ERR_SLUICE_DIGEST` for a field that is none */
function digestsIn(
  section: Fields,
  names: readonly string[],
): (readonly [algorithm: string, base64: string])[] {
  return names.flatMap((name) => {
    const value = section.get(name);
    if (value === undefined) return [];
    const digests = parseDigests(value);
    if (digests === undefined) throw new ProtocolError("ERR_SLUICE_DIGEST", { found: `${name}: ${value}` });
    return [...digests];
  });
}

/** What has to be computed: what the headers have, and for trailers what they announce, or else everything. */
function algorithmsFor(
  announced: readonly (readonly [algorithm: string, base64: string])[],
  headers: Fields,
): readonly DigestAlgorithm[] {
  const hint = headers.get("has-digest");
  const named = DIGEST_ALGORITHMS.filter(
    (algorithm) => announced.some(([name]) => name === algorithm) || listHas(hint, algorithm),
  );
  const sure = hint !== undefined || !headers.has("trailer");
  return sure && named.length > 0 ? named : DIGEST_ALGORITHMS;
}
