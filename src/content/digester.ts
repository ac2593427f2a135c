import { createHash, type Hash } from "node:crypto";

/** A digest that is computed piece by piece. */
export class Digester {
  readonly #hash: Hash;

  /** @param algorithm `sha-256`, `sha-512` (RFC 9530 section 5) or `md5` (RFC 1864) */
  constructor(algorithm: "sha-256" | "sha-512" | "md5") {
    this.#hash = createHash(algorithm.replace("-", ""));
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
