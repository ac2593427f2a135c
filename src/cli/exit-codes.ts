import {
  EndedError,
  type ErrorCode,
  ProtocolError,
  SluiceError,
  StatusError,
  TruncatedError,
} from "../errors.ts";

/** How a command can end. The numbers are wget's where it has them. */
export const EXIT = {
  ok: 0,
  /** Something nobody expected: a defect. */
  other: 1,
  usage: 2,
  file: 3,
  network: 4,
  tls: 5,
  protocol: 7,
  status: 8,
  truncated: 9,
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code stands for, as help and documentation say it. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "all is well",
  other: "something that nobody expected",
  usage: "the command line, a URL or a field that it names is wrong",
  file: "a file or folder can't be read or written",
  network: "no connection, a lost one, or a deadline that passed",
  tls: "TLS failed, or the certificate isn't trusted",
  protocol: "the other side broke a rule of HTTP or of the format, or a digest doesn't fit",
  status: "a response of another status than was needed",
  truncated: "the response ended before it was complete",
  interrupted: "stopped by a signal before the end",
};

/**
 * Every code of `ERRORS`; a test holds them together. A mistake that only this program can make, and not who calls it, is `other`.
 */
const OF_CODES: readonly (readonly [exit: keyof typeof EXIT, codes: string])[] = [
  [
    "usage",
    "URL OPTION INVALID_FIELD REPEATED_FIELD INVALID_START_LINE INVALID_EXTENSION FRAMING_FIELD FORBIDDEN_TRAILER",
  ],
  ["file", "SOURCE_SHORT FILE_NOT_FOUND FILE_FORBIDDEN FILE_KIND"],
  ["file", "DOWNLOAD_LOCKED DOWNLOAD_FOLDER DOWNLOAD_FORBIDDEN DOWNLOAD_KIND DISK_FULL DISK"],
  ["file", "ARCHIVE_NAME ARCHIVE_DUPLICATE ARCHIVE_ENTRY ARCHIVE_MISMATCH ARCHIVE_SIZE"],
  ["network", "CONNECT CONNECT_TIMEOUT PROXY CONNECTION_LOST STREAM_REFUSED STREAM_RESET RESPONSE_TIMEOUT"],
  [
    "network",
    "HEAD_TIMEOUT BODY_TIMEOUT WRITE_TIMEOUT TOO_MANY_CONNECTIONS HTTP2_OVERHEAD READER_LEFT SERVER_CLOSED",
  ],
  ["tls", "TLS"],
  [
    "protocol",
    "REQUEST_LINE METHOD TARGET TARGET_TOO_LONG VERSION HTTP2_PREFACE TLS_ON_PLAIN_PORT STATUS_LINE",
  ],
  ["protocol", "LINE_ENDING FIELD_NAME FIELD_VALUE OBS_FOLD HEAD_TOO_LARGE TOO_MANY_FIELDS HOST EXPECTATION"],
  ["protocol", "LENGTH_AND_CODING TRANSFER_CODING TRANSFER_CODING_UNKNOWN CONTENT_LENGTH"],
  [
    "protocol",
    "CONTENT_LENGTH_TOO_LARGE CHUNK_SIZE CHUNK_SIZE_TOO_LARGE CHUNK_EXTENSION CHUNK_LINE_TOO_LONG",
  ],
  [
    "protocol",
    "CHUNK_EXTENSIONS_TOO_LARGE CHUNK_OVERHEAD CHUNK_DATA_END TRAILERS_TOO_LARGE TOO_MANY_TRAILERS",
  ],
  ["protocol", "SURPLUS HTTP2 BODY_TOO_LARGE BODY_JSON CONTENT_CODING CODED_CORRUPT DECODED_TOO_LARGE"],
  ["protocol", "DIGEST DIGEST_MISMATCH DIGEST_MISSING FORMAT_SYNTAX FORMAT_LIMIT"],
  ["protocol", "TOO_MANY_INTERIM TOO_MANY_REDIRECTS REDIRECT CONTENT_RANGE MEDIA_TYPE DOWNLOAD_CHANGED"],
  ["status", "STATUS"],
  ["truncated", "TRUNCATED CODED_TRUNCATED FORMAT_TRUNCATED"],
  ["interrupted", "ABORTED CLIENT_CLOSED"],
  ["other", "ANSWERED SLOT_TIMEOUT UNDECLARED_TRAILER DATE BODY_NOT_ALLOWED LENGTH_MISMATCH OUT_OF_ORDER"],
  ["other", "BODY_PIECE BODY_SOURCE BODY_USED HTML_PLACE HTML_VALUE BACKLOG REPLY NO_JSON"],
  ["other", "INVALID_EVENT INVALID_ROW INVALID_PART DESTROYED SOCKET"],
];

