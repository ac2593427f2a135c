import type { Hash } from "node:crypto";
import { type ChecksumAlgorithm, startChecksum } from "./checksum.ts";
import type { PartFile } from "./part-file.ts";

const READ = 1024 * 1024;

/**
 * Digests of a file that is being written: computed on the way as long as it grows from its beginning on, and the rest read back at
 * the end.
 */
export class WholeDigest {
  #hashes = new Map<ChecksumAlgorithm, Hash>();
  #position = 0;

  /** Begins anew. */
  start(algorithms: Iterable<ChecksumAlgorithm>): void {
    this.#hashes = new Map([...algorithms].map((algorithm) => [algorithm, startChecksum(algorithm)]));
    this.#position = 0;
  }

  /** Octets that are being written. */
  update(pieces: readonly Uint8Array[], position: number): void {
    if (this.#hashes.size === 0 || position > this.#position) return;
    // What is written a second time was not right the first time.
    if (position < this.#position) {
      this.start(this.#hashes.keys());
      if (position > 0) return;
    }
    for (const piece of pieces) {
      for (const hash of this.#hashes.values()) hash.update(piece);
      this.#position += piece.length;
    }
  }

  /**
   * The digests of the first `size` octets, in base64.
   * @param algorithms others than those it was started with have the whole file read
   * @throws what reading the file throws, and the reason of the signal
   */
  async finish(
    algorithms: ReadonlySet<ChecksumAlgorithm>,
    file: Pick<PartFile, "read">,
    size: number,
    signal: AbortSignal | undefined,
  ): Promise<Map<ChecksumAlgorithm, string>> {
    if ([...algorithms].some((algorithm) => !this.#hashes.has(algorithm))) this.start(algorithms);
    const buffer =
      this.#position < size ? Buffer.allocUnsafeSlow(Math.min(READ, size - this.#position)) : Buffer.alloc(0);
    while (this.#position < size) {
      signal?.throwIfAborted();
      const octets = await file.read(
        buffer.subarray(0, Math.min(buffer.length, size - this.#position)),
        this.#position,
      );
      if (octets === 0) break;
      this.update([buffer.subarray(0, octets)], this.#position);
    }
    return new Map([...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.digest("base64")]));
  }
}
