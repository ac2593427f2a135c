import type { ErrorCode } from "../errors.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Watched } from "../socket/deadlines.ts";
import type { Settings } from "./options.ts";

/** One connection, as its server sees it. */
export interface ServedConnection extends Watched {
  /** Requests that are being answered. */
  readonly active: number;
  /** Octets that have arrived and left, framing included, TLS not. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Ends it once what runs is done: at once where nothing does. */
  retire(): void;
  /** Cuts it. Whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void;
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly settings: Settings;
  /** Whether the server is closing: connections end with the answers that are under way. */
  readonly closing: boolean;
  /** A request has begun. */
  requested(): void;
  /** Calls back in an asynchronous scope of its own, as a request that the handler answers. */
  inOwnScope(then: () => void): void;
  /** Has the handler answer a request. Without a promise where the handler is done at once. */
  answer(exchange: Exchange): void | Promise<void>;
  /** The connection has let go of everything. */
  closed(connection: ServedConnection): void;
}
