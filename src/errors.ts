/**
 * Every way in which Sluice can refuse, in one list.
 *
 * Users match on `code`, never on the wording: sentences may change in any release, codes may not.
 * `docs/errors.md` has a heading for each code; a test holds the two lists together.
 */

/** What is fixed about an error: the rule it stands for, where the rule is written, and the status that answers it. */
export interface ErrorRule {
  /** The rule, as one sentence without a full stop. */
  readonly rule: string;
  /** Where the rule is written, e.g. `RFC 9112 section 7.1`. */
  readonly section?: string;
  /** The status with which a server answers when the peer is at fault. */
  readonly status?: number;
}

/** Every error code with its rule. */
export const ERRORS = {
  // The peer's start line
  ERR_SLUICE_REQUEST_LINE: {
    rule: "A request line is a method, a target and a version with one space between them",
    section: "RFC 9112 section 3",
    status: 400,
  },
  ERR_SLUICE_METHOD: { rule: "A method is a token", section: "RFC 9110 section 9.1", status: 400 },
  ERR_SLUICE_TARGET: {
    rule: "A request target is in origin, absolute, authority (CONNECT) or asterisk (OPTIONS) form, in visible ASCII",
    section: "RFC 9112 section 3.2",
    status: 400,
  },
  ERR_SLUICE_TARGET_TOO_LONG: {
    rule: "The request target is over the limit",
    section: "RFC 9112 section 3",
    status: 414,
  },
  ERR_SLUICE_VERSION: {
    rule: "Only HTTP/1.0 and HTTP/1.1 are spoken here",
    section: "RFC 9112 section 2.3",
    status: 505,
  },
  ERR_SLUICE_HTTP2_PREFACE: {
    rule: "HTTP/2 is not spoken on this port",
    section: "RFC 9113 section 3.4",
    status: 505,
  },
  ERR_SLUICE_TLS_ON_PLAIN_PORT: {
    rule: "TLS is not spoken on this port",
    section: "RFC 9112 section 2.2",
    status: 400,
  },
  ERR_SLUICE_STATUS_LINE: {
    rule: "A status line is a version, three digits and a reason with one space between them",
    section: "RFC 9112 section 4",
  },

  // The peer's fields
  ERR_SLUICE_LINE_ENDING: {
    rule: "A line ends with CR LF, and neither octet stands alone",
    section: "RFC 9112 section 2.2",
    status: 400,
  },
  ERR_SLUICE_FIELD_NAME: {
    rule: "A field line is a token, a colon directly after it, and a value",
    section: "RFC 9112 section 5.1",
    status: 400,
  },
  ERR_SLUICE_FIELD_VALUE: {
    rule: "A field value has no control characters but the tab",
    section: "RFC 9110 section 5.5",
    status: 400,
  },
  ERR_SLUICE_OBS_FOLD: {
    rule: "A field line does not begin with white space",
    section: "RFC 9112 section 5.2",
    status: 400,
  },
  ERR_SLUICE_HEAD_TOO_LARGE: {
    rule: "The head section is over the limit",
    section: "RFC 9110 section 5.4",
    status: 431,
  },
  ERR_SLUICE_TOO_MANY_FIELDS: {
    rule: "The head section has more fields than the limit",
    section: "RFC 9110 section 5.4",
    status: 431,
  },
  ERR_SLUICE_HOST: {
    rule: "A request has exactly one Host, a host with an optional port",
    section: "RFC 9112 section 3.2",
    status: 400,
  },
  ERR_SLUICE_EXPECTATION: {
    rule: "The only expectation is 100-continue",
    section: "RFC 9110 section 10.1.1",
    status: 417,
  },

  // The peer's framing
  ERR_SLUICE_LENGTH_AND_CODING: {
    rule: "Transfer-Encoding and Content-Length do not stand together",
    section: "RFC 9112 section 6.1",
    status: 400,
  },
  ERR_SLUICE_TRANSFER_CODING: {
    rule: "Transfer-Encoding is chunked, once and last, in HTTP/1.1",
    section: "RFC 9112 section 6.1",
    status: 400,
  },
  ERR_SLUICE_TRANSFER_CODING_UNKNOWN: {
    rule: "No transfer coding but chunked is undone here",
    section: "RFC 9112 section 6.1",
    status: 501,
  },
  ERR_SLUICE_CONTENT_LENGTH: {
    rule: "Content-Length is one run of decimal digits",
    section: "RFC 9110 section 8.6",
    status: 400,
  },
  ERR_SLUICE_CONTENT_LENGTH_TOO_LARGE: {
    rule: "Content-Length is at most 2^53-1",
    section: "RFC 9110 section 8.6",
    status: 413,
  },

  // The peer's chunks
  ERR_SLUICE_CHUNK_SIZE: {
    rule: "A chunk begins with its size in hex digits",
    section: "RFC 9112 section 7.1",
    status: 400,
  },
  ERR_SLUICE_CHUNK_SIZE_TOO_LARGE: {
    rule: "A chunk size is at most 2^53-1",
    section: "RFC 9112 section 7.1",
    status: 400,
  },
  ERR_SLUICE_CHUNK_EXTENSION: {
    rule: "A chunk extension is ;name or ;name=value, the value a token or a quoted string",
    section: "RFC 9112 section 7.1.1",
    status: 400,
  },
  ERR_SLUICE_CHUNK_LINE_TOO_LONG: {
    rule: "The line of a chunk size is over the limit",
    section: "RFC 9112 section 7.1.1",
    status: 400,
  },
  ERR_SLUICE_CHUNK_EXTENSIONS_TOO_LARGE: {
    rule: "The chunk extensions of this body are over the limit",
    section: "RFC 9112 section 7.1.1",
    status: 400,
  },
  ERR_SLUICE_CHUNK_OVERHEAD: {
    rule: "The framing of this body outweighs its payload by more than the limit",
    section: "RFC 9112 section 7.1.1",
    status: 400,
  },
  ERR_SLUICE_CHUNK_DATA_END: {
    rule: "Chunk data is followed by CR LF",
    section: "RFC 9112 section 7.1",
    status: 400,
  },
  ERR_SLUICE_TRAILERS_TOO_LARGE: {
    rule: "The trailer section is over the limit",
    section: "RFC 9112 section 7.1.2",
    status: 431,
  },
  ERR_SLUICE_TOO_MANY_TRAILERS: {
    rule: "The trailer section has more fields than the limit",
    section: "RFC 9112 section 7.1.2",
    status: 431,
  },
  ERR_SLUICE_TRUNCATED: {
    rule: "The connection ended before the message did",
    section: "RFC 9112 section 8",
    status: 400,
  },
  ERR_SLUICE_SURPLUS: {
    rule: "Octets arrived where no message may follow",
    section: "RFC 9112 section 9.2",
    status: 400,
  },
  ERR_SLUICE_HTTP2: {
    rule: "Frames and header sections of HTTP/2 are well-formed",
    section: "RFC 9113 section 5.4",
    status: 400,
  },

  // Limits and deadlines that a server keeps towards its peers
  ERR_SLUICE_BODY_TOO_LARGE: {
    rule: "The body is over the limit",
    section: "RFC 9110 section 15.5.14",
    status: 413,
  },
  ERR_SLUICE_BODY_JSON: { rule: "The body is not JSON in UTF-8", section: "RFC 8259 section 2", status: 400 },
  ERR_SLUICE_CONTENT_CODING: {
    rule: "A body has at most two content codings, of those that are undone here",
    section: "RFC 9110 section 15.5.16",
    status: 415,
  },
  ERR_SLUICE_CODED_TRUNCATED: {
    rule: "The body ended before its content coding did",
    section: "RFC 9110 section 8.4",
    status: 400,
  },
  ERR_SLUICE_CODED_CORRUPT: {
    rule: "The body is what its content coding says",
    section: "RFC 9110 section 8.4",
    status: 400,
  },
  ERR_SLUICE_DECODED_TOO_LARGE: {
    rule: "The decoded body is over its limits",
    section: "RFC 9110 section 15.5.14",
    status: 413,
  },
  ERR_SLUICE_DIGEST: {
    rule: "A digest field is a dictionary of byte sequences",
    section: "RFC 9530 section 2",
    status: 400,
  },
  ERR_SLUICE_DIGEST_MISMATCH: {
    rule: "The body is not the one that its digest was made of",
    section: "RFC 9530 section 2",
    status: 400,
  },
  ERR_SLUICE_DIGEST_MISSING: {
    rule: "A body that is to be verified has a digest by sha-256 or sha-512",
    section: "RFC 9530 section 5",
    status: 400,
  },
  ERR_SLUICE_HEAD_TIMEOUT: {
    rule: "The head section did not arrive in time",
    section: "RFC 9110 section 15.5.9",
    status: 408,
  },
  ERR_SLUICE_BODY_TIMEOUT: {
    rule: "The body stopped arriving, or arrives too slowly",
    section: "RFC 9110 section 15.5.9",
    status: 408,
  },
  ERR_SLUICE_WRITE_TIMEOUT: { rule: "The reader has stopped reading", section: "RFC 9112 section 9.5" },
  ERR_SLUICE_TOO_MANY_CONNECTIONS: {
    rule: "The server has as many connections as its limit",
    section: "RFC 9110 section 15.6.4",
    status: 503,
  },
  ERR_SLUICE_HTTP2_OVERHEAD: {
    rule: "Frames of HTTP/2 serve requests and their content",
    section: "RFC 9113 section 10.5",
  },

  // What a body holds: event streams, NDJSON, JSON, CSV, multipart
  ERR_SLUICE_FORMAT_SYNTAX: { rule: "The body is written as its format says", status: 400 },
  ERR_SLUICE_FORMAT_LIMIT: {
    rule: "A part of what the body holds is over the limit",
    section: "RFC 9110 section 15.5.14",
    status: 413,
  },
  ERR_SLUICE_FORMAT_TRUNCATED: { rule: "The body ended before what it holds did", status: 400 },

  // How an exchange can end without anybody breaking a rule
  ERR_SLUICE_READER_LEFT: { rule: "The reader left before the end" },
  ERR_SLUICE_ANSWERED: { rule: "The body of a request can be read until its answer is complete" },
  ERR_SLUICE_SERVER_CLOSED: { rule: "The server was closed before the end" },
  ERR_SLUICE_DESTROYED: { rule: "The application destroyed the answer, or its socket, before the end" },
  ERR_SLUICE_SLOT_TIMEOUT: { rule: "The content of a slot was not there in time" },

  // What a client meets before there is a response, or in its place
  ERR_SLUICE_CONNECT: { rule: "The server cannot be reached" },
  ERR_SLUICE_CONNECT_TIMEOUT: { rule: "The connection was not made in time" },
  ERR_SLUICE_TLS: {
    rule: "The handshake failed, or the certificate is not trusted",
    section: "RFC 9110 section 4.3.4",
  },
  ERR_SLUICE_PROXY: { rule: "The proxy did not make the tunnel", section: "RFC 9110 section 9.3.6" },
  ERR_SLUICE_CONNECTION_LOST: { rule: "The connection ended before the response began" },
  ERR_SLUICE_STREAM_REFUSED: {
    rule: "A server that does not begin with a request on HTTP/2 begins with it elsewhere",
    section: "RFC 9113 section 8.7",
  },
  ERR_SLUICE_STREAM_RESET: {
    rule: "The server gave the request up before the response began",
    section: "RFC 9113 section 5.4.2",
  },
  ERR_SLUICE_RESPONSE_TIMEOUT: { rule: "The head of the response did not arrive in time" },
  ERR_SLUICE_ABORTED: { rule: "The caller gave the request up" },
  ERR_SLUICE_CLIENT_CLOSED: { rule: "The client was closed before the end" },
  ERR_SLUICE_TOO_MANY_INTERIM: {
    rule: "The interim responses to this request are over the limit",
    section: "RFC 9110 section 15.2",
  },
  ERR_SLUICE_TOO_MANY_REDIRECTS: {
    rule: "The redirects of this request are over the limit",
    section: "RFC 9110 section 15.4",
  },
  ERR_SLUICE_REDIRECT: {
    rule: "A redirect names a place over http or https, and what is sent again can be",
    section: "RFC 9110 section 15.4",
  },
  ERR_SLUICE_STATUS: { rule: "The response has another status than is needed" },
  ERR_SLUICE_MEDIA_TYPE: {
    rule: "The response is of another media type than is read here",
    section: "RFC 9110 section 8.3",
  },
  ERR_SLUICE_CONTENT_RANGE: {
    rule: "A partial response holds the range that was asked for",
    section: "RFC 9110 section 15.3.7",
  },

  // Downloads
  ERR_SLUICE_DOWNLOAD_LOCKED: { rule: "One download at a time writes to a path" },
  ERR_SLUICE_DOWNLOAD_FOLDER: { rule: "The folder of the download is not there" },
  ERR_SLUICE_DOWNLOAD_FORBIDDEN: { rule: "This process may write the files of a download, and their folder" },
  ERR_SLUICE_DOWNLOAD_KIND: { rule: "A download goes to a regular file" },
  ERR_SLUICE_DOWNLOAD_CHANGED: { rule: "A file stays the same for as long as it takes to fetch it" },
  ERR_SLUICE_DISK_FULL: { rule: "The disk has room for the file" },
  ERR_SLUICE_DISK: { rule: "The disk takes what is written, and gives it back" },

  // The caller's own mistakes: raised before a byte is out
  ERR_SLUICE_INVALID_FIELD: {
    rule: "A field is a token and a value without control characters, in latin-1",
    section: "RFC 9110 section 5.5",
  },
  ERR_SLUICE_REPEATED_FIELD: {
    rule: "A field that has one value is sent once",
    section: "RFC 9110 section 5.3",
  },
  ERR_SLUICE_INVALID_START_LINE: {
    rule: "A start line has a token method, a visible ASCII target, a status from 100 to 599 and a reason without control characters",
    section: "RFC 9112 sections 3 and 4",
  },
  ERR_SLUICE_INVALID_EXTENSION: {
    rule: "A chunk extension has a token name and a printable value",
    section: "RFC 9112 section 7.1.1",
  },
  ERR_SLUICE_FORBIDDEN_TRAILER: {
    rule: "A field for framing, routing, authentication or content is never a trailer",
    section: "RFC 9110 section 6.5.1",
  },
  ERR_SLUICE_UNDECLARED_TRAILER: {
    rule: "A trailer is declared before the head is out",
    section: "RFC 9110 section 6.6.2",
  },
  ERR_SLUICE_DATE: {
    rule: "A date is a time in milliseconds, in the years 0 to 9999",
    section: "RFC 9110 section 5.6.7",
  },
  ERR_SLUICE_FRAMING_FIELD: {
    rule: "Framing fields are set by the connection alone",
    section: "RFC 9112 section 6.1",
  },
  ERR_SLUICE_BODY_NOT_ALLOWED: { rule: "This message has no body", section: "RFC 9110 section 6.4.1" },
  ERR_SLUICE_LENGTH_MISMATCH: {
    rule: "The body has as many bytes as its Content-Length says",
    section: "RFC 9110 section 8.6",
  },
  ERR_SLUICE_OUT_OF_ORDER: { rule: "A message is a head, a body and an end, in this order and once" },
  ERR_SLUICE_BODY_PIECE: { rule: "A piece of a body is a string or bytes" },
  ERR_SLUICE_BODY_SOURCE: {
    rule: "A body is a string, bytes, an iterable, an async iterable, a stream, a Blob or a function",
  },
  ERR_SLUICE_HTML_PLACE: {
    rule: "In html a value stands in text, in a quoted attribute, as html between attributes, or as an expression in a script",
  },
  ERR_SLUICE_HTML_VALUE: {
    rule: "A value in html is text, a number, html, a list of them, or, in text alone, a promise, an async iterable or a slot",
  },
  ERR_SLUICE_BODY_USED: { rule: "A body can be read once" },
  ERR_SLUICE_URL: { rule: "A request goes to a URL over http or https" },
  ERR_SLUICE_SOURCE_SHORT: { rule: "A source has as many octets as it has announced" },
  ERR_SLUICE_FILE_NOT_FOUND: { rule: "A path leads to a file that is there" },
  ERR_SLUICE_FILE_FORBIDDEN: { rule: "The file may be read by this process" },
  ERR_SLUICE_FILE_KIND: { rule: "A file is a regular one, and the root of files is a folder" },
  ERR_SLUICE_ARCHIVE_NAME: {
    rule: "A name in an archive is a relative path without empty segments, dot segments, backslashes, drives or control characters; a link stays inside the archive",
  },
  ERR_SLUICE_ARCHIVE_DUPLICATE: {
    rule: "A name stands once in an archive, and nothing stands beneath a file or a link",
  },
  ERR_SLUICE_ARCHIVE_ENTRY: {
    rule: "An archive and its entries have the documented properties, of the documented types and sizes",
  },
  ERR_SLUICE_ARCHIVE_MISMATCH: { rule: "An entry has the size and the checksum that were announced" },
  ERR_SLUICE_ARCHIVE_SIZE: { rule: "The size of an entry in a tar archive is known before its octets" },
  ERR_SLUICE_SOCKET: { rule: "What goes through the socket of a request is the server's affair" },
  ERR_SLUICE_BACKLOG: { rule: "A writer that does not wait may be ahead of its reader by the limit at most" },
  ERR_SLUICE_REPLY: { rule: "A handler returns a reply or a web Response" },
  ERR_SLUICE_NO_JSON: {
    rule: "A value has a JSON form: it is no undefined, function, symbol, bigint or circle",
    section: "RFC 8259 section 3",
  },
  ERR_SLUICE_INVALID_EVENT: {
    rule: "An event has data, or an id, a retry or a comment alone; its name and its id are one line, its retry is milliseconds",
    section: "HTML section 9.2.5",
  },
  ERR_SLUICE_INVALID_ROW: {
    rule: "A row is an array of one value or more, each of which can be written as text",
    section: "RFC 4180 section 2",
  },
  ERR_SLUICE_INVALID_PART: {
    rule: "A boundary is 1 to 70 characters for it; a field of a part is a token and a value without control characters",
    section: "RFC 2046 section 5.1.1",
  },
  ERR_SLUICE_OPTION: {
    rule: "Options have the names and types that are documented; limits and timeouts are numbers that are not negative",
  },
} as const;

