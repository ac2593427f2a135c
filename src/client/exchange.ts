import { EndedError, ProtocolError } from "../errors.ts";
import type { ChunkedHandler } from "../http1/chunked-decoder.ts";
import type { Fields } from "../semantics/fields.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { type BodySupply, IncomingBody } from "../content/incoming-body.ts";
import type { Outlet } from "../socket/outlet.ts";
import type { Remote } from "../socket/remote.ts";
import { diagnostics } from "./diagnostics.ts";
import { type Awaited, codeOfExpiry, ExchangeClock } from "./exchange-clock.ts";
import type { ClientLimits, ClientTimeouts } from "./options.ts";
import {
  OutgoingRequest,
  type OutgoingRequestHost,
  type RequestMessage,
  type RequestSender,
} from "./outgoing-request.ts";
import { type AnnouncedSize, type ReceivedHead, versionOf } from "./received-head.ts";
import { WireChunks } from "./wire-chunks.ts";

/** What an exchange is to do. */
export interface ExchangePlan extends RequestMessage {
  /** What is asked for, for whoever watches. */
  readonly url: string;
  /** Whether the chunks of the response are to be kept apart. */
  readonly chunks: boolean;
  readonly limits: Pick<ClientLimits, "gatheredBytes" | "backlogBytes" | "interim">;
  readonly timeouts: Pick<ClientTimeouts, "head" | "body" | "continue">;
}

/** What carries an exchange: a connection of HTTP/1 while the exchange is on it, or one stream of HTTP/2. */
export interface ExchangeCarrier {
  readonly sender: RequestSender;
  /** What the octets of the request leave by. There once its head has been sent. */
  readonly outlet: Outlet;
  readonly remote: Remote;
  /** Whether an exchange has been on the connection before this one. */
  readonly reused: boolean;
  /** Octets that the server has taken, for telling a slow one from one that has stopped. */
  readonly octetsTaken: number;
  /** The head of a request with this method has been written: a response may come. */
  requested(method: string): void;
  /** The request has been sent whole. */
  requestSent(): void;
  /** There is room for more of the response. */
  resume(): void;
  /** Nobody wants the rest of the response. */
  discard(): void;
  /** The exchange cannot go on: whoever waits is told, and the connection of HTTP/1 closes, or the stream. */
  giveUp(error: unknown): void;
  /** Ends it at once: the connection of HTTP/1, or the stream. */
  close(): void;
}

/** What an exchange tells whoever began it: any number of `informed`, then `unanswered`, or `responded` and how that ended. */
export interface ExchangeHost {
  /** An interim response. What it throws ends the exchange. */
  informed(status: number, headers: Fields): void;
  /** The head of the final response. */
  responded(head: ReceivedHead, size: AnnouncedSize, exchange: Exchange): void;
  /** There will be no response. */
  unanswered(error: unknown, exchange: Exchange): void;
  /** The response has arrived whole. */
  arrived(): void;
  /** The response will not arrive whole. */
  broken(error: unknown): void;
  /** Neither direction goes on, after a response that has arrived whole. */
  finished(): void;
}

/**
 * One request and its response, on a connection of HTTP/1 or a stream of HTTP/2. The words for its ends are the same throughout: a request
 * is cut, a response breaks, a reader leaves, a caller abandons, a connection is given up.
 */
export class Exchange implements OutgoingRequestHost, BodySupply {
  readonly method: string;
  readonly chunks: WireChunks | undefined;
  /** Called where it ends while it waits for a connection. Set by the pool. */
  onunwanted: (() => void) | undefined;
  readonly #plan: ExchangePlan;
  readonly #host: ExchangeHost;
  readonly #request: OutgoingRequest;
  readonly #clock: ExchangeClock;
  #carrier: ExchangeCarrier | undefined;
  #head: ReceivedHead | undefined;
  #body: IncomingBody | undefined;
  // Whether the response is over, one way or the other.
  #over = false;
  #interim = 0;
  // Views of the body that have come, for telling whether it moves.
  #views = 0;

