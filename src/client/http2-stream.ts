import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { EndedError, ProtocolError } from "../errors.ts";
import type { WireLimits } from "../http1/limits.ts";
import { CODES, END_STREAM } from "../http2/codes.ts";
import { onPeersEnd } from "../http2/peers-end.ts";
import type { Enrolled } from "../http2/roster.ts";
import { StreamOutlet } from "../http2/stream-outlet.ts";
import type { Fields } from "../semantics/fields.ts";
import { sortTrailers } from "../semantics/trailers.ts";
import type { Remote } from "../socket/remote.ts";
import { brokenStreamError } from "./broken-stream.ts";
import { asEnded, type Exchange, type ExchangeCarrier } from "./exchange.ts";
import { Http2Head, trailersOf } from "./http2-head.ts";
import { Http2Sender, type StreamOutput } from "./http2-sender.ts";

/** What a stream asks of its connection. */
export interface Http2StreamHost {
  readonly secure: boolean;
  readonly remote: Remote;
  readonly limits: WireLimits;
  /** What the connection has ended with, once it has; its `cause` may be undefined. */
  readonly lost: { readonly cause: unknown } | undefined;
  /** Whether the server has said SETTINGS. */
  readonly spoken: boolean;
  /** Opens a stream. @throws UsageError for fields that node:http2 refuses, EndedError where the connection takes no more */
  open(headers: OutgoingHttpHeaders, body: boolean, trailers: boolean): ClientHttp2Stream;
  /** Whether the server has said that it will not begin with the stream of this number. */
  refuses(id: number | undefined): boolean;
  /** A deadline has passed. */
  doubt(): void;
  /** The stream has let go of everything. */
  closed(stream: Http2Stream): void;
}

/**
 * One exchange on a stream of HTTP/2 (RFC 9113 section 8.1), and the only place that decides how it ended: complete where END_STREAM has
 * come, whatever node:http2 says of it. Flow control is the backpressure, both ways: what is not read is not allowed to come.
 */
export class Http2Stream implements ExchangeCarrier, StreamOutput, Enrolled {
  /** @internal */
  place = 0;
  readonly sender: Http2Sender;
  readonly reused: boolean;
  readonly #host: Http2StreamHost;
  #exchange: Exchange | undefined;
  #stream: ClientHttp2Stream | undefined;
  #outlet: StreamOutlet | undefined;
  #head: Http2Head | undefined;
  #interim = false;
  #trailers: Fields | undefined;
  // What was announced of the body, and what has come of it.
  #length: number | undefined;
  #octets = 0;
  // Whether more may come. Ended by END_STREAM it is complete, broken off by anything else it isn't; octets may still wait to be read.
  #arrival: "open" | "ended" | "broken" = "open";
  // Whether the exchange has been given all of it: that is later, where its reader is slow.
  #passedOn = false;
  // Whether somebody gets what has come from the stream; until then node:http2 keeps it.
  #reading = false;

  /** @param reused whether an exchange has been on the connection before */
  constructor(exchange: Exchange, reused: boolean, host: Http2StreamHost) {
    this.#host = host;
    this.#exchange = exchange;
    this.reused = reused;
    this.sender = new Http2Sender(this, host.secure);
  }

  get remote(): Remote {
    return this.#host.remote;
  }

  get outlet(): StreamOutlet {
    return this.#outlet!;
  }

  get octetsTaken(): number {
    return this.outlet.taken;
  }

  /** Begins the exchange. */
  begin(): void {
    this.#exchange!.begin(this);
  }

  check(now: number): void {
    this.#exchange?.check(now);
  }

  // How the request leaves

