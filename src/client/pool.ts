import type { Socket } from "node:net";
import { EndedError } from "../errors.ts";
import type { HeadParsers } from "../http1/head-parser.ts";
import type { Deadlines, Watched } from "../socket/deadlines.ts";
import { connect, type Route } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Connection } from "./http1-connection.ts";
import { Http2Connection } from "./http2-connection.ts";
import type { Settings } from "./options.ts";
import type { ConnectionHost, PooledConnection } from "./pooled-connection.ts";
import type { SpokenVersions } from "./spoken-versions.ts";
import type { Target } from "./target.ts";

/** What a pool needs of its client. */
export interface PoolHost {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  readonly deadlines: Deadlines;
  readonly versions: SpokenVersions;
  /** Nothing is left in it. */
  emptied(pool: Pool): void;
}

interface Waiting {
  readonly exchange: Exchange;
  /** When it began to wait, on the clock of the deadlines. */
  readonly since: number;
}

/** The protocols that are offered over TLS, the one that is wanted first. */
const BOTH: readonly string[] = ["h2", "http/1.1"];

/**
 * The connections to one place. Of HTTP/1 the one that was used last is used next, and where all are in use, an exchange waits; of HTTP/2
 * there is one, which carries as many exchanges as the server takes. Which of them it will be is known once the first connection has
 * been made: until then there is only that one, unless the place is remembered for HTTP/1.
 */
export class Pool implements ConnectionHost, Watched {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  readonly #host: PoolHost;
  readonly #origin: string;
  readonly #route: Route;
  readonly #secure: boolean;
  readonly #version: "1" | "2" | "by ALPN";
  readonly #idle: Http1Connection[] = [];
  readonly #open = new Set<PooledConnection>();
  // The connection of HTTP/2 on which exchanges begin.
  #shared: Http2Connection | undefined;
  readonly #waiting: Waiting[] = [];
  /** Those that need a connection that has not been used before. They go first. */
  readonly #waitingForFresh: Waiting[] = [];
  /** Connections that are being made. */
  readonly #attempts = new Set<AbortController>();
  #closed = false;

  constructor(route: Route & { readonly target: Target }, host: PoolHost) {
    const { target, proxy } = route;
    this.#origin = target.origin;
    const { http2 } = host.settings;
    this.#secure = target.secure || (proxy?.secure === true && route.socketPath === undefined);
    if (target.secure) this.#version = http2 === false ? "1" : "by ALPN";
    else this.#version = http2 === "cleartext" && proxy === undefined ? "2" : "1";
    this.#route = { ...route, protocols: this.#version === "by ALPN" ? BOTH : undefined };
    this.#host = host;
    this.settings = host.settings;
    this.parsers = host.parsers;
  }

  /** Runs an exchange on a connection, now or when there is one. @param fresh whether on none that has been used before */
  run(exchange: Exchange, fresh = false): void {
    if (this.#shared?.usable === true) {
      this.#shared.start(exchange);
      return;
    }
    if (!fresh) {
      for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
        if (!connection.usable) continue;
        connection.start(exchange);
        return;
      }
    }
    exchange.onunwanted = () => this.#forget(exchange);
    (fresh ? this.#waitingForFresh : this.#waiting).push({ exchange, since: performance.now() });
    this.#host.deadlines.add(this);
    this.#connectMore();
  }

