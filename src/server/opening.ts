import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ServedConnection } from "./served-connection.ts";

/** How a client of HTTP/2 begins (RFC 9113 section 3.4). */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/**
 * Whether a connection speaks HTTP/2: over TLS that is settled (RFC 9113 section 3.2). Undefined where its first octets are to tell, by an
 * {@link Opening} (section 3.3).
 * @param isOffered whether HTTP/2 is spoken there at all
 */
export function speaksHttp2(socket: Socket, isSecure: boolean, isOffered: boolean): boolean | undefined {
  if (!isOffered) return false;
  return isSecure ? (socket as TLSSocket).alpnProtocol === "h2" : undefined;
}

/**
 * A connection without TLS whose first octets have not said yet whether it speaks HTTP/2. No request of HTTP/1 begins like that: PRI is
 * reserved (RFC 9113 section 11.6).
 */
export class Opening implements ServedConnection {
  readonly active = 0;
  readonly bytesReceived = 0;
  readonly bytesSent = 0;
  readonly #socket: Socket;
  readonly #deadline: number;
  readonly #told: (isHttp2: boolean, first: Buffer) => void;
  readonly #gone: () => void;
  #first: Buffer = Buffer.alloc(0);

  /**
   * @param timeout in milliseconds; 0 for none
   * @param told called once the version is known, with what was read; for HTTP/2 the socket has that again
   * @param gone called instead where the socket closes before
   */
  constructor(
    socket: Socket,
    timeout: number,
    told: (isHttp2: boolean, first: Buffer) => void,
    gone: () => void,
  ) {
    this.#socket = socket;
    this.#deadline = timeout === 0 ? Infinity : performance.now() + timeout;
    this.#told = told;
    this.#gone = gone;
    socket.on("readable", this.#read);
    socket.on("error", this.#cut);
    socket.on("end", this.#cut);
    socket.on("close", this.#closed);
  }

  retire(): void {
    this.#cut();
  }

  cutOff(): void {
    this.#cut();
  }

  check(now: number): void {
    if (now >= this.#deadline) this.#cut();
  }

  readonly #read = (): void => {
    const bytes = this.#socket.read() as Buffer | null;
    if (bytes === null) return;
    this.#first = this.#first.length === 0 ? bytes : Buffer.concat([this.#first, bytes]);
    const begun = this.#first.toString("latin1", 0, PREFACE.length);
    if (begun.length < PREFACE.length && PREFACE.startsWith(begun)) return;
    this.#letGo();
    const isHttp2 = begun === PREFACE;
    if (isHttp2) this.#socket.unshift(this.#first);
    this.#told(isHttp2, this.#first);
  };

  readonly #cut = (): void => {
    this.#socket.destroy();
  };

  readonly #closed = (): void => {
    this.#letGo();
    this.#gone();
  };

  #letGo(): void {
    const socket = this.#socket;
    socket.off("readable", this.#read);
    socket.off("error", this.#cut);
    socket.off("end", this.#cut);
    socket.off("close", this.#closed);
  }
}
