import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";

/** How long silence may last before a look at whether anything leaves, in milliseconds. */
const PROBED_AFTER = 1_000;
/** Octets of a PING (RFC 9113 section 6.7). */
const PING_SIZE = 17;

/**
 * Finds sessions that are over without a word. After some faults of the peer nghttp2 says GOAWAY, reads and writes nothing any more, and
 * node:http2 does not notice: nobody would hear the reader leave. Once nothing has come for a while a PING is given to it, and one that does not get
 * out tells.
 */
export class Http2Probe {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  // How much had come when something last came, and when that was.
  #heard = 0;
  #heardAt: number;
  // When the PING was given; Infinity once it is known to have left.
  #probedAt: number | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(session: ServerHttp2Session, socket: Socket, now: number) {
    this.#session = session;
    this.#socket = socket;
    this.#heardAt = now;
  }

  /** Returns whether the session is over. @param write how long a reader may take nothing, in milliseconds; 0 for ever */
  check(now: number, write: number): boolean {
    const heard = this.#socket.bytesRead;
    if (heard !== this.#heard) {
      // What answers a PING is nothing new.
      const isAnswer = this.#probedAt !== undefined && heard - this.#heard === PING_SIZE;
      this.#heard = heard;
      this.#heardAt = now;
      this.#probedAt = isAnswer ? Infinity : undefined;
    } else if (this.#probedAt === undefined) {
      if (now - this.#heardAt >= PROBED_AFTER && !this.#session.destroyed) {
        this.#session.ping(() => {});
        this.#probedAt = now;
      }
    } else if (now > this.#probedAt) {
      if ((this.#session.state.outboundQueueSize ?? 0) === 0) this.#probedAt = Infinity;
      else return unsent(this.#socket as HandleSocket) === 0 || (write > 0 && now - this.#probedAt >= write);
    }
    return false;
  }
}

/** What node:net keeps to itself. */
interface HandleSocket {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
  /** The plain socket below one of TLS. */
  readonly _parent?: HandleSocket | null;
}

/** Octets that the kernel has not taken from a socket yet; undefined where nobody tells. */
function unsent(socket: HandleSocket): number | undefined {
  const { _parent: plain } = socket;
  return (plain ?? socket)._handle?.writeQueueSize;
}
