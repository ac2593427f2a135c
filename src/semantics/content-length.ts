import { UsageError } from "../errors.ts";

/** How long a response is, as far as its head knows. */
export interface ResponseLength {
  /** What Content-Length is to say; undefined where it is not to be sent. */
  readonly length: number | undefined;
  /** Whether content follows; without a length, as much as there is. */
  readonly wantsBody: boolean;
}

/**
 * The size that a body and the caller's Content-Length agree on, in octets; undefined where neither says one.
 * @throws UsageError `ERR_SLUICE_OPTION` for a size that is none, `ERR_SLUICE_LENGTH_MISMATCH`
 */
export function agreedSize(size: number | undefined, announced: number | undefined): number | undefined {
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `size ${size}` });
  if (size === undefined || announced === undefined) return size ?? announced;
  if (size !== announced)
    throw new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${size} of ${announced}` });
  return size;
}

/** Whether a final response has no content, and says nothing of another one's. @param method of the request */
export function isWithoutContent(method: string, status: number): boolean {
  return status === 204 || status === 205 || (method === "CONNECT" && status < 300);
}

/**
 * What a final response says of its length, and whether it has content (RFC 9110 sections 6.4.1 and 8.6).
 * @param method of the request
 * @param size the octets of the body, undefined where nobody knows them
 * @param announced what the caller's Content-Length says, undefined where there is none
 * @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_LENGTH_MISMATCH`; `ERR_SLUICE_BODY_NOT_ALLOWED` for a status without content
 */
export function responseLength(
  method: string,
  status: number,
  size: number | undefined,
  announced: number | undefined,
): ResponseLength {
  // A length without a body is that of another answer: to GET, or without the condition. The caller knows it best.
  const isBodiless = method === "HEAD" || status === 304;
  const agreed = agreedSize(isBodiless && announced !== undefined ? undefined : size, announced);
  if (isWithoutContent(method, status)) {
    if (agreed !== undefined && agreed > 0)
      throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED", { found: `${status}` });
    // Unlike 204, a 205 is framed as others are (RFC 9110 section 15.3.6).
    return { length: status === 205 ? 0 : undefined, wantsBody: false };
  }
  // What a GET would have had, where that is known; a 304 has nothing to say about a body of its own.
  return { length: status === 304 ? announced : agreed, wantsBody: !isBodiless };
}
