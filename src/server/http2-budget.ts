import type { ServerLimits } from "./options.ts";

/** Octets that a request may cost beyond its content, its head and its trailers: window updates, priorities. */
const OVERHEAD_OF_REQUEST = 8 * 1024;
/** Octets that a connection may cost beyond its requests and their content at once, and in each second. */
const OVERHEAD = 256 * 1024;
const OVERHEAD_PER_SECOND = 16 * 1024;
/** For each octet that is read: it may come in a frame of its own. */
const OVERHEAD_OF_OCTET_READ = 10;
/** For each octet that is written, and for each piece: readers open their windows again, of the stream and of the connection. */
const OVERHEAD_OF_OCTET_WRITTEN = 0.05;
const OVERHEAD_OF_PIECE_WRITTEN = 32;

/** Streams that a peer may reset at once, and in each second from then on: a little less than nghttp2 has it, which ends without a word. */
const RESETS = 900;
const RESETS_PER_SECOND = 30;

/** What has come and gone on one stream. */
export interface Traffic {
  /** Octets of the request's content that have been read. */
  readonly octetsRead: number;
  /** Octets of it that may have come unread. */
  readonly octetsUnread: number;
  /** Octets of the answer's content. */
  readonly octetsWritten: number;
  /** Pieces that they were written in. */
  readonly piecesWritten: number;
}

/**
 * What a peer may cost beyond its requests and their content (RFC 9113 section 10.5). Frames that carry nothing are cheap to send and not to
 * read: PING, SETTINGS, WINDOW_UPDATE, PRIORITY, empty DATA. And to open streams and to reset them, or to have them reset or refused, costs next to
 * nothing, whatever their handlers do (Rapid Reset, CVE-2023-44487; MadeYouReset, CVE-2025-8671).
 */
export class Http2Budget {
  readonly #perRequest: number;
  readonly #begun: number;
  // What requests and streams that are over have been worth, in octets.
  #octets = OVERHEAD;
  #resets = RESETS;
  #resetsAt: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor({ headBytes, trailerBytes }: ServerLimits, now: number) {
    this.#perRequest = OVERHEAD_OF_REQUEST + headBytes + trailerBytes;
    this.#begun = this.#resetsAt = now;
  }

  /** A request has begun. */
  requested(): void {
    this.#octets += this.#perRequest;
  }

  /** A stream is over. */
  streamClosed(stream: Traffic): void {
    this.#octets += worthOf(stream);
  }

  /** A stream was reset, or was made to be. Returns whether there have been too many. */
  streamReset(now: number): boolean {
    const regained = ((now - this.#resetsAt) / 1000) * RESETS_PER_SECOND;
    this.#resets = Math.min(RESETS, this.#resets + regained) - 1;
    this.#resetsAt = now;
    return this.#resets < 0;
  }

  /** How many octets may have come by now. @param streams those that are not over */
  allowance(now: number, streams: Iterable<Traffic>): number {
    let octets = this.#octets + ((now - this.#begun) / 1000) * OVERHEAD_PER_SECOND;
    for (const stream of streams) octets += worthOf(stream);
    return octets;
  }
}

/** How many octets may come for a stream, in both directions. */
function worthOf({ octetsRead, octetsUnread, octetsWritten, piecesWritten }: Traffic): number {
  return (
    octetsRead * OVERHEAD_OF_OCTET_READ +
    octetsUnread +
    octetsWritten * OVERHEAD_OF_OCTET_WRITTEN +
    piecesWritten * OVERHEAD_OF_PIECE_WRITTEN
  );
}
