import type { Hash } from "node:crypto";
import { CorruptError } from "../../errors.ts";
import { type Checksum, parseChecksum, startChecksum } from "./checksum.ts";

/** The error for octets that are not what a digest says. @param found the digest that they have */
export function mismatch({ algorithm, base64 }: Checksum): CorruptError {
  return new CorruptError("ERR_SLUICE_DIGEST_MISMATCH", "digest", { found: `${algorithm}:${base64}` });
}

/** A check of octets, in their order, against a checksum that the caller has given. */
export class ChecksumCheck {
  readonly #expected: Checksum;
  readonly #hash: Hash;

  /** @param text as {@link parseChecksum} takes it @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(text: string) {
    this.#expected = parseChecksum(text);
    this.#hash = startChecksum(this.#expected.algorithm);
  }

  /** The octets that come next. */
  update(piece: Uint8Array): void {
    this.#hash.update(piece);
  }

  /**
   * Once, behind the last octet. Returns the checksum that all of them have.
   * @throws CorruptError `ERR_SLUICE_DIGEST_MISMATCH` where it is another one than expected
   */
  verify(): Checksum {
    const { algorithm, base64 } = this.#expected;
    const found = this.#hash.digest("base64");
    if (found !== base64) throw mismatch({ algorithm, base64: found });
    return this.#expected;
  }
}
