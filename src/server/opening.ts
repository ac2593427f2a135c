import type { Socket } from "node:net";
import type { ServedConnection } from "./served-connection.ts";

/** How a client of HTTP/2 begins (RFC 9113 section 3.4). */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

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
  readonly #over: (isHttp2: boolean | undefined, first: Buffer) => void;
  #first: Buffer = Buffer.alloc(0);

  /**
   * @param timeout in milliseconds; 0 for none
   * @param over called once: which version it is, undefined where the socket has closed, and what was read
   */
  constructor(socket: Socket, timeout: number, over: (isHttp2: boolean | undefined, first: Buffer) => void) {
    this.#socket = socket;
    this.#deadline = timeout === 0 ? Infinity : performance.now() + timeout;
    this.#over = over;
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
    this.#over(begun === PREFACE, this.#first);
  };

  readonly #cut = (): void => {
    this.#socket.destroy();
  };

  readonly #closed = (): void => {
    this.#letGo();
    this.#over(undefined, this.#first);
  };

  #letGo(): void {
    const socket = this.#socket;
    socket.off("readable", this.#read);
    socket.off("error", this.#cut);
    socket.off("end", this.#cut);
    socket.off("close", this.#closed);
  }
}
