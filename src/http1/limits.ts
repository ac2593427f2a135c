import { UsageError } from "../errors.ts";

/**
 * How much of a peer's framing is read. Each limit answers one attack; what others chose stands beside ours.
 */
export interface WireLimits {
  /** Octets of a head section, start line and final empty line included. Default 16 KiB (Node 16 KiB, nginx 32 KiB); over it: 431. */
  readonly headBytes: number;
  /** Fields of a head section. Default 100 (hyper 100, Node drops those over 2,000 in silence); over it: 431. */
  readonly headFields: number;
  /** Octets of a request target. Default 8,000, which RFC 9112 section 3 asks everybody to support; over it: 414. */
  readonly targetBytes: number;
  /** Octets of the line of one chunk size, extensions included, CR LF excluded. Default 4 KiB (Go 4 KiB); over it: 400. */
  readonly chunkLineBytes: number;
  /**
   * Octets of extensions of one body, beyond one for every sixteen of payload: a signature on each 8 KiB chunk passes for ever,
   * padding does not. Default 16 KiB (hyper 16 KiB a body, Node 16 KiB a chunk); over it: 400.
   */
  readonly extensionBytes: number;
  /**
   * Octets of framing of one body, beyond 16 a chunk and two for every one of payload: a body of one-byte chunks passes for ever,
   * padding does not. Default 16 KiB (Go 16 KiB); over it: 400.
   */
  readonly overheadBytes: number;
  /** Octets of a trailer section, final empty line included. Default 8 KiB (Jetty 8 KiB); over it: 431. */
  readonly trailerBytes: number;
  /** Fields of a trailer section. Default 64; over it: 431. */
  readonly trailerFields: number;
}

/** The limits that hold where nothing else is said. */
export const WIRE_LIMITS: WireLimits = {
  headBytes: 16_384,
  headFields: 100,
  targetBytes: 8_000,
  chunkLineBytes: 4_096,
  extensionBytes: 16_384,
  overheadBytes: 16_384,
  trailerBytes: 8_192,
  trailerFields: 64,
};

/**
 * Limits with the defaults in the places of those not given, or given as undefined: a limit is never off by accident.
 * @throws UsageError `ERR_SLUICE_OPTION` for what is no number, or a negative one
 */
export function wireLimits(given: Partial<WireLimits>): WireLimits {
  const limits = { ...WIRE_LIMITS };
  for (const name of Object.keys(WIRE_LIMITS) as (keyof WireLimits)[]) {
    const value = given[name] ?? WIRE_LIMITS[name];
    if (!(value >= 0))
      throw new UsageError("ERR_SLUICE_OPTION", { found: `limits.${name}: ${String(value)}` });
    Object.assign(limits, { [name]: value });
  }
  return limits;
}
