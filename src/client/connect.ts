import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { AbortedError, EndedError, type ErrorCode } from "../errors.ts";
import { WIRE_LIMITS } from "../http1/limits.ts";
import { ResponseReceiver } from "../http1/receiver.ts";
import { Sender } from "../http1/sender.ts";
import type { Proxy } from "./proxies.ts";
import type { Target } from "./target.ts";

/** Milliseconds; over it Node's timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How a connection is made. */
export interface Route {
  readonly target: Pick<Target, "secure" | "host" | "port">;
  readonly proxy: Proxy | undefined;
  readonly socketPath: string | undefined;
  readonly tls: ConnectionOptions | undefined;
  /** The protocols to offer over TLS, by their names for ALPN (RFC 7301). Default HTTP/1.1 alone. */
  readonly protocols?: readonly string[] | undefined;
  /** Milliseconds for all of it; 0 for no limit. */
  readonly timeout: number;
}

const HTTP1: readonly string[] = ["http/1.1"];

/** The longest answer to CONNECT that is read. */
const TUNNEL_LIMITS = WIRE_LIMITS;

/**
 * Makes a connection: to the target, to a Unix socket, or through a proxy, where http goes as it is and https through a tunnel.
 * Addresses of both families are tried side by side (Node's autoSelectFamily). The socket is paused, and nobody has read from it.
 * @throws EndedError `ERR_SLUICE_CONNECT`, `ERR_SLUICE_CONNECT_TIMEOUT`, `ERR_SLUICE_TLS`, `ERR_SLUICE_PROXY`
 * @throws AbortedError where the signal says so
 */
export async function connect(route: Route, signal?: AbortSignal): Promise<Socket> {
  const attempt = new Attempt(route.timeout, signal);
  const { target, proxy, socketPath } = route;
  const { secure } = target;
  const secured = (below: Socket): Promise<Socket> =>
    attempt.secure(below, target.host, route.tls, route.protocols);
  try {
    if (socketPath !== undefined) {
      const socket = await attempt.plain({ path: socketPath });
      return secure ? await secured(socket) : socket;
    }
    const { host, port } = proxy ?? target;
    let socket = await attempt.plain({ host, port });
    if (proxy?.secure === true) socket = await attempt.secure(socket, proxy.host, undefined);
    if (proxy !== undefined && secure) await attempt.tunnel(socket, target, proxy.authorization);
    return secure ? await secured(socket) : socket;
  } finally {
    attempt.over();
  }
}

/** One attempt to make a connection: where a step fails, or time is up, everything that it has opened is closed. */
class Attempt {
  #socket: Socket | undefined;
  #fail: ((error: EndedError) => void) | undefined;
  #failure: EndedError | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void =>
    this.#giveUp(new AbortedError("ERR_SLUICE_ABORTED", { cause: this.#signal?.reason }));

  constructor(timeout: number, signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (timeout > 0 && timeout <= LONGEST_TIMER)
      this.#timer = setTimeout(() => this.#giveUp(new EndedError("ERR_SLUICE_CONNECT_TIMEOUT")), timeout);
    signal?.addEventListener("abort", this.#onAbort);
    if (signal?.aborted === true) this.#onAbort();
  }

  over(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  /** TCP, or a Unix socket. */
  plain(
    where: { readonly path: string } | { readonly host: string; readonly port: number },
  ): Promise<Socket> {
    // Half open: what this side still has to say is this side's business.
    const socket = connectTcp({ ...where, allowHalfOpen: true, noDelay: true });
    // Whoever takes the socket over reads it by its handle, so nothing may be read before.
    socket.pause();
    return this.#step(socket, "connect", "ERR_SLUICE_CONNECT");
  }

  /** TLS over what is there. */
  secure(
    below: Socket,
    host: string,
    options: ConnectionOptions | undefined,
    protocols: readonly string[] = HTTP1,
  ): Promise<TLSSocket> {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({
      ALPNProtocols: [...protocols],
      ...name,
      host,
      ...options,
      socket: below,
    });
    socket.allowHalfOpen = true;
    return this.#step(socket, "secureConnect", "ERR_SLUICE_TLS");
  }

  /** Asks a proxy for a tunnel (RFC 9110 section 9.3.6). */
  tunnel(
    socket: Socket,
    { host, port }: Route["target"],
    authorization: string | undefined,
  ): Promise<Socket> {
    const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      this.#begin(socket, reject);
      const refused = (found: string, cause?: unknown): void =>
        this.#giveUp(new EndedError("ERR_SLUICE_PROXY", { found, cause }));
      let status = 0;
      const receiver = new ResponseReceiver(
        { head: (head) => (status = head.status), data() {}, end() {} },
        TUNNEL_LIMITS,
      );
      const onData = (bytes: Buffer): void => {
        let at = 0;
        try {
          at = receiver.receive(bytes);
        } catch (error) {
          refused("another protocol", error);
          return;
        }
        if (status >= 300) refused(String(status));
        if (!receiver.tunnelled) return;
        socket.off("data", onData).off("end", onEnd).off("close", onEnd).pause();
        this.#end(socket);
        if (at < bytes.length) socket.unshift(bytes.subarray(at));
        resolve(socket);
      };
      const onEnd = (): void => refused("the end of the connection");
      // A reset is no end.
      socket.on("data", onData).on("end", onEnd).on("close", onEnd).resume();
      const sender = new Sender({
        text: (latin1) => void socket.write(latin1, "latin1"),
        bytes: (view) => void socket.write(view),
      });
      receiver.expect("CONNECT");
      const fields = authorization === undefined ? {} : { "Proxy-Authorization": authorization };
      sender.request("CONNECT", authority, { Host: authority, ...fields });
      sender.end();
    });
  }

  #step<Kind extends Socket>(socket: Kind, event: string, code: ErrorCode): Promise<Kind> {
    return new Promise((resolve, reject) => {
      this.#begin(socket, reject);
      const onError = (cause: unknown): void =>
        this.#giveUp(new EndedError(code, { cause, found: cause instanceof Error ? cause.message : "" }));
      const onClose = (): void => onError(new Error("The connection was closed in between"));
      socket.on("error", onError).once("close", onClose);
      socket.once(event, () => {
        socket.off("error", onError).off("close", onClose);
        this.#end(socket);
        resolve(socket);
      });
    });
  }

  #begin(socket: Socket, reject: (error: EndedError) => void): void {
    this.#socket = socket;
    this.#fail = reject;
    if (this.#failure !== undefined) this.#giveUp(this.#failure);
  }

  /** Between two steps nothing is awaited, but an error may come all the same. */
  #end(socket: Socket): void {
    this.#fail = undefined;
    socket.on("error", () => {});
  }

  #giveUp(error: EndedError): void {
    this.#failure ??= error;
    this.#fail?.(this.#failure);
    this.#fail = undefined;
    this.#socket?.on("error", () => {}).destroy();
  }
}
