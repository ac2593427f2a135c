import { AsyncResource } from "node:async_hooks";
import type { Exchange } from "../exchange/exchange.ts";
import type { Handler } from "../exchange/handler.ts";

/** Nobody is told when a scope is collected, so Node needn't watch for it. */
const NEVER_TOLD = { requireManualDestroy: true };

/**
 * Requests are answered each in an asynchronous scope of its own, below that of their server: what a handler enters into an
 * AsyncLocalStorage (`enterWith`) must not be there for the next request of the connection, which may be somebody else's. That one may
 * begin where the one before ends, so its scope is not made below whatever is current.
 */
export class RequestScopes {
  readonly #server = new AsyncResource("SLUICESERVER", NEVER_TOLD);

  /** Calls back in a scope for another request. */
  run(then: () => void): void {
    this.#server.runInAsyncScope(runInScope, undefined, then);
  }

  /** As {@link Exchange.start}. */
  start(exchange: Exchange, handler: Handler): void | Promise<void> {
    return this.#server.runInAsyncScope(startInScope, exchange, handler);
  }
}

function runInScope(then: () => void): void {
  new AsyncResource("SLUICEREQUEST", NEVER_TOLD).runInAsyncScope(then);
}

function startInScope(this: Exchange, handler: Handler): void | Promise<void> {
  return new AsyncResource("SLUICEREQUEST", NEVER_TOLD).runInAsyncScope(start, this, handler);
}

function start(this: Exchange, handler: Handler): void | Promise<void> {
  return this.start(handler);
}
