import { captureRejectionSymbol, EventEmitter } from "node:events";
import type { AddressInfo, ListenOptions, Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { TAKEN } from "../../../exchange/handler.ts";
import { contextOf, type Request } from "../../../exchange/request.ts";
import type { Http1Exchange } from "../../../server/http1-exchange.ts";
import { LocalServer } from "../../../server/local-server.ts";
import {
  type ServeOptions,
  type ServerLimits,
  type ServerTimeouts,
  type Settings,
  settle,
} from "../../../server/options.ts";
import { EngineRequest, exchangeOf } from "./incoming-message.ts";
import type { RequestInternals } from "./internals.ts";
import { abandon, EngineResponse } from "./server-response.ts";
import {
  forgetTimeout,
  resetTimeout,
  type ViewedConnection,
  type ViewHost,
  viewConnection,
  viewedConnection,
} from "./socket-view.ts";

type Changing<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/**
 * What applications and frameworks use of the Server of node:http, on our engine; made by `createServer`.
 *
 * Events: `request`, `checkContinue`, `upgrade`, `connection` (with the first request of each), `listening`, `timeout`, `error`, `close`.
 */
export class HttpServer extends EventEmitter {
  /** How long nothing may happen on a socket, in milliseconds, from its first request on. Default 0: any time. */
  timeout = 0;
  readonly #options: ServeOptions;
  readonly #limits: Changing<ServerLimits>;
  readonly #timeouts: Changing<ServerTimeouts>;
  readonly #settings: Settings;
  #local: LocalServer;
  #listening = false;
  // The first exchange of each connection, which what is wrong with it is told of; only where somebody listens.
  readonly #firsts = new WeakMap<Socket, Http1Exchange>();
  readonly #viewHost: ViewHost = {
    server: this,
    timedOut: (connection) => this.#timedOut(connection),
  };

  /** @internal */
  constructor(options: ServeOptions) {
    // A listener that is async and fails answers 500, as one that throws.
    super({ captureRejections: true });
    this.#options = { ...options, http2: false };
    const settings = settle(this.#options);
    this.#limits = { ...settings.limits };
    this.#timeouts = { ...settings.timeouts };
    const upgrades = (): boolean => this.listenerCount("upgrade") > 0;
    const upgrade = (request: Request, socket: Socket, first: Buffer): void =>
      this.#upgrade(request, socket, first);
    this.#settings = {
      ...settings,
      limits: this.#limits,
      timeouts: this.#timeouts,
      get upgrade() {
        return upgrades() ? upgrade : undefined;
      },
    };
    this.#local = this.#open();
  }

  #open(): LocalServer {
    const handler = (request: Request): never => {
      this.#handle(contextOf(request) as Http1Exchange);
      return TAKEN as never;
    };
    const local = new LocalServer(this.#options, handler, this.#settings);
    local.listener.on("listening", () => {
      this.#listening = true;
      this.emit("listening");
    });
    // An error of one accept (no file descriptors left) is over when it is reported, and the server goes on.
    local.listener.on("error", (error) => {
      if (!this.#listening) this.emit("error", error);
    });
    return local;
  }

  #handle(exchange: Http1Exchange): void {
    const known = viewedConnection(exchange.socket);
    const connection = known ?? viewConnection(exchange.socket, this.#viewHost);
    const request = new EngineRequest(exchange, connection.view);
    const response = new EngineResponse(request, exchange, connection.view);
    connection.exchange = exchange;
    connection.response = response;
    if (known === undefined) this.#connected(connection, exchange);
    else resetTimeout(exchange.socket, known);
    const continues = this.listenerCount("checkContinue") > 0 && request.headers.expect !== undefined;
    const event = continues ? "checkContinue" : "request";
    exchange.hold();
    try {
      this.emit(event, request, response);
    } catch (error) {
      abandon(response, error);
    } finally {
      exchange.release();
    }
  }

  #connected({ view }: ViewedConnection, exchange: Http1Exchange): void {
    if (this.timeout > 0) view.setTimeout(this.timeout);
    if (this.listenerCount("connection") + this.listenerCount("timeout") > 0)
      this.#firsts.set(view, exchange);
    try {
      this.emit("connection", view);
    } catch (error) {
      exchange.report(error);
    }
  }

  #upgrade(request: Request, socket: Socket, first: Buffer): void {
    forgetTimeout(socket);
    const message = new EngineRequest(contextOf(request) as Http1Exchange, socket);
    (message as unknown as RequestInternals).upgrade = true;
    this.emit("upgrade", message, socket, first);
  }

  #timedOut({ view, response }: ViewedConnection): void {
    const { req } = response ?? {};
    const request = req?.complete === false && req.emit("timeout", view);
    const answer = response?.emit("timeout", view) === true;
    const server = this.emit("timeout", view);
    if (!request && !answer && !server) view.destroy();
  }

  /** @internal What a listener that is async has thrown. */
  override [captureRejectionSymbol](error: unknown, event: string, ...given: unknown[]): void {
    // Express changes the prototype: what a response was made as is no longer to be seen there.
    if (event === "request" || event === "checkContinue") abandon(given[1] as EngineResponse, error);
    else if (event === "upgrade") {
      exchangeOf(given[0] as EngineRequest).report(error);
      (given[1] as Socket).destroy();
    } else if (event === "connection" || event === "timeout") this.#tell(error, given[0] as Socket);
    // A listener of errors that fails would hear of itself, and fail again.
    else if (event === "error") throw error;
    else this.emit("error", error);
  }

  #tell(error: unknown, view: Socket): void {
    const exchange = viewedConnection(view)?.exchange ?? this.#firsts.get(view);
    if (exchange === undefined) console.error(error);
    else exchange.report(error);
  }

  /** Begins to listen, with any arguments that `listen` of node:net takes. */
  listen(port?: number, host?: string, backlog?: number, listening?: () => void): this;
  listen(port?: number, host?: string, listening?: () => void): this;
  listen(port?: number, listening?: () => void): this;
  listen(path: string, listening?: () => void): this;
  listen(options: ListenOptions, listening?: () => void): this;
  listen(...given: unknown[]): this {
    if (this.#local.closing) this.#local = this.#open();
    const listening = given.at(-1);
    if (typeof listening === "function") this.once("listening", given.pop() as () => void);
    (this.#local.listener.listen as (...given: unknown[]) => unknown)(...given);
    return this;
  }

  get listening(): boolean {
    return this.#local.listener.listening;
  }

  address(): AddressInfo | string | null {
    return this.#local.listener.address();
  }

  /**
   * Stops accepting, and ends the connections on which nothing is under way. `close` is emitted, and the callback called, when the last
   * one is gone, however long that takes.
   */
  close(closed?: (error?: Error) => void): this {
    const error = this.listening
      ? undefined
      : Object.assign(new Error("Server is not running."), { code: "ERR_SERVER_NOT_RUNNING" });
    if (closed !== undefined) this.once("close", () => closed(error));
    this.#listening = false;
    if (error === undefined) void this.#local.close({ grace: Infinity }).then(() => this.emit("close"));
    else process.nextTick(() => this.emit("close"));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.listening) await new Promise<void>((resolve) => this.close(() => resolve()));
  }

  /** Cuts every connection, whatever is under way. */
  closeAllConnections(): void {
    this.#local.cutAll();
  }

  /** Ends the connections on which nothing is under way. */
  closeIdleConnections(): void {
    this.#local.retireAll();
  }

  getConnections(tell: (error: Error | null, count: number) => void): this {
    process.nextTick(() => tell(null, this.#local.stats.connections));
    return this;
  }

  /** Replaces the certificate for the connections that come from now on. @throws UsageError `ERR_SLUICE_OPTION` without `tls` */
  setSecureContext(options: SecureContextOptions): void {
    this.#local.setSecureContext(options);
  }

  ref(): this {
    this.#local.listener.ref();
    return this;
  }

  unref(): this {
    this.#local.listener.unref();
    return this;
  }

  /**
   * Sets {@link HttpServer.timeout}.
   * @param milliseconds 0 for any time
   * @param timedOut a listener of `timeout`: with one, no socket is destroyed for it
   */
  setTimeout(milliseconds: number | (() => void) = 0, timedOut?: (socket: Socket) => void): this {
    const listener = typeof milliseconds === "function" ? milliseconds : timedOut;
    this.timeout = typeof milliseconds === "number" ? milliseconds : 0;
    if (listener !== undefined) this.on("timeout", listener);
    return this;
  }

  /** `timeouts.idle` in milliseconds, also while the server runs. Default 5,000. */
  get keepAliveTimeout(): number {
    return this.#timeouts.idle;
  }

  set keepAliveTimeout(milliseconds: number) {
    this.#timeouts.idle = milliseconds;
  }

  /** `timeouts.head` in milliseconds, also while the server runs. Default 15,000. */
  get headersTimeout(): number {
    return this.#timeouts.head;
  }

  set headersTimeout(milliseconds: number) {
    this.#timeouts.head = milliseconds;
  }

  /**
   * `timeouts.body` in milliseconds, also while the server runs. Default 30,000. Not a deadline for the whole request, as on node:http: a
   * body may take any time that makes progress.
   */
  get requestTimeout(): number {
    return this.#timeouts.body;
  }

  set requestTimeout(milliseconds: number) {
    this.#timeouts.body = milliseconds;
  }

  /** `limits.headFields`; 0 for any number. To be set before the server listens. Default 100. */
  get maxHeadersCount(): number {
    return Number.isFinite(this.#limits.headFields) ? this.#limits.headFields : 0;
  }

  set maxHeadersCount(fields: number | null) {
    this.#limits.headFields = typeof fields === "number" && fields > 0 ? fields : Infinity;
  }

  /** `limits.requests`; 0 for any number. */
  get maxRequestsPerSocket(): number {
    return Number.isFinite(this.#limits.requests) ? this.#limits.requests : 0;
  }

  set maxRequestsPerSocket(requests: number) {
    this.#limits.requests = requests > 0 ? requests : Infinity;
  }

  /** How many there are. */
  get connections(): number {
    return this.#local.stats.connections;
  }

  /** `limits.connections`. */
  get maxConnections(): number {
    return this.#limits.connections;
  }

  set maxConnections(connections: number) {
    this.#limits.connections = connections;
  }
}
