import type { Socket } from "node:net";
import { EndedError } from "../errors.ts";
import type { HeadParsers } from "../http1/head-parser.ts";
import type { Deadlines, Watched } from "../socket/deadlines.ts";
import { connect, type Route } from "./connect.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import type { Settings } from "./options.ts";

/** What a pool needs of its client. */
export interface PoolHost {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  readonly deadlines: Deadlines;
  /** Nothing is left in it. */
  emptied(pool: Pool): void;
}

interface Waiting {
  readonly exchange: Exchange;
  /** When it began to wait, on the clock of the deadlines. */
  readonly since: number;
}

/** The connections to one place. The one that was used last is used next; where all are in use, an exchange waits. */
export class Pool implements ConnectionHost, Watched {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  readonly #host: PoolHost;
  readonly #route: Route;
  readonly #secure: boolean;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #waiting: Waiting[] = [];
  /** Those that need a connection that has not been used before. They go first. */
  readonly #waitingForFresh: Waiting[] = [];
  /** Connections that are being made. */
  readonly #attempts = new Set<AbortController>();
  #closed = false;

  constructor(route: Route, host: PoolHost) {
    this.#route = route;
    this.#secure = route.target.secure || (route.proxy?.secure === true && route.socketPath === undefined);
    this.#host = host;
    this.settings = host.settings;
    this.parsers = host.parsers;
  }

  /** Runs an exchange on a connection, now or when there is one. @param fresh whether on none that has been used before */
  run(exchange: Exchange, fresh = false): void {
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

  free(connection: Connection): void {
    const next = this.#nextWaiting(connection.used);
    if (next !== undefined) {
      connection.start(next);
      return;
    }
    this.#idle.push(connection);
    connection.idle();
    this.#connectMore();
  }

  closed(connection: Connection): void {
    this.#open.delete(connection);
    this.#host.deadlines.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
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
      this.#attempts.size < this.#wanted &&
      this.#open.size + this.#attempts.size < connections &&
      !this.#closed
    ) {
      const attempt = new AbortController();
      this.#attempts.add(attempt);
      void this.#connect(attempt);
    }
  }

  async #connect(attempt: AbortController): Promise<void> {
    let socket: Socket;
    try {
      socket = await connect(this.#route, attempt.signal);
    } catch (error) {
      this.#attempts.delete(attempt);
      // Where it was stopped, nobody waits for it.
      if (!attempt.signal.aborted) this.#nextWaiting(false)?.lost(error);
      this.#connectMore();
      this.#tellIfEmpty();
      return;
    }
    this.#attempts.delete(attempt);
    const connection = new Connection(socket, this.#secure, this);
    this.#open.add(connection);
    this.#host.deadlines.add(connection);
    // It may have been stopped in the moment in which the connection was made.
    if (attempt.signal.aborted) connection.close();
    else this.free(connection);
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
