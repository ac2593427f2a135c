import { copyOf, utf8Length } from "../content/octets.ts";
import { UsageError } from "../errors.ts";
import { asPiece, type BodyPiece, forget, foundIn, isThenable } from "./piece.ts";
import type { StreamWriter } from "./stream-writer.ts";

/** Pieces as they come. */
export type Pieces = Iterable<BodyPiece> | AsyncIterable<BodyPiece> | ReadableStream<BodyPiece> | Blob;

/** What a function that makes a body returns: nothing where it has written it, or an iterable of pieces. */
type Made = void | Iterable<BodyPiece> | AsyncIterable<BodyPiece>;

/** Pieces as they come, or a function that writes them, or that returns an iterable of them. */
export type BodySource = Pieces | ((out: StreamWriter) => Made | Promise<Made>);

/** What a reply can have as its body. */
export type Body = BodyPiece | BodySource | null;

/** Pieces, pulled one by one. */
export interface PieceReader {
  /** Is told of what goes wrong without ending the body. Set by the pump, where there is such a property. */
  onreport?: ((error: unknown) => void) | undefined;
  /** Whether the piece that was read last is lent: it changes when the next one is asked for, by when it must have left. */
  readonly lent?: boolean;
  next(): IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>>;
  /** Stops the source before its end: a generator's `finally` runs, a stream is cancelled. Called once at most, and never throws. */
  stop(reason: unknown): void;
}

/** A source of this package's own, which says itself how it is read. Whoever doesn't know it can iterate it. */
export abstract class PieceSource implements AsyncIterable<BodyPiece> {
  abstract openPieces(): PieceReader;

  [Symbol.asyncIterator](): AsyncGenerator<BodyPiece> {
    return piecesOf(this.openPieces());
  }
}

/** What a reader reads, to be iterated and kept: what is lent is copied. The reader is stopped where the loop is left early. */
export async function* piecesOf(reader: PieceReader): AsyncGenerator<BodyPiece> {
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.next();
      if (done === true) {
        whole = true;
        return;
      }
      const piece = asPiece(value);
      yield reader.lent === true && typeof piece !== "string" ? copyOf(piece) : piece;
    }
  } finally {
    if (!whole) reader.stop(undefined);
  }
}

/** A Node Readable, as far as it matters here. */
interface NodeReadable extends AsyncIterable<unknown> {
  pipe: unknown;
  readonly readableEnded?: boolean;
  destroy(): unknown;
  on(event: "error", listener: () => void): unknown;
}

/**
 * Checks a body when it is given, long before it is read, and makes sure that a stream that fails meanwhile doesn't end the process: its
 * reader is told.
 * @throws UsageError `ERR_SLUICE_BODY_SOURCE` for what is no body, `ERR_SLUICE_BODY_USED` for a stream that was read
 */
export function checkBody(body: unknown): asserts body is Body {
  if (body === null || typeof body === "string" || typeof body === "function") return;
  if (typeof body === "object") {
    if (body instanceof Uint8Array || isBlob(body)) return;
    if (isWebStream(body)) {
      if (body.locked) throw new UsageError("ERR_SLUICE_BODY_USED", { found: "a stream that is locked" });
      return;
    }
    if (isNodeStream(body)) {
      checkUnread(body);
      body.on("error", () => {});
      return;
    }
    if (Symbol.asyncIterator in body || Symbol.iterator in body) return;
  }
  throw notASource(body);
}

/** How many octets a body has, where that is known without reading it. */
export function bodySize(body: Body): number | undefined {
  if (body === null) return 0;
  if (typeof body === "string") return utf8Length(body);
  if (body instanceof Uint8Array) return body.byteLength;
  return typeof body === "object" && isBlob(body) ? body.size : undefined;
}

// By their methods, since asking for the global classes loads them.
const isBlob = (value: object): value is Blob => "arrayBuffer" in value && "stream" in value;
const isWebStream = (value: object): value is ReadableStream<unknown> => "getReader" in value;
const isNodeStream = (value: object): value is NodeReadable => "pipe" in value && "destroy" in value;

/** Opens a source that is not a function. @throws UsageError `ERR_SLUICE_BODY_SOURCE` */
export function openSource(source: unknown): PieceReader {
  if (typeof source === "object" && source !== null) {
    if (source instanceof PieceSource) return source.openPieces();
    if (isBlob(source)) return readWebStream(source.stream());
    if (isWebStream(source)) return readWebStream(source);
    if (isNodeStream(source)) return readNodeStream(source);
    if (Symbol.asyncIterator in source)
      return readIterator((source as AsyncIterable<unknown>)[Symbol.asyncIterator]());
    if (Symbol.iterator in source) return readIterator((source as Iterable<unknown>)[Symbol.iterator]());
  }
  throw notASource(source);
}

function notASource(source: unknown): UsageError {
  let wanted: string | undefined;
  if (isThenable(source)) wanted = "its result, with await";
  else if (source === undefined) wanted = "null where there is no body";
  else if (typeof source === "object") wanted = "JSON.stringify(…) or json(…)";
  else if (source !== null) wanted = "String(…)";
  return new UsageError("ERR_SLUICE_BODY_SOURCE", { found: foundIn(source), wanted });
}

/** A stream that was read to its end would be a whole body of nothing. */
function checkUnread({ readableEnded }: NodeReadable): void {
  if (readableEnded === true)
    throw new UsageError("ERR_SLUICE_BODY_USED", { found: "a stream that was read to its end" });
}

/** Two replies that share a generator would each get a part of it, and take it for the whole. */
const OPENED = new WeakSet<object>();

function readIterator(iterator: Iterator<unknown> | AsyncIterator<unknown>): PieceReader {
  if (OPENED.has(iterator))
    throw new UsageError("ERR_SLUICE_BODY_USED", { found: "an iterator that another reply has begun" });
  OPENED.add(iterator);
  return { next: () => iterator.next(), stop: () => quietly(() => iterator.return?.()) };
}

/** A reader, and not the stream's own iterator, because cancelling it doesn't wait for the read that is under way. */
function readWebStream(stream: ReadableStream<unknown>): PieceReader {
  const reader = stream.getReader();
  return {
    next: () => reader.read(),
    stop: (reason) => quietly(() => reader.cancel(reason)),
  };
}

/** Stopped by `destroy`, because the iterator's own `return` waits for the read that is under way. */
function readNodeStream(stream: NodeReadable): PieceReader {
  checkUnread(stream);
  // The iterator listens from its first read on; an error before that, or of a stream that is not read, must not end the process.
  stream.on("error", () => {});
  const iterator = stream[Symbol.asyncIterator]();
  let stopped = false;
  return {
    async next() {
      try {
        return await iterator.next();
      } catch (error) {
        // That it was destroyed too early is an error to the iterator, too.
        if (stopped) return { done: true, value: undefined };
        throw error;
      }
    },
    stop() {
      stopped = true;
      quietly(() => stream.destroy());
    },
  };
}

/** Lets go of a source that nobody will read: a function is not called, an iterable is not begun, a stream is cancelled. */
export function discardSource(source: unknown): void {
  if (typeof source === "function") return;
  try {
    openSource(source).stop(undefined);
  } catch {
    // What is no source, or is being read by somebody else, has nothing to let go of.
  }
}

/** The source is no longer wanted, so nobody is left to be told how its clean-up went. */
function quietly(stop: () => unknown): void {
  try {
    forget(stop());
  } catch {}
}
