import { HEARTBEAT } from "../formats/sse-encoder.ts";
import { type PieceReader, PieceSource } from "./body.ts";
import { forget, isThenable } from "./piece.ts";

type Step = IteratorResult<unknown, unknown>;

/** An event stream with a comment wherever it has been silent for a while. */
export class KeptAlive extends PieceSource {
  readonly #events: PieceSource;
  readonly #silence: number;

  /** @param silence in milliseconds */
  constructor(events: PieceSource, silence: number) {
    super();
    this.#events = events;
    this.#silence = silence;
  }

  override openPieces(): PieceReader {
    return new HeartbeatReader(this.#events.openPieces(), this.#silence);
  }
}

class HeartbeatReader implements PieceReader {
  readonly #events: PieceReader;
  readonly #silence: number;
  /** Whether a read is under way; a heartbeat may have come before it. */
  #reading = false;
  /** What the read has given, where nobody was waiting. */
  #arrived: Promise<Step> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait: { readonly resolve: (step: Step | Promise<Step>) => void } | undefined;

  constructor(events: PieceReader, silence: number) {
    this.#events = events;
    this.#silence = silence;
  }

  next(): Step | Promise<Step> {
    if (this.#arrived !== undefined) {
      const arrived = this.#arrived;
      this.#arrived = undefined;
      return arrived;
    }
    if (!this.#reading) {
      const step = this.#events.next();
      if (!isThenable(step)) {
        if (step.done === true) clearTimeout(this.#timer);
        return step;
      }
      this.#reading = true;
      // Once for each read, however many heartbeats come before it.
      Promise.resolve(step).then(this.#settled, this.#failed);
    }
    return new Promise((resolve) => {
      this.#wait = { resolve };
      this.#windUp();
    });
  }

  stop(reason: unknown): void {
    clearTimeout(this.#timer);
    this.#wait?.resolve({ done: true, value: undefined });
    this.#wait = undefined;
    this.#events.stop(reason);
  }

  /** One timer for the stream, which each wait winds up anew; timers of the web can't be. */
  #windUp(): void {
    if (typeof this.#timer?.refresh === "function") {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#beat(), this.#silence);
  }

  #beat(): void {
    this.#wait?.resolve({ done: false, value: HEARTBEAT });
    this.#wait = undefined;
  }

  readonly #settled = (step: Step): void => {
    if (step.done === true) clearTimeout(this.#timer);
    this.#hand(Promise.resolve(step));
  };

  readonly #failed = (error: unknown): void => {
    clearTimeout(this.#timer);
    const failure = Promise.reject(error);
    forget(failure);
    this.#hand(failure);
  };

  #hand(step: Promise<Step>): void {
    this.#reading = false;
    if (this.#wait === undefined) this.#arrived = step;
    else this.#wait.resolve(step);
    this.#wait = undefined;
  }
}
