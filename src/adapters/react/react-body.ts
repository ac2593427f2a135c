import { openSource, type PieceReader, PieceSource } from "../../reply/body.ts";
import { ReactDestination } from "./react-destination.ts";
import { isPipeable, type ReactPipeableStream, type ReactReadableStream } from "./react-stream.ts";
import type { Rendering } from "./rendering.ts";

type Result = IteratorResult<unknown, unknown>;

/** A page whose shell is rendered, as the body of a reply. */
export class ReactBody extends PieceSource {
  readonly #stream: ReactPipeableStream | ReactReadableStream;
  readonly #rendering: Rendering;

  constructor(stream: ReactPipeableStream | ReactReadableStream, rendering: Rendering) {
    super();
    this.#stream = stream;
    this.#rendering = rendering;
  }

  override openPieces(): PieceReader {
    const stream = this.#stream;
    const pieces = isPipeable(stream) ? new ReactDestination(stream) : openSource(stream);
    return new ReactReader(pieces, this.#rendering);
  }
}

/** Reads a page. With its reader it is given up; given up by the application it fails, though React would end it as if it were complete. */
class ReactReader implements PieceReader {
  readonly #pieces: PieceReader;
  readonly #rendering: Rendering;
  // Ends the wait at hand.
  #reject: ((reason: unknown) => void) | undefined;

  constructor(pieces: PieceReader, rendering: Rendering) {
    this.#pieces = pieces;
    this.#rendering = rendering;
    rendering.ongiveup = (reason) => {
      this.#reject?.(reason);
      pieces.stop(reason);
    };
  }

  get onreport(): ((error: unknown) => void) | undefined {
    return this.#rendering.onreport;
  }

  set onreport(listener: ((error: unknown) => void) | undefined) {
    this.#rendering.onreport = listener;
  }

  next(): Promise<Result> {
    const { givenUp } = this.#rendering;
    if (givenUp !== undefined) return Promise.reject(givenUp.reason);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      const told = (result: Result): void => {
        if (result.done === true && this.#rendering.givenUp === undefined) this.#rendering.close();
        resolve(result);
      };
      Promise.resolve(this.#pieces.next()).then(told, reject);
    });
  }

  stop(reason: unknown): void {
    this.#rendering.leave(reason);
    this.#pieces.stop(reason);
  }
}
