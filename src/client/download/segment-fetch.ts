import { CorruptError, ProtocolError, TruncatedError } from "../../errors.ts";
import type { Fields } from "../../semantics/fields.ts";
import type { ClientResponse } from "../response.ts";
import { statusErrorOf } from "../retrying/status-error.ts";
import { type Answer, judge, type Known } from "./answer.ts";
import { type Identity, identityOf } from "./identity.ts";
import { PartDigest } from "./part-digest.ts";
import type { Plan, Segment } from "./plan.ts";
import { receive, type WriteOctets } from "./receiving.ts";
import type { Tries } from "./tries.ts";
import type { Tuning } from "./tuning.ts";
import { ifRange } from "./validator.ts";

/** A response whose body nobody has read. */
export interface Opened {
  readonly response: ClientResponse;
  readonly abort: AbortController;
}

/** What a request for a segment has come to; what it has brought of it is written. */
export type FetchResult =
  /** All that it could bring. */
  | { readonly kind: "served" }
  /** Everything has to begin again. */
  | {
      readonly kind: "again";
      readonly reason: string;
      /** Set where no ranges are to be asked for. */
      readonly ranged?: false;
      /** Whether it is because the representation is another one now. */
      readonly changed?: boolean;
      /** The response, where it has the whole. */
      readonly opened?: Opened | undefined;
    }
  /** The same representation, whole in place of a part. */
  | { readonly kind: "ignored"; readonly opened: Opened }
  /** A range that is none: nothing of it is to be used. */
  | { readonly kind: "unusable"; readonly error: ProtocolError }
  | { readonly kind: "failed"; readonly error: unknown };

/** What a fetch asks of its download. */
export interface FetchHost {
  readonly tuning: Tuning;
  readonly tries: Tries;
  /** Whether digests of the server's count. */
  readonly verify: boolean;
  /** Sends a GET. */
  send(fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ClientResponse>;
  /** The representation is known, and nothing of it has been written. */
  begin(identity: Identity, headers: Fields): Promise<void>;
  /** Digests of the whole; false where they are others than before. */
  expect(section: Fields, whole: boolean): boolean;
  readonly write: WriteOctets;
  arrived(octets: number): void;
  revoked(octets: number): void;
}

/** What the fetches of one version share. */
export interface FetchedVersion {
  readonly plan: Plan;
  readonly identity: Identity | undefined;
  /** What every response has to belong to; undefined where nothing would prove that it does, or nothing is there. */
  readonly known: Known | undefined;
  /** Whether parts are asked for. */
  readonly ranged: boolean;
  /** Whether what is written can be completed later. */
  readonly resumable: boolean;
  /** The first response has said what it is. */
  identify(identity: Identity): void;
  /** A response has shown that what is known still holds. */
  confirm(): void;
}

/** One request for a segment, and what its response has of it. What that means for the others is its pass's to say. */
export class SegmentFetch {
  readonly segment: Segment;
  readonly #host: FetchHost;
  readonly #version: FetchedVersion;
  readonly #ready: ClientResponse | undefined;
  readonly #abort: AbortController;

  /** @param opened a response that is there already */
  constructor(host: FetchHost, version: FetchedVersion, segment: Segment, opened: Opened | undefined) {
    this.#host = host;
    this.#version = version;
    this.segment = segment;
    this.#ready = opened?.response;
    this.#abort = opened?.abort ?? new AbortController();
  }

