import { ProtocolError } from "../../errors.ts";
import type { Fields } from "../../semantics/fields.ts";
import { mismatch } from "./checksum-check.ts";
import type { Checksum } from "./checksum.ts";
import { ExpectedDigests } from "./expected-digests.ts";
import type { PartFile } from "./part-file.ts";
import { WholeDigest } from "./whole-digest.ts";

/** A digest that the file has. */
export interface VerifiedDigest extends Checksum {
  /** Whose it is. */
  readonly by: "checksum" | "server";
}

/** What a file is checked against: the caller's checksum, and the digests of the server's. */
export class Verification {
  readonly #checksum: Checksum | undefined;
  readonly #verify: boolean | "required";
  readonly #computed = new WholeDigest();
  #expected = new ExpectedDigests();

  /** @param verify whether the server's digests count; `"required"`: without a digest or a checksum it fails */
  constructor(checksum: Checksum | undefined, verify: boolean | "required") {
    this.#checksum = checksum;
    this.#verify = verify;
  }

  /** What the server has said of the whole, for a journal. */
  get digests(): Iterable<Checksum> {
    return this.#expected;
  }

  /** Goes on with digests that a journal has kept. */
  resume(digests: Iterable<readonly [algorithm: string, base64: string]>): void {
    this.#expected = new ExpectedDigests(digests);
  }

  /** Begins anew, with the headers of the first response. */
  begin(headers: Fields): void {
    const whole = !headers.has("content-range");
    const announced = this.#verify === false ? [] : ExpectedDigests.announced(headers, whole);
    const given = this.#checksum === undefined ? [] : [this.#checksum.algorithm];
    this.#computed.start(new Set([...announced, ...given]));
    this.#expected = new ExpectedDigests();
  }

  /**
   * Takes the digests of a section; false where one is another than before.
   * @param whole whether the content is the whole representation
   * @throws ProtocolError `ERR_SLUICE_DIGEST` for a field that is none
   */
  expect(section: Fields, whole: boolean): boolean {
    return this.#verify === false || this.#expected.add(section, whole);
  }

  /** Octets that are being written. */
  update(pieces: readonly Uint8Array[], position: number): void {
    this.#computed.update(pieces, position);
  }

  /**
   * Checks the first `size` octets, once all of them are written; undefined where there is nothing to check them against.
   * @throws CorruptError `ERR_SLUICE_DIGEST_MISMATCH`
   * @throws ProtocolError `ERR_SLUICE_DIGEST_MISSING`
   * @throws what reading the file throws, and the reason of the signal
   */
  async check(
    file: Pick<PartFile, "read">,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<VerifiedDigest | undefined> {
    const expected: VerifiedDigest[] = [...this.#expected].map((each) => ({ ...each, by: "server" }));
    if (this.#checksum !== undefined) expected.unshift({ ...this.#checksum, by: "checksum" });
    if (expected.length === 0) {
      if (this.#verify === "required") throw new ProtocolError("ERR_SLUICE_DIGEST_MISSING");
      return undefined;
    }
    const algorithms = new Set(expected.map(({ algorithm }) => algorithm));
    const computed = await this.#computed.finish(algorithms, file, size, signal);
    for (const { algorithm, base64 } of expected) {
      const found = computed.get(algorithm)!;
      if (found !== base64) throw mismatch({ algorithm, base64: found });
    }
    return expected[0];
  }
}
