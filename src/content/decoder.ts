import { builtin } from "../builtins.ts";
import { CorruptError, ProtocolError, SluiceError, TruncatedError } from "../errors.ts";
import { codecOf, type ContentCoding, codingNamed } from "./codings.ts";
import { listElements } from "../semantics/lists.ts";
import { ZstdFrames } from "./zstd-frames.ts";

const events = builtin("node:events");

/** What a decoded body may grow to. */
export interface DecodingLimits {
  /** Octets of the decoded body. Default Infinity: a stream has no size that is too large. Over it: 413. */
  readonly bytes?: number | undefined;
  /**
   * Times the coded octets as they arrive, once the decoded ones are over 1 MiB. Default 100, where text is at 5 to 20. Two codings
   * share it: neither may grow to more. Over it: 413.
   */
  readonly ratio?: number | undefined;
}

/** One coding is what everybody sends; each further one multiplies what few octets can grow to. */
const MOST_CODINGS = 2;
const DEFAULT_RATIO = 100;
const FREE_OF_RATIO = 1024 * 1024;
const ONE_MORE = Uint8Array.of(0xff);

/**
 * The codings of a body, in the order in which they are undone.
 * @param contentEncoding the value of Content-Encoding (RFC 9110 section 8.4)
 * @throws ProtocolError `ERR_SLUICE_CONTENT_CODING`, which is answered with 415
 */
export function codingsOf(contentEncoding: string | undefined): readonly ContentCoding[] {
  const names = listElements((contentEncoding ?? "").toLowerCase()).filter(
    (name) => name !== "" && name !== "identity",
  );
  const codings = names.map((name) => {
    const coding = codingNamed(name);
    if (coding === undefined) throw new ProtocolError("ERR_SLUICE_CONTENT_CODING", { found: name });
    return coding;
  });
  if (codings.length > MOST_CODINGS)
    throw new ProtocolError("ERR_SLUICE_CONTENT_CODING", { found: contentEncoding ?? "" });
  return codings.toReversed();
}

/**
 * Undoes content codings. What ends before a coding does, goes on behind its end, or grows over a limit, is an error: there is no quiet
 * end.
 * @param codings in the order in which they are undone; without any the source is as it is, up to the limit of octets
 * @throws ProtocolError `ERR_SLUICE_CODED_TRUNCATED`, `ERR_SLUICE_CODED_CORRUPT`, `ERR_SLUICE_DECODED_TOO_LARGE`, and what the source
 * throws, all while iterating
 */
export function decode(
  source: AsyncIterable<Uint8Array>,
  codings: readonly ContentCoding[],
  { bytes = Infinity, ratio = DEFAULT_RATIO }: DecodingLimits = {},
): AsyncIterable<Uint8Array> {
  if (codings.length === 0) return bounded(source, bytes);
  // What has arrived pays for all that comes of it. With an allowance for each coding, two would multiply.
  let arrived = 0;
  return codings.reduce((coded, coding, index) => {
    // What is coded in itself is mostly smaller than what it decodes to, but for many empty blocks.
    const most = index === codings.length - 1 ? bytes : 2 * bytes + FREE_OF_RATIO;
    return undo(coded, coding, (taken) => {
      if (index === 0) arrived = taken;
      return Math.min(most, Math.max(FREE_OF_RATIO, arrived * ratio));
    });
  }, source);
}

/** Undoes one content coding. @param allowance how many octets may come out, by how many have gone in */
async function* undo(
  source: AsyncIterable<Uint8Array>,
  coding: ContentCoding,
  allowance: (taken: number) => number,
): AsyncGenerator<Uint8Array, undefined> {
  // The source first: where it can't be read, there is no engine to be closed.
  const pieces = source[Symbol.asyncIterator]();
  const codec = codecOf(coding);
  const engine = codec.decoder();
  const frames = coding === "zstd" ? new ZstdFrames() : undefined;
  const stopped = new AbortController();
  let fed = 0;
  // Whether there were octets behind a frame that begin none, and were kept from the engine.
  let strayed = false;
  let left = false;
  let failure: { readonly error: unknown } | undefined;

  const feed = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done === true || left) break;
        fed += value.length;
        let at = 0;
        // Behind its end the engine takes no more; the source is read to its own end all the same.
        while (at < value.length && !stopped.signal.aborted && !strayed) {
          // Frame by frame: some versions of node take no octet behind the end of one that comes in the same write.
          const end = frames?.take(value, at) ?? value.length;
          strayed = end === at;
          if (!strayed && !engine.write(value.subarray(at, end)))
            await events!.once(engine, "drain", { signal: stopped.signal }).catch(() => {});
          at = end;
        }
        if (left) break;
      }
      // An engine that has come to the end of the coding takes no octet more.
      if (!left) engine.end(codec.trusting === true ? ONE_MORE : undefined);
    } catch (error) {
      failure = { error };
      // What has arrived is still decoded and passed on, and then the failure is thrown.
      engine.flush(() => engine.push(null));
    }
  };
  // Ending it without an end is an error to an engine, and to nobody else.
  engine.on("error", () => {});
  engine.once("end", () => stopped.abort());
  engine.once("close", () => stopped.abort());
  const feeding = feed();

  let decoded = 0;
  let whole = false;
  try {
    for await (const piece of engine as AsyncIterable<Uint8Array>) {
      decoded += piece.length;
      const allowed = allowance(engine.bytesWritten);
      if (decoded > allowed) throw tooLarge(allowed);
      yield piece;
    }
    await feeding;
    whole = true;
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    throw strayed && isTruncation(error)
      ? behindTheEnd(coding, engine.bytesWritten)
      : asOurs(error, coding, fed);
  } finally {
    stopped.abort();
    engine.destroy();
    left = !whole;
    // What the source says to being left is nobody's business any more.
    if (left) pieces.return?.().catch(() => {});
  }
  if (failure !== undefined) throw failure.error;
  if (strayed || engine.bytesWritten < fed) throw behindTheEnd(coding, engine.bytesWritten);
  if (frames?.whole === false || engine.bytesWritten > fed)
    throw new TruncatedError("ERR_SLUICE_CODED_TRUNCATED", coding, { offset: fed });
  return undefined;
}

async function* bounded(
  source: AsyncIterable<Uint8Array>,
  most: number,
): AsyncGenerator<Uint8Array, undefined> {
  let octets = 0;
  for await (const piece of source) {
    octets += piece.length;
    if (octets > most) throw tooLarge(most);
    yield piece;
  }
  return undefined;
}

function tooLarge(allowed: number): ProtocolError {
  return new ProtocolError("ERR_SLUICE_DECODED_TOO_LARGE", { offset: allowed });
}

function behindTheEnd(coding: ContentCoding, offset: number): CorruptError {
  return new CorruptError("ERR_SLUICE_CODED_CORRUPT", coding, {
    found: "octets behind the end of the coding",
    offset,
  });
}

function isTruncation(error: unknown): boolean {
  return (error as { code?: unknown }).code === "Z_BUF_ERROR";
}

function asOurs(cause: unknown, coding: ContentCoding, offset: number): unknown {
  if (cause instanceof SluiceError) return cause;
  return isTruncation(cause)
    ? new TruncatedError("ERR_SLUICE_CODED_TRUNCATED", coding, { offset, cause })
    : new CorruptError("ERR_SLUICE_CODED_CORRUPT", coding, { offset, cause });
}
