import type { EndedError } from "../errors.ts";
import type { FieldsInit } from "../semantics/fields.ts";
import type { BodyPiece } from "./piece.ts";

/** The head of a reply, as a {@link Sink} gets it. */
export interface ReplyHead {
  readonly status: number;
  /** The reason phrase, where it's not the usual one; HTTP/2 has none. */
  readonly reason?: string | undefined;
  readonly headers: FieldsInit;
  /** How many octets the body has, where that is known. */
  readonly size: number | undefined;
  /** The names of the trailers that follow; none unless {@link Sink.wantsTrailers}. */
  readonly trailers: readonly string[];
  /** Whether a connection of HTTP/1 adds Date. Default true (RFC 9110 section 6.6.1). */
  readonly date?: boolean | undefined;
}

/**
 * Where a reply goes. The sink alone chooses the framing: chunked, DATA frames, Content-Length, or the end of the connection.
 * `pump` is the only caller: `head`, then `write` any number of times, then exactly one of `end` and `fail`.
 */
export interface Sink {
  /**
   * Whether trailers of this reply would reach the reader (RFC 9110 section 6.5.1).
   * @param always whether they are sent to readers too that have not asked for them with `TE: trailers`
   */
  wantsTrailers(always: boolean): boolean;
  /**
   * Stages the head: it leaves with the first piece, or at the end of this tick. Returns whether a body is wanted: not for HEAD.
   * @throws UsageError for a head that cannot be sent; nothing has been written then
   */
  head(head: ReplyHead): boolean;
  /**
   * A piece of the body. Returns whether there is room for more: if not, wait for {@link Sink.ready}.
   * @throws EndedError once the reader has left
   */
  write(piece: BodyPiece): boolean;
  /** Whether whoever gets the pieces may keep them, also once they are {@link Sink.drained}: what is lent is copied then. Default false. */
  readonly keepsPieces?: boolean;
  /** Octets that a writer that does not wait may be ahead of its reader. */
  readonly backlogBytes: number;
  /** Hands over what has been written without waiting for the end of this tick. */
  flush(): void;
  /** Resolves when there is room again. Rejects with an EndedError once the reader has left. */
  ready(): Promise<void>;
  /** Resolves when nothing that was written is held any more, so that its buffers can be used again. Rejects as `ready` does. */
  drained(): Promise<void>;
  /** The body is complete. @throws UsageError for trailers that cannot be sent, or a body of the wrong length; `fail` is still due then */
  end(trailers: FieldsInit | undefined): void;
  /**
   * The body will not be completed, and no reader may take it for complete. Where the head is only staged, an error reply takes its
   * place. Without effect after the end, but for the report.
   */
  fail(reason: unknown): void;
  /** Something went wrong, and the body goes on all the same: it is told to whoever wants to know. */
  report(error: unknown): void;
  /** Called once, when the reader leaves before the end. Set by `pump`. */
  onleave: ((reason: EndedError) => void) | undefined;
}
