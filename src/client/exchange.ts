import { EndedError, ProtocolError, UsageError } from "../errors.ts";
import type { BodyFraming } from "../http1/body-framing.ts";
import type { ChunkedHandler } from "../http1/chunked-decoder.ts";
import type { ResponseHead } from "../http1/head.ts";
import type { Sender } from "../http1/sender.ts";
import { type Body, bodySize } from "../reply/body.ts";
import type { BodyPiece } from "../reply/piece.ts";
import { pump } from "../reply/pump.ts";
import type { ReplyTrailers } from "../reply/reply.ts";
import type { RequestView } from "../reply/resource.ts";
import type { ReplyHead, Sink } from "../reply/sink.ts";
import type { DigestAlgorithm } from "../semantics/digest-fields.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { deferred, type Deferred } from "../socket/deferred.ts";
import { type BodySupply, IncomingBody } from "../socket/incoming-body.ts";
import type { Outlet } from "../socket/outlet.ts";
import { sendPiece } from "../socket/piece-sender.ts";
import { AwaitedSource } from "./awaited-source.ts";
import type { ClientLimits, ClientTimeouts } from "./options.ts";
import { WireChunks } from "./wire-chunks.ts";

/** A request as it is sent. */
export interface Outgoing {
  readonly method: string;
  /** The request target: a path, or for a proxy the whole URL. */
  readonly target: string;
  readonly fields: FieldsInit;
  readonly body: Body;
  readonly trailers: ReplyTrailers | undefined;
  readonly digest: DigestAlgorithm | undefined;
  readonly expectContinue: boolean;
  /** Whether the chunks of the response are to be kept apart. */
  readonly chunks: boolean;
  readonly limits: Pick<ClientLimits, "gatheredBytes" | "backlogBytes" | "interim">;
  readonly timeouts: Pick<ClientTimeouts, "head" | "body" | "continue">;
}

/** What an exchange needs of its connection. */
export interface ExchangeConnection {
  readonly sender: Sender;
  readonly outlet: Outlet;
  readonly remote: { readonly address: string; readonly port: number };
  /** Whether an exchange has been on it before this one. */
  readonly reused: boolean;
  /** Octets that the server has taken, for telling a slow one from one that has stopped. */
  readonly octetsTaken: number;
  /** The head of the request has been written: a response to it may come. */
  requested(method: string): void;
  /** The request has been sent whole. */
  requestSent(): void;
  /** There is room for more of the response. */
  resume(): void;
  /** Nobody wants the rest of the response. */
  discard(): void;
  /** The exchange cannot go on: whoever waits is told, and the connection closes. */
  giveUp(error: unknown): void;
  /** Ends the connection at once. */
  close(): void;
}

/** What an exchange tells whoever began it. */
export interface ExchangeHost {
  /** An interim response. What it throws ends the exchange. */
  informed(status: number, headers: Fields): void;
  /** The head of the final response. */
  responded(head: ResponseHead, framing: BodyFraming, exchange: Exchange): void;
  /** There will be no response. */
  failed(error: unknown, exchange: Exchange): void;
  /** The response has arrived whole. */
  arrived(): void;
  /** The response will not arrive whole. */
  broken(error: unknown): void;
  /** Neither direction goes on, after a response that has arrived whole. */
  finished(): void;
}

/** What a request is to `pump`, which drives its body: nobody to make a choice for. */
const NO_VIEW: RequestView = { method: "POST", headers: new Fields() };
/** Methods whose meaning expects content: without any they say so (RFC 9110 section 8.6). */
const EXPECTING_CONTENT = new Set(["POST", "PUT", "PATCH"]);

/** One request and its response, on one connection: the sink that the request's body goes to, and what the response's leans on. */
export class Exchange implements Sink, BodySupply {
  readonly method: string;
  readonly chunks: WireChunks | undefined;
  onleave: ((reason: EndedError) => void) | undefined;
  readonly #outgoing: Outgoing;
  readonly #host: ExchangeHost;
  #connection: ExchangeConnection | undefined;
  #head: ResponseHead | undefined;
  #body: IncomingBody | undefined;
  // Set once no more of the request will be sent; `undefined` as the reason stands for all of it.
  #sent: { readonly reason: unknown } | undefined;
  #over = false;
  #interim = 0;
  // Set while 100 (Continue) is waited for.
  #asked: Deferred<boolean> | undefined;
  // For the deadlines: since when what is waited for has not moved, and whether octets have come since that was last looked at.
  #since: number | undefined;
  #moved = false;
  #octetsTaken = 0;

