import { type BodySource, openSource, type PieceReader, PieceSource } from "../reply/body.ts";
import type { BodyPiece } from "../reply/piece.ts";

/** A body that is begun when the server has asked for it (100 Continue). */
export class AwaitedSource extends PieceSource {
  readonly #body: BodyPiece | Exclude<BodySource, (...args: never) => unknown>;
  readonly #asked: Promise<boolean>;

  /** @param asked whether the body is wanted, once that is known */
  constructor(body: BodyPiece | Exclude<BodySource, (...args: never) => unknown>, asked: Promise<boolean>) {
    super();
    this.#body = body;
    this.#asked = asked;
  }

  override openPieces(): PieceReader {
    const body = this.#body;
    const inner = openSource(typeof body === "string" || body instanceof Uint8Array ? [body] : body);
    return {
      lent: inner.lent === true,
      next: async () => ((await this.#asked) ? inner.next() : { done: true, value: undefined }),
      stop: (reason) => inner.stop(reason),
    };
  }
}
