import type { Socket } from "node:net";
import { EndedError, type ErrorCode } from "../errors.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import { tellApplication } from "../exchange/error-report.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Request } from "../exchange/request.ts";
import { listElements, listHas } from "../semantics/lists.ts";
import { type SocketWatcher, watchSocket } from "../socket/socket-events.ts";
import type { Settings } from "./options.ts";
import type { ConnectionHost, ServedConnection } from "./served-connection.ts";

/** Whether a request without a body asks for another protocol (RFC 9110 section 7.8), and somebody speaks it. */
export function leavesHttp({ headers, httpVersion }: Request, { upgrade }: Settings): boolean {
  if (upgrade === undefined || httpVersion !== "1.1") return false;
  const protocols = headers.get("upgrade");
  return protocols !== undefined && namesOther(protocols) && listHas(headers.get("connection"), "upgrade");
}

/** Whether a protocol is named that somebody could speak: `h2c` has been withdrawn (RFC 9113 section 3.1). */
function namesOther(protocols: string): boolean {
  return listElements(protocols).some((protocol) => protocol !== "" && protocol.toLowerCase() !== "h2c");
}

/**
 * A connection that has left HTTP: another protocol has its socket. Until that closes the server counts the connection, and the request that
 * asked for it.
 */
export class HandedOver implements ServedConnection, SocketWatcher {
  readonly active = 1;
  readonly #exchange: Exchange;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  #untouched: Untouched | undefined;

  /** @param socket as `SocketReader.release` gives it */
  constructor(exchange: Exchange, socket: Socket, host: ConnectionHost) {
    this.#exchange = exchange;
    this.#socket = socket;
    this.#host = host;
    watchSocket(socket, this);
    this.#untouched = new Untouched(socket, host.settings.timeouts.head);
  }

  /** Gives the socket to whoever speaks the other protocol. @param first octets that came right behind the request */
  async give(first: Buffer): Promise<void> {
    const { request } = this.#exchange;
    const { upgrade, onError } = this.#host.settings;
    this.#exchange.requested();
    try {
      await upgrade!(request, this.#socket, first);
    } catch (error) {
      tellApplication(error, request, onError);
      this.#socket.destroy();
    }
  }

  get bytesReceived(): number {
    return this.#socket.bytesRead;
  }

  get bytesSent(): number {
    return this.#socket.bytesWritten;
  }

  /** When it is done nobody here knows. */
  retire(): void {}

  cutOff(code: ErrorCode): void {
    this.#exchange.leave(new EndedError(code));
    this.#socket.destroy();
  }

  check(now: number): void {
    if (this.#untouched?.check(now) === false) this.#untouched = undefined;
  }

  // What the other protocol makes of these is its own affair. An error that nobody listened to would end the process.

  peerEnded(): void {}

  socketFailed(): void {}

  socketClosed(): void {
    this.#exchange.leave(new EndedError("ERR_SLUICE_READER_LEFT"));
    this.#host.closed(this);
    if (diagnostics.connectionClose.hasSubscribers)
      diagnostics.connectionClose.publish({ remote: this.#exchange.remote });
  }
}

/** How a socket can be read: by these, or by making it flow. */
const READING = ["data", "readable", "end"] as const;

/**
 * A socket that has been handed over and that nobody has touched yet. Until somebody listens to it or writes to it, nobody would learn
 * that the client has left.
 */
class Untouched {
  readonly #socket: Socket;
  readonly #deadline: number;
  // What the socket has of its own.
  readonly #listeners: number;
  readonly #written: number;

  /** @param timeout how long it may stay so, in milliseconds; 0 for any time */
  constructor(socket: Socket, timeout: number) {
    this.#socket = socket;
    this.#deadline = timeout === 0 ? Infinity : performance.now() + timeout;
    this.#listeners = listenersOf(socket);
    this.#written = socket.bytesWritten;
  }

  /** Whether it still is. One that has been for too long is destroyed. */
  check(now: number): boolean {
    const socket = this.#socket;
    const isTouched =
      socket.readableFlowing === true ||
      listenersOf(socket) > this.#listeners ||
      socket.bytesWritten > this.#written;
    if (!isTouched && now >= this.#deadline) socket.destroy();
    return !isTouched;
  }
}

function listenersOf(socket: Socket): number {
  return READING.reduce((sum, event) => sum + socket.listenerCount(event), 0);
}
