import { CorruptError, EndedError, type Layer, ProtocolError, TruncatedError } from "../errors.ts";

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
  const layer =
    error instanceof CorruptError ? error.layer : error instanceof ProtocolError ? "chunked" : undefined;
  return { outcome: "corrupt", layer, error };
}

function whoseWill({ code }: EndedError): "reader" | "signal" | "timeout" | "client" {
  if (code === "ERR_SLUICE_ABORTED") return "signal";
  if (code === "ERR_SLUICE_CLIENT_CLOSED") return "client";
  return code === "ERR_SLUICE_READER_LEFT" ? "reader" : "timeout";
}
