/**
 * What a client may let pass of what is wrong with a response. All are off unless they are named; each reads what cannot be read in
 * two ways. There is none for line ends, for Transfer-Encoding beside Content-Length, or for what stands behind chunk data.
 */
export interface Lenience {
  /**
   * A field line that begins with white space goes on with the line before it; what parts them becomes spaces (obs-fold, RFC 9112
   * section 5.2).
   */
  readonly foldedLines?: boolean | undefined;
  /** A status line without a reason may lack the space behind its status, too: `HTTP/1.1 200` (RFC 9112 section 4). */
  readonly statusWithoutSpace?: boolean | undefined;
  /** Several equal Content-Lengths, in one line or in many, count as one (RFC 9110 section 8.6). */
  readonly equalLengths?: boolean | undefined;
}
