// A client that sends exactly the octets it is given, and says exactly what came back and how the connection ended.
//
//   const client = await RawClient.connect(server.port);
//   client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
//   const response = await client.response();
//   expect(await client.ending()).toBe("FIN");

import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { readResponse, type WireResponse } from "./wire-response.ts";

/** How the server ended the connection, as a reader sees it: in order, or cut. */
export type Ending = "FIN" | "RST";

export interface RawClientOptions {
  readonly tls?: boolean;
  /** Whether the socket is left open when the server has closed its side. Default false. */
  readonly allowHalfOpen?: boolean;
}

/** Nothing here waits longer than this. */
const PATIENCE = 5_000;

const opened = new Set<RawClient>();

/** Ends the connections of all clients. */
export function destroyClients(): void {
  for (const client of opened) client.destroy();
  opened.clear();
}

export class RawClient {
  readonly socket: Socket;
  /** When the connection ended, on the clock of `performance.now()`. */
  endedAt: number | undefined;
  #pieces: Buffer[] = [];
  #text = "";
  #consumed = 0;
  #ending: Ending | undefined;
  readonly #watchers = new Set<() => void>();

  static async connect(port: number, options: RawClientOptions = {}): Promise<RawClient> {
    const { allowHalfOpen = false } = options;
    const target = { port, host: "127.0.0.1", allowHalfOpen: true };
    const socket =
      options.tls === true ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
    const client = new RawClient(socket, allowHalfOpen);
    await new Promise<void>((resolve, reject) => {
      socket.once(options.tls === true ? "secureConnect" : "connect", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  protected constructor(socket: Socket, allowHalfOpen: boolean) {
    this.socket = socket;
    opened.add(this);
    socket.setNoDelay(true);
    socket.on("data", (piece) => {
      this.#pieces.push(piece);
      this.#text += piece.toString("latin1");
      this.#changed();
    });
    socket.on("end", () => {
      this.#end("FIN");
      if (!allowHalfOpen) socket.end();
    });
    socket.on("error", () => this.#end("RST"));
    socket.on("close", () => this.#end("RST"));
  }

  /** Everything that has arrived, one character an octet. */
  get text(): string {
    return this.#text;
  }

  /** What arrived, read by read. Reads follow writes only roughly. */
  get pieces(): readonly Buffer[] {
    return this.#pieces;
  }

  get ended(): boolean {
    return this.#ending !== undefined;
  }

  /** Sends octets: text stands for one octet a character. */
  write(octets: string | Uint8Array): this {
    if (typeof octets === "string") this.socket.write(octets, "latin1");
    else this.socket.write(octets);
    return this;
  }

  /** Sends octets, and resolves when the kernel has taken them. False where the connection has ended before. */
  sent(octets: string | Uint8Array): Promise<boolean> {
    const bytes = typeof octets === "string" ? Buffer.from(octets, "latin1") : octets;
    return new Promise((resolve) => {
      const onClose = (): void => resolve(false);
      this.socket.once("close", onClose);
      this.socket.write(bytes, (error) => {
        this.socket.off("close", onClose);
        resolve(error === null || error === undefined);
      });
    });
  }

  /** Closes the sending side: FIN. */
  finish(): this {
    this.socket.end();
    return this;
  }

  /** Cuts the connection: RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Stops, or goes on, taking what arrives. */
  pause(): this {
    this.socket.pause();
    return this;
  }

  resume(): this {
    this.socket.resume();
    return this;
  }

  /** Takes what arrives step by step, with a rest after each, until there are this many octets. */
  async readSlowly(total: number, step: number, rest: number): Promise<void> {
    while (this.#text.length < total) {
      const next = Math.min(this.#text.length + step, total);
      this.resume();
      await this.until((text) => text.length >= next);
      this.pause();
      await sleep(rest);
    }
    this.resume();
  }

  /** Resolves when something holds for what has arrived so far, or throws saying what has. */
  async until(holds: string | ((text: string) => boolean), patience: number = PATIENCE): Promise<string> {
    const test = typeof holds === "string" ? (text: string) => text.includes(holds) : holds;
    await this.#wait(() => test(this.#text), patience, String(holds));
    return this.#text;
  }

  /** Resolves when the server has ended the connection. */
  async ending(patience: number = PATIENCE): Promise<Ending> {
    await this.#wait(() => this.#ending !== undefined, patience, "the end");
    return this.#ending!;
  }

  /** Resolves when the socket is gone. */
  closed(): Promise<void> {
    if (this.socket.closed) return Promise.resolve();
    return new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  /** Everything that arrives up to the end of the connection. */
  async whole(patience: number = PATIENCE): Promise<string> {
    await this.ending(patience);
    return this.#text;
  }

  /** The next response, to a request with this method. Incomplete where the connection ends first. */
  async response(method = "GET", patience: number = PATIENCE): Promise<WireResponse> {
    const read = () => readResponse(this.#text.slice(this.#consumed), method, this.#ending !== undefined);
    await this.#wait(() => read() !== undefined, patience, "a response");
    const { response, length } = read()!;
    this.#consumed += length;
    return response;
  }

  /** What has arrived and is not part of a response that was taken. */
  get rest(): string {
    return this.#text.slice(this.#consumed);
  }

  async #wait(holds: () => boolean, patience: number, what: string): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (holds()) settle(resolve);
        else if (this.#ending !== undefined) fail(`ended with ${this.#ending}`);
      };
      const fail = (why: string): void => {
        const text = JSON.stringify(this.#text.slice(-2000));
        settle(() => reject(new Error(`${why} while waiting for ${what}; so far: ${text}`)));
      };
      const timer = setTimeout(() => fail(`nothing for ${patience} ms`), patience);
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        then();
      };
      this.#watchers.add(look);
    });
  }

  #end(how: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = how;
    this.endedAt = performance.now();
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}
