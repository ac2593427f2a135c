import type { Fields } from "../semantics/fields.ts";

/** The head of a response, whichever version of HTTP it has come by. */
export interface ReceivedHead {
  readonly status: number;
  /** The reason phrase as it was sent; may be empty, and is on HTTP/2, which has none. */
  readonly reason: string;
  readonly fields: Fields;
  /** Of HTTP/1 the minor version; undefined for HTTP/2. */
  readonly minor: 0 | 1 | undefined;
}

/** How many octets the body of a response has: `"none"` where it has no body whatever its fields say, undefined where nobody knows. */
export type AnnouncedSize = number | "none" | undefined;

/** The versions of HTTP that a response can come by. */
export type HttpVersion = "1.0" | "1.1" | "2.0";

export function versionOf({ minor }: ReceivedHead): HttpVersion {
  return minor === undefined ? "2.0" : minor === 0 ? "1.0" : "1.1";
}
