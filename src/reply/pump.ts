import type { ContentCoding } from "../content/codings.ts";
import { Encoder, encodeWhole } from "../content/encoder.ts";
import { copyOf, utf8 } from "../content/octets.ts";
import { UsageError } from "../errors.ts";
import { shown } from "../options.ts";
import { Fields } from "../semantics/fields.ts";
import { type Body, type BodySource, bodySize, discardSource, openSource, type PieceReader } from "./body.ts";
import { CodingStage } from "./coding-stage.ts";
import { ReplyDigests } from "./digests.ts";
import { ObservingStage } from "./observing-stage.ts";
import { asPiece, type BodyPiece, isThenable } from "./piece.ts";
import type { Reply } from "./reply.ts";
import { declaredTrailers, ReplyTrailers } from "./reply-trailers.ts";
import type { RequestView } from "./resource.ts";
import type { Sink } from "./sink.ts";
import type { BodySink } from "./stage.ts";
import { StreamWriter } from "./stream-writer.ts";
import { termsFor } from "./terms.ts";

/** Bodies that are known and smaller than this are coded at once, so that their size is known, too. */
const CODED_AT_ONCE = 64 * 1024;

const NO_NAMES: readonly string[] = [];

/** What is done to a body on its way, and what is sent behind it. */
interface Delivery {
  readonly coding: ContentCoding | undefined;
  /** Octets that the reply says its body has, where a coding keeps that from the reader. */
  readonly announced: number | undefined;
  /** The names of the trailers that a writer may set. */
  readonly declared: readonly string[];
  readonly trailers: ReplyTrailers | undefined;
}

/**
 * Drives a reply into a sink: the only place that pulls a source.
 *
 * It waits while the sink is full, stops the source when the reader leaves, and ends in exactly one of two ways: `end` after the
 * source has finished, `fail` after anything has thrown. It never throws and never rejects.
 * @param offered the content codings that the server allows, in its order of preference
 */
export function pump(
  reply: Reply,
  request: RequestView,
  sink: Sink,
  offered: readonly ContentCoding[],
): void | Promise<void> {
  let body: Body = null;
  try {
    ({ body } = reply);
    // The text "200" reads like the number wherever it is shown, and is refused as a status.
    if (typeof reply.status !== "number")
      throw new UsageError("ERR_SLUICE_INVALID_START_LINE", {
        found: `status: ${shown(reply.status)}`,
        wanted: "a number",
      });
    const declared = declaredTrailers(reply);
    const terms = termsFor(reply, request, offered);
    if (terms.body !== body) {
      if (isSource(body)) discardSource(body);
      ({ body } = terms);
    }
    let { headers, coding } = terms;
    const { announced } = terms;
    if (coding !== undefined && isWhole(body) && body.length < CODED_AT_ONCE) {
      const size = bodySize(body);
      if (announced !== undefined && size !== announced)
        throw new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${size} bytes of ${announced}` });
      body = encodeWhole(coding, typeof body === "string" ? utf8(body) : body);
      coding = undefined;
    }

    let digests = ReplyDigests.for(reply, terms.status, request);
    if (digests !== undefined && coding === undefined && isWhole(body)) {
      digests.update(body);
      const fields = Fields.from(headers);
      for (const [name, value] of digests.values()) fields.set(name, value);
      headers = fields;
      digests = undefined;
    }
    const trailers = ReplyTrailers.for(reply, digests, sink);
    if (trailers?.algorithm !== undefined)
      headers = Fields.from(headers).set("Has-Digest", trailers.algorithm);

    const size = coding === undefined ? bodySize(body) : undefined;
    if (!sink.head({ status: terms.status, headers, size, trailers: trailers?.names ?? NO_NAMES })) {
      if (isSource(body)) discardSource(body);
      sink.end(undefined);
      return undefined;
    }
    if (isSource(body)) return drive(body, { coding, announced, declared, trailers }, sink);
    if (coding !== undefined) return drive([body!], { coding, announced, declared, trailers }, sink);
    if (body !== null && body.length > 0) sink.write(body);
    if (trailers !== undefined) return finish(trailers, undefined, sink);
    sink.end(undefined);
  } catch (error) {
    if (isSource(body)) discardSource(body);
    sink.fail(error);
  }
  return undefined;
}

async function drive(body: BodySource, delivery: Delivery, sink: Sink): Promise<void> {
  const { coding, trailers } = delivery;
  let reader: PieceReader | undefined;
  let writer: StreamWriter | undefined;
  let coder: CodingStage | undefined;
  let stopped = false;
  const stop = (reason: unknown): void => {
    if (stopped) return;
    stopped = true;
    reader?.stop(reason);
    writer?.leave(reason);
  };
  sink.onleave = (reason) => {
    stop(reason);
    coder?.abandon(reason);
  };
  let target: BodySink = sink;
  try {
    if (trailers?.observes === true) target = new ObservingStage(target, trailers);
    if (coding !== undefined)
      target = coder = new CodingStage(target, new Encoder(coding), delivery.announced);
    if (typeof body === "function") {
      writer = new StreamWriter(target, delivery.declared);
      const result: unknown = body(writer);
      const source = isThenable(result) ? await result : result;
      // The reader has left meanwhile: what comes too late is not begun.
      if (stopped) {
        discardSource(source);
        return;
      }
      // A text is a whole body, and not an iterable of characters.
      if (typeof source === "string") target.write(source);
      else if (source !== undefined) reader = openSource(source);
    } else {
      reader = openSource(body);
    }
    if (reader !== undefined) {
      if ("onreport" in reader) reader.onreport = (error) => sink.report(error);
      for (;;) {
        const next = reader.next();
        const { done, value } = isThenable(next) ? await next : next;
        if (done === true) break;
        const piece = asPiece(value);
        const lent = reader.lent === true;
        const kept = lent && target.keepsPieces === true && typeof piece !== "string";
        const room = target.write(kept ? copyOf(piece) : piece);
        if (lent && !kept) await target.drained();
        else if (!room) await target.ready();
      }
    }
    // The writer has failed by its own word, or its reader has left: there is nothing to end.
    if (writer?.ended) return;
    writer?.close();
    if (coder !== undefined) await coder.finish();
    if (trailers === undefined) sink.end(undefined);
    else await finish(trailers, writer, sink);
  } catch (error) {
    // What the writer was failed with has been reported; it throws the same at whoever goes on writing.
    const reported = writer?.ended === true && writer.failure === error;
    stop(error);
    if (!reported) target.fail(error);
  }
}

/** Ends a body that is complete, with its trailers where the reader gets any. Never rejects. */
async function finish(trailers: ReplyTrailers, writer: StreamWriter | undefined, sink: Sink): Promise<void> {
  try {
    const values = await trailers.values(writer);
    sink.end(trailers.names.length > 0 ? values : undefined);
  } catch (error) {
    sink.fail(error);
  }
}

function isSource(body: Body): body is BodySource {
  return body !== null && !isWhole(body);
}

function isWhole(body: Body): body is BodyPiece {
  return typeof body === "string" || body instanceof Uint8Array;
}
