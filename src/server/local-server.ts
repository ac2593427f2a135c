import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import {
  createServer as createTlsServer,
  type SecureContextOptions,
  type Server as TlsServer,
} from "node:tls";
import { ProtocolError } from "../errors.ts";
import { optionError } from "../options.ts";
import { HeadParsers } from "../http1/head-parser.ts";
import { Http1Connection, type Http1ConnectionHost } from "./http1-connection.ts";
import { Http2Connection, type Http2ConnectionHost } from "./http2-connection.ts";
import { openSession, refuseSession } from "./http2-sessions.ts";
import { Opening, speaksHttp2 } from "./opening.ts";
import type { ServedConnection } from "./served-connection.ts";
import { Deadlines } from "../socket/deadlines.ts";
import { deferred } from "../deferred.ts";
import { remoteOf } from "../socket/remote.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Handler } from "../exchange/handler.ts";
import { refuseHttp1 } from "./refusal.ts";
import { RequestScopes } from "./request-scopes.ts";
import { checkCertificate, type ServeOptions, type Settings } from "./options.ts";
import { type CloseOptions, graceOf, NEVER, type Server, type ServerStats } from "./server.ts";

/** How long a connection over the limit may take to read that it is one, in milliseconds. */
const REFUSED_FOR = 1_000;
const REFUSED_AT_A_TIME = 1_000;

/** A server in this process: it listens, keeps its connections, and closes them. */
export class LocalServer implements Server, Http1ConnectionHost, Http2ConnectionHost {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  /** @internal Whoever makes it listen by itself needs no {@link LocalServer.listen}. */
  readonly listener: NetServer;
  readonly #handler: Handler;
  readonly #scopes = new RequestScopes();
  readonly #secure: boolean;
  readonly #connections = new Set<ServedConnection>();
  // Sockets that are no connections: of TLS handshakes that are under way, by their two ends, and those over the limit.
  readonly #handshakes = new Map<string, Socket>();
  readonly #refused = new Set<Socket>();
  readonly #deadlines: Deadlines;
  readonly #offersHttp2: boolean;
  readonly #emptied = deferred<void>();
  #closed: Promise<void> | undefined;
  #host = "localhost";
  #port = 0;
  #requests = 0;
  // Of HTTP/2, on all connections.
  #streams = 0;
  // Of connections that are gone.
  #bytesReceived = 0;
  #bytesSent = 0;