  /** Once. Never rejects. */
  async run(): Promise<FetchResult> {
    const { segment } = this;
    try {
      const response = this.#ready ?? (await this.#host.send(this.#fields(), this.#abort.signal));
      this.#host.tries.answered = true;
      if (this.#abort.signal.aborted) return { kind: "served" };
      const asked = { start: segment.position, end: segment.end, known: this.#version.known };
      return await this.#take(judge(response.status, response.headers, asked), response);
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  /** Ends it. */
  abort(): void {
    this.#abort.abort();
  }

  #fields(): Record<string, string> {
    const { ranged, known } = this.#version;
    if (!ranged) return {};
    const { position, end } = this.segment;
    const range = { Range: `bytes=${position}-${end === Infinity ? "" : end - 1}` };
    return known === undefined ? range : { ...range, "If-Range": ifRange(known.validator) };
  }

  async #take(answer: Answer, response: ClientResponse): Promise<FetchResult> {
    const opened = { response, abort: this.#abort };
    switch (answer.kind) {
      case "part":
      case "whole":
        return (await this.#begin(answer, response)) ?? this.#receive(response, answer.kind === "whole");
      case "ended":
        this.#version.plan.learn(answer.size);
        await response.body.discard();
        return { kind: "served" };
      case "changed": {
        const { reason, whole } = answer;
        if (!whole) this.abort();
        return {
          kind: "again",
          reason: `the file has changed: ${reason}`,
          changed: true,
          opened: whole ? opened : undefined,
        };
      }
      case "ignored":
        return { kind: "ignored", opened };
      case "unusable":
        this.abort();
        return answer;
      case "refused":
        return { kind: "failed", error: await statusErrorOf(response) };
      default:
        return answer satisfies never;
    }
  }

  /** Octets are to come. Returns undefined where they can be used. */
  async #begin(
    answer: Answer & { kind: "part" | "whole" },
    { headers }: ClientResponse,
  ): Promise<FetchResult | undefined> {
    const { kind, size } = answer;
    const version = this.#version;
    if (version.identity === undefined) {
      const identity = identityOf(headers, size, kind === "part");
      if (kind === "part" && size === undefined && identity.validator === undefined) {
        this.abort();
        return { kind: "again", reason: "the server does not say how much there is", ranged: false };
      }
      await this.#host.begin(identity, headers);
      if (this.#abort.signal.aborted) return { kind: "served" };
      version.identify(identity);
    }
    if (!this.#host.expect(headers, kind === "whole")) return this.#otherDigest();
    if (version.plan.size === undefined && size !== undefined) version.plan.learn(size);
    version.confirm();
    this.segment.reach = kind === "part" ? answer.end : (size ?? Infinity);
    return undefined;
  }

  async #receive(response: ClientResponse, whole: boolean): Promise<FetchResult> {
    const { tries, verify, tuning, write } = this.#host;
    const { segment } = this;
    const { plan, resumable } = this.#version;
    const first = segment.position;
    const digest = verify && !whole ? PartDigest.for(response.headers) : undefined;
    segment.receiving = true;
    const arrived = (piece: Uint8Array): void => {
      digest?.update(piece);
      segment.meter.count(piece.length, performance.now());
      this.#host.arrived(piece.length);
      // What has a digest stays only where it is right.
      if (resumable && digest === undefined) tries.progressed();
    };
    const received = await receive(response.body, segment, write, arrived, tuning.batch);
    if (received === "left") return { kind: "served" };
    if (received === "surplus") {
      this.#revoke(first);
      const found = "more octets than the range has";
      return { kind: "unusable", error: new ProtocolError("ERR_SLUICE_CONTENT_RANGE", { found }) };
    }
    if (received === "short")
      throw new TruncatedError("ERR_SLUICE_TRUNCATED", "length", {
        offset: segment.position - first,
        onStream: response.httpVersion === "2.0",
      });
    if (segment.reach === Infinity) plan.learn(segment.position);
    const { fields } = await response.trailers;
    if (digest !== undefined && !digest.holds(fields)) {
      this.#revoke(first);
      const found = `the octets from ${first} on`;
      throw new CorruptError("ERR_SLUICE_DIGEST_MISMATCH", "digest", { found });
    }
    if (resumable) tries.progressed();
    return this.#host.expect(fields, whole) ? { kind: "served" } : this.#otherDigest();
  }

  #otherDigest(): FetchResult {
    this.abort();
    return { kind: "again", reason: "the digest of the file has changed", changed: true };
  }

  /** What this response has given is not to be trusted. */
  #revoke(first: number): void {
    const { position } = this.segment;
    this.#version.plan.revoke(first, position);
    this.#host.revoked(position - first);
  }
}
