import { Backoff } from "../retrying/backoff.ts";

/** A server that wants its client to wait for longer than this, in milliseconds, is not waited for. */
const PATIENCE = 600_000;

/** How much less is waited after a response that has brought something. */
const SOONER = 5;

/** When to try again, and when no more: over all connections and restarts of a download. */
export class Tries {
  /** When the next request may be sent, by `performance.now()`. */
  notBefore = 0;
  /** Whether the server has ever answered. One that never has is rather misspelt than away for a moment. */
  answered = false;
  readonly #failures: Backoff;
  readonly #cuts: Backoff;

  /**
   * @param attempts in a row without progress, the first one not counted
   * @param initial milliseconds of the longest wait after the first failure
   */
  constructor(attempts: number, initial: number) {
    this.#failures = new Backoff({ attempts, initial });
    this.#cuts = new Backoff({ attempts: 1, initial: initial / SOONER });
  }

  /** Octets have arrived that will stay. */
  progressed(): void {
    this.#failures.arrived();
  }

  /**
   * An attempt has failed. False where it was the last one.
   * @param wanted milliseconds that the server wants its client to wait
   */
  failed(wanted: number = 0): boolean {
    const wait = this.#failures.next(wanted);
    if (wait === undefined || wanted > PATIENCE) return false;
    this.postpone(wait);
    return true;
  }

  /** Another request after one that has brought something. */
  again(): void {
    this.#cuts.arrived();
    this.postpone(this.#cuts.next()!);
  }

  /** Sends nothing for so many milliseconds, as far as there is patience. */
  postpone(wait: number): void {
    this.notBefore = Math.max(this.notBefore, performance.now() + Math.min(wait, PATIENCE));
  }
}
