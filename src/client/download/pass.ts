import { AbortedError, CorruptError, ProtocolError, SluiceError, StatusError } from "../../errors.ts";
import { type Deferred, deferred } from "../../deferred.ts";
import { isTransient } from "../retrying/transient.ts";
import type { Known } from "./answer.ts";
import type { Identity } from "./identity.ts";
import { Plan, type Segment } from "./plan.ts";
import {
  type FetchedVersion,
  type FetchHost,
  type FetchResult,
  type Opened,
  SegmentFetch,
} from "./segment-fetch.ts";

/** Why everything has to begin again, and how. */
export interface Again {
  readonly reason: string;
  /** Whether ranges are asked for. */
  readonly ranged: boolean;
  /** Whether it is because the representation is another one now. */
  readonly changed: boolean;
  /** A response that has the whole. */
  readonly opened?: Opened | undefined;
}

/** What a pass asks of its download. */
export interface PassHost extends FetchHost {
  /** Connections at a time. */
  readonly connections: number;
  /** Something that people may want to know. */
  note(text: string): void;
}

/**
 * Fetches one version of a representation, over one connection or several, until all of it is written. Where octets turn out not to
 * belong together it ends, and another one begins. How many connections there are, and what the end of each means for the others, is
 * said here alone.
 */
export class Pass implements FetchedVersion {
  readonly plan: Plan;
  /** Whether parts are asked for. */
  readonly ranged: boolean;
  /** The most connections that were in use at once. */
  connections = 0;
  readonly #host: PassHost;
  readonly #outcome: Deferred<Again | undefined> = deferred();
  readonly #serving = new Set<Promise<void>>();
  readonly #fetches = new Set<SegmentFetch>();
  #identity: Identity | undefined;
  #opened: Opened | undefined;
  #limit: number;
  // When a response has first shown that what is known still holds.
  #confirmedAt: number | undefined;
  #over = false;

