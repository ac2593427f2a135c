import { UsageError } from "../errors.ts";
import { checkField, type FieldsInit } from "../semantics/fields.ts";
import { agreedSize, responseLength } from "../semantics/content-length.ts";
import { framingFault } from "../semantics/framing-fields.ts";
import { checkTrailer } from "../semantics/trailers.ts";
import { CHUNK_END, lastChunk, sizeLine } from "./chunked-encoder.ts";
import { isHost } from "./request-target.ts";
import { requestLine, statusLine, writeFields } from "./head-writer.ts";

/** Where a {@link Sender} puts what is to be sent. */
export interface WireOutput {
  /** Text of one octet a character. */
  text(latin1: string): void;
  /** Bytes that the sender was given, uncopied. */
  bytes(view: Uint8Array): void;
}

// States, named after what may be sent next.
const HEAD = 0;
const LENGTH_BODY = 1;
const CHUNKED_BODY = 2;
const CLOSE_BODY = 3;
const NO_BODY = 4;
const CLOSED = 5;

/** A response to be sent. */
export interface OutgoingResponse {
  readonly status: number;
  /** The reason phrase; the usual one where it is left out. */
  readonly reason?: string | undefined;
  /** The caller's fields. Content-Length is checked against the body, `Connection: close` is obeyed, other framing fields are refused. */
  readonly fields: FieldsInit;
  /** How many octets the body has, where that is known. */
  readonly size?: number | undefined;
  /** The names of trailers to announce; undefined where none will be sent. */
  readonly trailers?: readonly string[] | undefined;
}

/** What the framing of a response depends on in the request, and in the connection. */
export interface AnsweredRequest {
  readonly method: string;
  readonly minor: 0 | 1;
  /** Whether the connection may go on after this exchange. */
  readonly keepAlive: boolean;
}

/**
 * One direction of a connection, written: messages in, octets out (RFC 9112). It knows no socket, and it alone sets the fields of
 * framing. No sequence of calls makes it send two bodies for one head, a body where none may be, or more octets than announced.
 * The twin of {@link RequestReceiver} and {@link ResponseReceiver}.
 *
 * A string stands for latin-1 text, one octet a character: whoever has other text encodes it first.
 */
export class Sender {
  readonly #output: WireOutput;
  #state = HEAD;
  #announced = 0;
  #sent = 0;
  #close = false;

  constructor(output: WireOutput) {
    this.#output = output;
  }

  /** Whether a message is under way. */
  get inMessage(): boolean {
    return this.#state !== HEAD && this.#state !== CLOSED;
  }

  /** Whether the last message has been sent: the connection has to be closed. */
  get closed(): boolean {
    return this.#state === CLOSED;
  }

  /** Whether the message under way is one that only the end of the connection delimits. */
  get endsByClosing(): boolean {
    return this.#state === CLOSE_BODY;
  }

  /** Whether the body of the message under way is sent in chunks, so that trailers can follow it. */
  get chunked(): boolean {
    return this.#state === CHUNKED_BODY;
  }

  /** Whether a body is expected for the message under way. */
  get wantsBody(): boolean {
    return this.#state === LENGTH_BODY || this.#state === CHUNKED_BODY || this.#state === CLOSE_BODY;
  }

