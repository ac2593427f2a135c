import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type BodyContext, ContentBody } from "../content/content-body.ts";
import type { DecodingLimits } from "../content/decoder.ts";
import { EndedError, UsageError } from "../errors.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { deferred, type Deferred } from "../deferred.ts";
import type { IncomingBody } from "../content/incoming-body.ts";
import { COMPLETE, type Ending, endingOf } from "./ending.ts";
import type { WireChunk, WireChunks } from "./wire-chunks.ts";

/** What is done to a body before it is read. */
export interface BodyPlan {
  /** Undoes the content codings; undefined for not. */
  readonly decode: DecodingLimits | undefined;
  readonly verify: boolean | "required";
}

/** A response may carry digests in its headers, or say that they will follow (RFC 9530). */
const DIGEST_FIELDS = ["content-digest", "repr-digest", "has-digest", "trailer"];

/**
 * The body of a response, read once: with `for await`, or by one of the methods that gather it. Its content codings are undone and its
 * digests checked on the way, unless the request said otherwise. Where it does not arrive whole, every way of reading it throws: there
 * is no quiet end.
 *
 * A body that is not read keeps its connection: read it, leave a loop over it, or {@link ResponseBody.discard} it.
 */
export class ResponseBody extends ContentBody {
  /** @internal */
  protected override readonly context: BodyContext;
  readonly #arriving: IncomingBody;
  readonly #plan: BodyPlan;
  readonly #chunks: WireChunks | undefined;
  readonly #abandon: (error: EndedError) => void;
  #used = false;
  // Whether something stands on the arriving octets that says itself how it ended.
  #isWatched = false;
  #hasArrived = false;
  #trailers: Promise<ReceivedTrailers> | undefined;
  #ending: Ending | undefined;
  #endingWanted: Deferred<Ending> | undefined;

  /** @internal */
  constructor(
    arriving: IncomingBody,
    context: Pick<BodyContext, "headers" | "gatheredBytes"> & { abandon(error: EndedError): void },
    plan: BodyPlan,
    chunks: WireChunks | undefined,
  ) {
    super();
    this.#arriving = arriving;
    this.#plan = plan;
    this.#chunks = chunks;
    this.#abandon = (error) => context.abandon(error);
    this.context = {
      headers: context.headers,
      gatheredBytes: context.gatheredBytes,
      trailers: async () => (await arriving.trailers).fields,
      blame: (error) => {
        this.settle(endingOf(error));
        return error;
      },
    };
  }

