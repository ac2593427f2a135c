import { AbortedError, UsageError } from "../../errors.ts";
import type { Batches } from "./batches.ts";

interface Waiting<Result> {
  readonly resolve: (result: IteratorResult<Result, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };
const NONE: readonly never[] = [];

/**
 * Items out of a response, read once: one by one, or those together that have arrived together. Nothing is asked of the network before
 * somebody reads, and nothing is read ahead but the piece that the items stand in, so whoever is slow makes the server wait.
 *
 * Where the items do not end as they should, reading throws, after all that was whole: there is no quiet end.
 */
export abstract class ItemStream<T> implements AsyncIterable<T, undefined> {
  readonly #batches: Batches<T>;
  readonly #gone: AbortController;
  readonly #signal: AbortSignal | undefined;
  #items: readonly T[] = NONE;
  /** The next of {@link #items}. */
  #at = 0;
  // Reads that wait for what has not arrived, in order; while there are any, no item is left.
  readonly #waiting: Waiting<T | T[]>[] = [];
  /** Whether a batch is being waited for. */
  #fetching = false;
  /** Whether the generator rests behind a batch, where it can be stopped. */
  #resting = false;
  #begun = false;
  #over = false;
  #failure: { readonly error: unknown } | undefined;
  /** How it is read, once it is. */
  #reading: "items" | "batches" | undefined;

  /**
   * @param batches not begun before the first read
   * @param gone aborted where nobody waits for {@link batches} any more
   * @internal
   */
  constructor(batches: Batches<T>, gone: AbortController, signal: AbortSignal | undefined) {
    this.#batches = batches;
    this.#gone = gone;
    this.#signal = signal;
  }

  /**
   * The items, one by one. Leaving the loop early is as {@link close}.
   * @throws UsageError `ERR_SLUICE_BODY_USED` the second time
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.#open("items") as AsyncIterableIterator<T, undefined>;
  }

  /**
   * The items in lists of those that have arrived together, one at least: for whoever writes many at a time, and faster than one by one.
   * @throws UsageError `ERR_SLUICE_BODY_USED` the second time
   */
  batches(): AsyncIterableIterator<T[], undefined> {
    return this.#open("batches") as AsyncIterableIterator<T[], undefined>;
  }

  /** Gives up what has not been read, and the connection with it: whoever waits gets the end. Does nothing the second time. */
  close(): void {
    if (this.#over) return;
    this.#end();
    this.#settle();
    this.#leave();
  }

  /** As {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** The item that was read last, of those that arrived last. @internal */
  protected get lastRead(): T | undefined {
    return this.#at === 0 ? undefined : this.#items[this.#at - 1];
  }

  /** Whether all items that have arrived have been read. @internal */
  protected get allRead(): boolean {
    return this.#at === this.#items.length;
  }

  /** Is called when a batch has arrived, before the first of it is read. @internal */
  protected arrived(): void {}

  /** Is called before what has not been read is given up. @internal */
  protected left(): void {}

  #open(reading: "items" | "batches"): AsyncIterableIterator<T | T[], undefined> {
    if (this.#reading !== undefined) throw new UsageError("ERR_SLUICE_BODY_USED");
    this.#reading = reading;
    return {
      next: () => this.#next(),
      return: () => {
        this.close();
        return Promise.resolve(DONE);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #next(): Promise<IteratorResult<T | T[], undefined>> {
    // The hot path: what is there needs nobody to wait for anything.
    if (this.#at < this.#items.length) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#over) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#fetching) void this.#fetch();
    });
  }

  #take(): T | T[] {
    if (this.#reading === "items") return this.#items[this.#at++];
    this.#at = this.#items.length;
    return this.#items as T[];
  }

  /** Hands out batches for as long as somebody waits. */
  async #fetch(): Promise<void> {
    this.#fetching = true;
    try {
      this.begin();
      while (this.#waiting.length > 0 && !this.#over) {
        this.#resting = false;
        const { done, value } = await this.#batches.next();
        this.#resting = true;
        if (this.#over) return;
        if (done === true) {
          this.#end();
          this.#settle();
          return;
        }
        this.#items = value;
        this.#at = 0;
        this.arrived();
        while (this.#waiting.length > 0 && this.#at < value.length)
          this.#waiting.shift()?.resolve({ done: false, value: this.#take() });
      }
    } catch (error) {
      // Whatever of a response is left then, nobody will read.
      this.#gone.abort();
      if (!this.#over) this.#fail(error);
    } finally {
      this.#fetching = false;
    }
  }

  /** From here on the signal counts. @internal */
  protected begin(): void {
    if (this.#begun || this.#over) return;
    this.#begun = true;
    if (this.#signal?.aborted === true) this.#abort();
    else this.#signal?.addEventListener("abort", this.#abort);
  }

  /** What has arrived is given up, too: whoever aborts does not want it. */
  readonly #abort = (): void => {
    if (this.#over) return;
    this.#fail(new AbortedError("ERR_SLUICE_ABORTED", { cause: this.#signal?.reason }));
    this.#leave();
  };

  #end(): void {
    this.left();
    this.#over = true;
    this.#items = NONE;
    this.#at = 0;
    this.#signal?.removeEventListener("abort", this.#abort);
  }

  #fail(error: unknown): void {
    this.#end();
    const first = this.#waiting.shift();
    if (first === undefined) this.#failure = { error };
    else first.reject(error);
    this.#settle();
  }

  #settle(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(DONE);
  }

  /**
   * A generator that rests is stopped where it stands, so that a body of which little is left gives its connection back. One that waits
   * would only be stopped by what it waits for.
   */
  #leave(): void {
    if (!this.#resting) this.#gone.abort();
    this.#batches.return(undefined).catch(() => {});
  }
}
