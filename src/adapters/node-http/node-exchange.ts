import type { IncomingBody } from "../../content/incoming-body.ts";
import { type Deferred, deferred } from "../../deferred.ts";
import { EndedError, UsageError } from "../../errors.ts";
import { FramedExchange } from "../../exchange/framed-exchange.ts";
import type { FramedHead } from "../../exchange/framed-head.ts";
import type { ExchangeSettings } from "../../exchange/options.ts";
import type { HttpVersion } from "../../exchange/request.ts";
import { CODES } from "../../http2/codes.ts";
import { fieldsOf, headersOf } from "../../http2/fields.ts";
import { guardTrailers } from "../../http2/own-trailers.ts";
import { resetBehind } from "../../http2/reset.ts";
import type { BodyPiece } from "../../reply/piece.ts";
import type { Reply } from "../../reply/reply.ts";
import type { ReplyHead } from "../../reply/sink.ts";
import type { Fields } from "../../semantics/fields.ts";
import { listHas } from "../../semantics/lists.ts";
import { takeBytes, takeText } from "../../socket/piece-sender.ts";
import { type Remote, remoteOf } from "../../socket/remote.ts";
import { reset } from "../../socket/reset.ts";
import type { NodeRequest, NodeResponse } from "./host.ts";
import { sendInterim } from "./interim.ts";
import { bringsBody, RequestFeed } from "./request-feed.ts";
import { adopted, writeHead } from "./response-head.ts";
import { ResponseOutput } from "./response-output.ts";
import { onSocketClose } from "./socket-close.ts";

/** What an exchange on node:http is told. */
export interface NodeSettings extends ExchangeSettings {
  /** Whether content codings are left to middleware. */
  readonly codedByOthers: boolean;
}

/** Responses that answers are being sent to. */
const taken = new WeakSet<NodeResponse>();

/** A request and its answer on a server of node:http, or on one of node:http2 by its compatibility API. */
export class NodeExchange extends FramedExchange {
  readonly #request: NodeRequest;
  readonly #response: NodeResponse;
  readonly #settings: NodeSettings;
  readonly #output: ResponseOutput;
  readonly #feed: RequestFeed;
  #fields: Fields | undefined;
  #remote: Remote | undefined;
  // Whether an error's head takes the place of the answer's.
  #ofError = false;
  #mayBeCoded = false;
  #trailersDue = false;
  // Whether another answer is on its way to this response, and has a sender that will end it.
  readonly #isSecond: boolean;
  // The end has been given to the response.
  #finished = false;
  // Nothing more comes of the response.
  #closed = false;
  #unwatch: (() => void) | undefined;
  #closing: Deferred<void> | undefined;

  constructor(request: NodeRequest, response: NodeResponse, settings: NodeSettings) {
    // Of Express and Connect: where the request was passed on to what is mounted on a path, `url` lacks that path.
    const { originalUrl } = request as { readonly originalUrl?: unknown };
    const target = typeof originalUrl === "string" ? originalUrl : (request.url ?? "/");
    super(request.method ?? "GET", target, settings, bringsBody(request));
    this.#request = request;
    this.#response = response;
    this.#settings = settings;
    this.#feed = new RequestFeed(request, this);
    this.#output = new ResponseOutput(response, this);
    this.#isSecond = taken.has(response);
    taken.add(response);
    this.#watch();
  }