/** The stable name of an error. */
export type ErrorCode = keyof typeof ERRORS;

/**
 * What it is that ended too early, or is not what it says: a part of a message on the wire, its content coding, its digest, or the
 * format of its content.
 */
export type Layer =
  | "head"
  | "length"
  | "chunked"
  | "close"
  | "http2"
  | "tls"
  | "gzip"
  | "deflate"
  | "br"
  | "zstd"
  | "digest"
  | "multipart"
  | "csv"
  | "ndjson"
  | "json-seq"
  | "json-array"
  | "events";

/** What an error can say beside its rule. */
export interface ErrorDetails {
  /** What was found instead, e.g. the offending octets; it is escaped and shortened before it is shown. */
  readonly found?: string | undefined;
  /** What would be right, in words of this library; it is shown as it is. */
  readonly wanted?: string | undefined;
  /** The octet at which the rule was broken: counted from the first of the head, or of the body for an error inside a body. */
  readonly offset?: number | undefined;
  /** What led to this error. */
  readonly cause?: unknown;
  /** Whether it was on a stream of HTTP/2, which can end without its connection: the sentence then says so. Default false. */
  readonly onStream?: boolean | undefined;
}

const FOUND_LENGTH = 80;

/** Text from outside, fit for a log line: control characters and what is not ASCII escaped, 80 characters at most. */
function quoted(text: string): string {
  const short = text.length > FOUND_LENGTH ? text.slice(0, FOUND_LENGTH) : text;
  const escaped = JSON.stringify(short).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return short === text ? escaped : `${escaped}...`;
}

