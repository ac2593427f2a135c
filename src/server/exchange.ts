import { EndedError, type ProtocolError, UsageError } from "../errors.ts";
import type { BodyFraming } from "../http1/body-framing.ts";
import type { RequestHead } from "../http1/head.ts";
import type { Sender } from "../http1/sender.ts";
import { type BodyPiece, isThenable } from "../reply/piece.ts";
import { pump } from "../reply/pump.ts";
import type { Reply } from "../reply/reply.ts";
import { asAnswer, isResource } from "../reply/response.ts";
import type { ReplyHead, Sink } from "../reply/sink.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import { diagnostics } from "./diagnostics.ts";
import { errorReply } from "./error-reply.ts";
import { isOfLeaving, tellApplication } from "./error-report.ts";
import { httpDate } from "./current-date.ts";
import type { Settings } from "./options.ts";
import type { Outlet } from "../socket/outlet.ts";
import { type Remote, Request, type RequestContext } from "./request.ts";
import { type BodySupply, IncomingBody } from "../socket/incoming-body.ts";
import { sendPiece } from "../socket/piece-sender.ts";

/** What an exchange asks of its connection. */
export interface ExchangeHost {
  readonly settings: Settings;
  readonly sender: Sender;
  readonly outlet: Outlet;
  readonly secure: boolean;
  readonly remote: Remote;
  /** Whether the connection may go on after this exchange. */
  readonly mayGoOn: boolean;
  /** The body of the request is wanted: read on. */
  resume(): void;
  /** The answer is complete. */
  answered(): void;
  /** The answer will not be complete: no reader may take it for complete. */
  cut(): void;
}

/** One request and its answer. It is what the handler's request leans on, and the sink that the reply goes to. */
export class Exchange implements Sink, RequestContext, BodySupply {
  readonly request: Request;
  readonly #host: ExchangeHost;
  readonly #head: RequestHead;
  onleave: ((reason: EndedError) => void) | undefined;
  #body: IncomingBody | undefined;
  #abort: AbortController | undefined;
  #status = 0;
  // Where the head begins in the output, until a piece follows it: up to then it can be taken back.
  #staged: number | undefined;
  // Set once the answer is over, one way or the other. `undefined` as the reason stands for complete.
  #over: { readonly reason: unknown } | undefined;
  // What the handler was told is wrong with the head, so that it can be told from the application's own errors.
  #blamed: ProtocolError | undefined;
  // Whether an error reply has been tried in the place of the handler's.
  #retracted = false;
  #trailersWanted = false;
  #requestComplete: boolean;
  #continueDue: boolean;

  constructor(head: RequestHead, framing: BodyFraming, host: ExchangeHost) {
    this.#head = head;
    this.#host = host;
    this.#requestComplete = framing.kind === "none";
    this.#continueDue = head.control.expect !== undefined && head.minor === 1 && !this.#requestComplete;
    this.request = new Request(head, this);
  }

  // What the connection tells

