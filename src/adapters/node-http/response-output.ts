import type { Socket } from "node:net";
import { atEndOfTick } from "../../builtins.ts";
import { type Deferred, deferred } from "../../deferred.ts";
import type { EndedError } from "../../errors.ts";
import { isWrapped, type NodeResponse } from "./host.ts";

/** Whose output it is. */
export interface OutputHost {
  /** What was to leave at the end of the tick could not be handed over, for what middleware has thrown. */
  outputFailed(error: unknown): void;
}

/** Octets that are handed over before other connections get their turn. */
const TURN_LIMIT = 256 * 1024;
/** Texts up to this many octets are kept until it's known whether they are the last: a whole body then leaves with its head. */
const KEPT = 16 * 1024;

/**
 * Writes to a response of node:http or node:http2. What one tick produces leaves together, at the end of the tick; also through
 * middleware that codes, which is asked to flush.
 */
export class ResponseOutput {
  readonly #response: NodeResponse;
  readonly #host: OutputHost;
  readonly #watched: boolean;
  #last: string | undefined;
  // Whether something has to leave at the end of the tick, if only a head.
  #due = false;
  #scheduled = false;
  #written = false;
  // Held back up to the end of the tick.
  #corked: Socket | undefined;
  #full = false;
  #listening = false;
  // Octets since the response said that it is full: middleware doesn't tell how many wait in it.
  #sinceFull = 0;
  // What was handed over since the event loop last turned: without a bound a source that never waits would keep everyone waiting.
  #turn = 0;
  #waiting: Deferred<void> | undefined;

  constructor(response: NodeResponse, host: OutputHost) {
    this.#response = response;
    this.#host = host;
    this.#watched = isWrapped(response, "write");
  }

  /** Whether it's better to wait for {@link ResponseOutput.ready} before writing more. */
  get full(): boolean {
    return this.#full || this.#turn >= TURN_LIMIT;
  }

  /** Octets that the reader has not taken yet, as far as they are known. */
  get backlog(): number {
    return Math.max(this.#response.writableLength, this.#sinceFull);
  }

  /** The head has been written: it leaves at the end of the tick. */
  begun(): void {
    this.#due = true;
    this.#schedule();
  }

  /** @param piece text is latin-1: one octet a character */
  data(piece: string | Uint8Array): void {
    this.#turn += piece.length;
    this.#writeLast();
    if (typeof piece === "string" && piece.length <= KEPT) this.#last = piece;
    else this.#write(piece);
    this.#due = true;
    this.#schedule();
  }

  /** Nothing follows. */
  end(): void {
    const last = this.#last;
    this.#last = undefined;
    this.#due = false;
    if (last === undefined) this.#response.end();
    else this.#response.end(last, "latin1");
  }

  /** Lets output gather without a flush at the end of the tick, for what may end at once: {@link ResponseOutput.release} must follow. */
  hold(): void {
    this.#scheduled = true;
  }

  release(): void {
    this.#scheduled = false;
    if (this.#due) this.#schedule();
  }

  /** Hands everything over. What middleware throws comes out of it; a second one goes on behind what the first has tried. */
  flush(): void {
    try {
      this.#writeLast();
      const due = this.#due;
      this.#due = false;
      if (!due || this.#response.writableEnded) return;
      if (!this.#written) this.#response.flushHeaders?.();
      else if (this.#watched) this.#response.flush?.();
    } finally {
      this.#uncork();
    }
  }

  /** Resolves when there is room; rejects once the response is {@link fail}ed. */
  ready(): Promise<void> {
    this.flush();
    if (this.#waiting === undefined) {
      this.#waiting = deferred();
      if (!this.#full) this.#letGoLater();
    }
    return this.#waiting.promise;
  }

  /** Resolves when nothing that was written is held here any more; rejects once the response is {@link fail}ed. */
  async drained(): Promise<void> {
    await this.ready();
    const response = this.#response;
    if (this.#watched || response.writableLength === 0 || response.writableEnded) return;
    await new Promise<void>((resolve) => response.write("", "latin1", resolve));
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

  #writeLast(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#last = undefined;
    // Where somebody else has ended it nothing can follow: node:http makes an error event of it, which nobody listens to.
    if (!this.#response.writableEnded) this.#write(last);
  }

  #write(piece: string | Uint8Array): void {
    const response = this.#response;
    this.#written = true;
    // node:http2 gathers by itself.
    const { socket, stream } = response;
    if (this.#corked === undefined && stream === undefined && typeof socket?.cork === "function") {
      this.#corked = socket;
      socket.cork();
    }
    if (this.#full) this.#sinceFull += piece.length;
    // Whoever else sees it may keep it, so that what is lent is copied.
    const kept = this.#watched && typeof piece !== "string" ? Buffer.from(piece) : piece;
    const room = response.write(kept, "latin1");
    // What an application does to its view later must not change what the chunk's size says.
    if (typeof piece !== "string") this.#uncork();
    if (room) return;
    this.#full = true;
    if (this.#listening) return;
    this.#listening = true;
    response.on("drain", () => {
      this.#full = false;
      this.#sinceFull = 0;
      if (this.#turn < TURN_LIMIT) this.#letGo();
      else this.#letGoLater();
    });
  }

  #uncork(): void {
    this.#corked?.uncork();
    this.#corked = undefined;
  }

  #letGo(): void {
    if (this.#full) return;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  #letGoLater(): void {
    setImmediate(() => {
      this.#turn = 0;
      this.#letGo();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    atEndOfTick(this);
  }

  /** @internal The tick is over. */
  tick(): void {
    this.#scheduled = false;
    try {
      this.flush();
    } catch (error) {
      this.#host.outputFailed(error);
    }
  }
}
