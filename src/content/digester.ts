import type { Hash } from "node:crypto";
import { builtin } from "../builtins.ts";
import { UsageError } from "../errors.ts";

const crypto = builtin("node:crypto");

/** Whether this host can compute digests. */
export const CAN_DIGEST: boolean = crypto !== undefined;

/** A digest that is computed piece by piece. */
export class Digester {
  readonly #hash: Hash;

  /**
   * @param algorithm `sha-256`, `sha-512` (RFC 9530 section 5) or `md5` (RFC 1864)
   * @throws UsageError `ERR_SLUICE_OPTION` unless {@link CAN_DIGEST}
   */
  constructor(algorithm: "sha-256" | "sha-512" | "md5") {
    if (crypto === undefined)
      throw new UsageError("ERR_SLUICE_OPTION", { found: "a digest, on a host without node:crypto" });
    this.#hash = crypto.createHash(algorithm.replace("-", ""));
  }

  /** The next octets; text counts as UTF-8. */
  update(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.#hash.update(piece, "utf8");
    else this.#hash.update(piece);
  }

  /** The digest in base64. Called once, at the end. */
  base64(): string {
    return this.#hash.digest("base64");
  }
}
