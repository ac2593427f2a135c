import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { watchCloseNotify } from "../../client/close-notify.ts";
import { EndedError } from "../../errors.ts";
import type { WireArrival } from "../../inspect/inspect.ts";
import type { WireEnd } from "../../inspect/rows.ts";
import { onOrderlyEnd } from "../../socket/orderly-end.ts";
import type { Io } from "../io.ts";
import type { Arrivals } from "./arrivals.ts";

/** Octets that may wait to be looked at before the socket isn't read any more. */
const WAITING = 256 * 1024;
/** Over it, Node's timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What is to be known of a connection. */
export interface SocketArrivalsOptions {
  readonly io: Io;
  /** Milliseconds without an octet after which it ends with `timeout`; 0 for never. */
  readonly silence: number;
  /** Called whenever everything that has come was looked at. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * What a socket brings, each read with the time at which it came. Memory is bounded: while what has come waits to be looked at, the
 * server has to wait, too, and from then on times are those at which this side was ready to read.
 */
export class SocketArrivals implements Arrivals {
  readonly #socket: Socket;
  readonly #io: Io;
  readonly #silence: number;
  readonly #onWait: () => void;
  readonly #closeNotified: (() => boolean) | undefined;
  readonly #sentAt: number;
  #queue: WireArrival[] = [];
  #waiting = 0;
  #octets = 0;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};
  #last: number;
  #takeBack: (() => void)[] = [];

  /** Takes over a socket that is paused and that nobody has read from. Times count from now on. */
  constructor(socket: Socket, { io, silence, onWait = () => {} }: SocketArrivalsOptions) {
    this.#socket = socket;
    this.#io = io;
    this.#silence = silence;
    this.#onWait = onWait;
    this.#sentAt = this.#last = io.clock();
    if (socket instanceof TLSSocket) this.#closeNotified = watchCloseNotify(socket);
    socket.on("data", (bytes: Buffer) => this.#arrived(bytes));
    socket.on("end", () => {
      if (this.#closeNotified === undefined) onOrderlyEnd(socket, () => this.#end("closed"));
      else this.#end(this.#closeNotified() ? "closed" : "cut");
    });
    socket.on("error", (error) => this.#broken(error));
    socket.on("close", () => this.#end("reset"));
    socket.resume();
    if (silence > 0) this.#watchSilence(silence);
  }

  /** Something has gone on that is no octet: the request is still being sent. */
  progressed(): void {
    this.#last = this.#io.clock();
  }

  /** Makes the reader fail with this. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = error;
    this.#end("left");
  }

  leave(why: string): void {
    if (!this.#ended) this.#queue = [];
    this.#end("left", why);
  }

  linger(milliseconds: number): void {
    this.#takeBack.push(this.#io.setTimer(() => this.#end("kept"), milliseconds));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WireArrival, void> {
    for (;;) {
      const arrival = this.#queue.shift();
      if (arrival === undefined) {
        this.#onWait();
        await this.#next();
        continue;
      }
      if ("end" in arrival) {
        if (this.#failure !== undefined) throw this.#failure;
        yield arrival;
        return;
      }
      this.#waiting -= arrival.bytes.length;
      yield arrival;
    }
  }

  #next(): Promise<void> {
    if (this.#queue.length > 0) return Promise.resolve();
    if (!this.#ended && this.#socket.isPaused()) {
      this.progressed();
      this.#socket.resume();
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #now(): number {
    return this.#io.clock() - this.#sentAt;
  }

  #arrived(bytes: Buffer): void {
    if (this.#ended) return;
    this.progressed();
    this.#octets += bytes.length;
    this.#waiting += bytes.length;
    this.#push({ at: this.#now(), bytes });
    if (this.#waiting >= WAITING) this.#socket.pause();
  }

  #broken(error: NodeJS.ErrnoException): void {
    // A server that refuses a client's part of a handshake says so only now (TLS 1.3).
    if (this.#octets === 0 && error.code?.startsWith("ERR_SSL") === true)
      this.fail(new EndedError("ERR_SLUICE_TLS", { cause: error }));
    else this.#end("reset");
  }

  #end(how: WireEnd, why?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const takeBack of this.#takeBack.splice(0)) takeBack();
    this.#push({ at: this.#now(), end: how, why });
  }

  #push(arrival: WireArrival): void {
    this.#queue.push(arrival);
    this.#wake();
  }

  /** One timer, and not one for each read. */
  #watchSilence(milliseconds: number): void {
    const look = (): void => {
      if (this.#ended) return;
      if (this.#socket.isPaused()) this.progressed();
      const left = this.#last + this.#silence - this.#io.clock();
      // Timers may ring a little early.
      if (left <= 1) this.#end("timeout");
      else this.#watchSilence(left);
    };
    this.#takeBack = [
      this.#io.setTimer(look, Math.min(milliseconds, LONGEST_TIMER)),
      ...this.#takeBack.slice(1),
    ];
  }
}