  /** Resolves when the response has left, or its reader has. */
  untilClosed(): Promise<void> {
    this.#closing ??= deferred();
    if (this.#closed) this.#closing.resolve();
    return this.#closing.promise;
  }

  // What the request leans on

  override get headers(): Fields {
    return (this.#fields ??= fieldsOf(this.#request.rawHeaders));
  }

  override get httpVersion(): HttpVersion {
    return this.#request.httpVersion as HttpVersion;
  }

  override get authority(): string | undefined {
    const { headers } = this.#request;
    return (headers[":authority"] ?? headers["host"]) as string | undefined;
  }

  override get secure(): boolean {
    return "encrypted" in this.#request.socket && this.#request.socket.encrypted === true;
  }

  override get remote(): Remote {
    // A stream of HTTP/2 that is closed has no socket.
    return (this.#remote ??= remoteOf(this.#request.socket ?? {}));
  }

  override get body(): IncomingBody {
    const body = super.body;
    // Whoever reads it next is told.
    if (!body.used && this.#feed.taken) body[Symbol.asyncIterator]();
    return body;
  }

  override wanted(): void {
    this.#feed.begin();
  }

  override resume(): void {
    this.#feed.resume();
  }

  override givenUp(): void {
    this.#feed.giveUp();
  }

  // How the answer leaves

  protected override deliver(reply: Reply): void {
    let whole: Reply;
    try {
      whole = adopted(reply, this.#response);
    } catch {
      // What is wrong with its fields the pump finds out, and lets go of its body.
      whole = reply;
    }
    this.#mayBeCoded = this.#settings.codedByOthers && reply.compress !== false;
    this.#output.hold();
    super.deliver(whole);
    this.#output.release();
  }

  protected override sendInformational(status: number, fields: Fields): void {
    if (this.httpVersion === "1.0" || this.#isForeign) return;
    sendInterim(this.#response, status, fields);
  }

  override wantsTrailers(always: boolean): boolean {
    return this.httpVersion !== "1.0" && (always || listHas(this.headers.get("te"), "trailers"));
  }

  protected override sendHead(head: ReplyHead): boolean {
    if (this.#isForeign) throw outOfOrder();
    return super.sendHead(head);
  }

  protected override begin(head: FramedHead): void {
    if (this.#isForeign) throw outOfOrder();
    this.#trailersDue = head.trailers.length > 0;
    writeHead(this.#response, head, {
      ofError: this.#ofError,
      mayBeCoded: this.#mayBeCoded,
      mayBeChunked: this.httpVersion === "1.1",
    });
    this.#output.begun();
  }

  protected override transmit(piece: BodyPiece, size: number): void {
    // Somebody else has ended it.
    if (this.#response.writableEnded) throw outOfOrder();
    if (typeof piece === "string") takeText(this.#output, piece, size);
    else takeBytes(this.#output, piece);
  }

  protected override finish(trailers: Fields | undefined): void {
    const response = this.#response;
    if (response.writableEnded) throw outOfOrder();
    if (this.#trailersDue && trailers !== undefined) {
      if (response.stream !== undefined) guardTrailers(response.stream);
      response.addTrailers(headersOf(trailers));
    }
    this.#finished = true;
    this.#output.end();
  }

  protected override push(): void {
    this.#output.flush();
  }

  /** @internal The source may be waiting, and would not learn of it. */
  outputFailed(error: unknown): void {
    this.fail(error);
    this.onleave?.(new EndedError("ERR_SLUICE_DESTROYED", { cause: error }));
  }

  protected override get backlog(): number {
    return this.#output.backlog;
  }

  protected override get hasRoom(): boolean {
    return !this.#output.full;
  }

  protected override whenReady(): Promise<void> {
    return this.#output.ready();
  }

  protected override whenDrained(): Promise<void> {
    return this.#output.drained();
  }

  protected override takeBack(): boolean {
    if (this.#isForeign) return false;
    this.#ofError = true;
    this.#mayBeCoded = false;
    return super.takeBack();
  }

  protected override answered(): void {
    if (!this.requestComplete) this.#feed.giveUp();
  }

  /** What was written before is the reader's. */
  protected override cut(): void {
    const response = this.#response;
    // Whoever has begun the other answer ends it.
    if (this.#isSecond || (!this.begun && response.writableEnded)) return;
    if (this.begun) {
      try {
        this.#output.flush();
        // A host that gathers what one tick writes hands it over.
        if (response.headersSent) response.flushHeaders?.();
      } catch (error) {
        this.report(error);
      }
    }
    const { socket, stream, chunkedEncoding } = response;
    if (stream !== undefined) {
      const close = (): void => {
        if (!stream.closed) stream.close(CODES.INTERNAL_ERROR);
      };
      // Middleware that wraps `write` may hand on later what it was given; what it has handed on the stream knows.
      const closeBehind = (): void => resetBehind(stream, close);
      this.#output.ready().then(closeBehind, closeBehind);
    } else if (socket === null || typeof socket.destroySoon !== "function") {
      // It isn't its turn yet. From Node 24 on, destroy() forgets the socket that it will have then.
      if (socket === null) response.once("socket", (assigned) => assigned.destroy());
      response.destroy();
    } else if (chunkedEncoding === true || response.getHeader("content-length") !== undefined) {
      if (this.begun) socket.destroySoon();
      // What somebody else has written Node 26 holds up to the end of the tick.
      else process.nextTick(() => socket.destroySoon());
    }
    // The end of the connection is the end of the body: an orderly one would pass for it.
    else reset(socket);
  }

  /** Whether the response is not, or no more, for this answer to begin. */
  get #isForeign(): boolean {
    const { headersSent, writableEnded } = this.#response;
    return this.#isSecond || (!this.begun && (headersSent || writableEnded));
  }

  #watch(): void {
    const { socket } = this.#request;
    const response = this.#response;
    const { stream } = response;
    if (this.#isForeign) {
      this.#closed = true;
      return;
    }
    response.on("close", this.#onClosed);
    response.on("finish", this.#onClosed);
    if (stream === undefined && response.socket === null)
      this.#unwatch = onSocketClose(socket, this.#onClosed);
    if (stream === undefined ? (response.socket ?? socket).destroyed : stream.closed) this.#onClosed();
  }

  /** Nothing more comes of the response: it has left, or its reader has. */
  readonly #onClosed = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch?.();
    const isCut = !this.isOver && !this.#finished;
    if (isCut || this.#output.waiting) {
      const reason = new EndedError("ERR_SLUICE_READER_LEFT");
      if (isCut && this.#response.writableEnded) this.report(outOfOrder());
      if (isCut) this.leave(reason);
      this.#output.fail(reason);
    }
    this.#closing?.resolve();
  };
}

function outOfOrder(): UsageError {
  return new UsageError("ERR_SLUICE_OUT_OF_ORDER", {
    found: "a reply to a response that has begun or ended",
  });
}
