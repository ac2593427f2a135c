import { constants, type ServerHttp2Stream } from "node:http2";
import { EndedError, ProtocolError } from "../errors.ts";
import { FramedExchange } from "../exchange/framed-exchange.ts";
import type { FramedHead } from "../exchange/framed-head.ts";
import type { HttpVersion, Remote } from "../exchange/request.ts";
import { fieldsOf, headersOf } from "../http2/fields.ts";
import { endStream, guardEnd } from "../http2/stream-end.ts";
import { STREAM_WINDOW } from "../http2/settings.ts";
import { isHost } from "../http1/request-target.ts";
import type { BodyPiece } from "../reply/piece.ts";
import type { Reply } from "../reply/reply.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import { sortTrailers } from "../semantics/trailers.ts";
import type { ErrorCode } from "../errors.ts";
import { Outlet } from "../socket/outlet.ts";
import { takeBytes, takeText } from "../socket/piece-sender.ts";
import { type ClockHost, ConnectionClock } from "./connection-clock.ts";
import type { Settings } from "./options.ts";

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

const EXCHANGE = Symbol("sluice.exchange");

interface ExchangeStream extends ServerHttp2Stream {
  [EXCHANGE]?: Http2Exchange;
}

/** What an exchange asks of its connection. */
export interface Http2ExchangeHost {
  readonly settings: Settings;
  readonly secure: boolean;
  readonly remote: Remote;
  /** The stream is closed, and the exchange has let go of everything. */
  closed(exchange: Http2Exchange): void;
}

/** The head of a request on HTTP/2 (RFC 9113 section 8.3.1), as node:http2 gives it. */
export interface Http2Head {
  readonly ":method"?: string | undefined;
  readonly ":path"?: string | undefined;
  readonly ":authority"?: string | undefined;
  readonly [name: string]: string | readonly string[] | undefined;
}

/**
 * One request and its answer on a stream of HTTP/2 (RFC 9113 section 8.1). Flow control is the backpressure, both ways: what is not
 * read is not allowed to come. A body that breaks off is a reset, which no reader takes for its end.
 */
export class Http2Exchange extends FramedExchange implements ClockHost {
  override readonly httpVersion: HttpVersion = "2.0";
  readonly authority: string | undefined;
  readonly #host: Http2ExchangeHost;
  readonly #stream: ServerHttp2Stream;
  readonly #outlet: Outlet;
  // Most exchanges are over before anybody looks at the clock.
  #clock: ConnectionClock | undefined;
  readonly #head: Http2Head;
  readonly #raw: readonly string[];
  #headers: Fields | undefined;
  #continueDue: boolean;
  #reading = false;
  #trailers: Fields | undefined;
  #bodyOctets = 0;
  #trailersDue = false;
  readonly #window: number;

  /** @param ends whether the head is all of the request */
  constructor(
    stream: ServerHttp2Stream,
    head: Http2Head,
    raw: readonly string[],
    ends: boolean,
    host: Http2ExchangeHost,
  ) {
    const method = head[":method"]!;
    super(method, method === "CONNECT" ? (head[":authority"] ?? "") : head[":path"]!, host.settings, ends);
    this.#host = host;
    this.#stream = stream;
    this.#head = head;
    this.#raw = raw;
    this.#window = ends ? 0 : STREAM_WINDOW;
    this.#outlet = new Outlet(stream);
    this.authority = head[":authority"] ?? (head["host"] as string | undefined);
    this.#continueDue = !ends && head["expect"] !== undefined;
    guardEnd(stream);
    (stream as ExchangeStream)[EXCHANGE] = this;
    stream.on("error", ignore);
    stream.on("close", onClose);
  }

