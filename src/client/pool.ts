import type { Socket } from "node:net";
import { AbortedError, EndedError } from "../errors.ts";
import type { HeadParsers } from "../http1/head-parser.ts";
import type { Deadlines } from "../socket/deadlines.ts";
import { connect, type Route } from "./connect.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { Exchange } from "./exchange.ts";
import type { Settings } from "./options.ts";
import { allowManyListeners } from "./signals.ts";

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
  /** Whether it needs a connection that has not been used before. */
  readonly fresh: boolean;
}

/** The connections to one place. The one that was used last is used next; where all are in use, an exchange waits. */
export class Pool implements ConnectionHost {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  readonly #host: PoolHost;
  readonly #route: Route;
  readonly #secure: boolean;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #waiting: Waiting[] = [];
  readonly #closing = new AbortController();
  #connecting = 0;

  constructor(route: Route, host: PoolHost) {
    this.#route = route;
    this.#secure = route.target.secure || (route.proxy?.secure === true && route.socketPath === undefined);
    this.#host = host;
    this.settings = host.settings;
    this.parsers = host.parsers;
    allowManyListeners(this.#closing.signal);
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
    this.#waiting.push({ exchange, fresh });
    this.#connectMore();
  }

  /** Ends it all. */
  close(): void {
    this.#closing.abort();
    for (const { exchange } of this.#waiting.splice(0)) exchange.lost(closed());
    for (const connection of this.#open) connection.giveUp(closed());
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
  }

  closed(connection: Connection): void {
    this.#open.delete(connection);
    this.#host.deadlines.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#connectMore();
    this.#tellIfEmpty();
  }

  /** The next one that is still wanted. @param used for a connection that has been used before */
  #nextWaiting(used: boolean): Exchange | undefined {
    const waiting = this.#waiting;
    for (let at = 0; at < waiting.length;) {
      const { exchange, fresh } = waiting[at];
      if (used && fresh && !exchange.isOver) {
        at++;
        continue;
      }
      waiting.splice(at, 1);
      if (!exchange.isOver) return exchange;
    }
    return undefined;
  }

  #connectMore(): void {
    const { connections } = this.settings.limits;
    // One that has been used makes room for one that must not have been.
    if (this.#open.size + this.#connecting >= connections && this.#waiting.some(({ fresh }) => fresh))
      this.#idle[0]?.close();
    while (
      this.#connecting < this.#waiting.length &&
      this.#open.size + this.#connecting < connections &&
      !this.#closing.signal.aborted
    ) {
      this.#connecting++;
      void this.#connect();
    }
  }

  async #connect(): Promise<void> {
    let socket: Socket | undefined;
    try {
      socket = await connect(this.#route, this.#closing.signal);
    } catch (error) {
      this.#connecting--;
      this.#nextWaiting(false)?.lost(error instanceof AbortedError ? closed() : error);
      this.#connectMore();
      this.#tellIfEmpty();
      return;
    }
    this.#connecting--;
    const connection = new Connection(socket, this.#secure, this);
    this.#open.add(connection);
    this.#host.deadlines.add(connection);
    this.free(connection);
    // The client was closed in the moment in which the connection was made.
    if (this.#closing.signal.aborted) connection.giveUp(closed());
  }

  #tellIfEmpty(): void {
    if (this.#open.size + this.#connecting + this.#waiting.length === 0) this.#host.emptied(this);
  }
}

function closed(): EndedError {
  return new EndedError("ERR_SLUICE_CLIENT_CLOSED");
}
