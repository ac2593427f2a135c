import { utf8Length } from "../content/octets.ts";
import { UsageError } from "../errors.ts";
import type { BodyPiece } from "../reply/piece.ts";
import type { ReplyHead } from "../reply/sink.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { isTrailer } from "../semantics/trailers.ts";
import { Exchange } from "./exchange.ts";
import { type FramedHead, framedHead } from "./framed-head.ts";

/**
 * An exchange on something that frames bodies itself: HTTP/2, another server, fetch. It sees to it that what is announced is what is
 * sent; where an extension sees a head it has been checked, and where it sees a piece the piece may be sent.
 */
export abstract class FramedExchange extends Exchange {
  // Octets that were announced, where they were, and those that have been sent.
  #length: number | undefined;
  #sent = 0;
  #hasBody = false;

  /** Stages a head that has been checked. */
  protected abstract begin(head: FramedHead): void;
  /** A piece that is not empty. */
  protected abstract transmit(piece: BodyPiece): void;
  /** The end of the body, or of a head without one. @param trailers checked; undefined for none */
  protected abstract finish(trailers: Fields | undefined): void;
  /** Octets that the reader has not taken yet. */
  protected abstract readonly backlog: number;

  protected override sendHead(head: ReplyHead): boolean {
    const framed = framedHead(head, this.request.method);
    this.begin(framed);
    this.#length = framed.length;
    this.#hasBody = framed.hasBody;
    this.#sent = 0;
    return framed.hasBody;
  }

  protected override sendPiece(piece: BodyPiece): number {
    if (!this.hasRoom && this.backlog > this.backlogBytes)
      throw new UsageError("ERR_SLUICE_BACKLOG", { found: `${this.backlog} bytes` });
    const size = typeof piece === "string" ? utf8Length(piece) : piece.byteLength;
    if (size === 0) return 0;
    if (!this.#hasBody) throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED");
    this.#sent += size;
    if (this.#length !== undefined && this.#sent > this.#length) throw this.#mismatch();
    this.transmit(piece);
    return size;
  }

  protected override sendEnd(trailers: FieldsInit | undefined): void {
    if (this.#hasBody && this.#length !== undefined && this.#sent !== this.#length) throw this.#mismatch();
    this.finish(this.#hasBody && trailers !== undefined ? checkedTrailers(trailers) : undefined);
  }

  #mismatch(): UsageError {
    return new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${this.#sent} of ${this.#length}` });
  }
}

/** @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FORBIDDEN_TRAILER` */
function checkedTrailers(trailers: FieldsInit): Fields {
  const fields = Fields.from(trailers);
  for (const [name] of fields) {
    if (!isTrailer(name.toLowerCase())) throw new UsageError("ERR_SLUICE_FORBIDDEN_TRAILER", { found: name });
  }
  return fields;
}