  open(headers: OutgoingHttpHeaders, body: boolean, trailers: boolean): void {
    const stream = this.#host.open(headers, body, trailers);
    this.#stream = stream;
    this.#outlet = new StreamOutlet(stream, body);
    onPeersEnd(stream, (isEndOfStream) => this.#peersEnd(isEndOfStream));
    // What node's types leave out: the fields in order.
    stream.on("headers", (...[, , raw]: unknown[]) => this.#interimHead(raw as string[]));
    stream.on("response", (...[, flags, raw]: unknown[]) =>
      this.#finalHead(raw as string[], flags as number),
    );
    stream.on("trailers", (...[, , raw]: unknown[]) => this.#trailerSection(raw as string[]));
    let cause: unknown;
    stream.on("error", (error) => (cause ??= error)); // It is followed by "close".
    stream.on("close", () => this.#closed(cause));
  }

  write(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.outlet.text(piece);
    else this.outlet.bytes(piece);
  }

  finish(trailers: OutgoingHttpHeaders | undefined): void {
    this.outlet.end(trailers);
  }

  requested(): void {}

  requestSent(): void {}

  // How the response comes

  #interimHead(raw: readonly string[]): void {
    this.#guarded((exchange) => {
      this.#interim = true;
      exchange.informed(new Http2Head(raw, this.#host.limits));
    });
  }

  #finalHead(raw: readonly string[], flags: number): void {
    this.#guarded((exchange) => {
      const head = new Http2Head(raw, this.#host.limits);
      if (this.#head !== undefined || !(head.status >= 200))
        throw new ProtocolError("ERR_SLUICE_HTTP2", { found: `a head with status ${head.status}` });
      this.#head = head;
      const size = head.announcedSize(exchange.method, (flags & END_STREAM) !== 0);
      this.#length = typeof size === "number" ? size : undefined;
      exchange.responded(head, size);
      const stream = this.#stream!;
      stream.on("data", (view: Uint8Array) => this.#data(view));
      stream.on("end", () => this.#readAll());
      this.#reading = true;
    });
  }

  #data(view: Uint8Array): void {
    this.#octets += view.length;
    // Once everything has come it takes no more room here than there, and the stream is free for another exchange.
    if (this.#exchange?.data(view) === false && this.#arrival === "open") this.#stream!.pause();
  }

  #peersEnd(isEndOfStream: boolean): void {
    this.#arrival = isEndOfStream ? "ended" : "broken";
    if (this.#reading) this.#stream!.resume();
  }

  /** Everything that has come has been passed on; whether that is all of it is another question. */
  #readAll(): void {
    if (this.#arrival === "ended") this.#complete();
  }

  #trailerSection(raw: readonly string[]): void {
    this.#guarded(() => (this.#trailers = trailersOf(raw, this.#host.limits)));
  }

  #complete(): void {
    const exchange = this.#exchange;
    if (this.#passedOn || exchange === undefined) return;
    this.#passedOn = true;
    const declared = this.#head!.fields.get("trailer");
    exchange.responseEnded(this.#trailers && sortTrailers(this.#trailers, declared, undefined));
    if (!exchange.sending || !exchange.givesUpRequest) return;
    exchange.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
    this.#stream!.close(CODES.CANCEL);
  }

  /** What goes wrong while the exchange is told ends it. */
  #guarded(tell: (exchange: Exchange) => void): void {
    if (this.#exchange === undefined) return;
    try {
      tell(this.#exchange);
    } catch (error) {
      this.giveUp(error);
    }
  }

  resume(): void {
    if (this.#reading) this.#stream!.resume();
  }

  // Ending

  /** Nobody wants the rest of the response. */
  discard(): void {
    this.#exchange?.cutRequest(new EndedError("ERR_SLUICE_READER_LEFT"));
    this.close();
  }

  close(): void {
    this.#end(CODES.CANCEL);
  }

  giveUp(error: unknown): void {
    const exchange = this.#exchange;
    if (error instanceof EndedError && DEADLINES.has(error.code)) this.#host.doubt();
    if (error instanceof ProtocolError) this.#end(CODES.PROTOCOL_ERROR);
    else this.#end(error instanceof EndedError ? CODES.CANCEL : CODES.INTERNAL_ERROR);
    this.#outlet?.fail(asEnded(error));
    exchange?.lost(error);
  }

  /** Resets the stream, where it isn't over. The exchange has been told, or will be. */
  #end(code: number): void {
    this.#exchange = undefined;
    const stream = this.#stream;
    if (stream === undefined) {
      this.#host.closed(this);
      return;
    }
    // What nobody reads would keep the stream.
    stream.resume();
    stream.close(code);
  }

  #closed(cause: unknown): void {
    this.#readRest();
    const exchange = this.#exchange;
    if (exchange !== undefined) {
      if (this.#arrival === "ended" && this.#head !== undefined) this.#complete();
      if (this.#passedOn) exchange.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
      else this.giveUp(this.#failure(cause));
    }
    this.#exchange = undefined;
    this.#outlet?.fail(new EndedError("ERR_SLUICE_READER_LEFT"));
    this.#host.closed(this);
  }

  /** What had come before the stream was closed, and waited for its reader: a stream that has failed passes nothing on by itself. */
  #readRest(): void {
    if (!this.#reading) return;
    const stream = this.#stream!;
    stream.removeAllListeners("data");
    for (let view: unknown = stream.read(); view !== null; view = stream.read())
      this.#data(view as Uint8Array);
  }

  #failure(cause: unknown): unknown {
    const stream = this.#stream!;
    const { lost } = this.#host;
    return brokenStreamError({
      code: stream.rstCode,
      cause: cause ?? lost?.cause,
      isSpoken: this.#host.spoken,
      isLost: lost !== undefined,
      isRefused: this.#host.refuses(stream.id),
      came: this.#head !== undefined ? "head" : this.#interim ? "interim" : "nothing",
      octets: this.#octets,
      length: this.#length,
    });
  }
}

const DEADLINES: ReadonlySet<string> = new Set([
  "ERR_SLUICE_WRITE_TIMEOUT",
  "ERR_SLUICE_RESPONSE_TIMEOUT",
  "ERR_SLUICE_BODY_TIMEOUT",
]);
