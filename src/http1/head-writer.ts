import { isToken } from "../bytes/grammar.ts";
import { UsageError } from "../errors.ts";
import { checkField, eachField, FIELD_VALUE, type FieldsInit } from "../semantics/fields.ts";
import { announcedLength, framingFault } from "../semantics/framing-fields.ts";
import { repeatedField, singleBit } from "../semantics/single-fields.ts";
import { checkTarget } from "./request-target.ts";

/** The reason phrases of RFC 9110 section 15 and the registry; they carry no meaning. */
const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  102: "Processing",
  103: "Early Hints",
  104: "Upload Resumption Supported",
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  207: "Multi-Status",
  208: "Already Reported",
  226: "IM Used",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
  508: "Loop Detected",
  511: "Network Authentication Required",
};

const VISIBLE = /^[\x21\x22\x24-\x7e]+$/;

/** The usual reason phrase of a status; empty where there is none. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? "";
}

const STATUS_LINES: string[] = [];

/** @throws UsageError `ERR_SLUICE_INVALID_START_LINE` */
export function statusLine(status: number, reason: string | undefined): string {
  // The text "204" would find the line of the number, and be no status without a body later on.
  const cached = reason === undefined && typeof status === "number" ? STATUS_LINES[status] : undefined;
  if (cached !== undefined) return cached;
  const phrase = reason ?? reasonPhrase(status);
  // `reason-phrase` and `field-value` are made of the same octets (RFC 9112 section 4).
  if (!Number.isInteger(status) || status < 100 || status > 599 || !FIELD_VALUE.test(phrase)) {
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: `${status} ${phrase}` });
  }
  const line = `HTTP/1.1 ${status} ${phrase}\r\n`;
  if (reason === undefined) STATUS_LINES[status] = line;
  return line;
}

/** @throws UsageError `ERR_SLUICE_INVALID_START_LINE` */
export function requestLine(method: string, target: string): string {
  const found = `${method} ${target}`;
  if (!isToken(method) || !VISIBLE.test(target))
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found });
  try {
    checkTarget(method, target, 0);
  } catch (cause) {
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found, cause });
  }
  return `${method} ${target} HTTP/1.1\r\n`;
}

/** What the caller's own fields say about framing; the connection does the rest. */
export interface WrittenFields {
  readonly lines: string;
  /** The Content-Length among them, which is checked and counted but written by the connection. */
  readonly contentLength: number | undefined;
  /** Whether `Connection: close` is among them. */
  readonly close: boolean;
  /** Whether a `Date` is among them. */
  readonly date: boolean;
  /** The host that is named, not checked. */
  readonly host: string | undefined;
  /** What the last `TE` among them says. */
  readonly te: string | undefined;
}

/** Fields that only the connection may set. */
const FRAMING = "transfer-encoding trailer keep-alive proxy-connection upgrade http2-settings".split(" ");

const OF_FRAMING = -1;
const CONTENT_LENGTH = -2;
const CONNECTION = -3;
const TE = -4;

const DATE = singleBit("date");
const HOST = singleBit("host");

const OWN_KINDS: ReadonlyMap<string, number> = new Map([
  ...FRAMING.map((name): [string, number] => [name, OF_FRAMING]),
  ["content-length", CONTENT_LENGTH],
  ["connection", CONNECTION],
  ["te", TE],
]);

/**
 * Names seen before, so that the grammar of each is checked once, with what is to be done with it: below 0 what is named above, 0 for a
 * field of any number of lines, above it the bit of one that has one value.
 */
const NAMES = new Map<string, number>();
const NAMES_KEPT = 1000;

function kindOf(name: string): number {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  checkField(name, "");
  const lower = name.toLowerCase();
  const kind = OWN_KINDS.get(lower) ?? singleBit(lower);
  if (NAMES.size < NAMES_KEPT) NAMES.set(name, kind);
  return kind;
}

/**
 * Field lines, each checked.
 * @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FRAMING_FIELD`, `ERR_SLUICE_REPEATED_FIELD`
 */
export function writeFields(fields: FieldsInit): WrittenFields {
  let lines = "";
  let contentLength: number | undefined;
  let close = false;
  let seen = 0;
  let te: string | undefined;
  let host: string | undefined;
  eachField(fields, (name, value) => {
    const kind = kindOf(name);
    if (typeof value !== "string" || !FIELD_VALUE.test(value))
      throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `${name}: ${value}` });
    if (kind >= 0) {
      if ((seen & kind) !== 0) throw repeatedField(name, value);
      seen |= kind;
      if (kind === HOST) host = value;
    } else if (kind === CONTENT_LENGTH) {
      contentLength = announcedLength(name, value, contentLength);
      return;
    } else if (kind === CONNECTION && value.toLowerCase() === "close") {
      close = true;
      return;
    } else if (kind === TE) {
      te = value;
    } else {
      throw framingFault(name, value);
    }
    lines += `${name}: ${value}\r\n`;
  });
  return { lines, contentLength, close, date: (seen & DATE) !== 0, host, te };
}
