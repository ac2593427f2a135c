import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { EndedError, ProtocolError, UsageError } from "../errors.ts";
import type { WireLimits } from "../http1/limits.ts";
import { CODES } from "../http2/codes.ts";
import { nodeHttp2 } from "../http2/node-http2.ts";
import { Roster } from "../http2/roster.ts";
import { openWindow, SETTINGS } from "../http2/settings.ts";
import { type Remote, remoteOf } from "../socket/remote.ts";
import type { Exchange } from "./exchange.ts";
import { Http2Stream, type Http2StreamHost } from "./http2-stream.ts";
import type { ConnectionHost, PooledConnection } from "./pooled-connection.ts";

/** Streams that are opened before the server has said how many it takes; RFC 9113 section 6.5.2 asks it not to take fewer. */
const STREAMS_AT_FIRST = 100;
/** How much more of a head node:http2 reads than is allowed here, so that what is over the limit is known by its own error. */
const HEAD_MARGIN = 4;
/** Settings and counts of node:http2 are numbers of 32 bits, and heads of 24. */
const LONGEST_HEAD = 2 ** 24 - 1;
/** Frames about the connection alone, PING and SETTINGS and their like, that may come between two looks at the clock. */
const CONTROL_FRAMES = 1_000;
/** Origins that a server may say it speaks for; node:http2 keeps them all. */
const ORIGINS = 1_000;
/**
 * Turns of the event loop that streams have after the end of their connection. node:http2 doesn't read while it writes, and over TLS it is
 * told of the end before it has read what came before that.
 */
const TURNS_AFTER_END = 10;
/**
 * Milliseconds after which a server that says nothing, while something is waited for, is asked by PING whether it is there, once. So is
 * this side: what is wrong with some frames node:http2 of Node 20 tells the server alone, and reads no more.
 */
const SILENCE = 10_000;
/** How long the answer may take, in milliseconds. */
const PONG_TIME = 2_000;

/**
 * One connection of HTTP/2 (RFC 9113), which carries as many exchanges at a time as its server takes. node:http2 reads and writes its
 * frames; here is what it leaves open: who may begin, when the connection is of no more use, what frames that carry nothing may cost.
 */
export class Http2Connection implements PooledConnection, Http2StreamHost {
  readonly secure: boolean;
  readonly remote: Remote;
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #session: ClientHttp2Session;
  readonly #streams = new Roster<Http2Stream>();
  #exchanges = 0;
  #most = STREAMS_AT_FIRST;
  #spoken = false;
  // Whether no exchange begins any more, and what the connection has ended with, once it has.
  #closing = false;
  #lost: { readonly cause: unknown } | undefined;
  // The last stream that the server has begun with, once it has said so.
  #lastStream = Infinity;
  #idleSince: number | undefined;
  #doubtedSince: number | undefined;
  // Octets that have come, and when they were the last.
  #heard = 0;
  #heardAt = performance.now();
  #controlFrames = 0;