  constructor(plan: ExchangePlan, host: ExchangeHost) {
    this.#plan = plan;
    this.#host = host;
    this.method = plan.method;
    this.#request = new OutgoingRequest(plan, this);
    this.#clock = new ExchangeClock(plan.timeouts);
    if (plan.chunks) this.chunks = new WireChunks(() => this.#carrier?.resume());
  }

  /** What the connection tells of each chunk, where somebody wants to know. */
  get chunk(): ChunkedHandler["chunk"] {
    return this.chunks?.begin;
  }

  /** Whether the response is over, one way or the other. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Whether there is more of the request to be sent. */
  get sending(): boolean {
    return !this.#request.isOver;
  }

  /** What it runs on, once it does. */
  get carrier(): ExchangeCarrier | undefined {
    return this.#carrier;
  }

  // What the connection tells

  /** Sends the request. */
  begin(carrier: ExchangeCarrier): void {
    this.#carrier = carrier;
    this.#request.begin();
  }

  /** An interim response (RFC 9110 section 15.2). */
  informed(head: ReceivedHead): void {
    const { status, fields } = head;
    this.#tell(head);
    if (++this.#interim > this.#plan.limits.interim) throw new ProtocolError("ERR_SLUICE_TOO_MANY_INTERIM");
    if (status === 100) this.#request.proceed();
    this.#host.informed(status, fields);
  }

  /** The head of the final response. */
  responded(head: ReceivedHead, size: AnnouncedSize): void {
    this.#head = head;
    this.#tell(head);
    // A refusal says that the body isn't wanted; another answer may be waiting for it.
    if (this.#request.awaitsContinue && head.status >= 400)
      this.cutRequest(new EndedError("ERR_SLUICE_ANSWERED"));
    else this.#request.proceed();
    this.#body = new IncomingBody(this);
    this.#host.responded(head, size, this);
  }

  /** Octets of the body, which stay as they are. Returns whether there is room for more. */
  data(view: Uint8Array): boolean {
    this.#views++;
    const room = this.#body!.push(view);
    return this.chunks === undefined ? room : this.chunks.data(view) && room;
  }

  responseEnded(trailers: ReceivedTrailers | undefined): void {
    this.chunks?.end();
    this.#body!.end(trailers);
    if (this.#over) return;
    this.#over = true;
    this.#host.arrived();
    if (this.#request.isOver) this.#host.finished();
  }

  /** The connection is lost, or of no more use. It has been closed. */
  lost(error: unknown): void {
    if (this.#carrier === undefined) this.onunwanted?.();
    this.cutRequest(asEnded(error));
    if (this.#over) return;
    this.#over = true;
    if (this.#body === undefined) {
      this.#host.unanswered(error, this);
    } else {
      this.#body.fail(error);
      this.#host.broken(error);
    }
  }

  /** Nothing more of the request will be sent. */
  cutRequest(reason: EndedError): void {
    if (this.#request.cut(reason) && this.#over) this.#host.finished();
  }

  /** Whether nobody will need the rest of the request once the response is complete. */
  get givesUpRequest(): boolean {
    return this.#request.isOver || this.#head!.status >= 400;
  }

  check(now: number): void {
    const awaited = this.#awaited;
    const { backlog } = this.outlet;
    // Octets that this side has written have not been sent before the server has taken them.
    const taken = backlog > 0 ? this.#carrier!.octetsTaken : 0;
    if (!this.#clock.hasExpired(now, awaited, taken + this.#views)) return;
    const code = codeOfExpiry(awaited!);
    if (code === undefined) this.#request.proceed();
    else this.#carrier!.giveUp(new EndedError(code));
  }

  get #awaited(): Awaited | undefined {
    if (this.#request.awaitsContinue) return "continue";
    if (this.#body?.hungry === true) return "body";
    if (this.outlet.backlog > 0) return "room";
    return this.#body === undefined && this.#request.isOver ? "head" : undefined;
  }

  // What its owner does

  /** The body of the response. */
  get body(): IncomingBody {
    return this.#body!;
  }

  /** Ends it, at once and with its connection. */
  abandon(error: EndedError): void {
    if (this.#over && this.#request.isOver) return;
    this.#carrier?.close();
    this.lost(error);
  }

  // What the request leans on

  get sender(): RequestSender {
    return this.#carrier!.sender;
  }

  get outlet(): Outlet {
    return this.#carrier!.outlet;
  }

  get backlogBytes(): number {
    return this.#plan.limits.backlogBytes;
  }

  requested(head: string): void {
    this.#carrier!.requested(this.method);
    if (diagnostics.request.hasSubscribers) diagnostics.request.publish({ url: this.#plan.url, head });
  }

  requestSent(): void {
    if (this.#over) this.#host.finished();
    this.#carrier!.requestSent();
  }

  requestFailed(reason: unknown): void {
    this.#carrier!.giveUp(reason);
  }

  // What the body of the response leans on

  get headers(): Fields {
    return this.#head!.fields;
  }

  get gatheredBytes(): number {
    return this.#plan.limits.gatheredBytes;
  }

  get separate(): boolean {
    return this.chunks !== undefined;
  }

  wanted(): void {}

  resume(): void {
    this.#carrier?.resume();
  }

  #tell(head: ReceivedHead): void {
    if (!diagnostics.response.hasSubscribers) return;
    const { url } = this.#plan;
    const { status, reason, fields: headers } = head;
    diagnostics.response.publish({ url, httpVersion: versionOf(head), status, reason, headers });
  }

  givenUp(): void {
    if (this.#over) return;
    this.#over = true;
    const body = this.#body!;
    // It may have been left for a reason: a limit that it is over.
    const error = body.blamed ?? new EndedError("ERR_SLUICE_READER_LEFT");
    this.#host.broken(error);
    this.#carrier!.discard();
    body.fail(error);
  }
}

/** What ends something early, as an error of ending. */
export function asEnded(error: unknown): EndedError {
  return error instanceof EndedError ? error : new EndedError("ERR_SLUICE_READER_LEFT", { cause: error });
}
