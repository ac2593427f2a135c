import type { Socket } from "node:net";
import { EndedError, type ErrorCode, ProtocolError } from "../errors.ts";
import type { BodyFraming } from "../http1/body-framing.ts";
import type { HeadParsers } from "../http1/head-parser.ts";
import type { RequestHead } from "../http1/head.ts";
import { persists } from "../http1/persistence.ts";
import { type ReceiverHandler, RequestReceiver } from "../http1/receiver.ts";
import { Sender } from "../http1/sender.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { type ClockHost, ConnectionClock } from "./connection-clock.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import { sendRefusal } from "./refusal.ts";
import { HandedOver, leavesHttp } from "./handed-over.ts";
import { Http1Exchange, type Http1ExchangeHost } from "./http1-exchange.ts";
import { Http1Upload } from "./http1-upload.ts";
import type { Settings } from "./options.ts";
import { ReadAhead } from "./read-ahead.ts";
import type { ConnectionHost, ServedConnection } from "./served-connection.ts";
import { Outlet } from "../socket/outlet.ts";
import { type Remote, remoteOf } from "../socket/remote.ts";
import { type SocketWatcher, watchSocket } from "../socket/socket-events.ts";
import { SocketReader, type SocketReaderHandler } from "../socket/socket-reader.ts";

/** What a connection of HTTP/1 needs of its server. */
export interface Http1ConnectionHost extends ConnectionHost {
  readonly parsers: HeadParsers;
  /** The connection has become another one, which the server has instead. */
  replaced(connection: ServedConnection, by: ServedConnection): void;
}

/**
 * One connection of HTTP/1, from its first octet to its last: it reads requests, has them answered one after the other, and is the
 * only place that decides whether the connection goes on. Where a byte goes:
 *
 *     socket ─ SocketReader ─ RequestReceiver ─ Exchange ─ handler ─ reply ─ pump ─ Exchange ─ Sender ─ Outlet ─ socket
 *
 * One request at a time is with a handler; what a client sends ahead waits, up to a limit, and reading pauses beyond it. After a
 * fault in the framing nothing more is read as a request.
 */