  /** @param settings what the options say; {@link Settings} says what of it may change later on */
  constructor(options: ServeOptions, handler: Handler, settings: Settings) {
    this.#handler = handler;
    this.settings = settings;
    this.parsers = new HeadParsers("request", this.settings.limits);
    const timeouts = Object.values(this.settings.timeouts).filter((timeout) => timeout > 0);
    this.#deadlines = new Deadlines(Math.min(...timeouts));
    this.#secure = options.tls !== undefined;
    const accept = (socket: Socket): void => this.#accept(socket);
    const { http2 } = this.settings;
    this.#offersHttp2 = http2 === "cleartext" || (http2 && this.#secure);
    if (options.tls === undefined) {
      this.listener = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, accept);
      return;
    }
    // A handshake has the time of a head; 0 would be no time at all here.
    const handshakeTimeout = Math.min(this.settings.timeouts.head || NEVER, NEVER);
    // A client that insists on another protocol is refused by TLS itself (RFC 7301 section 3.2).
    const tls = {
      ALPNProtocols: [...(this.#offersHttp2 ? ["h2"] : []), "http/1.1", "http/1.0"],
      handshakeTimeout,
      ...options.tls,
      allowHalfOpen: true,
    };
    this.listener = createTlsServer(tls, accept);
    this.listener.on("connection", (socket: Socket) => this.#shakeHands(socket));
    this.listener.on("tlsClientError", (_error, socket: Socket) => socket.destroy());
  }

  /** Begins to listen. @throws what node:net says, e.g. `EADDRINUSE` */
  async listen(port: number, host: string | undefined): Promise<void> {
    const listening = deferred<void>();
    this.listener.once("error", listening.reject);
    this.listener.listen({ port, host }, () => listening.resolve());
    await listening.promise;
    this.listener.off("error", listening.reject);
    // An error of one accept (no file descriptors left) is over when it is reported, and the server goes on.
    this.listener.on("error", () => {});
    this.#port = (this.listener.address() as AddressInfo).port;
    if (host !== undefined && host !== "0.0.0.0" && host !== "::")
      this.#host = host.includes(":") ? `[${host}]` : host;
  }

  get url(): URL {
    return new URL(`${this.#secure ? "https" : "http"}://${this.#host}:${this.#port}/`);
  }

  get port(): number {
    return this.#port;
  }

  get stats(): ServerStats {
    let active = 0;
    let bytesReceived = this.#bytesReceived;
    let bytesSent = this.#bytesSent;
    for (const connection of this.#connections) {
      active += connection.active;
      bytesReceived += connection.bytesReceived;
      bytesSent += connection.bytesSent;
    }
    return {
      connections: this.#connections.size,
      active,
      requests: this.#requests,
      bytesReceived,
      bytesSent,
    };
  }

  setSecureContext(options: SecureContextOptions): void {
    if (!this.#secure) throw optionError("setSecureContext() of a server without tls");
    checkCertificate(options);
    (this.listener as TlsServer).setSecureContext(options);
  }

  get closing(): boolean {
    return this.#closed !== undefined;
  }

  close(options: CloseOptions = {}): Promise<void> {
    const cut = setTimeout(() => this.cutAll(), graceOf(options));
    this.#closed ??= this.#close();
    return this.#closed.finally(() => clearTimeout(cut));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.listener.close();
    for (const socket of [...this.#handshakes.values(), ...this.#refused]) socket.destroy();
    this.retireAll();
    if (this.#connections.size > 0) await this.#emptied.promise;
  }

  /** @internal Ends the connections on which nothing is under way. */
  retireAll(): void {
    for (const connection of this.#connections) connection.retire();
  }

  /** @internal Cuts every connection, whatever is under way. */
  cutAll(): void {
    for (const connection of this.#connections) connection.cutOff("ERR_SLUICE_SERVER_CLOSED");
  }

  /** As many TLS handshakes may be under way as connections: what cannot be told so yet is just closed. */
  #shakeHands(socket: Socket): void {
    const ends = endsOf(socket);
    this.#handshakes.set(ends, socket);
    socket.once("close", () => this.#handshakes.delete(ends));
    if (this.#handshakes.size > Math.max(1, this.settings.limits.connections)) socket.destroy();
  }

  #accept(socket: Socket): void {
    if (this.#secure) this.#handshakes.delete(endsOf(socket));
    if (this.#connections.size >= this.settings.limits.connections) {
      // So many that even telling them is too much are just closed.
      if (this.#refused.size >= REFUSED_AT_A_TIME) {
        socket.destroy();
        return;
      }
      this.#refused.add(socket);
      socket.once("close", () => this.#refused.delete(socket));
      this.#refuse(socket);
      return;
    }
    const isHttp2 = speaksHttp2(socket, this.#secure, this.#offersHttp2);
    if (isHttp2 === undefined) this.#tellApart(socket);
    else if (isHttp2) this.#openHttp2(socket);
    else this.#openHttp1(socket);
  }

  /** One connection too many is told so in the version that it speaks, and is not kept. */
  #refuse(socket: Socket): void {
    const error = new ProtocolError("ERR_SLUICE_TOO_MANY_CONNECTIONS");
    const remote = remoteOf(socket);
    if (diagnostics.connectionError.hasSubscribers) diagnostics.connectionError.publish({ remote, error });
    socket.on("error", () => socket.destroy());
    const late = setTimeout(() => socket.destroy(), REFUSED_FOR);
    socket.once("close", () => clearTimeout(late));
    const tell = (isHttp2: boolean): void => {
      if (isHttp2) refuseSession(socket, this.settings.limits);
      else refuseHttp1(socket, error);
    };
    const isHttp2 = speaksHttp2(socket, this.#secure, this.#offersHttp2);
    if (isHttp2 !== undefined) {
      tell(isHttp2);
      return;
    }
    const opening = new Opening(socket, 0, tell, () => {});
    if (this.closing) opening.retire();
  }

  #openHttp1(socket: Socket): Http1Connection {
    return this.#keep(new Http1Connection(socket, this.#secure, this));
  }

  #openHttp2(socket: Socket): void {
    const session = openSession(socket, this.settings.limits);
    if (session !== undefined) this.#keep(new Http2Connection(session, socket, this.#secure, this));
  }

  #keep<Connection extends ServedConnection>(connection: Connection): Connection {
    this.#connections.add(connection);
    this.#deadlines.add(connection);
    // A socket that was accepted while the server was being closed.
    if (this.closing) connection.retire();
    return connection;
  }

  /** What a client begins with says which version it speaks (RFC 9113 section 3.3). */
  #tellApart(socket: Socket): void {
    const forget = (): void => this.#forget(opening);
    const told = (isHttp2: boolean, first: Buffer): void => {
      if (isHttp2) this.#openHttp2(socket);
      else this.#openHttp1(socket).received(first, first.length);
      forget();
    };
    const opening = new Opening(socket, this.settings.timeouts.head, told, forget);
    this.#keep(opening);
  }

  admitStream(): boolean {
    if (this.#streams >= this.settings.limits.connections) return false;
    this.#streams++;
    return true;
  }

  streamGone(): void {
    this.#streams--;
  }

  requested(): void {
    this.#requests++;
  }

  inOwnScope(then: () => void): void {
    this.#scopes.run(then);
  }

  answer(exchange: Exchange): void | Promise<void> {
    return this.#scopes.start(exchange, this.#handler);
  }

  replaced(connection: ServedConnection, by: ServedConnection): void {
    this.#keep(by);
    this.#forget(connection);
  }

  closed(connection: ServedConnection): void {
    this.#bytesReceived += connection.bytesReceived;
    this.#bytesSent += connection.bytesSent;
    this.#forget(connection);
  }

  #forget(connection: ServedConnection): void {
    this.#connections.delete(connection);
    this.#deadlines.delete(connection);
    if (this.closing && this.#connections.size === 0) this.#emptied.resolve();
  }
}

/** A socket and the TLS socket on top of it have the same ends. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
