import { EndedError, type ErrorCode, StatusError, TruncatedError } from "../../errors.ts";

/** What another attempt may bring to a better end: the network, and servers that were slow. */
const OF_THE_NETWORK: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "ERR_SLUICE_CONNECT",
  "ERR_SLUICE_CONNECT_TIMEOUT",
  "ERR_SLUICE_PROXY",
  "ERR_SLUICE_CONNECTION_LOST",
  "ERR_SLUICE_RESPONSE_TIMEOUT",
  "ERR_SLUICE_BODY_TIMEOUT",
]);

/**
 * Whether another attempt may succeed although this one has not: after a connection that failed or was cut, and after 408, 429 and 5xx.
 * A broken rule, a certificate that is not trusted and every other status would be met again.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof TruncatedError) return true;
  if (error instanceof StatusError) {
    const { responseStatus: status } = error;
    return status === 408 || status === 429 || status >= 500;
  }
  if (!(error instanceof EndedError)) return false;
  if (error.code === "ERR_SLUICE_TLS") return isSystemError(error.cause);
  return OF_THE_NETWORK.has(error.code);
}

/** A handshake that the network has broken, and not the certificate or the protocol: ECONNRESET, EPIPE. */
function isSystemError(cause: unknown): boolean {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && /^E(?!RR_|PROTO$)/.test(code);
}
