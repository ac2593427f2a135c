import { EndedError, ProtocolError, TruncatedError } from "../errors.ts";
import { CODE_NAMES, CODES } from "../http2/codes.ts";

/** What is known of a stream of HTTP/2 that has ended without END_STREAM from the server. */
export interface BrokenStream {
  /** The code of the reset (RFC 9113 section 7). */
  readonly code: number;
  /** What node:http2 has said of it. */
  readonly cause: unknown;
  /** Whether the server has ever said SETTINGS, with which HTTP/2 begins (RFC 9113 section 3.4). */
  readonly isSpoken: boolean;
  /** Whether the connection has ended, and the stream with it. */
  readonly isLost: boolean;
  /** Whether the server has said that it will not begin with the request: in GOAWAY. */
  readonly isRefused: boolean;
  /** What had come before: nothing, interim responses, or the head and some of the body. */
  readonly came: "nothing" | "interim" | "head";
  /** Octets of the body that have come, and how many were announced. */
  readonly octets: number;
  readonly length: number | undefined;
}

/** Codes that say that one end finds the other's frames against the rules. This end says so itself of what comes. */
const AGAINST_THE_RULES: ReadonlySet<number> = new Set([
  CODES.PROTOCOL_ERROR,
  CODES.FLOW_CONTROL_ERROR,
  CODES.FRAME_SIZE_ERROR,
  CODES.COMPRESSION_ERROR,
]);

const FOREIGN = "another protocol, such as HTTP/1.1: it does not begin with SETTINGS";

/** What it means for the request and its response. */
export function brokenStreamError(broken: BrokenStream): EndedError | ProtocolError {
  const { cause, isLost, code, came, octets, length } = broken;
  // What nghttp2, below node:http2, finds wrong with the connection.
  const isBroken = (cause as NodeJS.ErrnoException | undefined)?.code === "ERR_HTTP2_ERROR";
  const isForeign = isBroken && !broken.isSpoken;
  const found = isForeign ? FOREIGN : (CODE_NAMES[code] ?? `code ${code}`);
  const isWrong = isBroken || (!isLost && AGAINST_THE_RULES.has(code));
  if (came === "head") {
    if (length !== undefined && octets < length)
      return new TruncatedError("ERR_SLUICE_TRUNCATED", "length", { offset: octets, cause, onStream: true });
    if (isWrong) return new ProtocolError("ERR_SLUICE_HTTP2", { found, offset: octets, cause });
    return new TruncatedError("ERR_SLUICE_TRUNCATED", "http2", { offset: octets, cause });
  }
  if (broken.isRefused || (!isLost && code === CODES.REFUSED_STREAM))
    return new EndedError("ERR_SLUICE_STREAM_REFUSED", { cause });
  if (isWrong) return new ProtocolError("ERR_SLUICE_HTTP2", { found, cause });
  if (came === "interim")
    return new TruncatedError("ERR_SLUICE_TRUNCATED", "head", { offset: 0, cause, onStream: true });
  return isLost
    ? new EndedError("ERR_SLUICE_CONNECTION_LOST", { cause })
    : new EndedError("ERR_SLUICE_STREAM_RESET", { found, cause });
}
