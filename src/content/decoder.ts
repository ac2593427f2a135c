import { once } from "node:events";
import { ProtocolError, SluiceError } from "../errors.ts";
import { codecOf, type ContentCoding, codingNamed } from "./codings.ts";
import { listElements } from "../semantics/lists.ts";

/** What a decoded body may grow to. */
export interface DecodingLimits {
  /** Octets of the decoded body. Default Infinity: a stream has no size that is too large. Over it: 413. */
  readonly bytes?: number | undefined;
  /** Times the coded octets, once the decoded ones are over 1 MiB. Default 100, where text is at 5 to 20. Over it: 413. */
  readonly ratio?: number | undefined;
}

/** One coding is what everybody sends; each further one multiplies what few octets can grow to. */
const MOST_CODINGS = 2;
const DEFAULT_RATIO = 100;
const FREE_OF_RATIO = 1024 * 1024;

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
 * Undoes one content coding. What ends before the coding does, goes on behind its end, or grows over a limit, is an error: there is no
 * quiet end.
 * @throws ProtocolError `ERR_SLUICE_CODED_TRUNCATED`, `ERR_SLUICE_CODED_CORRUPT`, `ERR_SLUICE_DECODED_TOO_LARGE`, and what the source throws
 */
export async function* decode(
  source: AsyncIterable<Uint8Array>,
  coding: ContentCoding,
  { bytes = Infinity, ratio = DEFAULT_RATIO }: DecodingLimits = {},
): AsyncGenerator<Uint8Array, undefined> {
  const engine = codecOf(coding).decoder();
  const pieces = source[Symbol.asyncIterator]();
  const stopped = new AbortController();
  let fed = 0;
  let left = false;
  let failure: { readonly error: unknown } | undefined;

  const feed = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done === true || left) break;
        fed += value.length;
        // Behind its end the engine takes no more; the source is read to its own end all the same.
        if (!stopped.signal.aborted && !engine.write(value))
          await once(engine, "drain", { signal: stopped.signal }).catch(() => {});
      }
      engine.end();
    } catch (error) {
      failure = { error };
      engine.destroy();
    }
  };
  engine.once("end", () => stopped.abort());
  engine.once("close", () => stopped.abort());
  const feeding = feed();

  let decoded = 0;
  let whole = false;
  try {
    for await (const piece of engine as AsyncIterable<Uint8Array>) {
      decoded += piece.length;
      const allowed = Math.min(bytes, Math.max(FREE_OF_RATIO, engine.bytesWritten * ratio));
      if (decoded > allowed) throw new ProtocolError("ERR_SLUICE_DECODED_TOO_LARGE", { offset: allowed });
      yield piece;
    }
    await feeding;
    whole = true;
  } catch (error) {
    throw failure === undefined ? asOurs(error, fed) : failure.error;
  } finally {
    stopped.abort();
    engine.destroy();
    left = !whole;
    if (left) forget(pieces.return?.());
  }
  if (failure !== undefined) throw failure.error;
  if (engine.bytesWritten < fed) {
    throw new ProtocolError("ERR_SLUICE_CODED_CORRUPT", {
      found: "octets behind the end of the coding",
      offset: engine.bytesWritten,
    });
  }
  return undefined;
}

/** What the source says to being left is nobody's business any more. */
function forget(result: Promise<unknown> | undefined): void {
  result?.catch(() => {});
}

function asOurs(cause: unknown, offset: number): unknown {
  if (cause instanceof SluiceError) return cause;
  const truncated = (cause as { code?: unknown }).code === "Z_BUF_ERROR";
  return new ProtocolError(truncated ? "ERR_SLUICE_CODED_TRUNCATED" : "ERR_SLUICE_CODED_CORRUPT", {
    offset,
    cause,
  });
}
