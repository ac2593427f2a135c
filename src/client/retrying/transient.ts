import { EndedError, type ErrorCode, StatusError, TruncatedError } from "../../errors.ts";

/** What another attempt may bring to a better end: the network, and servers that were slow. */
const OF_THE_NETWORK: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_SLUICE_CONNECT",
  "ERR_SLUICE_CONNECT_TIMEOUT",
  "ERR_SLUICE_PROXY",
  "ERR_SLUICE_CONNECTION_LOST",
  "ERR_SLUICE_STREAM_REFUSED",
  "ERR_SLUICE_STREAM_RESET",
  "ERR_SLUICE_RESPONSE_TIMEOUT",
  "ERR_SLUICE_BODY_TIMEOUT",
]);

/** Statuses of 5xx that say what the server is, or what it wants: they will be the same a little later. */
const LASTING = new Set([501, 505, 506, 510, 511]);

/**
 * Whether a status may be another one a little later: 408, 425 and 429, and 5xx but for 501, 505, 506, 510 and 511. A status of 5xx
 * that nobody has registered is as 500 (RFC 9110 section 15, RFC 6585 section 4, RFC 8470 section 5.2).
 */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && !LASTING.has(status));
}

/**
 * Whether another attempt may succeed although this one has not: after a connection that failed or was cut, and after a status that
 * {@link isTransientStatus} says it of. A broken rule, a certificate that is not trusted and every other status would be met again.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof TruncatedError) return true;
  if (error instanceof StatusError) return isTransientStatus(error.responseStatus);
  if (!(error instanceof EndedError)) return false;
  if (error.code === "ERR_SLUICE_TLS") return isSystemError(error.cause);
  return OF_THE_NETWORK.has(error.code);
}

/** A handshake that the network has broken, and not the certificate or the protocol: ECONNRESET, EPIPE. */
function isSystemError(cause: unknown): boolean {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && /^E(?!RR_|PROTO$)/.test(code);
}
