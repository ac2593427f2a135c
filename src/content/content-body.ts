import { ProtocolError, UsageError } from "../errors.ts";
import type { Fields } from "../semantics/fields.ts";
import { codingsOf, decode, type DecodingLimits } from "./decoder.ts";
import { verify } from "./verifier.ts";

/** Pieces that wait to be joined, where a body comes in very many. */
const PIECES_KEPT = 1024;

/** What a body that arrives knows of its message. */
export interface BodyContext {
  readonly headers: Fields;
  /** The fields behind the body, once it has been read whole. */
  trailers(): Promise<Fields>;
  /** Octets that `text()` and its kin gather, unless they are told otherwise. */
  readonly gatheredBytes: number;
  /** Notes that an error is the peer's fault, and returns it. */
  blame<Failure>(error: Failure): Failure;
}

/**
 * A body that arrives, read once: with `for await`, or by one of the methods that gather it. Where it does not arrive whole, every way
 * of reading it throws: there is no quiet end.
 */
export abstract class ContentBody implements AsyncIterable<Uint8Array> {
  /** @internal */
  protected abstract readonly context: BodyContext;

  /**
   * The pieces as they arrive; their boundaries mean nothing. Leaving the loop early gives the rest up.
   * @throws UsageError `ERR_SLUICE_BODY_USED` the second time
   * @throws ProtocolError, EndedError while iterating, where the body does not arrive whole
   */
  abstract [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined>;

  /**
   * All of it, gathered.
   * @param limit how many octets at most; default `limits.gatheredBytes`, 1 MiB
   * @throws ProtocolError `ERR_SLUICE_BODY_TOO_LARGE`, which is answered with 413 unless it is caught
   */
  async bytes(limit: number = this.context.gatheredBytes): Promise<Uint8Array> {
    if (!(limit >= 0)) throw new UsageError("ERR_SLUICE_OPTION", { found: `a limit of ${String(limit)}` });
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this) {
      length += piece.length;
      if (length > limit)
        throw this.context.blame(new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE", { offset: limit }));
      pieces.push(piece);
      if (pieces.length === PIECES_KEPT) pieces.splice(0, PIECES_KEPT, Buffer.concat(pieces));
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, length);
  }

  /** All of it as text in UTF-8; what is not UTF-8 becomes U+FFFD. @param limit as for {@link bytes} */
  async text(limit?: number): Promise<string> {
    return new TextDecoder().decode(await this.bytes(limit));
  }

  /**
   * All of it as JSON.
   * @param limit as for {@link bytes}
   * @throws ProtocolError `ERR_SLUICE_BODY_JSON`, which is answered with 400 unless it is caught
   */
  async json(limit?: number): Promise<unknown> {
    const bytes = await this.bytes(limit);
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch (cause) {
      throw this.context.blame(new ProtocolError("ERR_SLUICE_BODY_JSON", { cause }));
    }
  }

  /** The pieces as a web stream. Cancelling it gives the rest up. */
  stream(): ReadableStream<Uint8Array> {
    const iterator = this[Symbol.asyncIterator]();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await iterator.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /**
   * This body with its content codings undone (RFC 9110 section 8.4), to be read in its place: gzip, deflate, br and, where the
   * runtime has it, zstd; as it is where it has none.
   * @throws ProtocolError `ERR_SLUICE_CONTENT_CODING`, answered with 415; while reading `ERR_SLUICE_CODED_TRUNCATED` and
   * `ERR_SLUICE_CODED_CORRUPT`, answered with 400, and `ERR_SLUICE_DECODED_TOO_LARGE`, answered with 413
   */
  decoded(limits: DecodingLimits = {}): ContentBody {
    const { bytes = Infinity, ratio = 1 } = limits;
    if (typeof bytes !== "number" || typeof ratio !== "number" || !(bytes >= 0 && ratio >= 1))
      throw new UsageError("ERR_SLUICE_OPTION", { found: JSON.stringify(limits) });
    const { context } = this;
    let codings;
    try {
      codings = codingsOf(context.headers.get("content-encoding"));
    } catch (error) {
      throw context.blame(error);
    }
    const undo = (): AsyncIterable<Uint8Array> =>
      codings.reduce<AsyncIterable<Uint8Array>>((coded, coding) => decode(coded, coding, limits), this);
    return new TransformedBody(context, undo);
  }

  /**
   * This body, to be read in its place, checked at its end against the digests in its headers and trailers (RFC 9530): those of
   * Content-Digest, and of Repr-Digest where the body is the whole representation, by sha-256 and sha-512. Digests are of the coded
   * octets, so it comes before {@link decoded}: `request.body.verified().decoded()`.
   *
   * What was read is only known to be right when the body has ended.
   * @param options `optional`: whether a body without such a digest is let through; default false
   * @throws ProtocolError while reading, all answered with 400: `ERR_SLUICE_DIGEST_MISMATCH`, `ERR_SLUICE_DIGEST_MISSING`, and
   * `ERR_SLUICE_DIGEST` for a field against its grammar
   */
  verified(options: { readonly optional?: boolean | undefined } = {}): ContentBody {
    const { context } = this;
    const { optional = false } = options;
    return new TransformedBody(context, () =>
      verify(this, context.headers, () => context.trailers(), !optional),
    );
  }
}

/** Another body with something done to it on its way. */
class TransformedBody extends ContentBody {
  protected override readonly context: BodyContext;
  readonly #transform: () => AsyncIterable<Uint8Array>;

  constructor(context: BodyContext, transform: () => AsyncIterable<Uint8Array>) {
    super();
    this.context = context;
    this.#transform = transform;
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined> {
    try {
      yield* this.#transform();
    } catch (error) {
      throw error instanceof ProtocolError ? this.context.blame(error) : error;
    }
    return undefined;
  }
}
