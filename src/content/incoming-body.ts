import { type BodyContext, ContentBody } from "./content-body.ts";
import { UsageError } from "../errors.ts";
import { Fields } from "../semantics/fields.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { deferred, type Deferred } from "../deferred.ts";
import { joined, room } from "./octets.ts";

/** Octets that wait for whoever reads before reading from the socket pauses. */
const QUEUE_LIMIT = 128 * 1024;

/** Views below this are gathered in buffers of the size that follows. */
const SMALL = 2 * 1024;
const GATHERED = 16 * 1024;

/** What a body asks of its connection. */
export interface BodySupply {
  /** Somebody wants the body: the moment to send 100 (Continue) to whoever waits for it, and to read on. */
  wanted(): void;
  /** There is room in the queue again. */
  resume(): void;
  /** Whoever read has given the rest up. */
  givenUp(): void;
  readonly headers: Fields;
  /** How much `text()` and its kin may gather. */
  readonly gatheredBytes: number;
  /** Whether pieces stay as they arrive, each by itself; default: small ones are gathered. */
  readonly separate?: boolean;
}

const noTrailers = (): ReceivedTrailers => ({ fields: new Fields(), undeclared: [], dropped: [] });

/**
 * The body of a message, read once: with `for await`, or by one of the methods that gather it. Where it does not arrive whole, every
 * way of reading it throws: there is no quiet end.
 */
export class IncomingBody extends ContentBody {
  /** @internal */
  protected override readonly context: BodyContext;
  readonly #supply: BodySupply;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  // Where small views are gathered, and up to where it is filled.
  #small: Uint8Array | undefined;
  #smallEnd = 0;
  #used = false;
  #ended = false;
  #cancelled = false;
  #failure: { readonly error: unknown } | undefined;
  // What reading this body has thrown because of the peer, so that it can be told from the application's own errors.
  #blamed: unknown;
  // Reads that wait for what has not arrived, in order.
  readonly #waiting: ((result: IteratorResult<Uint8Array, undefined> | Promise<never>) => void)[] = [];
  #trailers: ReceivedTrailers | undefined;
  #trailersWaiting: Deferred<ReceivedTrailers> | undefined;

  /** @internal */
  constructor(supply: BodySupply) {
    super();
    this.#supply = supply;
    this.context = {
      headers: supply.headers,
      gatheredBytes: supply.gatheredBytes,
      trailers: async () => (await this.trailers).fields,
      blame: (error) => this.#blame(error),
    };
  }

  /** Whether somebody has begun to read. */
  get used(): boolean {
    return this.#used;
  }

  /** @internal Whether somebody has begun to read, and has not given the rest up. */
  get reading(): boolean {
    return this.#used && !this.#cancelled;
  }