  /** @param connected a socket that nobody has read from */
  constructor(connected: Socket, secure: boolean, host: ConnectionHost) {
    this.#host = host;
    this.#socket = connected;
    this.secure = secure;
    this.remote = remoteOf(connected);
    const { headBytes, headFields, trailerBytes, trailerFields } = host.settings.limits;
    const session = nodeHttp2().connect(secure ? "https://localhost" : "http://localhost", {
      createConnection: () => connected,
      settings: { ...SETTINGS, maxHeaderListSize: withMargin(Math.max(headBytes, trailerBytes)) },
      maxHeaderListPairs: withMargin(Math.max(headFields, trailerFields)),
    });
    this.#session = session;
    openWindow(session);
    const control = (): void => this.#control();
    session.on("remoteSettings", ({ maxConcurrentStreams = Infinity }) => {
      this.#control();
      this.#spoken = true;
      this.#most = maxConcurrentStreams;
      if (this.usable) host.free(this);
    });
    session.on("ping", control).on("altsvc", control);
    session.on("origin", () => {
      this.#control();
      if ((session.originSet?.length ?? 0) > ORIGINS) this.#tooMuch();
    });
    session.on("goaway", (code, lastStream) => {
      // Another code than NO_ERROR ends it at once for node:http2.
      if (code !== CODES.NO_ERROR) this.#lost ??= { cause: undefined };
      this.#retire(lastStream);
    });
    session.on("error", () => {}); // Its streams are told, and its socket closes.
    connected.on("end", () => this.#peerEnded(TURNS_AFTER_END));
    connected.on("error", (error) => (this.#lost ??= { cause: error }));
    connected.on("close", () => this.#closed());
    // A paused socket was connected, and would stay so.
    connected.resume();
    this.#idle();
  }

  get limits(): WireLimits {
    return this.#host.settings.limits;
  }

  get lost(): { readonly cause: unknown } | undefined {
    return this.#lost;
  }

  get spoken(): boolean {
    return this.#spoken;
  }

  get usable(): boolean {
    return !this.#closing && this.#doubtedSince === undefined && this.#streams.size < this.#most;
  }

  /** Whether no exchange will begin on it any more. */
  get closing(): boolean {
    return this.#closing;
  }

  /** It is used by many, and whoever cannot have one that has been idle would find no other. */
  get used(): boolean {
    return false;
  }

  start(exchange: Exchange): void {
    if (this.#idleSince !== undefined) this.#session.ref();
    this.#idleSince = undefined;
    const stream = new Http2Stream(exchange, this.#exchanges > 0, this);
    this.#exchanges++;
    this.#streams.add(stream);
    stream.begin();
  }

  // What the streams ask for

  open(headers: OutgoingHttpHeaders, body: boolean, trailers: boolean): ClientHttp2Stream {
    const { closed, destroyed } = this.#session;
    if (closed || destroyed) throw new EndedError("ERR_SLUICE_STREAM_REFUSED");
    try {
      return this.#session.request(headers, { endStream: !body, waitForTrailers: trailers });
    } catch (cause) {
      // The sender keeps every rule that node:http2 has for fields today. A later version may have more.
      throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: (cause as Error).message, cause });
    }
  }

  refuses(id: number | undefined): boolean {
    return id === undefined || id > this.#lastStream;
  }

  doubt(): void {
    if (this.#doubtedSince !== undefined || this.#closing) return;
    this.#doubtedSince = performance.now();
    this.#session.ping((error) => {
      if (error !== null) return;
      this.#doubtedSince = undefined;
      // That was no more than the answer.
      this.#heard = this.#socket.bytesRead;
      if (this.usable) this.#host.free(this);
    });
  }

  closed(stream: Http2Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) {
      if (this.#closing) this.close();
      else this.#idle();
    }
    if (this.usable) this.#host.free(this);
  }

  /** Unused, it keeps the process from ending no longer. */
  #idle(): void {
    this.#idleSince = performance.now();
    this.#session.unref();
  }

  // Ending

  /** GOAWAY: what has begun goes on, and what has not may begin elsewhere (RFC 9113 section 6.8). */
  #retire(lastStream: number): void {
    this.#lastStream = Math.min(this.#lastStream, lastStream);
    this.#closing = true;
    if (this.#streams.size === 0) this.close();
    this.#host.free(this);
  }

  close(): void {
    this.#closing = true;
    if (!this.#session.destroyed) this.#session.destroy();
    // It would wait until the server has read everything.
    this.#socket.destroySoon();
    setImmediate(() => this.#socket.destroy());
  }

  giveUp(error: unknown): void {
    for (const stream of this.#streams.all()) stream.giveUp(error);
    this.close();
  }

  /** Of the end of a socket whose other half is open node:http2 takes no notice. @param turns what is still waited for */
  #peerEnded(turns: number): void {
    if (turns === 0 || this.#streams.size === 0) this.#lose(undefined);
    else setImmediate(() => this.#peerEnded(turns - 1));
  }

  /** The connection has ended. Streams that had not are told by their own ends. */
  #lose(cause: unknown): void {
    this.#lost ??= { cause };
    this.close();
  }

  #closed(): void {
    this.#lose(undefined);
    this.#host.closed(this);
  }

  // What it may cost

  #control(): void {
    if (++this.#controlFrames > CONTROL_FRAMES) this.#tooMuch();
  }

  #tooMuch(): void {
    const error = new ProtocolError("ERR_SLUICE_HTTP2_OVERHEAD");
    for (const stream of this.#streams.all()) stream.giveUp(error);
    if (!this.#session.destroyed) this.#session.destroy(error, CODES.ENHANCE_YOUR_CALM);
    this.close();
  }

  check(now: number): void {
    this.#controlFrames = 0;
    this.#listen(now);
    for (const stream of this.#streams.all()) stream.check(now);
    const { idle } = this.#host.settings.timeouts;
    if (this.#idleSince !== undefined && idle > 0 && now - this.#idleSince >= idle) this.close();
  }

  #listen(now: number): void {
    if (this.#socket.bytesRead !== this.#heard || this.#streams.size === 0) {
      this.#heard = this.#socket.bytesRead;
      this.#heardAt = now;
    } else if (now - this.#heardAt >= SILENCE) {
      this.#heardAt = Infinity;
      this.doubt();
    }
    if (this.#doubtedSince !== undefined && now - this.#doubtedSince >= PONG_TIME) this.#lose(undefined);
  }
}

function withMargin(limit: number): number {
  return Math.min(limit * HEAD_MARGIN, LONGEST_HEAD);
}
