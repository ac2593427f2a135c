import { type Deferred, deferred } from "../../deferred.ts";
import { isThenable } from "../../reply/piece.ts";

/** What is to be given to `renderToReadableStream` or `renderToPipeableStream`, among your own options for it. */
export interface ReactHooks {
  /** Aborts where the reader leaves, and where the page is given up. */
  readonly signal: AbortSignal;
  readonly onError: (error: unknown, info: unknown) => string | void;
  readonly onShellReady: () => void;
  readonly onShellError: (error: unknown) => void;
  readonly onAllReady: () => void;
}

/** What becomes of one rendering: who is told of its errors, and how it is given up. */
export class Rendering {
  readonly hooks: ReactHooks;
  /** Called where the application gives the page up, once it is being read. */
  ongiveup: ((reason: unknown) => void) | undefined;
  readonly #abort = new AbortController();
  readonly #shell: Deferred<void> = deferred();
  readonly #all: Deferred<void> = deferred();
  readonly #signal: AbortSignal | undefined;
  readonly #onSignal = (): void => this.#giveUp(this.#signal!.reason);
  #givenUp: { readonly reason: unknown } | undefined;
  #over = false;
  // Errors that nobody listened to yet.
  #unreported: unknown[] = [];
  #onreport: ((error: unknown) => void) | undefined;

  /** @param signal not aborted yet */
  constructor(signal: AbortSignal | undefined, onError: ReactHooks["onError"] | undefined) {
    this.hooks = {
      signal: this.#abort.signal,
      onError: (error, info) => {
        // What was given up fails part by part; its reason is known.
        if (this.#over) return undefined;
        if (onError !== undefined) return this.#tell(onError, error, info);
        if (this.#onreport === undefined) this.#unreported.push(error);
        else this.#onreport(error);
        return undefined;
      },
      onShellReady: () => this.#shell.resolve(),
      onShellError: (error) => {
        this.#shell.reject(error);
        this.#all.reject(error);
      },
      onAllReady: () => this.#all.resolve(),
    };
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onSignal);
  }

  /** What a listener throws would end the process, from inside React, and the page would never end. */
  #tell(onError: ReactHooks["onError"], error: unknown, info: unknown): string | void {
    const failed = (thrown: unknown): void => {
      if (this.#onreport === undefined) console.error(error, thrown);
      else for (const each of [thrown, error]) this.#onreport(each);
    };
    try {
      const digest: unknown = onError(error, info);
      if (!isThenable(digest)) return digest as string | void;
      Promise.resolve(digest).catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
    return undefined;
  }

  /** For a stream that is piped. */
  get shellReady(): Promise<void> {
    return this.#shell.promise;
  }

  /** For a stream that is piped. */
  get allReady(): Promise<void> {
    return this.#all.promise;
  }

  get givenUp(): { readonly reason: unknown } | undefined {
    return this.#givenUp;
  }

  /** Is told of errors that the page goes on after, also of those before. */
  get onreport(): ((error: unknown) => void) | undefined {
    return this.#onreport;
  }

  set onreport(listener: ((error: unknown) => void) | undefined) {
    this.#onreport = listener;
    if (listener !== undefined) for (const error of this.#unreported.splice(0)) listener(error);
  }

  /** What a promise says, unless the page is given up before. */
  unlessGivenUp<T>(waited: T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.ongiveup = reject;
      if (this.#givenUp === undefined) Promise.resolve(waited).then(resolve, reject);
      else reject(this.#givenUp.reason);
    });
  }

  /** The reader has left. */
  leave(reason: unknown): void {
    if (this.#over) return;
    this.close();
    this.#abort.abort(reason);
  }

  /** Nothing more becomes of it. */
  close(): void {
    this.#over = true;
    this.#signal?.removeEventListener("abort", this.#onSignal);
  }

  #giveUp(reason: unknown): void {
    if (this.#over) return;
    this.#givenUp = { reason };
    this.leave(reason);
    this.ongiveup?.(reason);
  }
}
