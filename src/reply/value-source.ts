import { openSource, type PieceReader, PieceSource } from "./body.ts";
import { forget, isThenable } from "./piece.ts";
import { type Reply, type ReplyOptions, stream } from "./reply.ts";

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

/** A reply of values in a format. */
export function formatted(
  type: string,
  source: ValueSource<unknown>,
  format: () => ValueFormat,
  options: ReplyOptions,
): Reply {
  const body = typeof source === "function" ? () => new FormattedBody(source(), format()) : undefined;
  return stream(type, body ?? new FormattedBody(source, format()), options);
}

/** Values in a format. */
export class FormattedBody extends PieceSource {
  readonly #source: unknown;
  readonly #format: ValueFormat;

  /** @param source no function any more */
  constructor(source: unknown, format: ValueFormat) {
    super();
    this.#source = source;
    this.#format = format;
  }

  override openPieces(): PieceReader {
    return new FormattingReader(openSource(this.#source), this.#format);
  }
}

type Step = IteratorResult<unknown, unknown>;

const END: Step = { done: true, value: undefined };
const piece = (text: string): Step => ({ done: false, value: text });

class FormattingReader implements PieceReader {
  readonly #values: PieceReader;
  readonly #format: ValueFormat;
  #begun = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** A read that was begun behind values which had to leave first. */
  #pending: Promise<Step> | undefined;

  constructor(values: PieceReader, format: ValueFormat) {
    this.#values = values;
    this.#format = format;
  }

  /** What comes without a wait comes as one piece. */
  next(): Step | Promise<Step> {
    if (this.#failure !== undefined) throw this.#failure.error;
    let text = "";
    try {
      while (!this.#ended && text.length < GATHERED) {
        const read = this.#pending ?? this.#values.next();
        this.#pending = undefined;
        if (!isThenable(read)) {
          text += this.#textOf(read);
          if (this.#format.apart === true) break;
        } else if (text === "") {
          return Promise.resolve(read).then(this.#whenRead, this.#whenBroken);
        } else {
          this.#pending = Promise.resolve(read);
          forget(this.#pending);
          break;
        }
      }
    } catch (error) {
      return this.#broken(text, error);
    }
    return text === "" ? END : piece(text);
  }

  stop(reason: unknown): void {
    this.#ended = true;
    this.#values.stop(reason);
  }

  readonly #whenRead = (step: Step): Step => {
    try {
      const text = this.#textOf(step);
      return text === "" && this.#ended ? END : piece(text);
    } catch (error) {
      return this.#broken("", error);
    }
  };

  readonly #whenBroken = (error: unknown): Step => this.#broken("", error);

  #textOf({ done, value }: Step): string {
    const before = this.#begun ? "" : (this.#format.begin?.() ?? "");
    if (done === true) {
      this.#ended = true;
      return before + (this.#format.end?.() ?? "");
    }
    const text = before + this.#format.item(value);
    this.#begun = true;
    return text;
  }

  /** Sends what no parser takes for complete, and fails after it. */
  #broken(text: string, error: unknown): Step {
    const rest = this.#begun ? text + (this.#format.broken ?? "") : text;
    if (rest === "") throw error;
    this.#failure = { error };
    this.#values.stop(error);
    return piece(rest);
  }
}
