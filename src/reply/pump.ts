import { UsageError } from "../errors.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { isTrailer } from "../semantics/trailers.ts";
import { type Body, type BodySource, bodySize, openSource, type PieceReader } from "./body.ts";
import { asPiece, isThenable } from "./piece.ts";
import type { Reply, ReplyTrailers } from "./reply.ts";
import type { Sink } from "./sink.ts";
import { StreamWriter } from "./stream-writer.ts";

const NO_NAMES: readonly string[] = [];

/**
 * Drives a reply into a sink: the only place that pulls a source.
 *
 * It waits while the sink is full, stops the source when the reader leaves, and ends in exactly one of two ways: `end` after the
 * source has finished, `fail` after anything has thrown. It never throws and never rejects.
 */
export function pump(reply: Reply, sink: Sink): void | Promise<void> {
  let body: Body = null;
  try {
    const { status, headers, trailers, trailersAlways = false } = reply;
    ({ body } = reply);
    const names = trailerNames(trailers);
    if (!sink.head({ status, headers, size: bodySize(body), trailers: names, trailersAlways })) {
      discard(body);
      sink.end(undefined);
      return undefined;
    }
    if (isSource(body)) return drive(body, trailers, names, sink);
    if (body !== null && body.length > 0) sink.write(body);
    if (trailers !== undefined) return finish(trailers, undefined, sink);
    sink.end(undefined);
  } catch (error) {
    discard(body);
    sink.fail(error);
  }
  return undefined;
}

async function drive(
  body: BodySource,
  trailers: ReplyTrailers | undefined,
  names: readonly string[],
  sink: Sink,
): Promise<void> {
  let reader: PieceReader | undefined;
  let writer: StreamWriter | undefined;
  let stopped = false;
  const stop = (reason: unknown): void => {
    if (stopped) return;
    stopped = true;
    reader?.stop(reason);
    writer?.leave(reason);
  };
  sink.onleave = stop;
  try {
    if (typeof body === "function") {
      writer = new StreamWriter(sink, names);
      const result: unknown = body(writer);
      const source = isThenable(result) ? await result : result;
      // A text is a whole body, and not an iterable of characters.
      if (typeof source === "string") sink.write(source);
      else if (source !== undefined) reader = openSource(source);
    } else {
      reader = openSource(body);
    }
    if (reader !== undefined) {
      for (;;) {
        const next = reader.next();
        const { done, value } = isThenable(next) ? await next : next;
        if (done === true) break;
        if (!sink.write(asPiece(value))) await sink.ready();
      }
    }
    // The writer has failed by its own word, or its reader has left: there is nothing to end.
    if (writer?.ended) return;
    writer?.close();
    if (trailers === undefined) sink.end(undefined);
    else await finish(trailers, writer, sink);
  } catch (error) {
    // What the writer was failed with has been reported; it throws the same at whoever goes on writing.
    const reported = writer?.ended === true && writer.failure === error;
    stop(error);
    if (!reported) sink.fail(error);
  }
}

/** Ends a body that is complete, with its trailers. Never rejects. */
async function finish(trailers: ReplyTrailers, writer: StreamWriter | undefined, sink: Sink): Promise<void> {
  try {
    sink.end(await trailerValues(trailers, writer));
  } catch (error) {
    sink.fail(error);
  }
}

/** @throws UsageError `ERR_SLUICE_FORBIDDEN_TRAILER`, whether this reader would get them or not */
function trailerNames(trailers: ReplyTrailers | undefined): readonly string[] {
  if (trailers === undefined) return NO_NAMES;
  const names = isList(trailers) ? trailers : Object.keys(trailers);
  const forbidden = names.find((name) => !isTrailer(name.toLowerCase()));
  if (forbidden !== undefined) throw new UsageError("ERR_SLUICE_FORBIDDEN_TRAILER", { found: forbidden });
  return names;
}

/** The values of the trailers: those given or computed now, and those that the writer has set, which win. */
async function trailerValues(trailers: ReplyTrailers, writer: StreamWriter | undefined): Promise<FieldsInit> {
  const values = new Fields();
  if (!isList(trailers)) {
    for (const [name, value] of Object.entries(trailers)) {
      values.set(name, typeof value === "function" ? await value() : value);
    }
  }
  for (const [name, value] of writer?.trailers ?? []) values.set(name, value);
  return values;
}

/** Lets go of a body that nobody will read. A function is not called, an iterable is not begun, a stream is cancelled. */
function discard(body: Body): void {
  if (!isSource(body) || typeof body === "function") return;
  try {
    openSource(body).stop(undefined);
  } catch {
    // What is no source, or is being read by somebody else, has nothing to let go of.
  }
}

function isSource(body: Body): body is BodySource {
  return body !== null && typeof body !== "string" && !(body instanceof Uint8Array);
}

function isList(trailers: ReplyTrailers): trailers is readonly string[] {
  return Array.isArray(trailers);
}
