import { createHash, type Hash } from "node:crypto";
import { wrongOption } from "../../options.ts";

/** Algorithms of a checksum that is given by the caller; those of digest fields are the first two. */
export type ChecksumAlgorithm = "sha-256" | "sha-512" | "sha-1" | "md5";

const OCTETS: Readonly<Record<ChecksumAlgorithm, number>> = {
  "sha-256": 32,
  "sha-512": 64,
  "sha-1": 20,
  md5: 16,
};

/** A digest by an algorithm. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64 with padding. */
  readonly base64: string;
}

/** Whether an algorithm can be computed here. */
function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(OCTETS, name);
}

/**
 * A checksum as `algorithm:value`, the value in hex or in base64 (with `+/` or `-_`, with or without padding).
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function parseChecksum(text: string): Checksum {
  const [, algorithm = "", value = ""] = /^([a-z0-9-]+):([A-Za-z0-9+/_=-]+)$/.exec(text) ?? [];
  if (!isChecksumAlgorithm(algorithm))
    throw wrongOption("checksum", text, `one of ${Object.keys(OCTETS).join(", ")}, a colon and a digest`);
  const octets = OCTETS[algorithm];
  const encoding = /^[0-9a-f]+$/i.test(value) && value.length === octets * 2 ? "hex" : "base64";
  const bytes = Buffer.from(value, encoding);
  // A hex digit too few would else be read as base64 of something longer.
  if (bytes.length !== octets)
    throw wrongOption("checksum", text, `${octets} octets in hex or base64 behind the colon`);
  return { algorithm, base64: bytes.toString("base64") };
}

/** A computation that octets are given to. */
export function startChecksum(algorithm: ChecksumAlgorithm): Hash {
  return createHash(algorithm.replace("-", ""));
}