  /** Calls the handler and sends what it returns. */
  async start(handler: (request: Request) => unknown): Promise<void> {
    if (diagnostics.requestStart.hasSubscribers) diagnostics.requestStart.publish({ request: this.request });
    let reply: Reply;
    try {
      const result = handler(this.request);
      const answer = asAnswer(isThenable(result) ? await result : result);
      reply = isResource(answer) ? await answer.respond(this.request) : answer;
    } catch (error) {
      this.fail(error);
      return;
    }
    const { outlet } = this.#host;
    outlet.hold();
    void pump(reply, this.request, this, this.#host.settings.codings);
    outlet.release();
  }

  /** Octets of the request's body, which stay as they are. Returns whether there is room for more. */
  received(view: Uint8Array): boolean {
    return this.#openBody().push(view);
  }

  /** The request is complete. */
  receivedAll(trailers: ReceivedTrailers | undefined): void {
    this.#requestComplete = true;
    this.#continueDue = false;
    if (trailers !== undefined || this.#body !== undefined) this.#openBody().end(trailers);
    if (trailers === undefined || trailers.dropped.length === 0 || !diagnostics.trailerDropped.hasSubscribers)
      return;
    diagnostics.trailerDropped.publish({ request: this.request, names: trailers.dropped });
  }

  /** The request will not be complete. */
  receiveFailed(error: unknown): void {
    if (!this.#requestComplete) this.#openBody().fail(error);
  }

  /** The reader has left, or is made to. */
  leave(reason: EndedError): void {
    this.receiveFailed(reason);
    if (this.#over !== undefined) return;
    this.#finish(reason);
    this.#abort?.abort(reason);
    this.onleave?.(reason);
  }

  /** Whether the head of the answer may be on the wire. */
  get committed(): boolean {
    return this.#status !== 0;
  }

  /** Whether the handler waits for octets of the body. */
  get hungry(): boolean {
    return this.#body?.hungry === true;
  }

  /** Whether the handler reads the body, and has not given it up. */
  get readingBody(): boolean {
    return this.#body?.reading === true;
  }

  // What the request leans on

  get secure(): boolean {
    return this.#host.secure;
  }

  get remote(): Remote {
    return this.#host.remote;
  }

  get headers(): Fields {
    return this.#head.fields;
  }

  get gatheredBytes(): number {
    return this.#host.settings.limits.gatheredBytes;
  }

  get body(): IncomingBody {
    return this.#openBody();
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#over?.reason !== undefined) this.#abort.abort(this.#over.reason);
    }
    return this.#abort.signal;
  }

  informational(status: number, fields: FieldsInit): void {
    if (this.#over !== undefined || this.committed) {
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: `interim ${status} after the final head` });
    }
    if (this.#head.minor === 0) return;
    if (status === 100) this.#continueDue = false;
    this.#host.sender.informational(status, fields);
    this.#host.outlet.flush();
  }

  blame(error: ProtocolError): ProtocolError {
    this.#blamed = error;
    return error;
  }

  wanted(): void {
    if (this.#continueDue && !this.committed && this.#over === undefined) this.informational(100, {});
    this.#host.resume();
  }

  resume(): void {
    this.#host.resume();
  }

  /** What is left of a body that was given up the connection reads away, or doesn't. */
  left(): void {}

  // The sink

  wantsTrailers(always: boolean): boolean {
    const { minor, control } = this.#head;
    return minor === 1 && (always || listHas(control.te, "trailers"));
  }

  head({ status, headers, size, trailers }: ReplyHead): boolean {
    this.#refuseWhenOver();
    const { sender, outlet } = this.#host;
    const head = this.#head;
    const wanted = trailers.length > 0;
    this.#staged = outlet.total;
    sender.response(
      // Trailers need chunks, also behind a body whose size is known.
      { status, fields: headers, size: wanted ? undefined : size, trailers: wanted ? trailers : undefined },
      { method: head.method, minor: head.minor, keepAlive: this.#host.mayGoOn && !this.#continueDue },
      httpDate(),
    );
    this.#status = status;
    this.#trailersWanted = wanted && sender.chunked;
    return sender.wantsBody;
  }

  write(piece: BodyPiece): boolean {
    this.#refuseWhenOver();
    const { sender, outlet } = this.#host;
    const size = sendPiece(sender, outlet, this.backlogBytes, piece);
    this.#staged = undefined;
    if (diagnostics.chunkSent.hasSubscribers) diagnostics.chunkSent.publish({ request: this.request, size });
    return !outlet.full;
  }

  get backlogBytes(): number {
    return this.#host.settings.limits.backlogBytes;
  }

  flush(): void {
    this.#staged = undefined;
    this.#host.outlet.flush();
  }

  ready(): Promise<void> {
    return this.#over === undefined ? this.#host.outlet.ready() : Promise.reject(this.#over.reason);
  }

  drained(): Promise<void> {
    return this.#over === undefined ? this.#host.outlet.drained() : Promise.reject(this.#over.reason);
  }

  end(trailers: FieldsInit | undefined): void {
    if (this.#over !== undefined) return;
    this.#host.sender.end(this.#trailersWanted ? trailers : undefined);
    this.#finish(undefined);
    if (!this.#requestComplete) this.#openBody().fail(new EndedError("ERR_SLUICE_ANSWERED"));
    this.#host.answered();
  }

  fail(given: unknown): void {
    // Without a reason the answer would pass for complete.
    const reason = given ?? new Error("The answer was given up without a reason");
    const peersFault =
      (reason !== undefined && reason === this.#blamed) || this.#body?.blames(reason) === true;
    if (!peersFault) this.#report(reason);
    if (this.#over !== undefined) return;
    this.receiveFailed(reason);
    if (this.#retract()) {
      this.#status = 0;
      this.#abort?.abort(reason);
      void pump(errorReply(peersFault ? reason : undefined), this.request, this, []);
      return;
    }
    this.#finish(reason);
    this.#abort?.abort(reason);
    this.#host.cut();
  }

  report(error: unknown): void {
    this.#report(error);
  }

  /** Makes place for an error reply, once, where nothing of the answer has left. */
  #retract(): boolean {
    const { sender, outlet } = this.#host;
    if (this.#retracted || sender.closed) return false;
    this.#retracted = true;
    if (!sender.inMessage) return true;
    if (this.#staged === undefined || !outlet.rollback(this.#staged)) return false;
    sender.retract();
    return true;
  }

  #openBody(): IncomingBody {
    if (this.#body === undefined) {
      this.#body = new IncomingBody(this);
      if (this.#requestComplete) this.#body.end(undefined);
    }
    return this.#body;
  }

  #refuseWhenOver(): void {
    if (this.#over !== undefined)
      throw (
        this.#over.reason ?? new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a reply after the end" })
      );
  }

  #finish(reason: unknown): void {
    this.#over = { reason };
    if (!diagnostics.requestEnd.hasSubscribers) return;
    diagnostics.requestEnd.publish({ request: this.request, status: this.#status, error: reason });
  }

  /** Tells the application what went wrong on its side. */
  #report(error: unknown): void {
    if (this.#over !== undefined && isOfLeaving(error, this.#over.reason)) return;
    tellApplication(error, this.request, this.#host.settings.onError);
  }
}
