/**
 * Fields about the connection that a message has come by, never about the one it is passed on to (RFC 9110 section 7.6.1); on HTTP/2 a
 * message with one of them is malformed (RFC 9113 section 8.2.2). Lower-case.
 */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
