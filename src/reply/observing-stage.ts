import type { BodyPiece } from "./piece.ts";
import type { ReplyTrailers } from "./reply-trailers.ts";
import { type BodySink, Stage } from "./stage.ts";

/** Shows what goes by to the trailers that are computed from it. */
export class ObservingStage extends Stage {
  readonly #trailers: ReplyTrailers;

  constructor(next: BodySink, trailers: ReplyTrailers) {
    super(next);
    this.#trailers = trailers;
  }

  override write(piece: BodyPiece): boolean {
    this.#trailers.piece(piece);
    return super.write(piece);
  }
}
