import {
  EndedError,
  type ErrorCode,
  type Layer,
  ProtocolError,
  SluiceError,
  StatusError,
  TruncatedError,
} from "../../errors.ts";
import { reasonPhrase } from "../../http1/head-writer.ts";
import { grouped } from "../../inspect/wording.ts";
import { CommandError } from "../command-error.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../exit-codes.ts";

/** What a command says of a request that has failed, beside the code of what it came of. */
export class RequestError extends CommandError {
  /** As in docs/errors.md; undefined where this program itself refuses. */
  readonly code: ErrorCode | undefined;

  constructor(
    message: string,
    details: {
      readonly exitCode: ExitCode;
      readonly code?: ErrorCode | undefined;
      readonly hint?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, details);
    this.code = details.code;
  }
}

/** The same in words for whoever typed the command, with what they can do about it. What it doesn't know stays as it is. */
export function failureOf(error: unknown, hint?: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  const message = sentenceOf(error);
  const advice = hint ?? adviceFor(error);
  if (message === undefined && advice === undefined) return error;
  const { code } = error;
  return new RequestError(message ?? described(error), {
    exitCode: exitCodeOf(error),
    code,
    hint: advice,
    cause: error,
  });
}

/** No host is named but by the system: after a redirect, or with a proxy, it isn't the one of the URL that was typed. */
function sentenceOf(error: SluiceError): string | undefined {
  if (error instanceof TruncatedError) return truncation(error.layer, error.offset);
  if (error instanceof StatusError) return answered(error.responseStatus, reasonPhrase(error.responseStatus));
  if (error.code === "ERR_SLUICE_DIGEST_MISMATCH") return `the digest doesn't fit: ${error.message}`;
  if (!(error instanceof EndedError)) return undefined;
  const cause = firstOf(error.cause);
  const because = cause === undefined ? "" : `: ${cause.message}`;
  switch (error.code) {
    case "ERR_SLUICE_CONNECT":
      if (cause?.code === "ENOTFOUND" && cause.hostname !== undefined)
        return `no such host: ${cause.hostname}`;
      if (cause?.code === "ECONNREFUSED" && cause.address !== undefined)
        return `${placeOf(cause.address, cause.port)} refuses connections`;
      return `the server can't be reached${because}`;
    case "ERR_SLUICE_CONNECT_TIMEOUT":
      return "the server can't be reached in time";
    case "ERR_SLUICE_TLS":
      return `TLS failed${because}`;
    case "ERR_SLUICE_CONNECTION_LOST":
      return "the connection ended before an answer came";
    case "ERR_SLUICE_RESPONSE_TIMEOUT":
      return "the server didn't answer in time";
    case "ERR_SLUICE_BODY_TIMEOUT":
      return "nothing arrived for too long";
    case "ERR_SLUICE_ABORTED":
      return typeof error.cause === "string" ? `stopped by ${error.cause}` : undefined;
    default:
      return undefined;
  }
}

/** What the system says of a connection. */
interface SystemError extends NodeJS.ErrnoException {
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Of several addresses each has its own error, and the error of them all has no words. */
function firstOf(cause: unknown): SystemError | undefined {
  if (cause instanceof AggregateError && cause.errors.length > 0) return firstOf(cause.errors[0]);
  return cause instanceof Error ? cause : undefined;
}

function placeOf(address: string, port: number | undefined): string {
  const host = address.includes(":") && port !== undefined ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}

/** How a frame of SETTINGS begins, which a server of HTTP/2 says first (RFC 9113 section 4.1). */
const SETTINGS_BEGIN = "\0\0";

function adviceFor({ code, cause, found }: SluiceError): string | undefined {
  if (code === "ERR_SLUICE_STATUS_LINE" && found?.startsWith(SETTINGS_BEGIN))
    return "the server speaks HTTP/2 alone on this port: sluice get --http2-prior-knowledge reads it";
  if (
    code === "ERR_SLUICE_TLS" &&
    /no application protocol/.test((cause as Error | undefined)?.message ?? "")
  )
    return "the server speaks HTTP/2 alone: sluice get without --http1.1 reads it";
  if (
    code === "ERR_SLUICE_TLS" &&
    /CERT|UNABLE_TO|ALTNAME/.test((cause as NodeJS.ErrnoException | undefined)?.code ?? "")
  )
    return "--cacert <file> trusts a certificate, -k any";
  if (code === "ERR_SLUICE_RESPONSE_TIMEOUT" || code === "ERR_SLUICE_BODY_TIMEOUT")
    return "--timeout <time> waits longer, 0 for ever";
  return undefined;
}

/** What a status is called, e.g. `the server answered 404 Not Found`. The reason is the server's own words. */
export function answered(status: number, reason: string): string {
  return `the server answered ${`${status} ${reason}`.trimEnd()}`;
}

const MISSING: Readonly<Partial<Record<Layer, string>>> = {
  head: "the head of the response didn't come to its end",
  length: "fewer octets than Content-Length says",
  chunked: "the last chunk is missing",
  close: "the connection was reset where only its end could end the body",
  tls: "TLS ended without close_notify",
  http2: "the stream was reset, or its connection ended, before its end",
};

/** What of a response is missing, and where it broke off: the layer and the octet of it. */
function truncation(layer: Layer, offset: number | undefined): string {
  const missing = MISSING[layer] ?? `the ${layer} content coding didn't come to its end`;
  const where = offset === undefined ? "" : ` at byte ${grouped(offset)}`;
  return `the response ended early${where} (layer ${layer}): ${missing}`;
}

/** A rule and, as the frame of the commands says it, what has led to it. */
function described({ message, cause }: SluiceError): string {
  return cause instanceof Error && cause.message !== "" ? `${message}: ${cause.message}` : message;
}

/** Whether an error is of this side's stopping. */
export function isStopped(error: unknown): boolean {
  return error instanceof SluiceError && exitCodeOf(error) === EXIT.interrupted;
}

/** Whether an error tells of a redirect that the caller didn't want to follow. */
export function isRedirect(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && error.code === "ERR_SLUICE_REDIRECT";
}
