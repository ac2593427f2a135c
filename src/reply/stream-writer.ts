import { EndedError, UsageError } from "../errors.ts";
import { Fields } from "../semantics/fields.ts";
import { checkTrailer } from "../semantics/trailers.ts";
import { asPiece, type BodyPiece, forget } from "./piece.ts";
import type { BodySink } from "./stage.ts";

/** Stands for a body that is complete; the error that a late write throws is made when there is one. */
const COMPLETE = { reason: undefined };

/**
 * Writes the body of a reply piece by piece. The body is complete when the function that got the writer returns, and is not when
 * it throws.
 */
export class StreamWriter {
  readonly #sink: BodySink;
  readonly #declared: readonly string[];
  #trailers: Fields | undefined;
  #abort: AbortController | undefined;
  #ended: { readonly reason: unknown } | undefined;

  /** @internal */
  constructor(sink: BodySink, declared: readonly string[]) {
    this.#sink = sink;
    this.#declared = declared;
  }

  /**
   * Writes one piece, which becomes one chunk. Returns nothing while the reader keeps up, a promise when the writer has to wait; so
   * `await out.write(piece)` is right in every case. A promise that nobody awaits never becomes an unhandled rejection.
   * @throws EndedError `ERR_SLUICE_READER_LEFT` once the reader has left, which the promise rejects with too
   * @throws UsageError `ERR_SLUICE_BACKLOG` where the writer does not wait and is too far ahead, `ERR_SLUICE_BODY_PIECE`
   */
  write(piece: BodyPiece): void | Promise<void> {
    if (this.#ended !== undefined) throw this.#reason();
    if (this.#sink.write(asPiece(piece))) return undefined;
    return this.#ready();
  }

  /** Sends what has been written without waiting for the end of the tick; resolves when the connection has room again. */
  flush(): Promise<void> {
    if (this.#ended !== undefined) throw this.#reason();
    this.#sink.flush();
    return this.#ready();
  }

  /**
   * Sets a declared trailer, which leaves behind the last piece.
   * @throws UsageError `ERR_SLUICE_UNDECLARED_TRAILER`, `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_INVALID_FIELD`
   */
  trailer(name: string, value: string): void {
    checkTrailer(name, value);
    const key = name.toLowerCase();
    if (!this.#declared.some((declared) => declared.toLowerCase() === key)) {
      throw new UsageError("ERR_SLUICE_UNDECLARED_TRAILER", { found: name });
    }
    (this.#trailers ??= new Fields()).set(name, value);
  }

  /** Ends the body as incomplete: the reader sees that it was cut. Later calls throw the reason. */
  fail(reason: unknown): void {
    if (this.#ended !== undefined) return;
    reason ??= new Error("The writer was failed without a reason");
    this.#ended = { reason };
    this.#sink.fail(reason);
    this.#abort?.abort(reason);
  }

  /** Aborts when the reader leaves, with the same error that `write` throws then. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended !== undefined) this.#abort.abort(this.#reason());
    }
    return this.#abort.signal;
  }

  /** @internal Whether `fail` was called, or the reader has left. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** @internal What `fail` was called with. */
  get failure(): unknown {
    return this.#ended?.reason;
  }

  /** @internal The trailers that were set. */
  get trailers(): Fields | undefined {
    return this.#trailers;
  }

  /** @internal The reader has left. */
  leave(reason: unknown): void {
    this.#ended ??= { reason };
    this.#abort?.abort(reason);
  }

  /** @internal The body is over: a write from here on is a mistake, and must not reach the next message. */
  close(): void {
    this.#ended ??= COMPLETE;
  }

  #reason(): unknown {
    if (this.#ended === COMPLETE) {
      return new UsageError("ERR_SLUICE_OUT_OF_ORDER", {
        found: "a write after the function that got the writer had returned",
      });
    }
    const reason = this.#ended?.reason;
    // Made anew, so that its stack shows who writes.
    return reason instanceof EndedError ? new EndedError(reason.code, { cause: reason }) : reason;
  }

  #ready(): Promise<void> {
    const ready = this.#sink.ready();
    forget(ready);
    return ready;
  }
}
