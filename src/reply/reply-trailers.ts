import { UsageError } from "../errors.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { isTrailer } from "../semantics/trailers.ts";
import type { ReplyDigests } from "./digests.ts";
import type { Reply } from "./reply.ts";
import type { StreamWriter } from "./stream-writer.ts";

const NO_NAMES: readonly string[] = [];

/**
 * The names of the trailers that a reply declares.
 * @throws UsageError `ERR_SLUICE_FORBIDDEN_TRAILER`, whether this reader would get them or not
 */
export function declaredTrailers({ trailers }: Reply): readonly string[] {
  if (trailers === undefined) return NO_NAMES;
  const names = isList(trailers) ? trailers : Object.keys(trailers);
  const forbidden = names.find((name) => !isTrailer(name.toLowerCase()));
  if (forbidden !== undefined) throw new UsageError("ERR_SLUICE_FORBIDDEN_TRAILER", { found: forbidden });
  return names;
}

/** The values of the trailers: those given or computed now, and those that the writer has set, which win. */
export async function trailerValues(
  { trailers }: Reply,
  writer: StreamWriter | undefined,
  digests: ReplyDigests | undefined,
  timing: Timing | undefined,
): Promise<FieldsInit | undefined> {
  if (trailers === undefined && digests === undefined && timing === undefined) return undefined;
  const values = new Fields();
  if (trailers !== undefined && !isList(trailers)) {
    for (const [name, value] of Object.entries(trailers)) {
      values.set(name, typeof value === "function" ? await value() : value);
    }
  }
  for (const [name, value] of writer?.trailers ?? []) values.set(name, value);
  for (const [name, value] of digests?.values() ?? []) values.set(name, value);
  if (timing !== undefined) values.set("Server-Timing", timing.value());
  return values;
}

/** What Server-Timing says of a reply. */
export class Timing {
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
