/** Methods that only read (RFC 9110 section 9.2.1), QUERY (RFC 10008) among them. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"]);

/** Whether a request does nothing but read. */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

/** Whether a request can be repeated without harm: twice is as good as once (RFC 9110 section 9.2.2). */
export function isIdempotent(method: string): boolean {
  return SAFE.has(method) || method === "PUT" || method === "DELETE";
}

/** Whether content is expected of a request, so that one without any says so (RFC 9110 section 8.6). */
export function expectsContent(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}
