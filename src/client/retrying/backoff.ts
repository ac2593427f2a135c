import { numbers } from "../../options.ts";

/** How a stream of events is taken up again. */
export interface ReconnectOptions {
  /**
   * Attempts in a row that may bring no event, and last no longer than two seconds, the first connection not counted; then the last error is thrown. Default 10;
   * `Infinity` for never giving up.
   */
  readonly attempts?: number | undefined;
  /** Milliseconds from which the longest wait doubles with every attempt in a row. Default 1,000. */
  readonly initial?: number | undefined;
  /** Milliseconds that no wait is longer than, unless the server wants it. Default 30,000. */
  readonly ceiling?: number | undefined;
}

const DEFAULTS = { attempts: 10, initial: 1_000, ceiling: 30_000 };

/** The longest that a timer takes; over it, it would not wait at all. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * How long to wait before each attempt after the first: exponential backoff with full jitter, a random time of up to `initial * 2^n`,
 * so that many readers that were cut off at once do not come back at once. What the server wants is a lower bound; after a connection
 * that has brought something it is the whole wait (HTML section 9.2.3).
 */
export class Backoff {
  readonly #options: typeof DEFAULTS;
  readonly #random: () => number;
  #attempt = 0;
  #retry: number | undefined;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(options: ReconnectOptions = {}, random: () => number = Math.random) {
    this.#options = numbers("reconnect", DEFAULTS, options as Partial<typeof DEFAULTS>);
    this.#random = random;
  }

  /** Which attempt in a row {@link next} has allowed, counted from 1. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Something has arrived. */
  arrived(): void {
    this.#attempt = 0;
  }

  /** The server wants its readers to wait that long, in milliseconds. */
  retry(milliseconds: number): void {
    this.#retry = milliseconds;
  }

  /**
   * How many milliseconds to wait before the next attempt, or undefined where there have been enough.
   * @param retryAfter what the last response wanted, in milliseconds
   */
  next(retryAfter = 0): number | undefined {
    const { attempts, initial, ceiling } = this.#options;
    if (this.#attempt >= attempts) return undefined;
    const doubled = initial * 2 ** this.#attempt++;
    const jitter = this.#random() * Math.min(ceiling, doubled);
    const first = this.#attempt === 1 && this.#retry !== undefined;
    const wait = Math.max(first ? 0 : jitter, this.#retry ?? 0, retryAfter);
    return Math.min(LONGEST_WAIT, Math.round(wait));
  }
}
