import type { HeadParsers } from "../http1/head-parser.ts";
import type { Watched } from "../socket/deadlines.ts";
import type { Exchange } from "./exchange.ts";
import type { Settings } from "./options.ts";

/** One connection, as its pool sees it. */
export interface PooledConnection extends Watched {
  /** Whether an exchange can begin now. */
  readonly usable: boolean;
  /** Whether the server may close it just as the next exchange begins, since it has been idle for a while. */
  readonly used: boolean;
  /** Begins an exchange. */
  start(exchange: Exchange): void;
  /** Ends it at once. Whoever waits is told. */
  giveUp(error: unknown): void;
  /** Ends it at once. Nobody waits for anything. */
  close(): void;
}

/** What a connection tells its pool. */
export interface ConnectionHost {
  readonly settings: Settings;
  readonly parsers: HeadParsers;
  /** Another exchange may begin; or none will, on one of HTTP/2 that takes no more. */
  free(connection: PooledConnection): void;
  /** The connection has let go of everything. */
  closed(connection: PooledConnection): void;
}
