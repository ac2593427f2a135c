import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Connection, type ConnectionHost } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import { deferred } from "./deferred.ts";
import { httpDate } from "./http-date.ts";
import { type Handler, type ServeOptions, type Settings, settle } from "./options.ts";

/** What a server has done so far. */
export interface ServerStats {
  /** Connections that are open now. */
  readonly connections: number;
  /** Requests that are with a handler, or being answered, now. */
  readonly active: number;
  /** Requests since the start. */
  readonly requests: number;
  /** Octets that have arrived and left since the start, framing included, TLS not. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** What {@link Server.close} takes. */
export interface CloseOptions {
  /** How long running answers may go on, in milliseconds; then they are cut. Default 10,000. */
  readonly grace?: number;
}

/** Answers for connections over the limit until they are gone. */
const REFUSED_FOR = 1_000;
const GRACE = 10_000;

/** A running server. Closed by {@link Server.close}, or at the end of a block by `await using`. */
export class Server implements ConnectionHost, AsyncDisposable {
  readonly handler: Handler;
  /** @internal */
  readonly settings: Settings;
  readonly #listener: NetServer;
  readonly #secure: boolean;
  readonly #connections = new Set<Connection>();
  readonly #deadlines: Deadlines;
  readonly #emptied = deferred<void>();
  #closed: Promise<void> | undefined;
  #host = "localhost";
  #port = 0;
  #requests = 0;
  // Of connections that are gone.
  #bytesReceived = 0;
  #bytesSent = 0;

  /** @internal */
  constructor(options: ServeOptions, handler: Handler) {
    this.handler = handler;
    this.settings = settle(options);
    const timeouts = Object.values(this.settings.timeouts).filter((timeout) => timeout > 0);
    this.#deadlines = new Deadlines(Math.min(...timeouts));
    this.#secure = options.tls !== undefined;
    const accept = (socket: Socket): void => this.#accept(socket);
    // HTTP/1.1 alone is offered; a client that insists on another protocol is refused by TLS itself.
    this.#listener =
      options.tls === undefined
        ? createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accept)
        : createTlsServer({ ALPNProtocols: ["http/1.1"], ...options.tls, allowHalfOpen: true }, accept);
    this.#listener.on("tlsClientError", (_error, socket: Socket) => socket.destroy());
  }

  /** @internal Begins to listen. @throws what node:net says, e.g. `EADDRINUSE` */
  async listen(port: number, host: string | undefined): Promise<void> {
    const listening = deferred<void>();
    this.#listener.once("error", listening.reject);
    this.#listener.listen({ port, host }, () => listening.resolve());
    await listening.promise;
    this.#listener.off("error", listening.reject);
    // An error of one accept (no file descriptors left) is over when it is reported, and the server goes on.
    this.#listener.on("error", () => {});
    this.#port = (this.#listener.address() as AddressInfo).port;
    if (host !== undefined && host !== "0.0.0.0" && host !== "::") this.#host = host.includes(":") ? `[${host}]` : host;
  }

  /** Where the server is reached. */
  get url(): URL {
    return new URL(`${this.#secure ? "https" : "http"}://${this.#host}:${this.#port}/`);
  }

  /** The port, also where it was left to the system. */
  get port(): number {
    return this.#port;
  }

  get stats(): ServerStats {
    let active = 0;
    let bytesReceived = this.#bytesReceived;
    let bytesSent = this.#bytesSent;
    for (const connection of this.#connections) {
      if (connection.active) active++;
      bytesReceived += connection.bytesReceived;
      bytesSent += connection.outlet.total;
    }
    return { connections: this.#connections.size, active, requests: this.#requests, bytesReceived, bytesSent };
  }

  /** @internal */
  get closing(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Stops accepting, lets running answers finish (their heads say `Connection: close`), and cuts what is left after the grace.
   * Resolves when every connection is gone. Later calls wait for the same end; a shorter grace takes effect.
   */
  close({ grace = GRACE }: CloseOptions = {}): Promise<void> {
    const cut = setTimeout(() => this.#cutAll(), grace);
    this.#closed ??= this.#close();
    return this.#closed.finally(() => clearTimeout(cut));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#listener.close();
    for (const connection of [...this.#connections]) connection.retire();
    if (this.#connections.size > 0) await this.#emptied.promise;
  }

  #cutAll(): void {
    for (const connection of [...this.#connections]) connection.cutOff("ERR_SLUICE_SERVER_CLOSED");
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.settings.limits.connections) {
      refuse(socket);
      return;
    }
    const connection = new Connection(socket, this.#secure, this);
    this.#connections.add(connection);
    this.#deadlines.add(connection);
    // A socket that was accepted while the server was being closed.
    if (this.closing) connection.retire();
  }

  /** @internal */
  requested(): void {
    this.#requests++;
  }

  /** @internal */
  closed(connection: Connection): void {
    this.#bytesReceived += connection.bytesReceived;
    this.#bytesSent += connection.outlet.total;
    this.#connections.delete(connection);
    this.#deadlines.delete(connection);
    if (this.closing && this.#connections.size === 0) this.#emptied.resolve();
  }
}

/** One connection too many is told so, and is not kept. */
function refuse(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.setTimeout(REFUSED_FOR, () => socket.destroy());
  socket.end(
    `HTTP/1.1 503 Service Unavailable\r\nDate: ${httpDate()}\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    () => socket.destroy(),
  );
}
