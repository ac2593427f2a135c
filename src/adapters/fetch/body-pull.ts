import { utf8 } from "../../content/octets.ts";
import { type Deferred, deferred } from "../../deferred.ts";
import type { BodyPiece } from "../../reply/piece.ts";

/**
 * A body as a web stream that is pulled: what has been written waits here until the reader asks for it. A stream of its own queue would
 * drop what waits where it fails; here what was written before a failure is the reader's, as it is on a connection.
 */
export class BodyPull {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly #pieces: BodyPiece[] = [];
  #octets = 0;
  // The reader's demand that nothing could meet yet.
  #demand: Deferred<void> | undefined;
  // Whoever waits for the reader to ask.
  #waiting: Deferred<void> | undefined;
  #over: "complete" | { readonly reason: unknown } | undefined;

  /** @param onCancel called once where the reader leaves before the end */
  constructor(onCancel: (reason: unknown) => void) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: (reason) => {
          this.#pieces.length = 0;
          this.#octets = 0;
          onCancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Octets that nobody has asked for yet. */
  get octets(): number {
    return this.#octets;
  }

  /** Whether the reader asks for more than there is. */
  get asked(): boolean {
    return this.#demand !== undefined;
  }

  /** Resolves once {@link asked}. */
  untilAsked(): Promise<void> {
    if (this.#demand !== undefined) return Promise.resolve();
    this.#waiting ??= deferred();
    return this.#waiting.promise;
  }

  /** The next piece, not empty. @param size its octets */
  write(piece: BodyPiece, size: number): void {
    this.#pieces.push(piece);
    this.#octets += size;
    this.#meet();
  }

  /** All of it, where nobody has asked for any of it yet. */
  takeAll(): BodyPiece[] {
    this.#octets = 0;
    return this.#pieces.splice(0);
  }

  /** Nothing follows what was written. */
  end(): void {
    this.#over = "complete";
    this.#meet();
  }

  /** The stream fails behind what was written. */
  fail(reason: unknown): void {
    this.#over = { reason };
    this.#meet();
  }

  /** The reader has left: whoever waits for it is told. */
  leave(reason: unknown): void {
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  #meet(): void {
    const demand = this.#demand;
    if (demand === undefined) return;
    this.#demand = undefined;
    this.#hand();
    demand.resolve();
  }

  #pull(): Promise<void> | undefined {
    if (this.#pieces.length > 0 || this.#over !== undefined) {
      this.#hand();
      return undefined;
    }
    this.#demand = deferred();
    const asked = this.#waiting;
    this.#waiting = undefined;
    asked?.resolve();
    return this.#demand.promise;
  }

  /** Hands over what is next: a piece, or the end behind the last. */
  #hand(): void {
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      if (this.#over === "complete") this.#controller.close();
      else this.#controller.error(this.#over?.reason);
      return;
    }
    const view = typeof piece === "string" ? utf8(piece) : piece;
    this.#octets -= view.length;
    this.#controller.enqueue(view);
    // A reader that has all of it, as far as its Content-Length goes, may not ask again.
    if (this.#over === "complete" && this.#pieces.length === 0) this.#controller.close();
  }
}