function sentence({ rule, section }: ErrorRule, { found, wanted, offset }: ErrorDetails): string {
  const where = section === undefined ? "" : ` (${section})`;
  const what = found === undefined ? "" : `; found ${quoted(found)}`;
  const at = offset === undefined ? "" : ` at byte ${offset}`;
  const instead = wanted === undefined ? "" : `; wanted: ${wanted}`;
  return `${rule}${where}${what}${at}${instead}`;
}

/** What ERR_SLUICE_TRUNCATED stands for on a stream of HTTP/2. */
const STREAM_TRUNCATED: ErrorRule = {
  ...ERRORS.ERR_SLUICE_TRUNCATED,
  rule: "The stream was reset, or its connection ended, before the message did",
  section: "RFC 9113 section 8.1",
};

function ruleOf(code: ErrorCode, { onStream }: ErrorDetails): ErrorRule {
  return onStream === true && code === "ERR_SLUICE_TRUNCATED" ? STREAM_TRUNCATED : ERRORS[code];
}

/** The base of everything that Sluice throws. Match on {@link SluiceError.code}: the message may change in any release. */
export class SluiceError extends Error {
  override readonly name: string = "SluiceError";
  /** The stable name of this error. */
  readonly code: ErrorCode;
  /** The status with which a server answers, where the peer is at fault. */
  declare readonly status: number | undefined;
  /** Where the broken rule is written, where it is an RFC's. */
  declare readonly section: string | undefined;
  /** The octet at which the rule was broken: counted from the first of the head, or of the body for an error inside a body. */
  declare readonly offset: number | undefined;
  /** @internal What was found instead, not escaped: its first 80 characters. Not enumerable, so that no log shows it as it came. */
  declare readonly found: string | undefined;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const rule = ruleOf(code, details);
    super(sentence(rule, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    // Only what there is, since whoever prints an error sees all of it.
    if (rule.status !== undefined) this.status = rule.status;
    if (rule.section !== undefined) this.section = rule.section;
    if (details.offset !== undefined) this.offset = details.offset;
    if (details.found !== undefined)
      Object.defineProperty(this, "found", { value: details.found.slice(0, FOUND_LENGTH) });
  }
}

/** The peer broke a rule of the protocol, or a limit. After it the connection yields no further message. */
export class ProtocolError extends SluiceError {
  override readonly name: string = "ProtocolError";
}

/** Something ended before it was complete. {@link TruncatedError.offset} says after how many octets, where that is known. */
export class TruncatedError extends ProtocolError {
  override readonly name = "TruncatedError";
  /** What ended too early: what its octets are counted in. */
  readonly layer: Layer;
  readonly #onStream: boolean;