export class Http1Connection
  implements
    ReceiverHandler<RequestHead>,
    SocketReaderHandler,
    SocketWatcher,
    Http1ExchangeHost,
    ClockHost,
    ServedConnection
{
  readonly sender: Sender;
  readonly outlet: Outlet;
  readonly secure: boolean;
  readonly socket: Socket;
  readonly #host: Http1ConnectionHost;
  readonly #reader: SocketReader;
  readonly #receiver: RequestReceiver;
  readonly #upload: Http1Upload;
  readonly #clock: ConnectionClock;
  /** The request that is being answered. */
  #exchange: Http1Exchange | undefined;
  // Whether its handler has been called; it is once everything that arrived with the head has been read.
  #started = true;
  // Whether the last request has been read to its end: an answer may be complete before that.
  #requestRead = true;
  // Whether the connection may go on after it, as far as the client and its number are concerned.
  #keepAlive = true;
  // What arrived behind it.
  readonly #ahead: ReadAhead;
  #parsing = false;
  // The peer has closed its side.
  #halfClosed = false;
  // Nothing more is read as a request, and no answer begins any more.
  #closing = false;
  #remote: Remote | undefined;
  #fault: Error | undefined;
  // What still arrives is thrown away, so that the leaving of the reader is seen; the connection ends with the answer.
  #discarding = false;
  #requests = 0;
  #received = 0;

  constructor(accepted: Socket, secure: boolean, host: Http1ConnectionHost) {
    this.#host = host;
    this.secure = secure;
    this.#receiver = new RequestReceiver(this, host.parsers);
    this.#upload = new Http1Upload(host.settings.limits);
    this.#clock = new ConnectionClock(host.settings.timeouts, this);
    this.#clock.awaitFirst();
    this.#reader = new SocketReader(accepted, this);
    const { socket } = this.#reader;
    this.socket = socket;
    this.#ahead = new ReadAhead(socket, host.settings.limits.aheadBytes);
    this.outlet = new Outlet(socket);
    this.sender = new Sender(this.outlet);
    socket.setNoDelay(true);
    watchSocket(socket, this);
    if (diagnostics.connectionOpen.hasSubscribers)
      diagnostics.connectionOpen.publish({ remote: this.remote });
  }

  get settings(): Settings {
    return this.#host.settings;
  }

  /** Asked of the system when it is first wanted; empty where the peer was gone by then. */
  get remote(): Remote {
    return (this.#remote ??= remoteOf(this.socket));
  }

  /** Whether a request is with a handler, one at a time. */
  get active(): number {
    return this.#exchange === undefined ? 0 : 1;
  }

  get bytesReceived(): number {
    return this.#received;
  }

  get bytesSent(): number {
    return this.outlet.total;
  }

  // Reading

  get receivingBody(): boolean {
    return this.#receiver.inBody && !this.#closing;
  }

  received(bytes: Uint8Array, end: number): boolean {
    this.#received += end;
    this.outlet.turn();
    if (this.#discarding) return true;
    if (!this.#ahead.isEmpty) this.#ahead.keep(bytes.subarray(0, end));
    else if (!this.#closing) this.#parse(bytes, 0, end);
    return !this.#ahead.isPaused;
  }

  /** Reads requests until one has to be answered first, and keeps the rest. */
  #parse(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    this.#parsing = true;
    try {
      while (at < end && !this.#closing) {
        if (this.#exchange !== undefined && this.#requestRead) break;
        const { idle } = this.#receiver;
        // The next answer has to wait until there is room behind the last one.
        if (idle && this.outlet.full) break;
        at = this.#receiver.receive(bytes, at, end);
        if (!this.#started) {
          if (this.#leavesHttp) {
            this.#upgrade(bytes.subarray(at, end));
            return;
          }
          this.#start();
        } else if (idle && !this.#receiver.idle) this.#clock.awaitHead();
      }
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#parsing = false;
    }
    if (this.#closing) return;
    if (at === end) {
      // A body whose queue was full may have been followed by its answer in this very read.
      if (this.#exchange === undefined) this.resume();
      return;
    }
    this.#ahead.keep(bytes.subarray(at, end));
    if (this.#exchange === undefined) this.#nextWhenRoom();
  }

  /** Whether the request that has just been read takes the connection with it. */
  get #leavesHttp(): boolean {
    // Nobody is there to speak with any more.
    if (this.settings.upgrade === undefined || this.#halfClosed) return false;
    const { hasBody, request } = this.#exchange!;
    return !hasBody && leavesHttp(request, this.settings);
  }

  /** Hands the connection over. What is left of this one is what the request leans on. */
  #upgrade(rest: Uint8Array): void {
    const first = Buffer.from(rest);
    this.#closing = true;
    this.outlet.flush();
    const handedOver = new HandedOver(this.#exchange!, this.#reader.release(), this.#host);
    this.#host.replaced(this, handedOver);
    this.#host.inOwnScope(() => void handedOver.give(first));
  }

  #start(): void {
    this.#started = true;
    void this.#host.answer(this.#exchange!);
  }

  resume(): void {
    this.#ahead.resume();
  }

  // What the receiver finds

  head(head: RequestHead, framing: BodyFraming): void {
    this.#upload.begin(framing);
    this.#clock.awaitNothing();
    this.#host.requested();
    this.#requests++;
    this.#requestRead = false;
    this.#started = false;
    this.#keepAlive = this.#requests < this.settings.limits.requests && staysOpen(head);
    this.#exchange = new Http1Exchange(head, framing, this);
  }

  data(view: Uint8Array): void {
    if (this.#closing) return;
    this.#upload.received(view.length);
    this.#clock.bodyProgress(view.length);
    if (this.#exchange === undefined) {
      if (!this.#upload.drained(view.length)) this.#close();
    } else if (!this.#exchange.received(this.#reader.keep(view))) {
      this.#ahead.pause();
    }
  }

  end(trailers: ReceivedTrailers | undefined): void {
    this.#requestRead = true;
    if (this.#exchange === undefined) this.#next();
    else this.#exchange.receivedAll(trailers);
  }

  // What the exchange asks and tells

  get mayGoOn(): boolean {
    if (this.#closing || this.#host.closing || !this.#keepAlive) return false;
    if (this.#halfClosed && this.#ahead.isEmpty) return false;
    // More is left of a body that nobody reads than would be read away.
    const { remaining } = this.#receiver;
    return remaining === undefined || this.#upload.mayDrain(remaining) || this.#exchange!.readingBody;
  }

  answered(): void {
    this.#exchange = undefined;
    if (this.#closing || this.#discarding || this.sender.closed) {
      this.#close();
    } else if (this.#requestRead) {
      this.#next();
    } else {
      this.#clock.awaitPeer();
      this.resume();
    }
  }

  cut(): void {
    this.#exchange = undefined;
    this.#closing = true;
    if (!this.sender.endsByClosing) {
      this.#close();
      return;
    }
    this.outlet.flush();
    this.#destroy();
  }

  /** Ready for the next request, part of which may be here already. */
  #next(): void {
    if (this.#closing) return;
    if (this.#host.closing) {
      this.#close();
      return;
    }
    this.#clock.awaitRequest();
    if (this.#parsing) return;
    if (this.#ahead.isEmpty) {
      this.outlet.flush();
    } else if (this.outlet.full) {
      this.#nextWhenRoom();
      return;
    } else {
      const ahead = this.#ahead.take()!;
      this.#parse(ahead, 0, ahead.length);
      // The socket may be somebody else's by now.
      if (this.#closing) return;
    }
    if (this.#halfClosed && this.#exchange === undefined && this.#ahead.isEmpty) this.peerEnded();
    else if (!this.#ahead.isFull) this.resume();
  }

  #nextWhenRoom(): void {
    this.outlet.ready().then(
      () => this.#next(),
      () => {}, // Closed meanwhile.
    );
  }

  // Ending

  /** Ends the connection once what runs is done: at once where nothing does. */
  retire(): void {
    if (this.#exchange === undefined && this.#receiver.idle) this.#close();
  }

  /** Cuts the connection. Whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void {
    this.#leave(new EndedError(code));
    this.#closing = true;
    this.#destroy();
  }

  #destroy(): void {
    // Where only the end of the connection delimits a body, an orderly end would pass for the end of the body.
    if (this.sender.endsByClosing) this.#reader.reset();
    else this.socket.destroy();
  }

  #leave(reason: EndedError): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.leave(reason);
    this.outlet.fail(reason);
  }

  /** A fault of the peer: it is answered where no answer has begun, and nothing after it is read. */
  #refuse(error: unknown): void {
    this.#closing = true;
    // Not the peer's fault but ours, and nobody else would hear of it.
    if (!(error instanceof ProtocolError)) console.error(error);
    if (diagnostics.connectionError.hasSubscribers)
      diagnostics.connectionError.publish({ remote: this.remote, error });
    const exchange = this.#exchange;
    exchange?.receiveFailed(error);
    // An answer that is on its way goes on to its end, and the connection with it.
    if (exchange?.committed === true) return;
    const method = exchange?.request.method ?? "GET";
    const alreadyAnswered = exchange === undefined && !this.#requestRead;
    this.#leave(new EndedError("ERR_SLUICE_READER_LEFT", { cause: error }));
    if (!alreadyAnswered && !this.sender.closed) sendRefusal(error, this.sender, method);
    this.#close();
  }

  /** The peer has closed its side. */
  peerEnded(): void {
    this.#halfClosed = true;
    if (!this.#ahead.isEmpty && this.settings.allowHalfOpen) return;
    if (!this.#closing && (this.#exchange === undefined || !this.#requestRead)) {
      try {
        this.#receiver.end();
        this.#close();
      } catch (error) {
        this.#refuse(error);
      }
    }
    // An answer that is on its way, also one that goes on after a fault, has lost its reader.
    if (this.#exchange === undefined || this.settings.allowHalfOpen) return;
    this.#leave(new EndedError("ERR_SLUICE_READER_LEFT"));
    this.cut();
  }

  /** Says goodbye, and listens a little longer: to close with octets unread makes the peer lose what was sent (RFC 9112 section 9.6). */
  #close(): void {
    this.#closing = true;
    this.#ahead.drop();
    this.outlet.flush();
    this.socket.end();
    this.#clock.awaitPeer();
    this.resume();
  }

  /** Something is wrong with the socket. It closes, and then whoever reads or writes is told. */
  socketFailed(error: Error): void {
    this.#fault = error;
    this.socket.destroy();
  }

  /** The socket is gone. */
  socketClosed(): void {
    this.#closing = true;
    // Most connections close when nobody is left to be told.
    if (this.#exchange !== undefined || this.outlet.waiting) {
      this.#leave(new EndedError("ERR_SLUICE_READER_LEFT", { cause: this.#fault }));
    }
    this.#host.closed(this);
    if (diagnostics.connectionClose.hasSubscribers)
      diagnostics.connectionClose.publish({ remote: this.remote });
  }

  // What the clock looks at and tells

  check(now: number): void {
    this.#clock.check(now);
    if (this.#ahead.isUnheard(now)) this.#listenAgain();
  }

  /** Nobody hears a reader leave while reading is paused: what nobody reads gives way to that, once an answer goes on without it. */
  #listenAgain(): void {
    const exchange = this.#exchange;
    if (exchange === undefined || (!this.#requestRead && (exchange.readingBody || !exchange.committed)))
      return;
    exchange.receiveFailed(new EndedError("ERR_SLUICE_ANSWERED"));
    this.#ahead.drop();
    this.#discarding = true;
    this.resume();
  }

  get isOwed(): boolean {
    return this.outlet.backlog > 0;
  }

  get octetsTaken(): number {
    return this.#reader.octetsTaken;
  }

  get hungry(): boolean {
    return !this.#closing && this.#exchange?.hungry === true;
  }

  expired(code: ErrorCode | undefined): void {
    if (code === undefined) this.socket.destroy();
    else if (code === "ERR_SLUICE_WRITE_TIMEOUT") this.cutOff(code);
    else this.#refuse(new ProtocolError(code));
  }
}

/** Whether the connection persists after a request. After CONNECT a client may take it for a tunnel. */
function staysOpen({ method, minor, control }: RequestHead): boolean {
  return method !== "CONNECT" && persists(minor, control.connection);
}
