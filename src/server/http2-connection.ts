import type { Socket } from "node:net";
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { type ErrorCode, ProtocolError } from "../errors.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import type { Remote } from "../exchange/request.ts";
import { guardEnd } from "../http2/stream-end.ts";
import { CONNECTION_WINDOW } from "../http2/settings.ts";
import type { ConnectionHost, ServedConnection } from "./served-connection.ts";
import { Http2Exchange, type Http2ExchangeHost, type Http2Head } from "./http2-exchange.ts";
import type { Settings } from "./options.ts";

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_FLAG_END_STREAM, NGHTTP2_REFUSED_STREAM } = constants;

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
/** How long silence may last before a look at whether anything leaves, where idle connections have no end; in milliseconds. */
const PROBED_AFTER = 5_000;

/**
 * One connection of HTTP/2 (RFC 9113): node:http2 reads and writes its frames, and here is what it leaves open: how many handlers run at
 * a time, how long anything may take, and what frames that carry nothing may cost.
 */
export class Http2Connection implements ServedConnection, Http2ExchangeHost {
  readonly secure: boolean;
  readonly remote: Remote;
  readonly #host: ConnectionHost;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #exchanges = new Set<Http2Exchange>();
  // Handlers that have not returned. A stream that was reset is gone, and its handler may still be at work.
  #running = 0;
  #requests = 0;
  // What the exchanges that are over have been worth.
  #past = 0;
  // Streams that the peer may still reset, as of when this was last counted.
  #resets = RESETS;
  #resetsAt: number;
  // How much had come when something last came, when that was, and when a PING was sent to see whether anything leaves.
  #heard = 0;
  #heardAt: number;
  #probedAt: number | undefined;
  #idleSince: number | undefined;
  #closingSince: number | undefined;
  readonly #begun: number;

