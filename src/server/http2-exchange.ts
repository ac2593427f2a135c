import type { ServerHttp2Stream } from "node:http2";
import { EndedError, type ErrorCode, ProtocolError } from "../errors.ts";
import { diagnostics } from "../exchange/diagnostics.ts";
import { FramedExchange } from "../exchange/framed-exchange.ts";
import type { FramedHead } from "../exchange/framed-head.ts";
import type { HttpVersion } from "../exchange/request.ts";
import { CODES } from "../http2/codes.ts";
import { headersOf } from "../http2/fields.ts";
import { hasEnded } from "../http2/own-end.ts";
import { resetBehind } from "../http2/reset.ts";
import type { Enrolled } from "../http2/roster.ts";
import { STREAM_WINDOW } from "../http2/settings.ts";
import { StreamOutlet } from "../http2/stream-outlet.ts";
import type { BodyPiece } from "../reply/piece.ts";
import type { Reply } from "../reply/reply.ts";
import type { Fields } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import { takeBytes, takeText } from "../socket/piece-sender.ts";
import type { Remote } from "../socket/remote.ts";
import { type ClockHost, ConnectionClock } from "./connection-clock.ts";
import type { Traffic } from "./http2-budget.ts";
import type { Http2Head } from "./http2-head.ts";
import { discardRest, Http2Upload, type Http2UploadHost } from "./http2-upload.ts";
import type { ServerLimits, Settings } from "./options.ts";
import { type StreamWatcher, watchStream } from "./stream-events.ts";

/** Bun's streams close only once what has come of them is read, also where that is nothing. */
const CLOSES_WHEN_READ = "bun" in process.versions;

/** What an exchange asks of its connection. */
export interface Http2ExchangeHost {
  readonly settings: Settings;
  readonly secure: boolean;
  readonly remote: Remote;
  /** Has the handler answer. Without a promise where it is done at once. */
  answer(exchange: Http2Exchange): void | Promise<void>;
  /** The stream is closed, and the exchange has let go of everything. */
  closed(exchange: Http2Exchange): void;
  /** The handler has returned, maybe after that. It is not called where the head has a fault. */
  returned(): void;
  /** The stream is closed, and no handler is at work for it any more. */
  released(): void;
}

/**
 * One request and its answer on a stream of HTTP/2 (RFC 9113 section 8.1). Flow control is the backpressure, both ways: what is not
 * read is not allowed to come. A body that breaks off is a reset, which no reader takes for its end.
 */
export class Http2Exchange
  extends FramedExchange
  implements ClockHost, Http2UploadHost, StreamWatcher, Traffic, Enrolled
{
  override readonly httpVersion: HttpVersion = "2.0";
  /** @internal */
  place = 0;
  readonly #host: Http2ExchangeHost;
  readonly #stream: ServerHttp2Stream;
  readonly #outlet: StreamOutlet;
  // Most exchanges are over before anybody looks at the clock.
  #clock: ConnectionClock | undefined;
  readonly #head: Http2Head;
  // Undefined where the head is all of the request.
  readonly #upload: Http2Upload | undefined;
  // Whether its handler is at work, and whether its stream is closed: either may be over first.
  #isRunning = false;
  #isClosed = false;
  #continueDue: boolean;
  #trailersDue = false;
  #finished = false;
  // Pieces of the answer, each of which its reader may acknowledge by itself.
  #pieces = 0;
  // Whether it is this side that has reset the stream.
  #reset = false;

  /** @param ends whether the head is all of the request */
  constructor(stream: ServerHttp2Stream, head: Http2Head, ends: boolean, host: Http2ExchangeHost) {
    super(head.method, head.target, host.settings, !ends);
    this.#host = host;
    this.#stream = stream;
    this.#head = head;
    this.#outlet = new StreamOutlet(stream, true);
    this.#continueDue = !ends && head.expectsContinue;
    // A stream that nobody has asked to flow or not to node:http2 resets once its answer is written, and the reset overtakes the end.
    stream.pause();
    watchStream(stream, this);
    if (!ends) this.#upload = new Http2Upload(stream, this);
  }

  /** Calls the handler and sends what it returns. */
  run(): void {
    this.#isRunning = true;
    const running = this.#host.answer(this);
    if (running === undefined) this.#returned();
    else void running.then(() => this.#returned());
  }

  #returned(): void {
    this.#isRunning = false;
    this.#host.returned();
    if (this.#isClosed) this.#host.released();
  }

  get limits(): ServerLimits {
    return this.#host.settings.limits;
  }

  // What the request leans on

  override get headers(): Fields {
    return this.#head.fields;
  }

  override get authority(): string | undefined {
    return this.#head.authority;
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
    this.#openClock().bodyProgress(bytes.length);
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
    else if (CLOSES_WHEN_READ) this.#stream.once("finish", () => setImmediate(discardRest, this.#stream));
  }

  protected override cut(): void {
    const stream = this.#stream;
    stream.pause();
    this.#outlet.flush();
    resetBehind(stream, () => this.#resetStream(CODES.INTERNAL_ERROR));
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
    this.#isClosed = true;
    this.#host.closed(this);
    if (!this.#isRunning) this.#host.released();
  }

  // What the clock looks at and tells

  #openClock(): ConnectionClock {
    if (this.#clock === undefined) {
      this.#clock = new ConnectionClock(this.#host.settings.timeouts, this);
      this.#clock.awaitNothing();
    }
    return this.#clock;
  }

  check(now: number): void {
    this.#openClock().check(now);
    if (this.isOver) discardRest(this.#stream);
    const { write } = this.#host.settings.timeouts;
    if (this.#upload?.check(now, write) === true) this.cutOff("ERR_SLUICE_WRITE_TIMEOUT");
  }

  protected override get backlog(): number {
    return this.#outlet.backlog;
  }

  /** The end of the answer is owed, too: a window that has no room left holds END_STREAM back. */
  get isOwed(): boolean {
    return this.#outlet.backlog > 0 || (this.#finished && !hasEnded(this.#stream));
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
    // The client sends that much unasked.
    return this.#upload === undefined ? 0 : STREAM_WINDOW;
  }

  get octetsWritten(): number {
    return this.#outlet.total;
  }

  get piecesWritten(): number {
    return this.#pieces;
  }
}