  /**
   * The pieces as they arrive; their boundaries mean nothing. Leaving the loop early gives the rest up: a little of it is read away, or
   * the connection closes.
   * @throws UsageError `ERR_SLUICE_BODY_USED` the second time
   * @throws TruncatedError, CorruptError, ProtocolError, EndedError while iterating, where the body does not arrive whole
   */
  override [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    this.#use();
    this.#chunks?.forget();
    const planned = this.#planned();
    const pieces = (planned ?? this.#arriving)[Symbol.asyncIterator]();
    return planned === undefined ? pieces : this.#watched(pieces);
  }

  /** All of it, gathered. @param limit how many octets at most; default `limits.gatheredBytes`, 64 MiB */
  override bytes(limit?: number): Promise<Uint8Array> {
    if (this.#isPlanned || this.#used) return super.bytes(limit);
    this.#used = true;
    this.#chunks?.forget();
    return this.#arriving.bytes(limit);
  }

  /** What is refused here must not change what the first reader is told. */
  #use(): void {
    if (this.#used) throw new UsageError("ERR_SLUICE_BODY_USED");
    this.#used = true;
  }

  /**
   * Each chunk as it was on the wire, before any content coding is undone, in parts where it did not arrive at once; of a body that is not
   * chunked, what came at once. Boundaries do not survive intermediaries: look at them, but let nothing depend on them.
   * @throws UsageError `ERR_SLUICE_OPTION` unless the request asked for them with `chunks: true`
   */
  chunks(): AsyncIterable<WireChunk> {
    if (this.#chunks === undefined)
      throw new UsageError("ERR_SLUICE_OPTION", { found: "chunks() of a request without chunks: true" });
    return this.#chunks.of({
      [Symbol.asyncIterator]: () => {
        this.#use();
        const source = this.#isDigested ? this.#verified() : this.#arriving;
        return this.#watched(source[Symbol.asyncIterator]());
      },
    });
  }

  /**
   * Writes all of it to a stream and ends that. Where the body does not arrive whole the stream is destroyed, or aborted, with the error.
   * @param writable a web stream or one of Node's
   */
  async pipeTo(writable: WritableStream<Uint8Array> | Writable): Promise<void> {
    if ("getWriter" in writable) await this.stream().pipeTo(writable);
    else await pipeline(this as AsyncIterable<Uint8Array>, writable);
  }

  /** Gives the body, or the rest of it, up. The connection is kept where little is left, and closed otherwise. */
  async discard(): Promise<void> {
    const left = new EndedError("ERR_SLUICE_READER_LEFT");
    // Whoever is reading it must not take what they have for all of it.
    if (!this.#arriving.used) await this.#arriving[Symbol.asyncIterator]().return?.();
    else if (this.#arriving.reading && !this.#hasArrived) this.#abandon(left);
    this.#used = true;
    this.settle(endingOf(left));
  }

  /** This body with its content codings undone, unless the request has asked for that already. */
  override decoded(limits: DecodingLimits = {}): ContentBody {
    return this.#plan.decode === undefined ? super.decoded(limits) : this;
  }

  /** @internal What stands behind the body, once it has been found to be whole. */
  get trailers(): Promise<ReceivedTrailers> {
    return (this.#trailers ??= this.#wholeTrailers());
  }

  #wholeTrailers(): Promise<ReceivedTrailers> {
    const { trailers } = this.#arriving;
    if (!this.#isPlanned) return trailers;
    const whole = trailers.then(async (arrived) => {
      const ending = await this.ending;
      if (ending.outcome === "complete") return arrived;
      throw ending.error;
    });
    // Whoever reads the body is told, too.
    whole.catch(() => {});
    return whole;
  }

  /** @internal How it ended, for whoever read it. */
  get ending(): Promise<Ending> {
    if (this.#endingWanted === undefined) {
      this.#endingWanted = deferred();
      if (this.#ending !== undefined) this.#endingWanted.resolve(this.#ending);
    }
    return this.#endingWanted.promise;
  }

  /** @internal The first ending counts. */
  settle(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#endingWanted?.resolve(ending);
  }

  /** @internal All of it has arrived: complete, unless something that stands on it finds otherwise. */
  arrived(): void {
    this.#hasArrived = true;
    if (!this.#isPlanned) this.settle(COMPLETE);
  }

  /** @internal It will not arrive whole. Where something stands on it that it was left may be for a reason that is still to be told. */
  broken(error: unknown): void {
    const left = error instanceof EndedError && error.code === "ERR_SLUICE_READER_LEFT";
    if (!left || !this.#isWatched) this.settle(endingOf(error));
  }

  /** The body with what is to be done to it; undefined where that is nothing. */
  #planned(): ContentBody | undefined {
    if (!this.#isPlanned) return undefined;
    const uncoded = this.#isDigested ? this.#verified() : this.#arriving;
    if (!this.#isCoded) return uncoded;
    try {
      return uncoded.decoded(this.#plan.decode);
    } catch (error) {
      // Nobody can read it.
      this.settle(endingOf(error));
      void this.discard();
      throw error;
    }
  }

  get #isPlanned(): boolean {
    return this.#isCoded || this.#isDigested;
  }

  get #isCoded(): boolean {
    return this.#plan.decode !== undefined && this.context.headers.has("content-encoding");
  }

  get #isDigested(): boolean {
    const { verify } = this.#plan;
    if (verify === "required") return true;
    return verify && DIGEST_FIELDS.some((name) => this.context.headers.has(name));
  }

  #verified(): ContentBody {
    return this.#arriving.verified({ optional: this.#plan.verify !== "required" });
  }

  /** Notes how reading ended, where more than the arrival decides it. */
  #watched(pieces: AsyncIterator<Uint8Array, undefined>): AsyncIterableIterator<Uint8Array, undefined> {
    this.#isWatched = true;
    return {
      next: async () => {
        try {
          const result = await pieces.next();
          if (result.done === true) this.settle(COMPLETE);
          return result;
        } catch (error) {
          this.settle(endingOf(error));
          throw error;
        }
      },
      return: async () => {
        this.settle(endingOf(new EndedError("ERR_SLUICE_READER_LEFT")));
        return (await pieces.return?.()) ?? { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