  /** @param socket the one that the session reads and writes */
  constructor(session: ServerHttp2Session, socket: Socket, secure: boolean, host: ConnectionHost) {
    this.#host = host;
    this.#session = session;
    this.#socket = socket;
    this.secure = secure;
    const { remoteAddress = "", remotePort = 0 } = socket;
    this.remote = { address: remoteAddress, port: remotePort };
    this.#begun = this.#idleSince = this.#resetsAt = this.#heardAt = performance.now();
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on("stream", (...[stream, head, flags, raw]: unknown[]) =>
      this.#stream(stream as ServerHttp2Stream, head as Http2Head, flags as number, raw as string[]),
    );
    session.on("error", (error) => this.#failed(error));
    session.on("close", () => this.#closed());
    // The client has closed its side: nobody is left to read.
    socket.on("end", () => session.destroy());
    if (diagnostics.connectionOpen.hasSubscribers)
      diagnostics.connectionOpen.publish({ remote: this.remote });
  }

  get settings(): Settings {
    return this.#host.settings;
  }

  get active(): number {
    return this.#exchanges.size;
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten;
  }

  #stream(stream: ServerHttp2Stream, head: Http2Head, flags: number, raw: readonly string[]): void {
    const { limits } = this.settings;
    if (stream.closed || this.#running >= limits.streams || this.#closingSince !== undefined) {
      guardEnd(stream);
      stream.on("error", () => {});
      this.#countReset();
      stream.close(NGHTTP2_REFUSED_STREAM);
      return;
    }
    this.#host.requested();
    this.#requests++;
    this.#idleSince = undefined;
    const exchange = new Http2Exchange(stream, head, raw, (flags & NGHTTP2_FLAG_END_STREAM) !== 0, this);
    this.#exchanges.add(exchange);
    const { fault } = exchange;
    if (fault !== undefined) exchange.refuse(fault);
    else {
      this.#running++;
      void exchange.start(this.#host.handler).then(this.#returned);
    }
    if (this.#requests >= limits.requests) this.retire();
  }

  readonly #returned = (): void => {
    this.#running--;
  };

  closed(exchange: Http2Exchange): void {
    this.#past += worthOf(exchange);
    if (exchange.resetByPeer) this.#countReset();
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#idleSince = performance.now();
  }

  /**
   * To open streams and to reset them, or to have them reset or refused, costs a peer next to nothing, whatever their handlers do (Rapid Reset,
   * CVE-2023-44487; MadeYouReset, CVE-2025-8671).
   */
  #countReset(): void {
    if (this.#closingSince !== undefined) return;
    const now = performance.now();
    this.#resets = Math.min(RESETS, this.#resets + ((now - this.#resetsAt) / 1000) * RESETS_PER_SECOND) - 1;
    this.#resetsAt = now;
    if (this.#resets < 0) this.#calm();
  }

  // Ending

  #calm(): void {
    this.#session.destroy(new ProtocolError("ERR_SLUICE_HTTP2_OVERHEAD"), NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** Ends the connection once what runs is done: at once where nothing does. */
  retire(): void {
    this.#closingSince ??= performance.now();
    this.#session.close();
  }

  /** Cuts the connection. Whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void {
    for (const exchange of this.#exchanges) exchange.cutOff(code);
    this.#session.destroy();
    // It would wait for a reader that takes nothing. What can leave has left by then.
    setImmediate(() => this.#socket.destroy());
  }

  /** The session is being destroyed, which waits for a reader to take what has been written: the clock doesn't. */
  #failed(error: Error): void {
    this.#closingSince ??= performance.now();
    if (diagnostics.connectionError.hasSubscribers)
      diagnostics.connectionError.publish({ remote: this.remote, error });
  }

  #closed(): void {
    this.#host.closed(this);
    if (diagnostics.connectionClose.hasSubscribers)
      diagnostics.connectionClose.publish({ remote: this.remote });
  }

  // Deadlines

  check(now: number): void {
    const { idle, head, linger } = this.settings.timeouts;
    for (const exchange of this.#exchanges) exchange.check(now);
    if (this.#idleSince !== undefined && this.#closingSince === undefined) {
      // The first request has the time of a head.
      const limit = this.#requests === 0 ? head : idle;
      if (limit > 0 && now - this.#idleSince >= limit) this.retire();
    }
    if (this.#closingSince !== undefined && this.#exchanges.size === 0) {
      if (now - Math.max(this.#closingSince, this.#idleSince ?? 0) >= linger) this.#socket.destroy();
    }
    if (this.#exchanges.size > 0) this.#probe(now);
    if (this.#closingSince === undefined && this.bytesReceived > this.#allowance(now)) this.#calm();
  }

  /**
   * After some faults of the peer nghttp2 says GOAWAY, reads and writes nothing any more, and node:http2 does not notice: nobody would hear the
   * reader leave. A PING that does not get out tells.
   */
  #probe(now: number): void {
    const { idle, write } = this.settings.timeouts;
    const { bytesReceived } = this;
    if (bytesReceived !== this.#heard) {
      this.#heard = bytesReceived;
      this.#heardAt = now;
      this.#probedAt = undefined;
    } else if (this.#probedAt === undefined) {
      if (now - this.#heardAt < (idle || PROBED_AFTER) || this.#session.destroyed) return;
      this.#session.ping(() => {});
      this.#probedAt = now;
    } else if (write > 0 && now - this.#probedAt >= write) {
      if ((this.#session.state.outboundQueueSize ?? 0) > 0) this.cutOff("ERR_SLUICE_WRITE_TIMEOUT");
      this.#heardAt = now;
      this.#probedAt = undefined;
    }
  }

  /**
   * How many octets may have come by now. Frames that carry nothing are cheap to send and not to read: PING, SETTINGS, WINDOW_UPDATE,
   * PRIORITY, empty DATA (RFC 9113 section 10.5). A peer that has little else to say is sent away.
   */
  #allowance(now: number): number {
    const { headBytes, trailerBytes } = this.settings.limits;
    const seconds = (now - this.#begun) / 1000;
    let allowance = OVERHEAD + seconds * OVERHEAD_PER_SECOND + this.#past;
    allowance += this.#requests * (OVERHEAD_OF_REQUEST + headBytes + trailerBytes);
    for (const exchange of this.#exchanges) allowance += worthOf(exchange);
    return allowance;
  }
}

/** How many octets may come for an exchange's content, in both directions. */
function worthOf({ octetsRead, octetsUnread, octetsWritten, piecesWritten }: Http2Exchange): number {
  return (
    octetsRead * OVERHEAD_OF_OCTET_READ +
    octetsUnread +
    octetsWritten * OVERHEAD_OF_OCTET_WRITTEN +
    piecesWritten * OVERHEAD_OF_PIECE_WRITTEN
  );
}
