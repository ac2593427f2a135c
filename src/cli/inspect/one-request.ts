import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { targetOf, type Target } from "../../client/target.ts";
import { AbortedError, ProtocolError } from "../../errors.ts";
import type { RequestHead } from "../../http1/head.ts";
import { RequestReceiver } from "../../http1/receiver.ts";
import { deferred } from "../../deferred.ts";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit-codes.ts";

/** How long a client may take for the head of its request, in milliseconds. */
const HEAD_TIMEOUT = 30_000;
/** Connections that wait to say something; browsers make some in advance. */
const MOST_WAITING = 64;

/** Where a proxy for one request listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A request that somebody has made, and that is to be passed on. */
export interface AcceptedRequest {
  readonly client: Socket;
  readonly target: Target;
  readonly method: string;
  /** As it goes on: in origin form, with the Host of the target, as latin-1. All else is as it came. */
  readonly head: string;
  /** What has come of its body. */
  readonly begun: Uint8Array;
  /** Finds the end of the rest. */
  readonly rest: RestOfRequest;
}

/** What is still to come of a request. */
export interface RestOfRequest {
  /** Whether all of it has come. */
  readonly whole: boolean;
  /** How many of these octets belong to it. @throws ProtocolError */
  take(bytes: Uint8Array): number;
}

/** Listens until somebody has made a request. Connections before that which say nothing, or nothing that can be passed on, don't count. */
export class OneRequest {
  readonly #server: Server = createServer({ allowHalfOpen: true, noDelay: true });
  readonly #fixed: Target | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #refused: (why: string) => void;

  /**
   * @param fixed where all requests go; without it, where their absolute form says
   * @param refused told of each request that was not passed on
   */
  constructor(fixed: Target | undefined, refused: (why: string) => void) {
    this.#fixed = fixed;
    this.#refused = refused;
    this.#server.maxConnections = MOST_WAITING;
  }

  /** @returns the URL to ask @throws CommandError network */
  async listen({ host, port }: ListenAddress): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) => {
        const taken = cause.code === "EADDRINUSE";
        const message = taken ? `port ${port} of ${printable(host)} is taken` : cause.message;
        const hint = taken ? "--listen 0 takes a free one" : undefined;
        reject(new CommandError(message, { exitCode: EXIT.network, hint, cause }));
      });
      this.#server.listen({ host, port }, resolve);
    });
    const address = this.#server.address() as AddressInfo;
    return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}/`;
  }

  /** The first request. Nothing is listened for any more then. @throws AbortedError by `stop` */
  async accept(stop: AbortSignal): Promise<AcceptedRequest> {
    const { promise, resolve, reject } = deferred<AcceptedRequest>();
    const giveUp = (): void => reject(new AbortedError("ERR_SLUICE_ABORTED", { cause: stop.reason }));
    stop.addEventListener("abort", giveUp);
    if (stop.aborted) giveUp();
    this.#server.on("connection", (socket) => this.#connected(socket, resolve));
    try {
      const accepted = await promise;
      this.#sockets.delete(accepted.client);
      return accepted;
    } finally {
      stop.removeEventListener("abort", giveUp);
      this.#server.close();
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  #connected(socket: Socket, resolve: (accepted: AcceptedRequest) => void): void {
    this.#sockets.add(socket);
    socket.setTimeout(HEAD_TIMEOUT, () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    const reader = new RequestReader();
    const onData = (bytes: Buffer): void => {
      try {
        reader.read(bytes);
        if (reader.head === undefined) return;
        const target = this.#targetFor(reader.head);
        const { method } = reader.head;
        const accepted = { client: socket, target, method, ...reader.passedOn(target), rest: reader };
        socket.setTimeout(0);
        socket.off("data", onData).removeAllListeners("end").pause();
        resolve(accepted);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        socket.off("data", onData).resume();
        this.#refused(error.message);
        refuse(socket, error.status ?? 400, error.message);
      }
    };
    socket.on("data", onData);
  }

  #targetFor({ method, target }: RequestHead): Target {
    if (method === "CONNECT")
      throw new ProtocolError("ERR_SLUICE_TARGET", { found: "CONNECT: nobody can look into a tunnel" });
    if (this.#fixed !== undefined) return this.#fixed;
    if (!/^https?:\/\//i.test(target))
      throw new ProtocolError("ERR_SLUICE_TARGET", {
        found: `${target.slice(0, 80)}: a request to a proxy names its host`,
      });
    return targetOf(target);
  }
}

/** Answers instead of the target. */
export function refuse(socket: Socket, status: number, why: string): void {
  const text = `sluice inspect: ${printable(why)}\n`;
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
}

/** Reads one request, keeps the octets of its head, and finds the end of its body. */
class RequestReader implements RestOfRequest {
  head: RequestHead | undefined;
  whole = false;
  #octets: Buffer[] = [];
  readonly #receiver = new RequestReceiver({
    head: (head) => (this.head = head),
    data() {},
    end: () => (this.whole = true),
  });

  /** @throws ProtocolError */
  read(bytes: Uint8Array): void {
    this.#octets.push(Buffer.from(bytes.subarray(0, this.take(bytes))));
  }

  /** @throws ProtocolError */
  take(bytes: Uint8Array): number {
    return this.whole ? 0 : this.#receiver.receive(bytes);
  }

  /** The request as it goes on, once its head is there. */
  passedOn(target: Target): { head: string; begun: Uint8Array } {
    const octets = Buffer.concat(this.#octets);
    // The parser lets only CR LF end a line, so the first empty one is the end of the head.
    const end = octets.indexOf("\r\n\r\n") + 4;
    return { head: passedOn(octets.toString("latin1", 0, end), target), begun: octets.subarray(end) };
  }
}

/** The head as the target gets it: its own Host, the path alone, and nothing that was for the proxy. */
function passedOn(head: string, target: Target): string {
  const [start, ...lines] = head.trimStart().split("\r\n");
  const [method, asked, version] = start.split(" ");
  const path = asked.replace(/^https?:\/\/[^/?]*/i, "");
  const origin = path.startsWith("/") || path === "*" ? path : `/${path}`;
  const kept = lines.filter((line) => !/^(?:host|proxy-connection|proxy-authorization):/i.test(line));
  return [`${method} ${origin} ${version}`, `Host: ${target.authority}`, ...kept].join("\r\n");
}
