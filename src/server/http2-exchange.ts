import type { ServerHttp2Stream } from "node:http2";
import { EndedError, type ErrorCode, ProtocolError } from "../errors.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import { FramedExchange } from "../exchange/framed-exchange.ts";
import type { FramedHead } from "../exchange/framed-head.ts";
import type { Handler } from "../exchange/handler.ts";
import type { HttpVersion } from "../exchange/request.ts";
import { CODES } from "../http2/codes.ts";
import { fieldsOf, headersOf } from "../http2/fields.ts";
import { hasEnded } from "../http2/own-end.ts";
import type { Enrolled } from "../http2/roster.ts";
import { StreamOutlet } from "../http2/stream-outlet.ts";
import type { BodyPiece } from "../reply/piece.ts";
import type { Reply } from "../reply/reply.ts";
import type { Fields } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import { takeBytes, takeText } from "../socket/piece-sender.ts";
import type { Remote } from "../socket/remote.ts";
import { type ClockHost, ConnectionClock } from "./connection-clock.ts";
import type { Traffic } from "./http2-budget.ts";
import { headFault, type Http2Head, targetOf } from "./http2-head.ts";
import { discardRest, Http2Upload, type Http2UploadHost } from "./http2-upload.ts";
import type { ServerLimits, Settings } from "./options.ts";

const EXCHANGE = Symbol("sluice.exchange");

interface ExchangeStream extends ServerHttp2Stream {
  [EXCHANGE]?: Http2Exchange | undefined;
}

/** What an exchange asks of its connection. */
export interface Http2ExchangeHost {
  readonly settings: Settings;
  readonly secure: boolean;
  readonly remote: Remote;
  /** The stream is closed, and the exchange has let go of everything. */
  closed(exchange: Http2Exchange): void;
  /** The handler has returned, maybe after that. */
  returned(exchange: Http2Exchange): void;
}

/**
 * One request and its answer on a stream of HTTP/2 (RFC 9113 section 8.1). Flow control is the backpressure, both ways: what is not
 * read is not allowed to come. A body that breaks off is a reset, which no reader takes for its end.
 */
export class Http2Exchange extends FramedExchange implements ClockHost, Http2UploadHost, Traffic, Enrolled {
  override readonly httpVersion: HttpVersion = "2.0";
  /** @internal */
  place = 0;
  /** Whether its handler is at work. */
  isRunning = false;
  /** Whether its stream is closed. */
  isClosed = false;
  readonly authority: string | undefined;
  readonly #host: Http2ExchangeHost;
  readonly #stream: ServerHttp2Stream;
  readonly #outlet: StreamOutlet;
  // Most exchanges are over before anybody looks at the clock.
  #clock: ConnectionClock | undefined;
  readonly #head: Http2Head;
  readonly #raw: readonly string[];
  #headers: Fields | undefined;
  // Undefined where the head is all of the request.
  readonly #upload: Http2Upload | undefined;
  #continueDue: boolean;
  #trailersDue = false;
  #finished = false;
  // Pieces of the answer, each of which its reader may acknowledge by itself.
  #pieces = 0;
  // Whether it is this side that has reset the stream.
  #reset = false;

  /** @param ends whether the head is all of the request */
  constructor(
    stream: ServerHttp2Stream,
    head: Http2Head,
    raw: readonly string[],
    ends: boolean,
    host: Http2ExchangeHost,
  ) {
    super(head[":method"]!, targetOf(head), host.settings, !ends);
    this.#host = host;
    this.#stream = stream;
    this.#head = head;
    this.#raw = raw;
    this.#outlet = new StreamOutlet(stream, true);
    this.authority = head[":authority"] ?? (head["host"] as string | undefined);
    this.#continueDue = !ends && head["expect"] !== undefined;
    // A stream that nobody has asked to flow or not to node:http2 resets once its answer is written, and the reset overtakes the end.
    stream.pause();
    (stream as ExchangeStream)[EXCHANGE] = this;
    stream.on("error", ignore);
    stream.on("aborted", onAborted);
    stream.on("close", onClose);
    if (!ends) this.#upload = new Http2Upload(stream, this);
  }

