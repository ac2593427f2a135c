import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { UsageError } from "../../../errors.ts";
import type { Http1Exchange } from "../../../server/http1-exchange.ts";

/** Whose connection it is. */
export interface ViewHost {
  /** What the socket says it belongs to, with what holds for a connection whose requests say nothing else, in milliseconds. */
  readonly server: { readonly timeout: number };
  /** Nothing has happened for as long as the socket was told to wait. */
  timedOut(connection: ViewedConnection): void;
}

/** A connection that an application has seen a request of. */
export interface ViewedConnection {
  readonly view: Socket;
  readonly host: ViewHost;
  /** What is under way; let go of at its end, so that idle connections hold nothing. */
  exchange: Http1Exchange | undefined;
  response: ServerResponse | undefined;
  /** Whether the socket has been told how long to wait since {@link resetTimeout}. */
  timed: boolean;
  /** What listens for timeouts, once the socket has been told. */
  ontimeout: (() => void) | undefined;
}

const VIEWED = Symbol("sluice.viewed");

interface ViewedSocket extends Socket {
  [VIEWED]?: ViewedConnection;
}

/** What is known of a connection, if an application has seen it. */
export function viewedConnection(real: Socket): ViewedConnection | undefined {
  return (real as ViewedSocket)[VIEWED];
}

/**
 * The socket as an application sees it: addresses, TLS, timeouts, events and `destroy` are those of the connection. What would read
 * its octets or write others between ours throws `ERR_SLUICE_SOCKET`.
 */
export function viewConnection(real: Socket, host: ViewHost): ViewedConnection {
  const own: Record<string | symbol, unknown> = {};
  const view = new Proxy<Socket>(real, {
    get: (target, name): unknown => (Object.hasOwn(own, name) ? own[name] : Reflect.get(target, name)),
    // What is patched here the engine doesn't see.
    set: (target, name, value) => Reflect.set(Object.hasOwn(own, name) ? own : target, name, value),
  });
  const connection: ViewedConnection = {
    view,
    host,
    exchange: undefined,
    response: undefined,
    timed: false,
    ontimeout: undefined,
  };
  Object.assign(own, ownParts(real, connection, host));
  (real as ViewedSocket)[VIEWED] = connection;
  return connection;
}

/** How long one request lets its connection wait is nothing to the next one: as on node:http, the server's timeout holds again. */
export function resetTimeout(real: Socket, connection: ViewedConnection): void {
  if (!connection.timed) return;
  connection.timed = false;
  real.setTimeout(connection.host.server.timeout);
}

/** The answer is complete: its connection, which may be idle from now on, holds nothing of it. */
export function letGo(real: Socket, response: ServerResponse): void {
  const connection = viewedConnection(real);
  if (connection === undefined || connection.response !== response) return;
  resetTimeout(real, connection);
  connection.response = undefined;
  connection.exchange = undefined;
}

/** Another protocol has the socket from here on: how long that waits is its own affair. */
export function forgetTimeout(real: Socket): void {
  const connection = viewedConnection(real);
  if (connection?.ontimeout === undefined) return;
  real.removeListener("timeout", connection.ontimeout);
  connection.ontimeout = undefined;
  real.setTimeout(0);
}

/** What applications listen with, so that it can be told from what the engine listens with. */
const listeners = new WeakSet<object>();

/** What reads octets, or writes others between ours. */
const REFUSED: readonly string[] = [
  "write",
  "pipe",
  "read",
  "push",
  "unshift",
  "setEncoding",
  "_write",
  "_writev",
  "_writeGeneric",
];

const refused = (name: string) => (): never => {
  throw new UsageError("ERR_SLUICE_SOCKET", { found: `socket.${name}()` });
};

function nothing(this: Socket): Socket {
  return this;
}

function ownParts(real: Socket, connection: ViewedConnection, host: ViewHost): Record<string, unknown> {
  const listen = (name: "on" | "once" | "addListener" | "prependListener" | "prependOnceListener") =>
    function (this: Socket, event: string, listener: () => void): Socket {
      if (event === "data" || event === "readable") refused(`${name}("${event}")`)();
      real[name](event, listener);
      listeners.add(listener);
      return this;
    };
  // Without the engine's own the end of the connection would not be noticed.
  const unlisten = (event: string | symbol, listener: () => void): void => {
    if (listeners.has(listener)) real.removeListener(event, listener);
  };
  function removeListener(this: Socket, event: string | symbol, listener: () => void): Socket {
    unlisten(event, listener);
    return this;
  }
  return {
    ...Object.fromEntries(REFUSED.map((name) => [name, refused(name)])),
    on: listen("on"),
    once: listen("once"),
    addListener: listen("addListener"),
    prependListener: listen("prependListener"),
    prependOnceListener: listen("prependOnceListener"),
    off: removeListener,
    removeListener,
    removeAllListeners(this: Socket, only?: string | symbol): Socket {
      for (const event of only === undefined ? real.eventNames() : [only])
        for (const listener of real.listeners(event)) unlisten(event, listener as () => void);
      return this;
    },
    // The connection decides when it reads, and gathers what one tick writes.
    pause: nothing,
    resume: nothing,
    cork: () => {},
    uncork: () => {},
    server: host.server,
    setTimeout(this: Socket, milliseconds: number, listener?: () => void): Socket {
      if (connection.ontimeout === undefined) {
        connection.ontimeout = () => host.timedOut(connection);
        real.on("timeout", connection.ontimeout);
      }
      connection.timed = true;
      real.setTimeout(milliseconds, listener);
      if (listener !== undefined) listeners.add(listener);
      return this;
    },
    end(this: Socket, ...written: unknown[]): Socket {
      if (written.length > 0 && typeof written[0] !== "function") refused("end")();
      const { exchange } = connection;
      if (exchange?.isOver === false) {
        exchange.cutShort("ERR_SLUICE_DESTROYED");
        return this;
      }
      exchange?.flush();
      real.end();
      return this;
    },
    destroySoon(this: Socket): void {
      this.end();
    },
    destroy(this: Socket, error?: Error): Socket {
      if (connection.exchange === undefined) real.destroy();
      else if (!real.destroyed) connection.exchange.cutOff("ERR_SLUICE_DESTROYED");
      // Only where somebody listens: what the application says of its own socket is not the server's fault.
      if (error !== undefined && real.listenerCount("error") > 1) real.emit("error", error);
      return this;
    },
  };
}