  /**
   * An interim response (RFC 9110 section 15.2), before the final one. Not for clients of HTTP/1.0, who don't know them.
   * @throws UsageError, also for fields of framing: it has no body, and the connection goes on
   */
  informational(status: number, fields: FieldsInit = {}): void {
    this.#expectHead();
    if (status < 100 || status > 199 || status === 101) {
      throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: `interim ${status}` });
    }
    const { lines, contentLength, close, te } = writeFields(fields);
    refuseTe(te);
    if (contentLength !== undefined) throw framingFault("Content-Length", String(contentLength));
    if (close) throw framingFault("Connection", "close");
    this.#output.text(`${statusLine(status, undefined)}${lines}\r\n`);
  }

  /**
   * The head of a response, with the fields of framing: chunked where the size is not known, Content-Length where it is, the end of
   * the connection for HTTP/1.0 (RFC 9112 section 6).
   * @param date the Date to send unless the caller's fields have one
   * @throws UsageError; nothing has been written then
   */
  response(response: OutgoingResponse, request: AnsweredRequest, date?: string): void {
    this.#expectHead();
    const { status } = response;
    const start = statusLine(status, response.reason);
    if (status < 200) throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: `final ${status}` });
    const written = writeFields(response.fields);
    refuseTe(written.te);
    const { length, wantsBody } = responseLength(
      request.method,
      status,
      response.size,
      written.contentLength,
    );
    let close = !request.keepAlive || written.close;
    let framing = "";
    let state = wantsBody ? LENGTH_BODY : NO_BODY;
    if (length !== undefined) {
      framing = `Content-Length: ${length}\r\n`;
    } else if (wantsBody && request.minor === 1) {
      framing = `${trailerField(response.trailers)}Transfer-Encoding: chunked\r\n`;
      state = CHUNKED_BODY;
    } else if (wantsBody) {
      close = true;
      state = CLOSE_BODY;
    }
    const dateField = date === undefined || written.date ? "" : dateLine(date);
    const connection = close
      ? "Connection: close\r\n"
      : request.minor === 0
        ? "Connection: keep-alive\r\n"
        : "";
    this.#output.text(`${start}${dateField}${written.lines}${framing}${connection}\r\n`);
    this.#begin(state, length ?? 0, close);
  }

  /**
   * The head of a request. A body of unknown size is sent in chunks; without a body neither field of framing is sent.
   * @param size the octets of the body, `"chunked"` where nobody knows them yet, undefined for no body
   * @returns the head, as it was written
   * @throws UsageError; nothing has been written then
   */
  request(
    method: string,
    target: string,
    fields: FieldsInit,
    size?: number | "chunked",
    trailers?: readonly string[],
  ): string {
    this.#expectHead();
    const start = requestLine(method, target);
    const written = writeFields(fields);
    checkHost(written.host);
    const chunked = size === "chunked" && written.contentLength === undefined;
    const length = agreedSize(size === "chunked" ? undefined : size, written.contentLength);
    let framing = "";
    if (chunked) framing = `${trailerField(trailers)}Transfer-Encoding: chunked\r\n`;
    else if (length !== undefined) framing = `Content-Length: ${length}\r\n`;
    // TE is for the next hop alone, and Connection has to say so (RFC 9110 section 10.1.4).
    const options: string[] = [];
    if (written.close) options.push("close");
    if (written.te !== undefined) options.push("TE");
    const connection = options.length === 0 ? "" : `Connection: ${options.join(", ")}\r\n`;
    const head = `${start}${written.lines}${framing}${connection}\r\n`;
    this.#output.text(head);
    this.#begin(
      chunked ? CHUNKED_BODY : length === undefined ? NO_BODY : LENGTH_BODY,
      length ?? 0,
      written.close,
    );
    return head;
  }

  /**
   * A piece of the body; each becomes one chunk where the body is chunked, and an empty one nothing.
   * @throws UsageError `ERR_SLUICE_LENGTH_MISMATCH` before an octet too many, `ERR_SLUICE_BODY_NOT_ALLOWED`, `ERR_SLUICE_OUT_OF_ORDER`
   */
  data(piece: string | Uint8Array): void {
    const { length } = piece;
    const state = this.#state;
    if (state === CHUNKED_BODY) {
      if (length === 0) return;
      if (typeof piece === "string") {
        this.#output.text(sizeLine(length) + piece + CHUNK_END);
      } else {
        this.#output.text(sizeLine(length));
        this.#output.bytes(piece);
        this.#output.text(CHUNK_END);
      }
      return;
    }
    if (state === LENGTH_BODY) {
      this.#sent += length;
      if (this.#sent > this.#announced) throw this.#mismatch();
    } else if (state === NO_BODY) {
      throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED");
    } else if (state !== CLOSE_BODY) {
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a body without a head" });
    }
    if (typeof piece === "string") this.#output.text(piece);
    else this.#output.bytes(piece);
  }

  /**
   * Ends the message. Trailers are only for chunked bodies.
   * @throws UsageError `ERR_SLUICE_LENGTH_MISMATCH` where octets are missing, `ERR_SLUICE_FORBIDDEN_TRAILER`,
   * `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_REPEATED_FIELD`, `ERR_SLUICE_BODY_NOT_ALLOWED`, `ERR_SLUICE_OUT_OF_ORDER`; nothing has been
   * written then
   */
  end(trailers?: FieldsInit): void {
    if (!this.inMessage) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "an end without a head" });
    if (this.#state === CHUNKED_BODY) this.#output.text(lastChunk(trailers));
    else if (trailers !== undefined)
      throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED", { found: "trailers" });
    else if (this.#state === LENGTH_BODY && this.#sent !== this.#announced) throw this.#mismatch();
    this.#state = this.#close ? CLOSED : HEAD;
  }

  /** Forgets a head that has not left after all: the next call is a head again. */
  retract(): void {
    this.#begin(HEAD, 0, false);
  }

  #begin(state: number, announced: number, close: boolean): void {
    this.#state = state;
    this.#announced = announced;
    this.#sent = 0;
    this.#close = close;
  }

  #expectHead(): void {
    if (this.#state === HEAD) return;
    const found = this.#state === CLOSED ? "a message after the last one" : "a head inside a message";
    throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found });
  }

  #mismatch(): UsageError {
    return new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${this.#sent} of ${this.#announced}` });
  }
}

/** What is no host each reader takes for another one (RFC 9112 section 3.2). @throws UsageError `ERR_SLUICE_INVALID_FIELD` */
function checkHost(host: string | undefined): void {
  if (host !== undefined && !isHost(host))
    throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `Host: ${host}` });
}

/**
 * Which transfer codings a client takes, and whether trailers, only its requests say (RFC 9110 section 10.1.4).
 * @throws UsageError `ERR_SLUICE_FRAMING_FIELD`
 */
function refuseTe(te: string | undefined): void {
  if (te !== undefined) throw framingFault("TE", te);
}

let lastDate = "";
let lastDateLine = "";

/** The `Date` field; one line is made and checked for all responses of a second. */
function dateLine(date: string): string {
  if (date !== lastDate) {
    checkField("Date", date);
    lastDate = date;
    lastDateLine = `Date: ${date}\r\n`;
  }
  return lastDateLine;
}

/** The `Trailer` field that announces trailers (RFC 9110 section 6.6.2). */
function trailerField(names: readonly string[] | undefined): string {
  if (names === undefined || names.length === 0) return "";
  for (const name of names) checkTrailer(name);
  return `Trailer: ${names.join(", ")}\r\n`;
}
