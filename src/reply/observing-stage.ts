import type { ReplyDigests } from "./digests.ts";
import type { BodyPiece } from "./piece.ts";
import type { Timing } from "./reply-trailers.ts";
import { type BodySink, Stage } from "./stage.ts";

/** Computes digests of what goes by, and notes when. */
export class ObservingStage extends Stage {
  readonly #digests: ReplyDigests | undefined;
  readonly #timing: Timing | undefined;

  constructor(next: BodySink, digests: ReplyDigests | undefined, timing: Timing | undefined) {
    super(next);
    this.#digests = digests;
    this.#timing = timing;
  }

  override write(piece: BodyPiece): boolean {
    this.#timing?.piece();
    this.#digests?.update(piece);
    return super.write(piece);
  }
}
