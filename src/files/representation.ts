import type { Pieces } from "../reply/body.ts";

/**
 * Octets that can be read from any offset (RFC 9110 section 3.2): a file, a buffer, an archive that is made while it is sent. Ranges,
 * conditions, HEAD and resumption follow from it.
 */
export interface Representation {
  /** Octets; undefined where it isn't known yet: it is then sent whole, and no ranges of it. */
  readonly size: number | undefined;
  /** The media type. */
  readonly type: string;
  /** An entity tag with its quotes, e.g. `"abc"`, or `W/"abc"` where equal tags don't mean equal octets. */
  readonly etag?: string | undefined;
  /** When it last changed, in milliseconds since 1970. */
  readonly lastModified?: number | undefined;
  /**
   * Whether it is at hand, in memory or on a disk: then up to 64 KiB are read before the head leaves, so that both go in one write, and
   * a read that fails is answered 500. Default false.
   */
  readonly local?: boolean | undefined;
  /**
   * The octets from `start` up to, and without, `end`; `end` is Infinity where the size isn't known. Not called before a body is
   * wanted. A source that has fewer octets than asked for, or more, is an error: the body ends as truncated.
   */
  read(start: number, end: number): Pieces;
  /** Called once, when nothing more will be read: lets go of a file. */
  close?(): void;
}
