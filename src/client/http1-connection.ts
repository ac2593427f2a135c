import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { EndedError } from "../errors.ts";
import type { BodyFraming } from "../http1/body-framing.ts";
import type { ChunkedHandler } from "../http1/chunked-decoder.ts";
import type { ResponseHead } from "../http1/head.ts";
import { persists } from "../http1/persistence.ts";
import { type ReceiverHandler, ResponseReceiver } from "../http1/receiver.ts";
import { Sender } from "../http1/sender.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { onOrderlyEnd } from "../socket/orderly-end.ts";
import { Outlet } from "../socket/outlet.ts";
import { type Remote, remoteOf } from "../socket/remote.ts";
import { SocketReader, type SocketReaderHandler } from "../socket/socket-reader.ts";
import { watchCloseNotify } from "./close-notify.ts";
import { asEnded, type Exchange, type ExchangeCarrier } from "./exchange.ts";
import { idleTimeout } from "./keep-alive.ts";
import type { ConnectionHost, PooledConnection } from "./pooled-connection.ts";
import type { AnnouncedSize } from "./received-head.ts";
import { UnwantedRest } from "./unwanted-rest.ts";

/**
 * One connection of HTTP/1: one exchange after the other, and the only place that decides whether the connection goes on. It does
 * when the request has been sent whole, the response has arrived whole, neither wants it closed, and nothing stands behind it.
 */
