import type { Socket } from "node:net";

/** How long reading may be paused for what nobody reads, in milliseconds. */
const UNHEARD_FOR = 2_000;

/** What a client sends before it is wanted: octets behind a request that are kept up to a limit, and the pause of reading beyond it. */
export class ReadAhead {
  readonly #socket: Socket;
  readonly #limit: number;
  #kept: Uint8Array | undefined;
  #paused = false;
  #pausedSince: number | undefined;

  /** @param limit octets that are kept before reading pauses; the read that goes over it is kept whole */
  constructor(socket: Socket, limit: number) {
    this.#socket = socket;
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#kept === undefined;
  }

  get isFull(): boolean {
    return this.#kept !== undefined && this.#kept.length >= this.#limit;
  }

  /** Whether reading is paused: for what is kept, or by {@link ReadAhead.pause}. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** Keeps a copy, behind what is kept already. */
  keep(rest: Uint8Array): void {
    this.#kept = this.#kept === undefined ? Buffer.from(rest) : Buffer.concat([this.#kept, rest]);
    if (this.isFull) this.pause();
  }

  /** What is kept, which it then isn't any more. Reading stays as it is. */
  take(): Uint8Array | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  /** Nobody will want what is kept. */
  drop(): void {
    this.#kept = undefined;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Whether reading has been paused for long: nobody hears a reader leave meanwhile. To be asked now and then. */
  isUnheard(now: number): boolean {
    if (this.#paused) return now - (this.#pausedSince ??= now) >= UNHEARD_FOR;
    this.#pausedSince = undefined;
    return false;
  }
}
