import { UsageError } from "../errors.ts";
import { Encoder, type Upto } from "../content/encoder.ts";
import { copyOf, joined, utf8, utf8Length } from "../content/octets.ts";
import type { BodyPiece } from "./piece.ts";
import { type BodySink, Stage } from "./stage.ts";

/** Octets that are gathered before they are encoded. Fewer are encoded on this thread when the source goes idle; as many, off it. */
const BLOCK = 64 * 1024;

/**
 * Applies a content coding. What a source produces without a pause is encoded in large blocks; when it goes idle for one turn of the
 * event loop, everything so far is made decodable, so that each event reaches the reader when it happens.
 */
export class CodingStage extends Stage {
  readonly #encoder: Encoder;
  readonly #gathered: BodyPiece[] = [];
  #octets = 0;
  /** Whether the encoder holds input that a reader could not decode yet. */
  #withheld = false;
  /** The block that is being encoded in the thread pool. */
  #encoding: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #room = true;
  #idleCheck: NodeJS.Immediate | undefined;
  /** Whether a piece came since the event loop last turned: then the source isn't idle. */
  #moved = false;
  /** Whether the source is held up by the reader, which isn't idleness either. */
  #heldUp = false;
  #closed = false;

  /** Octets that have been written. */
  #total = 0;
  readonly #announced: number | undefined;

  /** @param announced octets that the body was said to have, uncoded */
  constructor(next: BodySink, encoder: Encoder, announced: number | undefined) {
    super(next);
    this.#encoder = encoder;
    this.#announced = announced;
  }

  override write(piece: BodyPiece): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#octets > this.backlogBytes) {
      throw new UsageError("ERR_SLUICE_BACKLOG", { found: `${this.#octets} bytes` });
    }
    // A copy, since it is read later, some of it on another thread: whoever wrote it may take its view away by then.
    let kept = piece;
    if (typeof piece !== "string") kept = copyOf(piece);
    else if (endsInside(piece)) kept = utf8(piece);
    const octets = typeof kept === "string" ? utf8Length(kept) : kept.length;
    this.#gathered.push(kept);
    this.#octets += octets;
    this.#total += octets;
    if (this.#announced !== undefined && this.#total > this.#announced) throw this.#mismatch();
    if (this.#octets >= BLOCK && this.#encoding === undefined) void this.#encode("more");
    this.#moved = true;
    this.#watch();
    return this.#room && this.#octets < BLOCK;
  }

  override flush(): void {
    this.#release();
    super.flush();
  }

  override async ready(): Promise<void> {
    this.#heldUp = true;
    try {
      while (this.#octets >= BLOCK && this.#encoding !== undefined) await this.#encoding;
      this.#throwFailure();
      if (!this.#room) await super.ready();
      this.#room = true;
    } finally {
      this.#heldUp = false;
    }
    this.#moved = true;
    this.#watch();
  }

  override get keepsPieces(): boolean {
    return false;
  }

  /** What has been written was copied. */
  override drained(): Promise<void> {
    return this.ready();
  }

  /** Encodes what is left, and the coding's own end. */
  async finish(): Promise<void> {
    clearImmediate(this.#idleCheck);
    if (this.#announced !== undefined && this.#total !== this.#announced) throw this.#mismatch();
    while (this.#encoding !== undefined) await this.#encoding;
    this.#throwFailure();
    if (this.#octets < BLOCK && this.#encoder.immediate) this.#encodeNow("finish");
    else await this.#encode("finish");
    this.#throwFailure();
    this.#close();
  }

  override fail(reason: unknown): void {
    // What was written before the failure is the reader's, with a coding as without.
    if (this.#failure === undefined) this.#release();
    if (this.#encoding !== undefined) {
      void this.#encoding.then(() => this.fail(reason));
      return;
    }
    this.#close();
    super.fail(reason);
  }

  /** The reader has left: whoever goes on writing gets this reason. */
  abandon(reason: unknown): void {
    this.#failure ??= { error: reason };
    this.#close();
  }

  /** Looks once a turn whether the source has gone idle. */
  #watch(): void {
    if (this.#idleCheck !== undefined || this.#closed) return;
    this.#idleCheck = setImmediate(() => {
      this.#idleCheck = undefined;
      if (this.#heldUp) return;
      if (!this.#moved) {
        this.#release();
        return;
      }
      this.#moved = false;
      this.#watch();
    });
  }

  /** Makes everything so far decodable. */
  #release(): void {
    if (this.#closed || this.#encoding !== undefined || (this.#octets === 0 && !this.#withheld)) return;
    if (this.#encoder.immediate && this.#octets < BLOCK) {
      try {
        this.#encodeNow("flush");
      } catch (error) {
        // The reader has left: the next write says so.
        this.#failure ??= { error };
      }
    } else {
      void this.#encode("flush");
    }
  }

  #encodeNow(upto: Upto): void {
    const output = this.#encoder.encodeNow(this.#take(), upto);
    this.#withheld = false;
    if (output.length > 0) this.#room = super.write(output);
  }

  /** Encodes in the thread pool. Never rejects; {@link CodingStage.#failure} tells. */
  #encode(upto: Upto): Promise<void> {
    this.#withheld = upto === "more";
    this.#encoding = this.#encoder.encode(this.#take(), upto).then(
      (pieces) => {
        this.#encoding = undefined;
        try {
          for (const piece of pieces) this.#room = super.write(piece);
        } catch (error) {
          this.#failure ??= { error };
        }
        if (this.#octets >= BLOCK && !this.#closed && this.#failure === undefined) void this.#encode("more");
        this.#watch();
      },
      (error: unknown) => {
        this.#encoding = undefined;
        this.#failure ??= { error };
      },
    );
    return this.#encoding;
  }

  #take(): Uint8Array {
    const pieces = this.#gathered.splice(0);
    this.#octets = 0;
    if (pieces.length === 1 && typeof pieces[0] !== "string") return pieces[0];
    if (pieces.every((piece) => typeof piece === "string")) return utf8(pieces.join(""));
    return joined(pieces.map((piece) => (typeof piece === "string" ? utf8(piece) : piece)));
  }

  #mismatch(): UsageError {
    return new UsageError("ERR_SLUICE_LENGTH_MISMATCH", {
      found: `${this.#total} bytes of ${this.#announced}`,
    });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearImmediate(this.#idleCheck);
    this.#encoder.close();
  }
}

/** Whether a text ends with half of a surrogate pair: alone it is U+FFFD, in a coding as without, whatever follows. */
function endsInside(piece: string): boolean {
  return (piece.charCodeAt(piece.length - 1) & 0xfc00) === 0xd800;
}
