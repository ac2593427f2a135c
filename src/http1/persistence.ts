import { listHas } from "../semantics/lists.ts";

/**
 * Whether a connection persists after a message, as far as its version and its Connection field are concerned (RFC 9112 section 9.3).
 * @param minor 0 for HTTP/1.0
 */
export function persists(minor: 0 | 1, connection: string | undefined): boolean {
  if (listHas(connection, "close")) return false;
  return minor === 1 || listHas(connection, "keep-alive");
}
