import { ProtocolError, UsageError } from "../errors.ts";
import type { Fields } from "../semantics/fields.ts";
import { codingsOf, decode, type DecodingLimits } from "./decoder.ts";
import { joined } from "./octets.ts";
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
      if (pieces.length === PIECES_KEPT) pieces.splice(0, PIECES_KEPT, joined(pieces));
    }
    return pieces.length === 1 ? pieces[0] : joined(pieces, length);
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
    if (codings.length === 0 && bytes === Infinity) return this;
    return new TransformedBody(this, context, (coded) => decode(coded, codings, limits));
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
    return new TransformedBody(this, context, (unverified) =>
      verify(unverified, context.headers, () => context.trailers(), !optional),
    );
  }
}

/** What is done to the pieces of a body. Its own iterators must not be asked for before they are needed. */
type Transform = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** Another body with something done to it on its way. */
class TransformedBody extends ContentBody {
  protected override readonly context: BodyContext;
  readonly #source: ContentBody;
  readonly #transform: Transform;

  constructor(source: ContentBody, context: BodyContext, transform: Transform) {
    super();
    this.#source = source;
    this.context = context;
    this.#transform = transform;
  }

  override [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
    return new TransformedPieces(this.#source, this.context, this.#transform);
  }
}

type Result = IteratorResult<Uint8Array, undefined>;
const DONE: Result = { done: true, value: undefined };

/**
 * The pieces of a body behind a transform. A generator puts `return()` off until a waiting `next()` has its piece, which the peer may
 * never send; here both are over at once, and the source is given up.
 */
class TransformedPieces implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #context: BodyContext;
  readonly #pieces: AsyncIterator<Uint8Array, undefined>;
  // Opened by the transform's first read: a body that nobody has read is not used.
  #opened: AsyncIterator<Uint8Array, undefined> | undefined;
  #over = false;
  // Reads that wait for a piece.
  readonly #waiting = new Set<(result: Result) => void>();

  constructor(source: ContentBody, context: BodyContext, transform: Transform) {
    this.#context = context;
    const within = { [Symbol.asyncIterator]: () => this.#open(source) };
    this.#pieces = transform(within)[Symbol.asyncIterator]();
  }

  next(): Promise<Result> {
    if (this.#over) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve);
      this.#pieces.next().then(
        (result) => {
          this.#over ||= result.done === true;
          this.#waiting.delete(resolve);
          resolve(result);
        },
        (error: unknown) => {
          this.#waiting.delete(resolve);
          // Left, nobody waits for it, and it is nobody's fault.
          if (!this.#over) reject(error instanceof ProtocolError ? this.#context.blame(error) : error);
          this.#over = true;
        },
      );
    });
  }

  return(): Promise<Result> {
    if (!this.#over) {
      this.#over = true;
      for (const resolve of this.#waiting) resolve(DONE);
      this.#waiting.clear();
      // The source first: the transform may be waiting for it, and what either says to being left is nobody's business any more.
      this.#opened?.return?.().catch(() => {});
      this.#pieces.return?.().catch(() => {});
    }
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The source, for the transform: once left it has no end, which the transform would take for the body's, but an error. */
  #open(source: ContentBody): AsyncIterator<Uint8Array, undefined> {
    const pieces = source[Symbol.asyncIterator]();
    this.#opened = pieces;
    return {
      next: async () => {
        const result = await pieces.next();
        if (this.#over) throw new Error("left");
        return result;
      },
      return: async () => (await pieces.return?.()) ?? DONE,
    };
  }
}
