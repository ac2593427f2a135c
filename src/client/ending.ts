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
      /** Something is not what it says: framing, coding, digest, or a limit. */
      readonly outcome: "corrupt";
      readonly layer: Layer | undefined;
      readonly error: ProtocolError;
    }
  | {
      /**
       * This side ended it: the reader left, a signal was aborted, a deadline passed, the client was closed, or the body of the request
       * could not be had, whose error this is then.
       */
      readonly outcome: "aborted";
      readonly by: "reader" | "signal" | "timeout" | "client" | "request";
      readonly error: unknown;
    };

export const COMPLETE: Ending = { outcome: "complete" };

/** The ending that an error stands for. */
export function endingOf(error: unknown): Ending {
  if (error instanceof TruncatedError) {
    const { layer, offset } = error;
    return { outcome: "truncated", layer, offset, error };
  }
  if (error instanceof ProtocolError) return { outcome: "corrupt", layer: layerOf(error), error };
  return { outcome: "aborted", by: whoseWill(error), error };
}

/** What is refused although its framing is right. */
const OF_CONTENT: ReadonlySet<string> = new Set([
  "ERR_SLUICE_BODY_TOO_LARGE",
  "ERR_SLUICE_BODY_JSON",
  "ERR_SLUICE_CONTENT_CODING",
  "ERR_SLUICE_DECODED_TOO_LARGE",
] satisfies ErrorCode[]);

function layerOf(error: ProtocolError): Layer | undefined {
  if (error instanceof CorruptError) return error.layer;
  if (OF_CONTENT.has(error.code)) return undefined;
  if (error.code === "ERR_SLUICE_HTTP2" || error.code === "ERR_SLUICE_HTTP2_OVERHEAD") return "http2";
  return error.code === "ERR_SLUICE_DIGEST" || error.code === "ERR_SLUICE_DIGEST_MISSING"
    ? "digest"
    : "chunked";
}

const WILLS: { readonly [code in ErrorCode]?: "reader" | "signal" | "timeout" | "client" } = {
  ERR_SLUICE_READER_LEFT: "reader",
  ERR_SLUICE_ABORTED: "signal",
  ERR_SLUICE_CLIENT_CLOSED: "client",
  ERR_SLUICE_BODY_TIMEOUT: "timeout",
  ERR_SLUICE_WRITE_TIMEOUT: "timeout",
};

/** What is nobody's fault but this side's own comes from the body of the request. */
function whoseWill(error: unknown): "reader" | "signal" | "timeout" | "client" | "request" {
  return (error instanceof EndedError ? WILLS[error.code] : undefined) ?? "request";
}
