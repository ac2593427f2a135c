import { atEndOfTick } from "../builtins.ts";
import { utf8Length } from "../content/octets.ts";
import { UsageError } from "../errors.ts";
import type { BodyPiece } from "../reply/piece.ts";
import type { Reply } from "../reply/reply.ts";
import type { ReplyHead } from "../reply/sink.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import { checkedTrailers } from "../semantics/trailers.ts";
import { Exchange } from "./exchange.ts";
import { type FramedHead, framedHead } from "./framed-head.ts";

/**
 * An exchange on something that frames bodies itself: HTTP/2, another server, fetch. It sees to it that what is announced is what is
 * sent: where an extension gets a head it has been checked, and where it gets a piece the piece may be sent.
 *
 * A head waits here for the first piece, for the end, or for the source to wait; until then an error reply can take its place.
 */
export abstract class FramedExchange extends Exchange {
  #staged: FramedHead | undefined;
  // Whether a head has been handed over.
  #begun = false;
  // Octets that were announced, where they were, and those that have been sent.
  #length: number | undefined;
  #sent = 0;
  #wantsBody = false;

  /**
   * The head leaves: `transmit` any number of times and then `finish` follow, or `cut`. Where it throws nothing has left, or `takeBack`
   * says otherwise.
   */
  protected abstract begin(head: FramedHead): void;
  /** A piece, which is not empty. @param size its octets */
  protected abstract transmit(piece: BodyPiece, size: number): void;
  /** The end of the body, or of a head without one. @param trailers checked; undefined for none */
  protected abstract finish(trailers: Fields | undefined): void;
  /** What has been given leaves now. */
  protected abstract push(): void;
  /** Octets that the reader has not taken yet. */
  protected abstract readonly backlog: number;

  /** Whether a head has been handed over. */
  protected get begun(): boolean {
    return this.#begun;
  }

  protected override deliver(reply: Reply): void {
    super.deliver(reply);
    if (this.#staged !== undefined) atEndOfTick(this);
  }

  /** @internal The tick is over: the source waits. */
  tick(): void {
    try {
      this.#commit();
    } catch (error) {
      this.fail(error);
    }
  }

  protected override sendHead(head: ReplyHead): boolean {
    if (this.#begun || this.#staged !== undefined)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a head inside a message" });
    const framed = framedHead(head, this.request.method);
    this.#staged = framed;
    this.#length = framed.length;
    this.#wantsBody = framed.wantsBody;
    this.#sent = 0;
    return framed.wantsBody;
  }

  protected override sendPiece(piece: BodyPiece): number {
    if (!this.hasRoom && this.backlog > this.backlogBytes)
      throw new UsageError("ERR_SLUICE_BACKLOG", { found: `${this.backlog} bytes` });
    const size = typeof piece === "string" ? utf8Length(piece) : piece.byteLength;
    if (size === 0) return 0;
    if (!this.#wantsBody) throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED");
    if (this.#length !== undefined && this.#sent + size > this.#length)
      throw this.#mismatch(this.#sent + size);
    this.#commit();
    this.#sent += size;
    this.transmit(piece, size);
    return size;
  }

  protected override sendEnd(trailers: FieldsInit | undefined): void {
    if (this.#wantsBody && this.#length !== undefined && this.#sent !== this.#length)
      throw this.#mismatch(this.#sent);
    const checked = this.#wantsBody && trailers !== undefined ? checkedTrailers(trailers) : undefined;
    this.#commit();
    this.finish(checked);
  }

  override flush(): void {
    this.#commit();
    if (this.#begun) this.push();
  }

  protected override takeBack(): boolean {
    this.#staged = undefined;
    return !this.#begun;
  }

  #commit(): void {
    const head = this.#staged;
    if (head === undefined) return;
    this.#staged = undefined;
    // A head that the host has refused is none: an error reply can take its place.
    this.begin(head);
    this.#begun = true;
  }

  #mismatch(sent: number): UsageError {
    return new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${sent} of ${this.#length}` });
  }
}