  constructor(outgoing: Outgoing, host: ExchangeHost) {
    this.#outgoing = outgoing;
    this.#host = host;
    this.method = outgoing.method;
    if (outgoing.chunks) this.chunks = new WireChunks(() => this.#connection?.resume());
  }

  /** What the connection tells of each chunk, where somebody wants to know. */
  get chunk(): ChunkedHandler["chunk"] {
    return this.chunks?.begin;
  }

  /** Whether it has ended, one way or the other. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Whether there is more of the request to be sent. */
  get sending(): boolean {
    return this.#sent === undefined;
  }

  get connection(): ExchangeConnection | undefined {
    return this.#connection;
  }

  // What the connection tells

  /** Sends the request. */
  begin(connection: ExchangeConnection): void {
    this.#connection = connection;
    const { method, target, fields, body, trailers, digest, expectContinue } = this.#outgoing;
    if (body !== null) {
      void pump(
        {
          status: 200,
          headers: fields,
          body: expectContinue && typeof body !== "function" ? this.#awaited(body) : body,
          trailers,
          trailersAlways: true,
          digest,
        },
        NO_VIEW,
        this,
        [],
      );
      connection.outlet.flush();
      return;
    }
    try {
      connection.sender.request(method, target, fields, EXPECTING_CONTENT.has(method) ? 0 : undefined);
      connection.requested(method);
      this.end(undefined);
    } catch (error) {
      this.fail(error);
    }
  }

  /** An interim response (RFC 9110 section 15.2). */
  informed({ status, fields }: ResponseHead): void {
    if (++this.#interim > this.#outgoing.limits.interim)
      throw new ProtocolError("ERR_SLUICE_TOO_MANY_INTERIM");
    if (status === 100) this.#proceed();
    this.#host.informed(status, fields);
  }

  /** The head of the final response. */
  responded(head: ResponseHead, framing: BodyFraming): void {
    this.#head = head;
    this.#since = undefined;
    // A refusal says that the body isn't wanted; another answer may be waiting for it.
    if (this.#asked !== undefined && head.status >= 400)
      this.sendingFailed(new EndedError("ERR_SLUICE_ANSWERED"));
    else this.#proceed();
    this.#body = new IncomingBody(this);
    this.#host.responded(head, framing, this);
  }

  /** Octets of the body, which stay as they are. Returns whether there is room for more. */
  data(view: Uint8Array): boolean {
    this.#moved = true;
    const room = this.#body!.push(view);
    return this.chunks === undefined ? room : this.chunks.data(view) && room;
  }

  responseEnded(trailers: ReceivedTrailers | undefined): void {
    this.chunks?.end();
    this.#body!.end(trailers);
    if (this.#over) return;
    this.#over = true;
    this.#host.arrived();
    if (this.#sent !== undefined) this.#host.finished();
  }

  /** The connection is lost, or of no more use. It has been closed. */
  failed(error: unknown): void {
    this.sendingFailed(asEnded(error));
    if (this.#over) return;
    this.#over = true;
    if (this.#body === undefined) {
      this.#host.failed(error, this);
    } else {
      this.#body.fail(error);
      this.#host.broken(error);
    }
  }

  /** Nothing more of the request will be sent. */
  sendingFailed(reason: EndedError): void {
    this.#asked?.resolve(false);
    this.#asked = undefined;
    if (this.#sent !== undefined) return;
    this.#sent = { reason };
    this.onleave?.(reason);
    if (this.#over) this.#host.finished();
  }

  /** Whether nobody will need the rest of the request once the response is complete. */
  get givesUpBody(): boolean {
    return this.#sent !== undefined || this.#head!.status >= 400;
  }

  check(now: number): void {
    const { timeouts } = this.#outgoing;
    if (this.#asked !== undefined) {
      if (this.#hasPassed(now, timeouts.continue, false)) this.#proceed();
    } else if (this.#sent === undefined && this.#connection!.outlet.backlog > 0) {
      const { octetsTaken } = this.#connection!;
      const moved = octetsTaken !== this.#octetsTaken;
      this.#octetsTaken = octetsTaken;
      if (this.#hasPassed(now, timeouts.body, moved)) this.#expire("ERR_SLUICE_WRITE_TIMEOUT");
    } else if (this.#body === undefined) {
      if (this.#sent !== undefined && this.#hasPassed(now, timeouts.head, false))
        this.#expire("ERR_SLUICE_RESPONSE_TIMEOUT");
    } else if (this.#body.hungry) {
      const moved = this.#moved;
      this.#moved = false;
      if (this.#hasPassed(now, timeouts.body, moved)) this.#expire("ERR_SLUICE_BODY_TIMEOUT");
    } else {
      this.#since = undefined;
    }
  }

  // What its owner does

  /** The body of the response. */
  get body(): IncomingBody {
    return this.#body!;
  }

  /** Ends it, at once and with its connection. */
  abandon(error: EndedError): void {
    if (this.#over && this.#sent !== undefined) return;
    this.#connection?.close();
    this.failed(error);
  }

  // The sink

  wantsTrailers(): boolean {
    return true;
  }

  head({ headers, size, trailers }: ReplyHead): boolean {
    this.#refuseWhenSent();
    const { method, target, body, expectContinue } = this.#outgoing;
    const { sender } = this.#connection!;
    const known = size ?? (expectContinue ? bodySize(body) : undefined);
    // Trailers need chunks, also behind a body whose size is known.
    const framing = known === undefined || trailers.length > 0 ? "chunked" : known;
    sender.request(method, target, headers, framing, trailers);
    this.#connection!.requested(method);
    return true;
  }

  write(piece: BodyPiece): boolean {
    this.#refuseWhenSent();
    const { sender, outlet } = this.#connection!;
    if (outlet.full && outlet.backlog > this.backlogBytes)
      throw new UsageError("ERR_SLUICE_BACKLOG", { found: `${outlet.backlog} bytes` });
    sendPiece(sender, piece);
    return !outlet.full;
  }

  get backlogBytes(): number {
    return this.#outgoing.limits.backlogBytes;
  }

  flush(): void {
    this.#connection!.outlet.flush();
  }

  ready(): Promise<void> {
    return this.#sent === undefined ? this.#connection!.outlet.ready() : Promise.reject(this.#sent.reason);
  }

  drained(): Promise<void> {
    return this.#sent === undefined ? this.#connection!.outlet.drained() : Promise.reject(this.#sent.reason);
  }

  end(trailers: FieldsInit | undefined): void {
    if (this.#sent !== undefined) return;
    const { sender } = this.#connection!;
    sender.end(sender.chunked ? trailers : undefined);
    this.#sent = { reason: undefined };
    this.#since = undefined;
    if (this.#over) this.#host.finished();
    this.#connection!.requestSent();
  }

  /** The body of the request cannot be had: the server must not take it for complete, and whoever waits is told why. */
  fail(reason: unknown): void {
    if (this.#sent !== undefined) return;
    this.#sent = { reason };
    this.#connection!.giveUp(reason ?? new Error("The body of the request was given up without a reason"));
  }

  /** Of a request nobody is told what went wrong without ending it. */
  report(): void {}

  // What the body of the response leans on

  get headers(): Fields {
    return this.#head!.fields;
  }

  get gatheredBytes(): number {
    return this.#outgoing.limits.gatheredBytes;
  }

  get separate(): boolean {
    return this.chunks !== undefined;
  }

  wanted(): void {}

  resume(): void {
    this.#connection?.resume();
  }

  left(): void {
    if (this.#over) return;
    this.#over = true;
    const body = this.#body!;
    // It may have been left for a reason: a limit that it is over.
    const error = body.blamed ?? new EndedError("ERR_SLUICE_READER_LEFT");
    this.#host.broken(error);
    this.#connection!.discard();
    body.fail(error);
  }

  #awaited(body: Exclude<Body, null | ((...args: never) => unknown)>): AwaitedSource {
    this.#asked = deferred();
    return new AwaitedSource(body, this.#asked.promise);
  }

  /** The server wants the body, or has had time enough to say that it doesn't. */
  #proceed(): void {
    this.#asked?.resolve(true);
    this.#asked = undefined;
    this.#since = undefined;
  }

  #hasPassed(now: number, limit: number, moved: boolean): boolean {
    if (moved || this.#since === undefined) {
      this.#since = now;
      return false;
    }
    return limit > 0 && now - this.#since >= limit;
  }

  #expire(
    code: "ERR_SLUICE_WRITE_TIMEOUT" | "ERR_SLUICE_RESPONSE_TIMEOUT" | "ERR_SLUICE_BODY_TIMEOUT",
  ): void {
    this.#connection!.giveUp(new EndedError(code));
  }

  #refuseWhenSent(): void {
    if (this.#sent !== undefined)
      throw this.#sent.reason ?? new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a body after its end" });
  }
}

function asEnded(error: unknown): EndedError {
  return error instanceof EndedError ? error : new EndedError("ERR_SLUICE_READER_LEFT", { cause: error });
}