const BY_CODE: ReadonlyMap<string, ExitCode> = new Map(
  OF_CODES.flatMap(([exit, codes]) => codes.split(" ").map((code) => [`ERR_SLUICE_${code}`, EXIT[exit]])),
);

/** What the system says of sockets and names. */
const NETWORK =
  /^(?:E(?:CONN|HOST|NET|ADDR|AI_)[A-Z]+|EAI_[A-Z]+|ENOTFOUND|ETIMEDOUT|EPIPE|ENOTCONN|ESOCKETTIMEDOUT)$/;
/** What it says of files, unless it was asked for a socket. */
const FILE =
  /^E(?:NOENT|ACCES|PERM|ISDIR|NOTDIR|EXIST|NOSPC|ROFS|MFILE|NFILE|IO|FBIG|DQUOT|NAMETOOLONG|LOOP|XDEV|NOTEMPTY|BUSY|TXTBSY|STALE|NXIO|NODEV)$/;
/** What node:tls and OpenSSL say of handshakes and certificates. */
const TLS =
  /^(?:ERR_(?:TLS|SSL)_[A-Z0-9_]+|EPROTO|CERT_[A-Z_]+|CRL_[A-Z_]+|UNABLE_TO_[A-Z_]+|ERROR_IN_C[A-Z_]+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|HOSTNAME_MISMATCH|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/;
/** Asked of sockets: what they may not do (EACCES on a port below 1024) is no matter of files. */
const SOCKET_CALLS: ReadonlySet<unknown> = new Set(["listen", "bind", "connect", "getaddrinfo", "accept"]);

/** The exit code of a command that ends with this error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof Error)) return EXIT.other;
  // Of this folder's own error class, which imports this file.
  if ("exitCode" in error && isExitCode(error.exitCode)) return error.exitCode;
  if (error instanceof SluiceError) return ofSluice(error);
  if (error instanceof AggregateError && error.errors.length > 0) return exitCodeOf(error.errors[0]);
  if (error.name === "TimeoutError") return EXIT.network;
  if (error.name === "AbortError") return EXIT.interrupted;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") return EXIT.other;
  if (SOCKET_CALLS.has(syscall) || NETWORK.test(code)) return EXIT.network;
  if (TLS.test(code)) return EXIT.tls;
  return FILE.test(code) ? EXIT.file : EXIT.other;
}

function ofSluice(error: SluiceError): ExitCode {
  // Given up by a deadline and not by a person.
  if (
    error.code === "ERR_SLUICE_ABORTED" &&
    error.cause instanceof Error &&
    error.cause.name === "TimeoutError"
  )
    return EXIT.network;
  const known = BY_CODE.get(error.code);
  if (known !== undefined) return known;
  if (error instanceof StatusError) return EXIT.status;
  if (error instanceof TruncatedError) return EXIT.truncated;
  if (error instanceof ProtocolError) return EXIT.protocol;
  return error instanceof EndedError ? EXIT.network : EXIT.other;
}

/** Whether the table has a row for this code. */
export function hasExitCode(code: ErrorCode): boolean {
  return BY_CODE.has(code);
}

const CODES: ReadonlySet<unknown> = new Set(Object.values(EXIT));
const isExitCode = (value: unknown): value is ExitCode => CODES.has(value);
