import { afterMicrotasks } from "../builtins.ts";
import { openSource, type PieceReader, PieceSource } from "./body.ts";
import { isThenable } from "./piece.ts";
import { type Reply, type ReplyOptions, streamed } from "./reply.ts";

/**
 * Values as they come: any iterable, async iterable, ReadableStream or Node Readable in object mode, or a function that returns one,
 * which is called only when a body is wanted.
 */
export type ValueSource<Value> =
  | Iterable<Value>
  | AsyncIterable<Value>
  | ReadableStream<Value>
  | (() => Iterable<Value> | AsyncIterable<Value> | ReadableStream<Value>);

/** How values become the text of one format. One for each body. */
export interface ValueFormat {
  /** What stands before the first value. */
  begin?(): string;
  item(value: unknown): string;
  /** What stands behind the last value. */
  end?(): string;
  /** Whether each value is a piece of its own, also where several come without a wait. Default false. */
  readonly apart?: boolean;
  /**
   * What is sent where the source throws after its first value: no parser takes what ends with it for complete, even where nobody
   * has kept how the connection ended.
   */
  readonly broken?: string;
}

/** Characters of values that come without a wait and leave as one piece. */
const GATHERED = 16 * 1024;

/**
 * A reply of values in a format.
 * @param format makes it anew for each reading
 * @param options which have been checked
 */
export function formatted(
  type: string,
  source: ValueSource<unknown>,
  format: () => ValueFormat,
  options: ReplyOptions,
): Reply {
  const body =
    typeof source === "function"
      ? () => new FormattedBody(source(), format)
      : new FormattedBody(source, format);
  return streamed(type, body, options);
}

/** Values in a format. */
export class FormattedBody extends PieceSource {
  readonly #source: unknown;
  readonly #format: () => ValueFormat;

  /**
   * @param source no function any more
   * @param format makes the format anew for each reading
   */
  constructor(source: unknown, format: () => ValueFormat) {
    super();
    this.#source = source;
    this.#format = format;
  }

  override openPieces(): PieceReader {
    return new FormattingReader(openSource(this.#source), this.#format());
  }
}

type Step = IteratorResult<unknown, unknown>;

const END: Step = { done: true, value: undefined };

/**
 * Reads values, and gives out the text of as many as come before the source really waits: a piece for each would cost more than most
 * of them take to make. Nothing is held back once the source waits.
 */
class FormattingReader implements PieceReader {
  readonly #values: PieceReader;
  readonly #format: ValueFormat;
  #begun = false;
  #text = "";
  /** Whether a value has been asked for that has not come yet. */
  #reading = false;
  /** Whether nothing more will be read: behind the end, a failure, or because nobody wants it. */
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wait: { readonly resolve: (step: Step) => void; readonly reject: (error: unknown) => void } | undefined;
  #handingOver = false;

  constructor(values: PieceReader, format: ValueFormat) {
    this.#values = values;
    this.#format = format;
  }

  next(): Step | Promise<Step> {
    if (this.#text === "" && !this.#reading) this.#read();
    if (this.#text !== "" || this.#ended) return this.#take();
    return new Promise((resolve, reject) => {
      this.#wait = { resolve, reject };
    });
  }

  stop(reason: unknown): void {
    this.#ended = true;
    this.#text = "";
    this.#wait?.resolve(END);
    this.#wait = undefined;
    this.#values.stop(reason);
  }

  /** Reads until the source waits, or there is enough. */
  #read(): void {
    try {
      while (!this.#ended && this.#text.length < GATHERED) {
        const step = this.#values.next();
        if (isThenable(step)) {
          this.#reading = true;
          Promise.resolve(step).then(this.#arrived, this.#broken);
          return;
        }
        this.#add(step);
        if (this.#format.apart === true) return;
      }
    } catch (error) {
      this.#break(error);
    }
  }

  readonly #arrived = (step: Step): void => {
    this.#reading = false;
    if (this.#ended) return;
    try {
      this.#add(step);
    } catch (error) {
      this.#break(error);
    }
    if (this.#wait === undefined) return;
    if (this.#format.apart !== true) this.#read();
    if (!this.#reading) this.#handOver();
    else if (!this.#handingOver) {
      this.#handingOver = true;
      // From a microtask nextTick runs when there are no more of them: by then the source really waits.
      afterMicrotasks(() => {
        this.#handingOver = false;
        this.#handOver();
      });
    }
  };

  readonly #broken = (error: unknown): void => {
    this.#reading = false;
    if (this.#ended) return;
    this.#break(error);
    this.#handOver();
  };

  /** Gives what there is to whoever waits for it. */
  #handOver(): void {
    const wait = this.#wait;
    if (wait === undefined || (this.#text === "" && !this.#ended)) return;
    this.#wait = undefined;
    try {
      wait.resolve(this.#take());
    } catch (error) {
      wait.reject(error);
    }
  }

  #take(): Step {
    const value = this.#text;
    this.#text = "";
    if (value !== "") return { done: false, value };
    if (this.#failure !== undefined) throw this.#failure.error;
    return END;
  }

  #add({ done, value }: Step): void {
    if (!this.#begun) this.#text += this.#format.begin?.() ?? "";
    if (done === true) {
      this.#ended = true;
      this.#text += this.#format.end?.() ?? "";
    } else {
      this.#text += this.#format.item(value);
    }
    this.#begun = true;
  }

  /** Sends what no parser takes for complete, and fails after it. */
  #break(error: unknown): void {
    if (this.#begun) this.#text += this.#format.broken ?? "";
    this.#ended = true;
    this.#failure = { error };
  }
}
