import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { UsageError } from "../../../errors.ts";
import type { Http1Exchange } from "../../../server/http1-exchange.ts";

/** Whose connection it is. */
export interface ViewHost {
  /** What the socket says it belongs to. */
  readonly server: object;
  /** Nothing has happened for as long as the socket was told to wait. */
  timedOut(connection: ViewedConnection): void;
}

/** A connection that an application has seen a request of. */
export interface ViewedConnection {
  readonly view: Socket;
  /** What is under way; let go of at its end, so that idle connections hold nothing. */
  exchange: Http1Exchange | undefined;
  response: ServerResponse | undefined;
  /** Whether timeouts are listened for. */
  watched: boolean;
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
  const connection = { view, exchange: undefined, response: undefined, watched: false };
  Object.assign(own, ownParts(real, connection, host));
  (real as ViewedSocket)[VIEWED] = connection;
  return connection;
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
      if (!connection.watched) {
        connection.watched = true;
        real.on("timeout", () => host.timedOut(connection));
      }
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