export class Http1Connection
  implements ReceiverHandler<ResponseHead>, SocketReaderHandler, ExchangeCarrier, PooledConnection
{
  readonly sender: Sender;
  readonly outlet: Outlet;
  readonly remote: Remote;
  /** Where somebody wants the chunks of the response under way. */
  chunk: ChunkedHandler["chunk"];
  readonly #host: ConnectionHost;
  readonly #reader: SocketReader;
  readonly #socket: Socket;
  readonly #receiver: ResponseReceiver;
  readonly #closeNotified: (() => boolean) | undefined;
  #exchange: Exchange | undefined;
  #exchanges = 0;
  // Of the exchange under way: what has been done of it, and whether another one may follow.
  #sent = false;
  #received = false;
  #keepAlive = false;
  #paused = false;
  #closing = false;
  #fault: unknown;
  // How long the server keeps an unused connection, where it says so.
  #idleTimeout: number;
  #idleSince: number | undefined;
  #unwanted: UnwantedRest | undefined;

  constructor(connected: Socket, secure: boolean, host: ConnectionHost) {
    this.#host = host;
    this.#idleTimeout = host.settings.timeouts.idle;
    if (secure && host.settings.lenient.withoutCloseNotify !== true)
      this.#closeNotified = watchCloseNotify(connected as TLSSocket);
    this.#receiver = new ResponseReceiver(this, host.parsers);
    // Asked of the system now: once the connection is gone nobody knows any more.
    this.remote = remoteOf(connected);
    this.#reader = new SocketReader(connected, this);
    const { socket } = this.#reader;
    this.#socket = socket;
    this.outlet = new Outlet(socket);
    this.sender = new Sender(this.outlet);
    socket.on("end", () => this.#peerEnded());
    socket.on("error", (error) => {
      this.#fault = error;
      socket.destroy();
    });
    socket.on("close", () => this.#closed());
    // A paused socket was connected; TLS reads by its events.
    socket.resume();
  }

  /** Whether an exchange has been on it before the one under way: the server may have closed it meanwhile. */
  get reused(): boolean {
    return this.#exchanges > 1;
  }

  /** Whether an exchange has been on it, so that the server may close it just as the next one begins. */
  get used(): boolean {
    return this.#exchanges > 0;
  }

  /** Whether an exchange can begin. */
  get usable(): boolean {
    return !this.#closing && this.#exchange === undefined;
  }

  /** Begins an exchange. */
  start(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#exchanges++;
    this.#sent = this.#received = false;
    this.#keepAlive = true;
    this.#unwanted = undefined;
    this.chunk = exchange.chunk;
    if (this.#idleSince !== undefined) this.#socket.ref();
    this.#idleSince = undefined;
    exchange.begin(this);
  }

  /** The head of the request has been written: a response to it may come. */
  requested(method: string): void {
    this.#receiver.expect(method);
  }

  /** Unused, it keeps the process from ending no longer. */
  idle(): void {
    this.#idleSince = performance.now();
    this.#socket.unref();
  }

  // Reading

  get receivingBody(): boolean {
    return this.#receiver.inBody;
  }

  received(bytes: Uint8Array, end: number): boolean {
    this.outlet.turn();
    // Nobody has asked for anything, or nobody wants it any more.
    if (this.#exchange === undefined && this.#unwanted === undefined) this.close();
    if (this.#closing) return false;
    let at = 0;
    try {
      while (at < end && !this.#received && !this.#closing) at = this.#receiver.receive(bytes, at, end);
    } catch (error) {
      this.giveUp(error);
      return false;
    }
    if (this.#received) {
      // What stands behind the response is never another one.
      if (at < end) this.#keepAlive = false;
      this.#maybeFinish();
    }
    return !this.#paused;
  }

  head(head: ResponseHead, framing: BodyFraming): void {
    const exchange = this.#exchange!;
    if (head.status < 200) {
      exchange.informed(head);
      return;
    }
    this.#keepAlive =
      this.#keepAlive && framing.kind !== "close" && persists(head.minor, head.control.connection);
    if (this.#exchanges === 1 && head.control.connection !== undefined)
      this.#idleTimeout = idleTimeout(head.fields, this.#idleTimeout);
    exchange.responded(head, announcedSize(framing));
  }

  data(view: Uint8Array): void {
    if (this.#unwanted !== undefined) {
      if (!this.#unwanted.take(view.length)) this.close();
    } else if (this.#exchange?.data(this.#reader.keep(view)) === false) {
      this.#pause();
    }
  }

  end(trailers: ReceivedTrailers | undefined): void {
    this.#received = true;
    this.#exchange?.responseEnded(trailers);
  }

  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  /** There is room for more. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  // What the exchange tells

  /** The request has been sent whole. */
  requestSent(): void {
    this.#sent = true;
    this.outlet.flush();
    if (this.#received) this.#maybeFinish();
  }

  /** Nobody wants the rest of the response: a little of it is read away, or the connection closes. */
  discard(): void {
    if (this.#sent && UnwantedRest.isLittle(this.#receiver.remaining)) {
      this.#unwanted = new UnwantedRest();
      this.resume();
    } else {
      this.#exchange?.cutRequest(new EndedError("ERR_SLUICE_READER_LEFT"));
      this.close();
    }
  }

  /** Ends the connection at once. The exchange that is under way has been told, or knows. */
  close(): void {
    this.#closing = true;
    this.#exchange = undefined;
    this.#socket.destroy();
  }

  // Ending

  #maybeFinish(): void {
    const exchange = this.#exchange;
    if (!this.#sent && exchange?.givesUpRequest !== true) return;
    this.#exchange = undefined;
    this.#unwanted = undefined;
    if (this.#sent && this.#keepAlive && !this.#closing && !this.sender.closed) {
      this.resume();
      this.#host.free(this);
    } else {
      exchange?.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
      this.#closing = true;
      this.#socket.end();
      this.#socket.destroySoon();
    }
  }

  /** Something makes the connection useless, a broken rule or a deadline that has passed: whoever waits is told. */
  giveUp(error: unknown): void {
    const exchange = this.#exchange;
    this.close();
    this.outlet.fail(asEnded(error));
    exchange?.lost(error);
  }

  #peerEnded(): void {
    if (this.#closing) return;
    if (this.#exchange === undefined) {
      this.close();
      return;
    }
    if (this.#received) {
      // The response is complete, and the server takes nothing more.
      this.#keepAlive = false;
      this.#exchange.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
      this.close();
      return;
    }
    if (!this.#receiver.endsByClosing) this.#lost(undefined);
    else if (this.#closeNotified === undefined) onOrderlyEnd(this.#socket, () => this.#endByClosing());
    else if (this.#closeNotified()) this.#endByClosing();
    else this.#lost(undefined, "tls");
  }

  /** The end of the connection is that of the response. */
  #endByClosing(): void {
    if (this.#closing) return;
    this.#keepAlive = false;
    this.#receiver.end();
    this.#exchange?.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
    this.#maybeFinish();
  }

  /** The connection has ended inside an exchange. */
  #lost(cause: unknown, layer?: "tls"): void {
    this.giveUp(
      this.#receiver.idle
        ? new EndedError("ERR_SLUICE_CONNECTION_LOST", { cause })
        : this.#receiver.truncation(cause, layer),
    );
  }

  #closed(): void {
    if (this.#exchange !== undefined && !this.#received) this.#lost(this.#fault);
    else this.#exchange?.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
    this.#closing = true;
    this.#exchange = undefined;
    this.#host.closed(this);
  }

  // Deadlines

  check(now: number): void {
    if (this.#unwanted !== undefined) {
      if (this.#unwanted.hasExpired(now)) this.close();
    } else if (this.#exchange !== undefined) {
      this.#exchange.check(now);
    } else if (this.#idleSince !== undefined && this.#idleTimeout > 0) {
      if (now - this.#idleSince >= this.#idleTimeout) this.close();
    }
  }

  /** Octets that the server has taken, for telling a slow one from one that has stopped. */
  get octetsTaken(): number {
    return this.#reader.octetsTaken;
  }
}

function announcedSize(framing: BodyFraming): AnnouncedSize {
  if (framing.kind === "length") return framing.length;
  return framing.kind === "none" ? "none" : undefined;
}
