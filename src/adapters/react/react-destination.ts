import type { BodyPiece } from "../../reply/piece.ts";
import type { PieceReader } from "../../reply/body.ts";
import type { ReactPipeableStream } from "./react-stream.ts";

/** Octets that wait before React is told to wait. */
const FULL = 16 * 1024;

type Result = IteratorResult<BodyPiece, undefined>;
const DONE: Result = { done: true, value: undefined };

/**
 * Where React pipes a page to, and what the page's body is read from. It stands for a Node stream, of which React uses no more than this.
 */
export class ReactDestination implements PieceReader {
  readonly #source: ReactPipeableStream;
  readonly #listeners = new Map<string, ((error?: unknown) => void)[]>();
  readonly #waiting: BodyPiece[] = [];
  #octets = 0;
  #full = false;
  #piped = false;
  #over: "complete" | { readonly error: unknown } | undefined;
  #wanted: { resolve(result: Result): void; reject(error: unknown): void } | undefined;

  constructor(source: ReactPipeableStream) {
    this.#source = source;
  }

  // What is read

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#wanted = { resolve, reject };
      if (!this.#piped) {
        this.#piped = true;
        this.#source.pipe(this as never);
      }
      this.#meet();
    });
  }

  stop(reason: unknown): void {
    if (this.#over === "complete") return;
    this.#over = "complete";
    this.#waiting.length = 0;
    this.#source.abort(reason);
    this.#tell("close");
    this.#meet();
  }

  // What React calls

  write(piece: BodyPiece): boolean {
    if (this.#over !== undefined) return false;
    if (piece.length > 0) this.#waiting.push(piece);
    this.#octets += piece.length;
    this.#meet();
    this.#full = this.#octets >= FULL;
    return !this.#full;
  }

  end(): void {
    this.#over ??= "complete";
    this.#meet();
  }

  destroy(error?: unknown): void {
    // A page that was given up without a reason would pass for complete.
    this.#over ??= { error: error ?? new Error("The page was destroyed") };
    this.#meet();
  }

  on(event: string, listener: (error?: unknown) => void): this {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, [listener]);
    else listeners.push(listener);
    return this;
  }

  #meet(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const value = this.#waiting.shift();
    if (value !== undefined) {
      this.#octets -= value.length;
      this.#wanted = undefined;
      wanted.resolve({ done: false, value });
    } else if (this.#full) {
      this.#full = false;
      this.#tell("drain");
      this.#meet();
    } else if (this.#over !== undefined) {
      this.#wanted = undefined;
      if (this.#over === "complete") wanted.resolve(DONE);
      else wanted.reject(this.#over.error);
    }
  }

  #tell(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener();
  }
}
