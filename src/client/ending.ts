import {
  CorruptError,
  EndedError,
  type ErrorCode,
  type Layer,
  ProtocolError,
  TruncatedError,
} from "../errors.ts";

/**
 * How a response ended, for whoever read it: all of it arrived and was what it said it is, or which of three other things happened.
 * Whoever read the body has got the same error, but where they left it themselves.
 */
export type Ending =
  | { readonly outcome: "complete" }
  | {
      /** Something ended before it was complete. */
      readonly outcome: "truncated";
      readonly layer: Layer;
      /** After how many octets of that layer, where it is known. */
      readonly offset: number | undefined;
      readonly error: TruncatedError;
    }
  | {
      /** Something is not what it says: framing, coding, digest, or a limit. The error may be one of this side's own. */
      readonly outcome: "corrupt";
      readonly layer: Layer | undefined;
      readonly error: unknown;
    }
  | {
      /** This side didn't want the rest: the reader left, a signal was aborted, a deadline passed, the client was closed. */
      readonly outcome: "aborted";
      readonly by: "reader" | "signal" | "timeout" | "client";
      readonly error: EndedError;
    };

export const COMPLETE: Ending = { outcome: "complete" };

/** The ending that an error stands for. */
export function endingOf(error: unknown): Ending {
  if (error instanceof TruncatedError) {
    const { layer, offset } = error;
    return { outcome: "truncated", layer, offset, error };
  }
  if (error instanceof EndedError) return { outcome: "aborted", by: whoseWill(error), error };
  return { outcome: "corrupt", layer: layerOf(error), error };
}

/** What is refused although its framing is right. */
const OF_CONTENT: ReadonlySet<string> = new Set([
  "ERR_SLUICE_BODY_TOO_LARGE",
  "ERR_SLUICE_BODY_JSON",
  "ERR_SLUICE_CONTENT_CODING",
  "ERR_SLUICE_DECODED_TOO_LARGE",
] satisfies ErrorCode[]);

function layerOf(error: unknown): Layer | undefined {
  if (error instanceof CorruptError) return error.layer;
  if (!(error instanceof ProtocolError) || OF_CONTENT.has(error.code)) return undefined;
  return error.code === "ERR_SLUICE_DIGEST" || error.code === "ERR_SLUICE_DIGEST_MISSING"
    ? "digest"
    : "chunked";
}

function whoseWill({ code }: EndedError): "reader" | "signal" | "timeout" | "client" {
  if (code === "ERR_SLUICE_ABORTED") return "signal";
  if (code === "ERR_SLUICE_CLIENT_CLOSED") return "client";
  return code === "ERR_SLUICE_READER_LEFT" ? "reader" : "timeout";
}