  /**
   * The trailers behind the body, sorted: what may be used, what of it was not declared, what was dropped. Resolves when the body has
   * arrived whole, for which it has to be read, and rejects when it ends early. Forbidden fields (RFC 9110 section 6.5.1) are never
   * among them.
   */
  get trailers(): Promise<ReceivedTrailers> {
    if (this.#trailersWaiting === undefined) {
      this.#trailersWaiting = deferred();
      if (this.#failure !== undefined) this.#trailersWaiting.reject(this.#failure.error);
      else if (this.#ended) this.#trailersWaiting.resolve(this.#trailers ?? noTrailers());
    }
    return this.#trailersWaiting.promise;
  }

  /**
   * The pieces as they arrive; their boundaries mean nothing. Leaving the loop early gives the rest up.
   * @throws UsageError `ERR_SLUICE_BODY_USED` the second time
   * @throws ProtocolError, EndedError while iterating, where the body does not arrive whole
   */
  override [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
    if (this.#used) throw new UsageError("ERR_SLUICE_BODY_USED");
    this.#used = true;
    if (!this.#ended) this.#supply.wanted();
    return {
      next: () => this.#next(),
      return: () => {
        this.#leave();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** @inheritDoc */
  override bytes(limit?: number): Promise<Uint8Array> {
    const whole = this.#ended && !this.#used && this.#queued <= (limit ?? this.context.gatheredBytes);
    return whole ? Promise.resolve(this.#takeAll()) : super.bytes(limit);
  }

  /** All of a body that has arrived whole before anybody read it: nothing has to be waited for. */
  #takeAll(): Uint8Array {
    this.#used = true;
    this.#queued = 0;
    const pieces = this.#queue.splice(0);
    return pieces.length === 1 ? pieces[0] : joined(pieces);
  }

  /** @internal A view that stays as it is. Returns whether there is room for more. */
  push(view: Uint8Array): boolean {
    // What was given up is no more read than what nobody has asked for.
    if (this.#cancelled) return false;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next({ done: false, value: view });
      return true;
    }
    // One that is alone stays as it is: most small bodies are a single view.
    if (view.length < SMALL && this.#queue.length > 0 && this.#supply.separate !== true)
      this.#pushSmall(view);
    else this.#queue.push(view);
    this.#queued += view.length;
    return this.#queued < QUEUE_LIMIT;
  }

  /** @internal The body is complete. */
  end(trailers: ReceivedTrailers | undefined): void {
    this.#ended = true;
    this.#trailers = trailers;
    this.#trailersWaiting?.resolve(trailers ?? noTrailers());
    this.#settle({ done: true, value: undefined });
  }

  /** @internal The body will not be complete. */
  fail(error: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = { error };
    this.#blame(error);
    this.#trailersWaiting?.reject(error);
    const failed = Promise.reject(error);
    failed.catch(() => {});
    this.#settle(failed);
  }

  /** @internal What reading this body has thrown because of the peer. */
  get blamed(): unknown {
    return this.#blamed;
  }

  /** @internal Whether an error comes from reading this body, and so from the peer. */
  blames(error: unknown): boolean {
    return error !== undefined && error === this.#blamed;
  }

  /** @internal Whether somebody is waiting for octets that have not arrived. */
  get hungry(): boolean {
    const trailersAlone = this.#trailersWaiting !== undefined && !this.#used && !this.#ended;
    return this.#waiting.length > 0 || trailersAlone;
  }

  #leave(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#settle({ done: true, value: undefined });
    this.#empty();
    if (!this.#ended && this.#failure === undefined) this.#supply.givenUp();
  }

  #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#queue.shift();
    if (value !== undefined) {
      const wasFull = this.#queued >= QUEUE_LIMIT;
      this.#queued -= value.length;
      if (wasFull && this.#queued < QUEUE_LIMIT) this.#supply.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined && !this.#cancelled) return Promise.reject(this.#failure.error);
    if (this.#ended || this.#cancelled) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Small views are gathered in one, so that a body that trickles in costs what its octets do. */
  #pushSmall(view: Uint8Array): void {
    if (this.#small === undefined || this.#smallEnd + view.length > this.#small.length) {
      this.#small = room(GATHERED);
      this.#smallEnd = 0;
    }
    const last = this.#queue.at(-1);
    const follows =
      last?.buffer === this.#small.buffer &&
      last.byteOffset + last.length === this.#small.byteOffset + this.#smallEnd;
    const start = follows ? this.#smallEnd - last.length : this.#smallEnd;
    this.#small.set(view, this.#smallEnd);
    this.#smallEnd += view.length;
    if (follows) this.#queue.pop();
    this.#queue.push(this.#small.subarray(start, this.#smallEnd));
  }

  #settle(result: IteratorResult<Uint8Array, undefined> | Promise<never>): void {
    for (const resolve of this.#waiting.splice(0)) resolve(result);
  }

  #blame<Failure>(error: Failure): Failure {
    this.#blamed ??= error;
    return error;
  }

  #empty(): void {
    this.#queue.length = 0;
    const wasFull = this.#queued >= QUEUE_LIMIT;
    this.#queued = 0;
    if (wasFull) this.#supply.resume();
  }
}