  /**
   * @param plan what is there already
   * @param identity what that belongs to; undefined where nothing is there
   * @param again how to begin, after another pass
   */
  constructor(host: PassHost, plan: Plan, identity: Identity | undefined, again?: Again) {
    this.#host = host;
    this.plan = plan;
    this.#identity = identity;
    this.ranged = again?.ranged ?? true;
    this.#opened = again?.opened;
    this.#limit = host.connections;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Whether what is written can be completed later. */
  get resumable(): boolean {
    return this.ranged && this.#identity?.validator !== undefined;
  }

  /** What every response has to belong to; undefined where nothing would prove that it does, or nothing is there. */
  get known(): Known | undefined {
    const { validator, coding = "" } = this.#identity ?? {};
    return this.ranged && validator !== undefined ? { validator, coding, size: this.plan.size } : undefined;
  }

  /** The first response has said what it is. */
  identify(identity: Identity): void {
    this.#identity = identity;
  }

  /** A response has shown that what is known still holds. */
  confirm(): void {
    this.#confirmedAt ??= performance.now();
  }

  /** Resolves once all is written, with undefined, or once everything has to begin again. Nothing is under way any more then. */
  async run(): Promise<Again | undefined> {
    this.schedule();
    try {
      return await this.#outcome.promise;
    } finally {
      await Promise.all(this.#serving);
    }
  }

  /** Ends it. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#outcome.reject(error);
    this.#stop();
  }

  /** Puts connections to work, as many as there may be, where there is work. */
  schedule(): void {
    if (this.#over) return;
    if (this.plan.complete) {
      this.#outcome.resolve(undefined);
      this.#stop();
      return;
    }
    const now = performance.now();
    for (let segment = this.#next(now); segment !== undefined; segment = this.#next(now)) {
      this.connections = Math.max(this.connections, this.plan.active.size);
      const serving = this.#serve(segment).finally(() => {
        this.#serving.delete(serving);
        this.schedule();
      });
      this.#serving.add(serving);
    }
  }

  #next(now: number): Segment | undefined {
    const { tuning, tries } = this.#host;
    const { active } = this.plan;
    if (now < tries.notBefore) return undefined;
    if (active.size === 0) return this.plan.take(now);
    const shared = this.resumable && this.#identity!.ranged;
    if (!shared || this.#confirmedAt === undefined || active.size >= this.#limit) return undefined;
    const left = this.plan.take(now);
    if (left !== undefined || now - this.#confirmedAt < tuning.settle) return left;
    return this.plan.share(tuning.segment, tuning.worthwhile / 1000, now);
  }

  /** Never rejects. */
  async #serve(segment: Segment): Promise<void> {
    const fetch = new SegmentFetch(this.#host, this, segment, this.#opened);
    this.#opened = undefined;
    this.#fetches.add(fetch);
    const result = await fetch.run();
    this.#fetches.delete(fetch);
    // A response that is handed on would never be ended.
    if (this.#over) fetch.abort();
    else this.#settle(segment, result);
    this.plan.release(segment);
  }

  /** What the end of one request means for all. */
  #settle(segment: Segment, result: FetchResult): void {
    switch (result.kind) {
      case "served":
        return;
      case "again":
        this.#again(result.reason, result);
        return;
      case "ignored":
        this.#ignored(segment, result.opened);
        return;
      case "unusable":
        this.#unusable(segment, result.error);
        return;
      case "failed":
        this.#failed(segment, result.error);
    }
  }

  /** The whole in place of a part. */
  #ignored(segment: Segment, opened: Opened): void {
    if (this.#fewer(segment, "the server has sent everything in place of a part")) opened.abort.abort();
    else if (this.#host.tries.failed())
      this.#again("the server does not send parts any more", { ranged: false, opened });
    else {
      opened.abort.abort();
      this.fail(new ProtocolError("ERR_SLUICE_CONTENT_RANGE", { found: "200 in place of a part" }));
    }
  }

  /** A range that is none: the others do without this connection, or everything begins again without ranges. */
  #unusable(segment: Segment, error: ProtocolError): void {
    if (this.#fewer(segment, "the server has not sent the part that it was asked for")) return;
    if (this.ranged && this.#host.tries.failed())
      this.#again("the server does not send parts as it should", { ranged: false });
    else this.fail(error);
  }

  #failed(segment: Segment, error: unknown): void {
    const { tries } = this.#host;
    const corrupt = error instanceof CorruptError;
    if (!(corrupt || isTransient(error)) || (!tries.answered && isConnecting(error))) {
      this.fail(error);
      return;
    }
    const wanted = error instanceof StatusError ? error.retryAfter : undefined;
    const brought = segment.position > segment.start && !corrupt;
    // A server that has enough of us says so before the first octet: then the others take the work over.
    if (!brought && this.#fewer(segment, messageOf(error))) {
      if (wanted !== undefined) tries.postpone(wanted);
      return;
    }
    if (brought && this.resumable) tries.again();
    else if (!tries.failed(wanted)) {
      this.fail(error);
      return;
    }
    if (this.#identity !== undefined && !this.resumable)
      this.#again("the response was cut, and nothing proves that another one goes on where it ended");
    else this.#host.note(`trying again: ${messageOf(error)}`);
  }

  /** Goes on with fewer connections, where there are others. */
  #fewer(segment: Segment, reason: string): boolean {
    const others = this.plan.active.size - 1;
    if (others === 0) return false;
    this.#limit = others;
    this.plan.release(segment);
    this.plan.absorb();
    this.#host.note(`going on with ${others} connection${others === 1 ? "" : "s"}: ${reason}`);
    return true;
  }

  #again(
    reason: string,
    { ranged = this.ranged, changed = false, opened }: Partial<Omit<Again, "reason">> = {},
  ): void {
    this.#outcome.resolve({ reason, ranged, changed, opened });
    this.#stop();
  }

  #stop(): void {
    this.#over = true;
    for (const fetch of this.#fetches) fetch.abort();
    this.#opened?.abort.abort();
  }
}

function isConnecting(error: unknown): boolean {
  return error instanceof SluiceError && error.code === "ERR_SLUICE_CONNECT";
}

function messageOf(error: unknown): string {
  if (error instanceof StatusError) return `status ${error.responseStatus}`;
  return error instanceof Error && !(error instanceof AbortedError) ? error.message : "unknown";
}
