import { HEARTBEAT } from "../formats/sse-encoder.ts";
import { type PieceReader, PieceSource } from "./body.ts";
import { isThenable } from "./piece.ts";

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
  /** The read that a heartbeat came before. */
  #read: Promise<Step> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beat: (() => void) | undefined;

  constructor(events: PieceReader, silence: number) {
    this.#events = events;
    this.#silence = silence;
  }

  next(): Step | Promise<Step> {
    const next = this.#read ?? this.#events.next();
    if (!isThenable(next)) {
      // An end that comes without a wait leaves no timer, either.
      if (next.done === true) clearTimeout(this.#timer);
      return next;
    }
    const read = Promise.resolve(next);
    this.#read = read;
    return new Promise((resolve, reject) => {
      this.#beat = () => resolve({ done: false, value: HEARTBEAT });
      // One timer for the stream, which each wait winds up anew.
      if (this.#timer === undefined) this.#timer = setTimeout(() => this.#beat?.(), this.#silence);
      else this.#timer.refresh();
      read.then(
        (step) => {
          this.#settled(read, step.done === true);
          resolve(step);
        },
        (error: unknown) => {
          this.#settled(read, true);
          reject(error);
        },
      );
    });
  }

  stop(reason: unknown): void {
    clearTimeout(this.#timer);
    this.#beat = undefined;
    this.#events.stop(reason);
  }

  /** The read has settled: nothing breaks into its wait any more, and where it was the last one, nothing is left running. */
  #settled(read: Promise<Step>, last: boolean): void {
    if (last) clearTimeout(this.#timer);
    if (this.#read !== read) return;
    this.#read = undefined;
    this.#beat = undefined;
  }
}