  constructor(code: ErrorCode, layer: Layer, details: ErrorDetails = {}) {
    const { onStream = layer === "http2" } = details;
    super(code, { ...details, onStream });
    this.layer = layer;
    this.#onStream = onStream;
  }

  /** @internal The same for whoever counts the octets of several messages, where this offset would mislead. */
  withoutOffset(): TruncatedError {
    const { code, layer, found, cause } = this;
    return new TruncatedError(code, layer, { found, cause, onStream: this.#onStream });
  }
}

/** Something arrived whole and is not what it says it is. */
export class CorruptError extends ProtocolError {
  override readonly name = "CorruptError";
  /** What is wrong: the content coding, or the digest. */
  readonly layer: Layer;

  constructor(code: ErrorCode, layer: Layer, details: ErrorDetails = {}) {
    super(code, details);
    this.layer = layer;
  }
}

/** The caller broke a rule of this library: raised before a byte of it is on the wire. */
export class UsageError extends SluiceError {
  override readonly name = "UsageError";
}

/** An exchange ended early although nobody broke a rule: somebody left, a deadline passed, a connection could not be made. */
export class EndedError extends SluiceError {
  override readonly name: string = "EndedError";
}

/** This side gave the exchange up: by its signal, whose reason is the `cause`, or by closing the client. */
export class AbortedError extends EndedError {
  override readonly name = "AbortedError";
}

/** A response has another status than whoever asked can do something with. */
export class StatusError extends SluiceError {
  override readonly name = "StatusError";
  /** The status of the response. */
  readonly responseStatus: number;
  /** The beginning of its body, where that is text: 1,000 characters at most, as they came. */
  declare readonly excerpt: string | undefined;
  /** How long the server wants its client to wait, in milliseconds (Retry-After). */
  declare readonly retryAfter: number | undefined;

  constructor(
    responseStatus: number,
    reason: string,
    details: { readonly excerpt?: string | undefined; readonly retryAfter?: number | undefined } = {},
  ) {
    super("ERR_SLUICE_STATUS", { found: `${responseStatus} ${reason}`.trimEnd() });
    this.responseStatus = responseStatus;
    if (details.excerpt !== undefined) this.excerpt = details.excerpt;
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
  }
}
