import type { EndedError } from "../../src/errors.ts";
import type { BodyPiece } from "../../src/reply/piece.ts";
import type { ReplyHead, Sink } from "../../src/reply/sink.ts";
import type { FieldsInit } from "../../src/semantics/fields.ts";

export interface RecordingSinkOptions {
  /** Whether a body is wanted. Default true. */
  readonly wanted?: boolean;
  /** Whether the reader takes trailers. Default true. */
  readonly trailers?: boolean;
  /** After how many pieces the sink is full, until {@link RecordingSink.drain}. Default: never. */
  readonly room?: number;
  /** The call that throws. */
  readonly throwing?: "head" | "write" | "end";
}

/** A sink that writes down what it is told. */
export class RecordingSink implements Sink {
  readonly log: string[] = [];
  readonly failures: unknown[] = [];
  onleave: ((reason: EndedError) => void) | undefined;
  readonly #options: RecordingSinkOptions;
  readonly #waiting: { resolve: () => void; reject: (reason: unknown) => void }[] = [];
  #pieces = 0;
  #left: { readonly reason: EndedError } | undefined;

  constructor(options: RecordingSinkOptions = {}) {
    this.#options = options;
  }

  wantsTrailers(always: boolean): boolean {
    return always || this.#options.trailers !== false;
  }

  head({ status, size, trailers }: ReplyHead): boolean {
    this.#throwIf("head");
    this.log.push(`head ${status} ${size} [${trailers.join()}]`);
    return this.#options.wanted !== false;
  }

  write(piece: BodyPiece): boolean {
    if (this.#left !== undefined) throw this.#left.reason;
    this.#throwIf("write");
    this.log.push(`write ${typeof piece === "string" ? piece : Buffer.from(piece).toString()}`);
    return ++this.#pieces % (this.#options.room ?? Infinity) !== 0;
  }

  readonly backlogBytes: number = 16 * 1024 * 1024;

  flush(): void {
    this.log.push("flush");
  }

  ready(): Promise<void> {
    if (this.#left !== undefined) return Promise.reject(this.#left.reason);
    this.log.push("wait");
    if (this.#options.room === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  drained(): Promise<void> {
    this.log.push("drain");
    return Promise.resolve();
  }

  end(trailers: FieldsInit | undefined): void {
    this.#throwIf("end");
    this.log.push(trailers === undefined ? "end" : `end ${JSON.stringify(trailers)}`);
  }

  fail(reason: unknown): void {
    this.log.push("fail");
    this.failures.push(reason);
  }

  report(error: unknown): void {
    this.log.push(`report ${String(error)}`);
  }

  /** Whether somebody waits for room. */
  get full(): boolean {
    return this.#waiting.length > 0;
  }

  /** There is room again. */
  drain(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** The reader leaves. */
  leave(reason: EndedError): void {
    this.#left = { reason };
    this.onleave?.(reason);
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  #throwIf(call: RecordingSinkOptions["throwing"]): void {
    if (this.#options.throwing === call) throw new Error(`${call} throws`);
  }
}
