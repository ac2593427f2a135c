import { latin1 } from "../bytes/latin1.ts";
import { CR, HTAB, LF, SP, TARGET, FIELD_VALUE, TOKEN } from "../bytes/tables.ts";
import { ProtocolError } from "../errors.ts";
import { FieldSection } from "./field-section.ts";
import { type ControlFields, RequestHead, ResponseHead } from "./head.ts";
import type { Lenience } from "./lenience.ts";
import { wireLimits, type WireLimits } from "./limits.ts";
import { checkHost, checkTarget } from "./request-target.ts";

// States, named after what is awaited.
const START = 0;
const EMPTY_LINE_LF = 1;
const METHOD = 2;
const REQUEST_TARGET = 3;
const REQUEST_VERSION = 4;
const STATUS_LINE = 5;
const LINE_LF = 6;
const FIELDS = 7;

const SLASH = 0x2f;
const DIGIT_0 = 0x30;
const USUAL_METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];

/** The first octet of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;

interface ControlField {
  readonly name: string;
  readonly key: keyof Omit<ControlFields, "hosts">;
}

/** The fields that decide about the connection, by the length of their names. */
const CONTROL_FIELDS: ControlField[][] = [];
for (const field of [
  { name: "te", key: "te" },
  { name: "host", key: "host" },
  { name: "expect", key: "expect" },
  { name: "trailer", key: "trailer" },
  { name: "connection", key: "connection" },
  { name: "content-length", key: "contentLength" },
  { name: "transfer-encoding", key: "transferEncoding" },
] as const) {
  (CONTROL_FIELDS[field.name.length] ??= []).push(field);
}

const noControlFields = (): ControlFields => ({
  host: undefined,
  hosts: 0,
  connection: undefined,
  contentLength: undefined,
  transferEncoding: undefined,
  expect: undefined,
  te: undefined,
  trailer: undefined,
});

/**
 * Reads heads, one after the other, however the network cuts them (RFC 9112 sections 2 to 5).
 *
 *     HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
 *
 * Strict: lines end with CR LF and nothing else, one space stands between the parts of a start line, nothing is folded.
 * Call {@link HeadParser.read} until {@link HeadParser.complete}, take the head, `reset()`.
 */
export class HeadParser extends FieldSection {
  readonly #role: "request" | "response";
  readonly #targetLimit: number;
  readonly #lenient: Lenience;
  #state = START;
  #control: ControlFields = noControlFields();
  // One empty line before a request is ignored (RFC 9112 section 2.2), a second one is not.
  #sawEmptyLine = false;
  // Where the parts of the start line begin, from the first octet of the section: it may come in several reads.
  #lineStart = 0;
  #partStart = 0;
  #method = "";
  #targetStart = 0;
  #status = 0;
  #reason = "";
  #minor: 0 | 1 = 1;
  #fieldsStart = 0;
  // The status line that was read last, whose parts stand above.
  #statusLineRead: string | undefined;
  // The Host that passed last: on one connection it is nearly always the same.
  #hostChecked: string | undefined;

  /**
   * @param limits those not given are `WIRE_LIMITS`
   * @param lenient for the role `response` alone; default: nothing
   */
  constructor(role: "request" | "response", limits: Partial<WireLimits> = {}, lenient: Lenience = {}) {
    const { headBytes, headFields, targetBytes } = wireLimits(limits);
    super(
      {
        bytes: headBytes,
        tooLarge: "ERR_SLUICE_HEAD_TOO_LARGE",
        fields: headFields,
        tooMany: "ERR_SLUICE_TOO_MANY_FIELDS",
      },
      role === "response" && lenient.foldedLines === true,
    );
    this.#lenient = lenient;
    this.#role = role;
    this.#targetLimit = targetBytes;
  }

  override reset(): void {
    super.reset();
    this.#state = START;
    this.#control = noControlFields();
    this.#sawEmptyLine = false;
  }

