import type { SecureContextOptions } from "node:tls";
import { checkNames, wrongOption } from "../options.ts";

/** What a server has done so far. */
export interface ServerStats {
  /** Connections that are open now. */
  readonly connections: number;
  /** Requests that are with a handler, or being answered, now. */
  readonly active: number;
  /** Requests since the start. */
  readonly requests: number;
  /** Octets that have arrived and left since the start, framing included, TLS not. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** What {@link Server.close} takes. */
export interface CloseOptions {
  /** How long running answers may go on, in milliseconds; then they are cut. 0 cuts at once. Default 10,000. */
  readonly grace?: number | undefined;
}

/** A running server. Closed by {@link Server.close}, or at the end of a block by `await using`. */
export interface Server extends AsyncDisposable {
  /** Where the server is reached. */
  readonly url: URL;
  /** The port, also where it was left to the system. */
  readonly port: number;
  /** Counts; with `workers`, the sum of what they last said, at most half a second old. */
  readonly stats: ServerStats;
  /**
   * Replaces the certificate, or whatever else makes a secure context, for the connections that come from now on.
   * @throws UsageError `ERR_SLUICE_OPTION` without `tls`, without a certificate, and of `workers`: each has a server of its own; what node:tls says of the options
   */
  setSecureContext(options: SecureContextOptions): void;
  /**
   * Stops accepting, lets running answers finish (their heads say `Connection: close`, HTTP/2 says GOAWAY), and cuts what is left after the grace.
   * Resolves when every connection is gone, and every worker. Later calls wait for the same end; a shorter grace takes effect.
   * @throws UsageError `ERR_SLUICE_OPTION`
   */
  close(options?: CloseOptions): Promise<void>;
}

/** How long running answers may go on when nobody says, in milliseconds. */
const GRACE = 10_000;

/** The longest that a timer can be set to, with some room for whoever adds to it. */
export const NEVER: number = 2 ** 31 - 1 - 60_000;

const NAMES: ReadonlySet<string> = new Set(["grace"]);

/** How long running answers may go on. @throws UsageError `ERR_SLUICE_OPTION` */
export function graceOf(options: CloseOptions): number {
  if (typeof options !== "object" || options === null)
    throw wrongOption("close()", options, "an object: close({ grace: 1_000 })");
  checkNames("close: ", options, NAMES);
  const { grace = GRACE } = options;
  if (typeof grace !== "number" || Number.isNaN(grace))
    throw wrongOption("grace", grace, "a number of milliseconds");
  return Math.min(Math.max(grace, 0), NEVER);
}
