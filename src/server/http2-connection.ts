import type { Socket } from "node:net";
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { type ErrorCode, ProtocolError } from "../errors.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import { CODES, END_STREAM } from "../http2/codes.ts";
import { guardEnd } from "../http2/own-end.ts";
import { Roster } from "../http2/roster.ts";
import { openWindow } from "../http2/settings.ts";
import { type Remote, remoteOf } from "../socket/remote.ts";
import { Http2Budget } from "./http2-budget.ts";
import { Http2Exchange, type Http2ExchangeHost } from "./http2-exchange.ts";
import { Http2Head, type RawHead } from "./http2-head.ts";
import { Http2Probe } from "./http2-probe.ts";
import type { Settings } from "./options.ts";
import type { ConnectionHost, ServedConnection } from "./served-connection.ts";

/** What a connection of HTTP/2 needs of its server. */
export interface Http2ConnectionHost extends ConnectionHost {
  /** One more stream, if there may be one: {@link Http2ConnectionHost.streamGone} must follow then. */
  admitStream(): boolean;
  /** A stream is closed, and its handler has returned. */
  streamGone(): void;
}

/**
 * One connection of HTTP/2 (RFC 9113): node:http2 reads and writes its frames, and here is what it leaves open: how many handlers run at
 * a time, how long anything may take, and what frames that carry nothing may cost.
 */
export class Http2Connection implements ServedConnection, Http2ExchangeHost {
  readonly secure: boolean;
  readonly remote: Remote;
  readonly #host: Http2ConnectionHost;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #exchanges = new Roster<Http2Exchange>();
  // Handlers that have not returned. A stream that was reset is gone, and its handler may still be at work.
  #running = 0;
  #requests = 0;
  #idleSince: number | undefined;
  #closingSince: number | undefined;
  readonly #budget: Http2Budget;
  readonly #probe: Http2Probe;

  /** @param socket the one that the session reads and writes */
  constructor(session: ServerHttp2Session, socket: Socket, secure: boolean, host: Http2ConnectionHost) {
    this.#host = host;
    this.#session = session;
    this.#socket = socket;
    this.secure = secure;
    this.remote = remoteOf(socket);
    const now = performance.now();
    this.#idleSince = now;
    this.#budget = new Http2Budget(host.settings.limits, now);
    this.#probe = new Http2Probe(session, socket, now);
    openWindow(session);
    session.on("stream", (...[stream, head, flags, raw]: unknown[]) =>
      this.#stream(stream as ServerHttp2Stream, head as RawHead, flags as number, raw as string[]),
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

  #stream(stream: ServerHttp2Stream, names: RawHead, flags: number, raw: readonly string[]): void {
    const { limits } = this.settings;
    if (stream.closed || this.#running >= limits.streams || this.#closingSince !== undefined) {
      this.#countReset();
      refuse(stream);
      return;
    }
    this.#budget.requested();
    // No fault of this client, who may have used what the others have, too.
    if (!this.#host.admitStream()) {
      refuse(stream);
      return;
    }
    this.#requests++;
    this.#idleSince = undefined;
    const head = new Http2Head(names, raw);
    const exchange = new Http2Exchange(stream, head, (flags & END_STREAM) !== 0, this);
    this.#exchanges.add(exchange);
    const fault = head.fault(limits);
    if (fault !== undefined) exchange.refuse(fault);
    else {
      this.#host.requested();
      this.#running++;
      exchange.run();
    }
    if (this.#requests >= limits.requests) this.retire();
  }

  answer(exchange: Http2Exchange): void | Promise<void> {
    return this.#host.answer(exchange);
  }

  returned(): void {
    this.#running--;
  }

  closed(exchange: Http2Exchange): void {
    this.#budget.streamClosed(exchange);
    if (exchange.resetByPeer) this.#countReset();
    this.#exchanges.delete(exchange);
    if (this.#exchanges.size === 0) this.#idleSince = performance.now();
  }

  released(): void {
    this.#host.streamGone();
  }

  #countReset(): void {
    if (this.#closingSince === undefined && this.#budget.streamReset(performance.now())) this.#calm();
  }

  // Ending

  /** Sends a peer away that costs too much. */
  #calm(): void {
    this.#session.destroy(new ProtocolError("ERR_SLUICE_HTTP2_OVERHEAD"), CODES.ENHANCE_YOUR_CALM);
  }

  /** Ends the connection once what runs is done: at once where nothing does. */
  retire(): void {
    this.#closingSince ??= performance.now();
    this.#session.close();
  }

  /** Cuts the connection. Whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void {
    for (const exchange of this.#exchanges.all()) exchange.cutOff(code);
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
    const { idle, head, linger, write } = this.settings.timeouts;
    for (const exchange of this.#exchanges.all()) exchange.check(now);
    if (this.#idleSince !== undefined && this.#closingSince === undefined) {
      // The first request has the time of a head.
      const limit = this.#requests === 0 ? head : idle;
      if (limit > 0 && now - this.#idleSince >= limit) this.retire();
    }
    if (this.#closingSince !== undefined && this.#exchanges.size === 0) {
      if (now - Math.max(this.#closingSince, this.#idleSince ?? 0) >= linger) this.#socket.destroy();
    }
    if (this.#exchanges.size > 0 && this.#probe.check(now, write)) this.cutOff("ERR_SLUICE_READER_LEFT");
    if (
      this.#closingSince === undefined &&
      this.bytesReceived > this.#budget.allowance(now, this.#exchanges.all())
    )
      this.#calm();
  }
}

/** The client may ask again, here or elsewhere. */
function refuse(stream: ServerHttp2Stream): void {
  guardEnd(stream);
  stream.on("error", () => {});
  stream.close(CODES.REFUSED_STREAM);
}
