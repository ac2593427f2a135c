import { openSource, type PieceReader, PieceSource } from "../../reply/body.ts";
import { asPiece } from "../../reply/piece.ts";
import type { Io } from "../io.ts";
import type { Pace } from "./pace.ts";

/** What is done to a body before it is sent. */
export interface Shape {
  /** Octets of every piece but the last one; undefined for pieces as they come. */
  readonly chunkSize: number | undefined;
  /** Undefined for as fast as the reader takes it. */
  readonly pace: Pace | undefined;
}

/** A body in pieces of one size, at a rate. */
export class ShapedBody extends PieceSource {
  readonly #source: unknown;
  readonly #shape: Shape;
  readonly #io: Pick<Io, "setTimer">;

  /** @param source what `openSource` takes */
  constructor(source: unknown, shape: Shape, io: Pick<Io, "setTimer">) {
    super();
    this.#source = source;
    this.#shape = shape;
    this.#io = io;
  }

  override openPieces(): PieceReader {
    return new ShapedReader(openSource(this.#source), this.#shape, this.#io);
  }
}

/** A timer takes no more milliseconds than this; a longer wait has several. */
const LONGEST_TIMER = 2 ** 30;
const DONE: IteratorResult<unknown, unknown> = { done: true, value: undefined };
const NONE = new Uint8Array(0);

class ShapedReader implements PieceReader {
  readonly #reader: PieceReader;
  readonly #chunkSize: number | undefined;
  readonly #pace: Pace | undefined;
  readonly #io: Pick<Io, "setTimer">;
  /** What has been read and not been given on. */
  #rest: Uint8Array = NONE;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(reader: PieceReader, { chunkSize, pace }: Shape, io: Pick<Io, "setTimer">) {
    this.#reader = reader;
    this.#chunkSize = chunkSize;
    this.#pace = pace;
    this.#io = io;
  }

  /** Pieces of one size are copies of their own. */
  get lent(): boolean {
    return this.#chunkSize === undefined && this.#reader.lent === true;
  }

  async next(): Promise<IteratorResult<unknown, unknown>> {
    const piece = this.#chunkSize === undefined ? await this.#slice() : await this.#fill(this.#chunkSize);
    if (piece.length === 0) return DONE;
    let wait = this.#pace?.take(piece.length) ?? 0;
    for (; wait > 0 && !this.#stopped; wait -= LONGEST_TIMER) await this.#wait(Math.min(wait, LONGEST_TIMER));
    return this.#stopped ? DONE : { done: false, value: piece };
  }

  stop(reason: unknown): void {
    this.#stopped = true;
    this.#wake?.();
    this.#reader.stop(reason);
  }

  /** The next octets, as many as the pace wants at a time; none at the end. */
  async #slice(): Promise<Uint8Array> {
    while (this.#rest.length === 0) if (!(await this.#read())) return NONE;
    const piece = this.#rest.subarray(0, this.#pace?.piece ?? this.#rest.length);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** So many octets, fewer only at the end. */
  async #fill(size: number): Promise<Uint8Array> {
    const piece = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      if (this.#rest.length === 0 && !(await this.#read())) break;
      const part = this.#rest.subarray(0, size - filled);
      piece.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return piece.subarray(0, filled);
  }

  async #read(): Promise<boolean> {
    const { done, value } = await this.#reader.next();
    if (done === true || this.#stopped) return false;
    const piece = asPiece(value);
    this.#rest = typeof piece === "string" ? Buffer.from(piece) : piece;
    return true;
  }

  async #wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#io.setTimer(resolve, milliseconds);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