  /** Ends it all. */
  close(): void {
    this.#closed = true;
    for (const queue of this.#queues) for (const { exchange } of queue.splice(0)) exchange.lost(closed());
    for (const attempt of this.#attempts) attempt.abort();
    for (const connection of this.#open) connection.giveUp(closed());
  }

  /** An exchange waits for a connection as long as for a response: bodies that nobody reads may keep them all. */
  check(now: number): void {
    const { head } = this.settings.timeouts;
    const expired = this.#queues.flat().filter(({ since }) => head > 0 && now - since >= head);
    const found = `all ${this.#open.size} connections are in use`;
    for (const { exchange } of expired)
      exchange.lost(new EndedError("ERR_SLUICE_CONNECT_TIMEOUT", { found }));
    if (this.#wanted === 0) this.#host.deadlines.delete(this);
  }

  get #queues(): readonly [Waiting[], Waiting[]] {
    return [this.#waitingForFresh, this.#waiting];
  }

  /** Connections that are waited for. */
  get #wanted(): number {
    return this.#waiting.length + this.#waitingForFresh.length;
  }

  // What the connections tell

  free(connection: PooledConnection): void {
    while (connection.usable) {
      const next = this.#nextWaiting(connection.used);
      if (next === undefined) break;
      connection.start(next);
    }
    if (connection instanceof Http1Connection && connection.usable) {
      this.#idle.push(connection);
      connection.idle();
    }
    this.#connectMore();
  }

  closed(connection: PooledConnection): void {
    this.#open.delete(connection);
    this.#host.deadlines.delete(connection);
    if (connection === this.#shared) this.#shared = undefined;
    if (connection instanceof Http1Connection) {
      const at = this.#idle.indexOf(connection);
      if (at >= 0) this.#idle.splice(at, 1);
    }
    this.#connectMore();
    this.#tellIfEmpty();
  }

  /** Takes the next one out. @param used for a connection that has been used before */
  #nextWaiting(used: boolean): Exchange | undefined {
    const next = (used ? undefined : this.#waitingForFresh.shift()) ?? this.#waiting.shift();
    if (next === undefined) return undefined;
    next.exchange.onunwanted = undefined;
    return next.exchange;
  }

  /** One that was waiting has been abandoned, and nobody needs the connection that is being made for it. */
  #forget(exchange: Exchange): void {
    for (const queue of this.#queues) {
      const at = queue.findIndex((waiting) => waiting.exchange === exchange);
      if (at >= 0) queue.splice(at, 1);
    }
    if (this.#attempts.size <= this.#wanted) return;
    const [attempt] = this.#attempts;
    this.#attempts.delete(attempt);
    attempt.abort();
  }

  #connectMore(): void {
    const { connections } = this.settings.limits;
    // One that has been used makes room for one that must not have been.
    if (this.#waitingForFresh.length > 0 && this.#open.size + this.#attempts.size >= connections)
      this.#idle[0]?.close();
    while (
      this.#attempts.size < this.#attemptsWanted &&
      this.#open.size + this.#attempts.size < connections &&
      !this.#closed
    ) {
      const attempt = new AbortController();
      this.#attempts.add(attempt);
      void this.#connect(attempt);
    }
  }

  get #isHttp2(): boolean | undefined {
    return this.#version === "by ALPN" ? this.#host.versions.isHttp2(this.#origin) : this.#version === "2";
  }

  /** Connections that are worth being made at a time. */
  get #attemptsWanted(): number {
    if (this.#shared?.closing === false) return 0;
    return this.#isHttp2 === false ? this.#wanted : Math.min(this.#wanted, 1);
  }

  async #connect(attempt: AbortController): Promise<void> {
    let socket: Socket;
    try {
      socket = await connect(this.#route, attempt.signal);
    } catch (error) {
      this.#attempts.delete(attempt);
      // Where it was stopped, nobody waits for it.
      if (!attempt.signal.aborted) this.#failed(error);
      this.#connectMore();
      this.#tellIfEmpty();
      return;
    }
    this.#attempts.delete(attempt);
    const connection = this.#opened(socket);
    this.#open.add(connection);
    this.#host.deadlines.add(connection);
    // It may have been stopped in the moment in which the connection was made.
    if (attempt.signal.aborted) connection.close();
    else this.free(connection);
  }

  #opened(socket: Socket): PooledConnection {
    const { alpnProtocol } = socket as { readonly alpnProtocol?: string | false | null };
    const isHttp2 = this.#version === "2" || (this.#route.target.secure && alpnProtocol === "h2");
    if (this.#version === "by ALPN") this.#host.versions.learn(this.#origin, isHttp2);
    if (!isHttp2) return new Http1Connection(socket, this.#secure, this);
    this.#shared = new Http2Connection(socket, this.#secure, this);
    return this.#shared;
  }

  /** No connection could be made. Where it was for one of those who wait, the others have theirs. */
  #failed(error: unknown): void {
    const count = this.#isHttp2 === false ? 1 : this.#wanted;
    for (let index = 0; index < count; index++) this.#nextWaiting(false)?.lost(error);
  }

  #tellIfEmpty(): void {
    if (this.#open.size + this.#attempts.size + this.#wanted > 0) return;
    this.#host.deadlines.delete(this);
    this.#host.emptied(this);
  }
}

function closed(): EndedError {
  return new EndedError("ERR_SLUICE_CLIENT_CLOSED");
}
