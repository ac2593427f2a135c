import type { Writable } from "node:stream";
import { atEndOfTick } from "../builtins.ts";
import { type EndedError, UsageError } from "../errors.ts";
import type { WireOutput } from "../http1/sender.ts";
import { deferred, type Deferred } from "../deferred.ts";

/** Octets that wait for the end of the tick at most; more are handed over at once. */
const GATHERED_LIMIT = 64 * 1024;
/** Octets that are handed over before other connections get their turn. */
const TURN_LIMIT = 256 * 1024;

/**
 * What a connection has to write, gathered so that what one tick produces leaves in one write. Small output is one latin-1 string;
 * big views stand uncopied between pieces of it.
 */
export class Outlet implements WireOutput {
  readonly #socket: Writable;
  // Text and views in turn; the text at the end, which is still growing, stands apart.
  readonly #gathered: (string | Uint8Array)[] = [];
  #text = "";
  #octets = 0;
  #scheduled = false;
  // What was handed over since the event loop last turned: without a bound a source that never waits would keep everyone waiting.
  #turn = 0;
  #total = 0;
  #waiting: Deferred<void> | undefined;
  #listening = false;

  /** @param socket what takes the octets: a socket, or a stream of HTTP/2 */
  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Octets that have been written in all. */
  get total(): number {
    return this.#total;
  }

  /** Octets that the reader has not taken yet. */
  get backlog(): number {
    return this.#octets + this.#socket.writableLength;
  }

  /** Whether it's better to wait for {@link Outlet.ready} before writing more. */
  get full(): boolean {
    return this.#socket.writableNeedDrain || this.#turn + this.#octets >= TURN_LIMIT;
  }

  text(latin1: string): void {
    this.#text += latin1;
    this.#count(latin1.length);
  }

  bytes(view: Uint8Array): void {
    if (this.#text !== "") {
      this.#gathered.push(this.#text);
      this.#text = "";
    }
    this.#gathered.push(view);
    this.#count(view.length);
  }

  /** The event loop has turned. */
  turn(): void {
    this.#turn = 0;
  }

  /**
   * Takes text back to where the output stood at `total`; says whether all that was written since was text, and still here.
   */
  rollback(total: number): boolean {
    const taken = this.#total - total;
    if (taken > this.#text.length) return false;
    this.#text = this.#text.slice(0, this.#text.length - taken);
    this.#octets -= taken;
    this.#total = total;
    return true;
  }

  /** Lets output gather without a flush at the end of the tick, for one that may flush at once: {@link Outlet.release} must follow. */
  hold(): void {
    this.#scheduled = true;
  }

  /** What has gathered since {@link Outlet.hold}, and has not been flushed, leaves at the end of the tick. */
  release(): void {
    this.#scheduled = false;
    if (this.#octets > 0) this.#schedule();
  }

  /** Hands everything over to the socket. */
  flush(): void {
    if (this.#octets === 0) return;
    const socket = this.#socket;
    const gathered = this.#gathered;
    this.#turn += this.#octets;
    this.#octets = 0;
    if (gathered.length === 0) {
      const text = this.#text;
      this.#text = "";
      socket.write(text, "latin1");
      return;
    }
    // No empty view is gathered: this one was transferred or shrunk meanwhile, and what was announced cannot be sent any more.
    if (gathered.some((piece) => piece.length === 0)) {
      socket.destroy(
        new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: "a view that was changed before it left" }),
      );
      return;
    }
    socket.cork();
    for (const piece of gathered) {
      if (typeof piece === "string") socket.write(piece, "latin1");
      else socket.write(piece);
    }
    gathered.length = 0;
    if (this.#text !== "") socket.write(this.#text, "latin1");
    this.#text = "";
    socket.uncork();
  }

  /** Resolves when there is room; rejects once the connection is {@link fail}ed. */
  ready(): Promise<void> {
    this.flush();
    if (this.#waiting === undefined) {
      this.#waiting = deferred();
      this.#listen();
      if (!this.#socket.writableNeedDrain) setImmediate(() => this.#room());
    }
    return this.#waiting.promise;
  }

  /** Resolves when nothing that was written is held here any more; rejects once the connection is {@link fail}ed. */
  async drained(): Promise<void> {
    await this.ready();
    // Less than what makes a socket full may still wait in it.
    if (this.#socket.writableLength > 0) await new Promise((resolve) => this.#socket.write("", resolve));
  }

  /** Whether somebody waits for room. */
  get waiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Nothing more will be taken: whoever waits for room is told. */
  fail(reason: EndedError): void {
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  #room(): void {
    this.#turn = 0;
    if (this.#socket.writableNeedDrain) return;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Most output never has to wait. */
  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#socket.on("drain", () => this.#room());
  }

  #count(octets: number): void {
    this.#octets += octets;
    this.#total += octets;
    if (this.#octets >= GATHERED_LIMIT) {
      this.flush();
    } else {
      this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    atEndOfTick(this);
  }

  /** @internal The tick is over. */
  tick(): void {
    this.#scheduled = false;
    this.flush();
  }
}
