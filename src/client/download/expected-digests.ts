import { ProtocolError } from "../../errors.ts";
import { parseDigests } from "../../semantics/digest-fields.ts";
import type { Fields } from "../../semantics/fields.ts";
import { listHas } from "../../semantics/lists.ts";
import { type Checksum, type ChecksumAlgorithm } from "./checksum.ts";

/** Algorithms of digest fields that are worth a check (RFC 9530 section 5). */
const STRONG = ["sha-256", "sha-512"] as const;

/** What the server says of the whole file (RFC 9530): Repr-Digest of any response, and Content-Digest of one that has the whole. */
export class ExpectedDigests {
  readonly #digests = new Map<ChecksumAlgorithm, string>();

  /** Those that a journal has kept. */
  constructor(digests: Iterable<readonly [algorithm: string, base64: string]> = []) {
    for (const [name, digest] of digests) this.#add(name, digest);
  }

  /**
   * Adds those of a section; false where one is another than before.
   * @param whole whether the content is the whole representation
   * @throws ProtocolError `ERR_SLUICE_DIGEST` for a field that is none
   */
  add(section: Fields, whole: boolean): boolean {
    for (const name of namesOf(whole)) {
      const value = section.get(name);
      if (value === undefined) continue;
      const digests = parseDigests(value);
      if (digests === undefined) throw new ProtocolError("ERR_SLUICE_DIGEST", { found: `${name}: ${value}` });
      for (const [algorithm, digest] of digests) if (!this.#add(algorithm, digest)) return false;
    }
    return true;
  }

  get algorithms(): Iterable<ChecksumAlgorithm> {
    return this.#digests.keys();
  }

  *[Symbol.iterator](): Generator<Checksum> {
    for (const [algorithm, base64] of this.#digests) yield { algorithm, base64 };
  }

  /** The algorithms that will be needed, as far as the headers of the first response tell. */
  static announced(headers: Fields, whole: boolean): ChecksumAlgorithm[] {
    const names = namesOf(whole);
    const later = names.some((name) => listHas(headers.get("trailer"), name));
    const hint = headers.get("has-digest");
    return STRONG.filter(
      (algorithm) =>
        names.some((name) => parseDigests(headers.get(name) ?? "")?.has(algorithm) === true) ||
        (later && (hint === undefined || listHas(hint, algorithm))),
    );
  }

  #add(name: string, digest: string): boolean {
    const algorithm = STRONG.find((known) => known === name);
    if (algorithm === undefined) return true;
    const before = this.#digests.get(algorithm);
    this.#digests.set(algorithm, before ?? digest);
    return before === undefined || before === digest;
  }
}

function namesOf(whole: boolean): readonly string[] {
  return whole ? ["repr-digest", "content-digest"] : ["repr-digest"];
}