  /** What is wrong with the head beyond what node:http2 has looked at; undefined for nothing. */
  get fault(): ProtocolError | undefined {
    const { method, target } = this.request;
    const { authority } = this;
    const isAsterisk = target === "*" && method === "OPTIONS";
    if (method !== "CONNECT" && !target.startsWith("/") && !isAsterisk)
      return new ProtocolError("ERR_SLUICE_TARGET", { found: target });
    const { host } = this.#head;
    if (authority === undefined || !isHost(authority) || (host !== undefined && host !== authority))
      return new ProtocolError("ERR_SLUICE_HOST", { found: String(host ?? authority) });
    const length = this.#head["content-length"];
    if (length !== undefined && Number(length) > this.#host.settings.limits.bodyBytes)
      return new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE", { found: String(length) });
    return undefined;
  }

  // What the request leans on

  override get headers(): Fields {
    return (this.#headers ??= fieldsOf(this.#raw));
  }

  override get secure(): boolean {
    return this.#host.secure;
  }

  override get remote(): Remote {
    return this.#host.remote;
  }

  override wanted(): void {
    if (this.#reading) return;
    this.#reading = true;
    if (this.#continueDue && !this.committed && !this.isOver) this.informational(100, {});
    const stream = this.#stream;
    // The third argument is missing in node's types.
    stream.on("trailers", (...section: unknown[]) => {
      this.#trailers = fieldsOf(section[2] as readonly string[]);
    });
    stream.on("data", (bytes: Uint8Array) => this.#data(bytes));
    stream.on("end", () => this.#ended());
  }

  override resume(): void {
    this.#stream.resume();
  }

  #data(bytes: Uint8Array): void {
    this.#bodyOctets += bytes.length;
    this.#watch.bodyProgress(bytes.length);
    if (this.#bodyOctets > this.#host.settings.limits.bodyBytes)
      this.refuse(new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE"));
    else if (!this.received(bytes)) this.#stream.pause();
  }

  /** A stream that is reset ends for node:http2, too; the request is complete where it isn't closed. */
  #ended(): void {
    if (this.#stream.closed) return;
    const trailers = this.#trailers && sortTrailers(this.#trailers, this.headers.get("trailer"), undefined);
    this.receivedAll(trailers);
  }

  // How the answer leaves

  protected override deliver(reply: Reply): void {
    this.#outlet.hold();
    super.deliver(reply);
    this.#outlet.release();
  }

  protected override sendInformational(status: number, fields: FieldsInit): void {
    if (status === 100) this.#continueDue = false;
    if (!this.#stream.closed)
      this.#stream.additionalHeaders({ ...headersOf(Fields.from(fields)), ":status": status });
  }

  override wantsTrailers(always: boolean): boolean {
    return always || listHas(this.headers.get("te"), "trailers");
  }

  protected override begin({ status, fields, length, hasBody, trailers }: FramedHead): void {
    if (this.#stream.closed) throw new EndedError("ERR_SLUICE_READER_LEFT");
    const headers = headersOf(fields);
    headers[":status"] = status;
    if (length !== undefined) headers["content-length"] = String(length);
    if (trailers.length > 0) headers["trailer"] = trailers.join(", ");
    this.#trailersDue = trailers.length > 0;
    this.#stream.respond(headers, { endStream: !hasBody, waitForTrailers: this.#trailersDue });
  }

  protected override transmit(piece: BodyPiece, size: number): void {
    if (typeof piece === "string") takeText(this, piece, size);
    else takeBytes(this, piece);
  }

  /** @internal A piece in the form that is written. */
  data(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.#outlet.text(piece);
    else this.#outlet.bytes(piece);
  }

  protected override push(): void {
    this.#outlet.flush();
  }

  protected override get hasRoom(): boolean {
    return !this.#outlet.full;
  }

  protected override whenReady(): Promise<void> {
    return this.#outlet.ready();
  }

  protected override whenDrained(): Promise<void> {
    return this.#outlet.drained();
  }

  protected override finish(trailers: Fields | undefined): void {
    const stream = this.#stream;
    this.#outlet.flush();
    if (this.#trailersDue) stream.once("wantTrailers", () => stream.sendTrailers(headersOf(trailers ?? [])));
    endStream(stream);
  }

  protected override answered(): void {
    // What the client is still sending nobody wants (RFC 9113 section 8.1); it is told once the answer has left.
    if (!this.requestComplete) this.#stream.close(NGHTTP2_NO_ERROR);
  }

  protected override cut(): void {
    this.#outlet.flush();
    this.#stream.close(NGHTTP2_INTERNAL_ERROR);
  }

  // Ending

  /** Answers what the client has done wrong, where no answer has begun. */
  refuse(error: ProtocolError): void {
    this.receiveFailed(error);
    if (!this.committed) this.fail(this.blame(error));
  }

  /** Ends it at once. Whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void {
    this.leave(new EndedError(code));
    this.#stream.close(NGHTTP2_CANCEL);
  }

  /** @internal The stream is closed. */
  streamClosed(): void {
    if (!this.isOver || !this.requestComplete || this.#outlet.waiting) {
      const reason = new EndedError("ERR_SLUICE_READER_LEFT");
      this.leave(reason);
      this.#outlet.fail(reason);
    }
    this.#host.closed(this);
  }

  // What the clock looks at and tells

  get #watch(): ConnectionClock {
    if (this.#clock === undefined) {
      this.#clock = new ConnectionClock(this.#host.settings.timeouts, this);
      this.#clock.awaitNothing();
    }
    return this.#clock;
  }

  check(now: number): void {
    this.#watch.check(now);
  }

  override get backlog(): number {
    return this.#outlet.backlog;
  }

  get octetsTaken(): number {
    return this.#outlet.total - this.#outlet.backlog;
  }

  expired(code: ErrorCode | undefined): void {
    if (code === "ERR_SLUICE_BODY_TIMEOUT") this.refuse(new ProtocolError(code));
    else this.cutOff(code ?? "ERR_SLUICE_WRITE_TIMEOUT");
  }

  /** Octets of the body of the answer, and of the request's, with those that may have come unread. */
  get contentOctets(): number {
    return this.#outlet.total + this.#bodyOctets + this.#window;
  }
}

// Shared by all streams, of which there are many a second.

/** An error of a stream is followed by its close. */
function ignore(): void {}

function onClose(this: ExchangeStream): void {
  this[EXCHANGE]?.streamClosed();
}
