import type { Hash } from "node:crypto";
import { DIGEST_ALGORITHMS, type DigestAlgorithm, parseDigests } from "../../semantics/digest-fields.ts";
import type { Fields } from "../../semantics/fields.ts";
import { listHas } from "../../semantics/lists.ts";
import { startChecksum } from "./checksum.ts";

const FIELD = "content-digest";

/**
 * The digest of one response, where it has one or says that it will: Content-Digest is of the content, and so of a 206 that part
 * alone (RFC 9530 section 2).
 */
export class PartDigest {
  readonly #headers: Fields;
  readonly #hashes: ReadonlyMap<string, Hash>;

  private constructor(headers: Fields, algorithms: readonly DigestAlgorithm[]) {
    this.#headers = headers;
    this.#hashes = new Map(algorithms.map((algorithm) => [algorithm, startChecksum(algorithm)]));
  }

  /** Undefined where there is nothing to be checked. */
  static for(headers: Fields): PartDigest | undefined {
    const given = parseDigests(headers.get(FIELD) ?? "");
    const announced = listHas(headers.get("trailer"), FIELD);
    const algorithms = DIGEST_ALGORITHMS.filter((algorithm) => announced || given?.has(algorithm) === true);
    return algorithms.length === 0 ? undefined : new PartDigest(headers, algorithms);
  }

  update(piece: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(piece);
  }

  /** Whether all of it is what the digests in its headers and trailers say. Called once, at the end. */
  holds(trailers: Fields): boolean {
    const computed = new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest("base64")]));
    return [this.#headers, trailers].every((section) => {
      const digests = parseDigests(section.get(FIELD) ?? "") ?? [];
      return [...digests].every(([name, digest]) => !computed.has(name) || computed.get(name) === digest);
    });
  }
}