  /** What is wrong with the head; undefined for nothing. */
  get fault(): ProtocolError | undefined {
    return headFault(this.#head, this.#raw, this.authority, this.limits);
  }

  /** Calls the handler and sends what it returns. */
  run(handler: Handler): void {
    this.isRunning = true;
    const running = this.start(handler);
    if (running === undefined) this.#returned();
    else void running.then(() => this.#returned());
  }

  #returned(): void {
    this.isRunning = false;
    this.#host.returned(this);
  }

  get limits(): ServerLimits {
    return this.#host.settings.limits;
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
    if (this.#upload?.read() !== true) return;
    if (this.#continueDue && !this.committed && !this.isOver) this.informational(100, {});
    this.#stream.resume();
  }

  override resume(): void {
    this.#stream.resume();
  }

  /** @internal */
  uploaded(bytes: Uint8Array): boolean {
    this.#watch.bodyProgress(bytes.length);
    return this.received(bytes);
  }

  // How the answer leaves

  protected override deliver(reply: Reply): void {
    this.#outlet.hold();
    super.deliver(reply);
    this.#outlet.release();
  }

  protected override sendInformational(status: number, fields: Fields): void {
    if (status === 100) this.#continueDue = false;
    if (!this.#stream.closed) this.#stream.additionalHeaders({ ...headersOf(fields), ":status": status });
  }

  override wantsTrailers(always: boolean): boolean {
    return always || listHas(this.headers.get("te"), "trailers");
  }

  protected override begin({ status, fields, length, wantsBody, trailers }: FramedHead): void {
    if (this.#stream.closed) {
      const reason = new EndedError("ERR_SLUICE_READER_LEFT");
      this.leave(reason);
      throw reason;
    }
    const headers = headersOf(fields);
    headers[":status"] = status;
    if (length !== undefined) headers["content-length"] = String(length);
    if (trailers.length > 0) headers["trailer"] = trailers.join(", ");
    this.#trailersDue = trailers.length > 0;
    this.#stream.respond(headers, { endStream: !wantsBody, waitForTrailers: this.#trailersDue });
  }

  protected override transmit(piece: BodyPiece, size: number): void {
    this.#pieces++;
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
    this.#finished = true;
    this.#outlet.end(this.#trailersDue ? headersOf(trailers ?? []) : undefined);
  }

  protected override answered(): void {
    if (!this.requestComplete) this.#upload?.leave();
  }

  protected override cut(): void {
    const stream = this.#stream;
    const reset = (): void => this.#resetStream(CODES.INTERNAL_ERROR);
    stream.pause();
    this.#outlet.flush();
    // What was written before is for the reader, and a reset would overtake it.
    if (stream.writableLength === 0) reset();
    else stream.write("", reset);
  }

  // Ending

  /** Answers what the client has done wrong, where no answer has begun. */
  refuse(error: ProtocolError): void {
    const { remote } = this;
    if (diagnostics.connectionError.hasSubscribers) diagnostics.connectionError.publish({ remote, error });
    this.receiveFailed(error);
    if (!this.committed) this.fail(this.blame(error));
  }

  /** Ends it at once. Whoever reads or writes is told the reason. */
  cutOff(code: ErrorCode): void {
    this.leave(new EndedError(code));
    this.#resetStream(CODES.CANCEL);
  }

  #resetStream(code: number): void {
    if (!this.#stream.closed) this.#reset = true;
    this.#stream.close(code);
  }

  /** @internal The reader has left, or what arrived was wrong. A stream closes only once what came before has been read. */
  streamAborted(): void {
    const reason = new EndedError("ERR_SLUICE_READER_LEFT");
    this.leave(reason);
    this.#outlet.fail(reason);
    discardRest(this.#stream);
  }

  /** @internal The stream is closed. */
  streamClosed(): void {
    if (!this.isOver || !this.requestComplete || this.#outlet.waiting) this.streamAborted();
    this.isClosed = true;
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
    if (this.isOver) discardRest(this.#stream);
    const unwantedSince = this.#upload?.unwantedSince;
    if (unwantedSince === undefined) return;
    this.#upload!.stop();
    const { write } = this.#host.settings.timeouts;
    if (write > 0 && now - unwantedSince >= write) this.cutOff("ERR_SLUICE_WRITE_TIMEOUT");
  }

  /** The end of the answer is owed, too: a window that has no room left holds END_STREAM back. */
  override get backlog(): number {
    const owesEnd = this.#finished && !hasEnded(this.#stream);
    return this.#outlet.backlog + (owesEnd ? 1 : 0);
  }

  get octetsTaken(): number {
    return this.#outlet.taken;
  }

  expired(code: ErrorCode | undefined): void {
    if (code === "ERR_SLUICE_BODY_TIMEOUT") this.refuse(new ProtocolError(code));
    else this.cutOff(code ?? "ERR_SLUICE_WRITE_TIMEOUT");
  }

  /** Whether the client has reset the stream, or made nghttp2 do so. Known once the stream is closed. */
  get resetByPeer(): boolean {
    return !this.#reset && (this.#stream.aborted || this.#stream.rstCode !== CODES.NO_ERROR);
  }

  get octetsRead(): number {
    return this.#upload?.octets ?? 0;
  }

  get octetsUnread(): number {
    return this.#upload?.octetsUnread ?? 0;
  }

  get octetsWritten(): number {
    return this.#outlet.total;
  }

  get piecesWritten(): number {
    return this.#pieces;
  }
}

// Shared by all streams, of which there are many a second.

/** An error of a stream is followed by its close. */
function ignore(): void {}

function onAborted(this: ExchangeStream): void {
  this[EXCHANGE]?.streamAborted();
}

function onClose(this: ExchangeStream): void {
  this[EXCHANGE]?.streamClosed();
  // node:http2 keeps a stream for a while.
  this[EXCHANGE] = undefined;
}
