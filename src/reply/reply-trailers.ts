import type { DigestAlgorithm } from "../semantics/digest-fields.ts";
import { checkField, Fields } from "../semantics/fields.ts";
import { checkTrailer } from "../semantics/trailers.ts";
import type { ReplyDigests } from "./digests.ts";
import type { BodyPiece } from "./piece.ts";
import type { Reply } from "./reply.ts";
import type { Sink } from "./sink.ts";
import type { StreamWriter } from "./stream-writer.ts";

const NO_NAMES: readonly string[] = [];

/**
 * The names of the trailers that a reply declares.
 * @throws UsageError `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_INVALID_FIELD`, whether this reader would get them or not
 */
export function declaredTrailers({ trailers }: Reply): readonly string[] {
  if (trailers === undefined) return NO_NAMES;
  const names = isList(trailers) ? trailers : Object.keys(trailers);
  for (const name of names) checkTrailer(name);
  // What is known already is checked before anything has left.
  if (!isList(trailers)) {
    for (const [name, value] of Object.entries(trailers))
      if (typeof value === "string") checkField(name, value);
  }
  return names;
}

/** What stands behind a body: the trailers that the reply declares, and those that are computed while the body goes by. */
export class ReplyTrailers {
  readonly #reply: Reply;
  readonly #digests: ReplyDigests | undefined;
  readonly #timing: Timing | undefined;
  /** The names to be announced; none where the reader gets no trailers. Those of the application are computed for it all the same. */
  readonly names: readonly string[];

  private constructor(reply: Reply, wanted: boolean, digests: ReplyDigests | undefined) {
    this.#reply = reply;
    this.#digests = wanted ? digests : undefined;
    this.#timing = wanted && reply.timing === true ? new Timing() : undefined;
    const computed = [...(this.#timing === undefined ? [] : ["Server-Timing"]), ...(digests?.names ?? [])];
    this.names = wanted ? [...declaredTrailers(reply), ...computed] : NO_NAMES;
  }

  /**
   * The trailers of a reply; undefined for none.
   * @param digests those that have to wait for the body
   * @param sink is asked whether the reader gets trailers
   */
  static for(reply: Reply, digests: ReplyDigests | undefined, sink: Sink): ReplyTrailers | undefined {
    if (reply.trailers === undefined && digests === undefined && reply.timing !== true) return undefined;
    return new ReplyTrailers(reply, sink.wantsTrailers(reply.trailersAlways === true), digests);
  }

  /** The algorithm of the digest that will follow, to be announced before the body: the reader can compute it while reading. */
  get algorithm(): DigestAlgorithm | undefined {
    return this.#digests?.algorithm;
  }

  /** Whether it has to see the body go by. */
  get observes(): boolean {
    return this.#digests !== undefined || this.#timing !== undefined;
  }

  /** A piece of the body goes by. */
  piece(piece: BodyPiece): void {
    this.#timing?.piece();
    this.#digests?.update(piece);
  }

  /** The values, at the end: those given or computed now, those that the writer has set, which win, and those of what has gone by. */
  async values(writer: StreamWriter | undefined): Promise<Fields> {
    const values = new Fields();
    const { trailers = NO_NAMES } = this.#reply;
    if (!isList(trailers)) {
      for (const [name, value] of Object.entries(trailers)) {
        values.set(name, typeof value === "function" ? await value() : value);
      }
    }
    for (const [name, value] of writer?.trailers ?? []) values.set(name, value);
    for (const [name, value] of this.#digests?.values() ?? []) values.set(name, value);
    if (this.#timing !== undefined) values.set("Server-Timing", this.#timing.value());
    return values;
  }
}

/** What Server-Timing says of a reply. */
class Timing {
  readonly #start = performance.now();
  #first: number | undefined;

  /** A piece has gone by. */
  piece(): void {
    this.#first ??= performance.now();
  }

  /** The field, at the end. */
  value(): string {
    const total = performance.now();
    const metrics = [["first", this.#first ?? total] as const, ["total", total] as const];
    return metrics.map(([name, at]) => `${name};dur=${(at - this.#start).toFixed(1)}`).join(", ");
  }
}

function isList(trailers: NonNullable<Reply["trailers"]>): trailers is readonly string[] {
  return Array.isArray(trailers);
}
