import type { ErrorCode } from "../errors.ts";
import type { Handler } from "../exchange/handler.ts";
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
  readonly handler: Handler;
  /** Whether the server is closing: connections end with the answers that are under way. */
  readonly closing: boolean;
  /** One more stream of HTTP/2, if there may be one: {@link ConnectionHost.releaseStream} must follow then. */
  holdStream(): boolean;
  /** A stream is closed, and its handler has returned. */
  releaseStream(): void;
  /** A request has begun. */
  requested(): void;
  /** The connection has let go of everything. */
  closed(connection: ServedConnection): void;
}