  /** The request that has been read. Only for the role `request`, once complete. */
  takeRequest(): RequestHead {
    const target = this.text.slice(this.#targetStart, this.#partStart - 1);
    return new RequestHead(
      this.#method,
      target,
      this.#minor,
      this.#control,
      this.text.slice(this.#fieldsStart),
    );
  }

  /** The response that has been read. Only for the role `response`, once complete. */
  takeResponse(): ResponseHead {
    return new ResponseHead(
      this.#status,
      this.#reason,
      this.#minor,
      this.#control,
      this.text.slice(this.#fieldsStart),
    );
  }

  protected override advance(bytes: Uint8Array, base: number, position: number, end: number): number {
    let at = position;
    while (this.#state !== FIELDS) {
      if (at === end) return at;
      at = this.#startLine(bytes, base, at, end);
    }
    at = super.advance(bytes, base, at, end);
    if (this.complete && this.#role === "request") this.#checkHosts(at - base);
    return at;
  }

  /** One step through the start line, from an octet that is there. */
  #startLine(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    switch (this.#state) {
      case START:
        if (bytes[at] === CR && !this.#sawEmptyLine && this.#role === "request") {
          this.#state = EMPTY_LINE_LF;
          return at + 1;
        }
        if (bytes[at] === TLS_HANDSHAKE)
          throw this.refusal("ERR_SLUICE_TLS_ON_PLAIN_PORT", bytes, base, at, end);
        this.#lineStart = this.#partStart = at - base;
        this.#state = this.#role === "request" ? METHOD : STATUS_LINE;
        return at;

      case EMPTY_LINE_LF:
        if (bytes[at] !== LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
        this.#sawEmptyLine = true;
        this.#state = START;
        return at + 1;

      case METHOD:
        while (at < end && TOKEN[bytes[at]] === 1) at++;
        if (at === end) return at;
        if (bytes[at] !== SP || at - base === this.#partStart) {
          throw this.refusal("ERR_SLUICE_METHOD", bytes, base, at, end);
        }
        this.#method = methodName(bytes, base + this.#partStart, at);
        this.#partStart = at + 1 - base;
        this.#state = REQUEST_TARGET;
        return at + 1;

      case REQUEST_TARGET: {
        while (at < end && TARGET[bytes[at]] === 1) at++;
        const length = at - base - this.#partStart;
        if (length > this.#targetLimit) {
          throw new ProtocolError("ERR_SLUICE_TARGET_TOO_LONG", {
            offset: this.#partStart + this.#targetLimit,
          });
        }
        if (at === end) return at;
        if (bytes[at] === CR || bytes[at] === LF || length === 0) {
          throw this.refusal("ERR_SLUICE_REQUEST_LINE", bytes, base, at, end);
        }
        if (bytes[at] !== SP) throw this.refusal("ERR_SLUICE_TARGET", bytes, base, at, end);
        this.#targetStart = this.#partStart;
        this.#partStart = at + 1 - base;
        this.#state = REQUEST_VERSION;
        return at + 1;
      }

      case REQUEST_VERSION: {
        while (at < end && TARGET[bytes[at]] === 1) at++;
        if (at === end) return at;
        if (bytes[at] === LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
        if (bytes[at] !== CR) throw this.refusal("ERR_SLUICE_REQUEST_LINE", bytes, base, at, end);
        this.#requestVersion(bytes, base + this.#partStart, at);
        this.#checkTarget(bytes, base);
        this.#state = LINE_LF;
        return at + 1;
      }

      case STATUS_LINE: {
        while (at < end && FIELD_VALUE[bytes[at]] === 1) at++;
        if (at === end) return at;
        if (bytes[at] === LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
        if (bytes[at] !== CR) throw this.refusal("ERR_SLUICE_STATUS_LINE", bytes, base, at, end);
        this.#readStatusLine(bytes, base + this.#lineStart, at);
        this.#state = LINE_LF;
        return at + 1;
      }

      default: // LINE_LF
        if (bytes[at] !== LF) throw this.refusal("ERR_SLUICE_LINE_ENDING", bytes, base, at, end);
        this.#fieldsStart = at + 1 - base;
        this.#state = FIELDS;
        return at + 1;
    }
  }

  /** `HTTP-version = "HTTP/" DIGIT "." DIGIT`, case-sensitive. */
  #requestVersion(bytes: Uint8Array, start: number, end: number): void {
    if (end - start === 8 && spells(bytes, start, "HTTP/1.")) {
      const minor = bytes[end - 1] - DIGIT_0;
      if (minor === 1 || minor === 0) {
        this.#minor = minor;
        return;
      }
    }
    const offset = this.#partStart;
    const found = latin1(bytes, start, end);
    if (found === "HTTP/2.0" && this.#method === "PRI")
      throw new ProtocolError("ERR_SLUICE_HTTP2_PREFACE", { offset });
    const code = /^HTTP\/\d\.\d$/.test(found) ? "ERR_SLUICE_VERSION" : "ERR_SLUICE_REQUEST_LINE";
    throw new ProtocolError(code, { offset, found });
  }

  /** Origin form goes with every method but CONNECT; other forms are rare enough to be looked at as strings. */
  #checkTarget(bytes: Uint8Array, base: number): void {
    const start = this.#targetStart;
    if (bytes[base + start] === SLASH && this.#method !== "CONNECT") return;
    checkTarget(this.#method, latin1(bytes, base + start, base + this.#partStart - 1), start);
  }

  /** The line of the last response without making a string: on one connection it is nearly always the same. */
  #readStatusLine(bytes: Uint8Array, start: number, end: number): void {
    const known = this.#statusLineRead;
    if (known !== undefined && known.length === end - start && spells(bytes, start, known)) return;
    this.#statusLineRead = undefined;
    const line = latin1(bytes, start, end);
    this.#statusLine(line);
    this.#statusLineRead = line;
  }

  /** `status-line = HTTP-version SP status-code SP [ reason-phrase ]`. */
  #statusLine(line: string): void {
    const written = this.#lenient.statusWithoutSpace === true && line.length === 12 ? `${line} ` : line;
    const parts = /^HTTP\/(\d)\.(\d) (\d{3}) (.*)$/s.exec(written);
    const offset = this.#lineStart;
    if (parts === null || parts[3] < "100")
      throw new ProtocolError("ERR_SLUICE_STATUS_LINE", { offset, found: line });
    if (parts[1] !== "1") throw new ProtocolError("ERR_SLUICE_VERSION", { offset, found: line });
    // A later minor version is answered as the highest that we know (RFC 9110 section 2.5).
    this.#minor = parts[2] === "0" ? 0 : 1;
    this.#status = Number(parts[3]);
    this.#reason = parts[4]!;
  }

  protected override field(bytes: Uint8Array, nameStart: number, nameEnd: number, valueEnd: number): void {
    const candidates = CONTROL_FIELDS[nameEnd - nameStart];
    if (candidates === undefined) return;
    for (const { name, key } of candidates) {
      if (!isName(bytes, nameStart, name)) continue;
      const value = this.#fieldValue(bytes, nameEnd + 1, valueEnd);
      const earlier = this.#control[key];
      this.#control[key] = earlier === undefined ? value : `${earlier}, ${value}`;
      if (key === "host") this.#control.hosts++;
    }
  }

  /** A value without the white space around it (OWS, RFC 9110 section 5.6.3); the Host of the last request without making a string. */
  #fieldValue(bytes: Uint8Array, from: number, to: number): string {
    let start = from;
    let end = to;
    while (start < end && (bytes[start] === SP || bytes[start] === HTAB)) start++;
    while (end > start && (bytes[end - 1] === SP || bytes[end - 1] === HTAB)) end--;
    const known = this.#hostChecked;
    if (known !== undefined && known.length === end - start && spells(bytes, start, known)) return known;
    return latin1(bytes, start, end);
  }

  /** A request of HTTP/1.1 has exactly one Host, one of HTTP/1.0 at most one (RFC 9112 section 3.2). */
  #checkHosts(offset: number): void {
    const { host, hosts } = this.#control;
    if (hosts > 1 || (host === undefined && this.#minor === 1)) {
      throw new ProtocolError("ERR_SLUICE_HOST", { offset, found: host ?? "" });
    }
    if (host === undefined || host === this.#hostChecked) return;
    checkHost(host, offset);
    this.#hostChecked = host;
  }
}

/**
 * Parsers for many connections: each needs one only from the first octet of a head to its last, which nearly always come in one
 * read. So an idle connection holds none.
 */
export class HeadParsers {
  readonly limits: Partial<WireLimits>;
  readonly lenient: Lenience;
  readonly #role: "request" | "response";
  #spare: HeadParser | undefined;

  /**
   * @param limits those not given are `WIRE_LIMITS`
   * @param lenient for the role `response` alone; default: nothing
   */
  constructor(role: "request" | "response", limits: Partial<WireLimits>, lenient: Lenience = {}) {
    this.#role = role;
    this.limits = limits;
    this.lenient = lenient;
  }

  /** A parser at the start of a head. */
  take(): HeadParser {
    const parser = this.#spare ?? new HeadParser(this.#role, this.limits, this.lenient);
    this.#spare = undefined;
    return parser;
  }

  /** Gives a parser back whose head is complete. One that has failed is not given back. */
  give(parser: HeadParser): void {
    parser.reset();
    this.#spare = parser;
  }
}

/** Whether the octets from `at` spell `name`, which is lower-case, in any case. */
function isName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const octet = bytes[at + index];
    const lower = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
    if (lower !== name.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether the octets from `at` spell `text`. */
function spells(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** A method; the usual ones without making a string. */
function methodName(bytes: Uint8Array, start: number, end: number): string {
  for (const method of USUAL_METHODS)
    if (method.length === end - start && spells(bytes, start, method)) return method;
  return latin1(bytes, start, end);
}
