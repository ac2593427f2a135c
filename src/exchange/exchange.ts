import { type BodySupply, IncomingBody } from "../content/incoming-body.ts";
import { EndedError, type ProtocolError, UsageError } from "../errors.ts";
import { type BodyPiece, isThenable } from "../reply/piece.ts";
import { pump } from "../reply/pump.ts";
import type { Reply } from "../reply/reply.ts";
import { asAnswer, isResource, replyOf } from "../reply/response.ts";
import type { ReplyHead, Sink } from "../reply/sink.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import type { Remote } from "../socket/remote.ts";
import { diagnostics } from "./diagnostics.ts";
import { errorReply } from "./error-reply.ts";
import { isOfLeaving, tellApplication } from "./error-report.ts";
import { TAKEN } from "./handler.ts";
import { interimFields } from "./interim.ts";
import type { ExchangeSettings } from "./options.ts";
import { type HttpVersion, Request, type RequestContext } from "./request.ts";

/**
 * One request and its answer, on whatever carries them: what the handler's request leans on, and the sink that the reply goes to. What is
 * the same everywhere is here: the order of things, who is told what, the one error reply that may take the place of a head that
 * has not left. How octets leave is for those who extend it.
 */
export abstract class Exchange implements Sink, RequestContext, BodySupply {
  readonly request: Request;
  readonly hasBody: boolean;
  onleave: ((reason: EndedError) => void) | undefined;
  readonly #settings: ExchangeSettings;
  #body: IncomingBody | undefined;
  #abort: AbortController | undefined;
  #isRequested = false;
  // Of the answer whose head has been given; 0 before.
  #status = 0;
  // Set once the answer is over, one way or the other. `undefined` as the reason stands for complete.
  #over: { readonly reason: unknown } | undefined;
  // What the handler was told is wrong with the head.
  #blamed: ProtocolError | undefined;
  // Whether an error reply has been tried in the place of the handler's.
  #retracted = false;
  #requestComplete: boolean;

  /** @param hasBody whether a body follows the head of the request */
  constructor(method: string, target: string, settings: ExchangeSettings, hasBody: boolean) {
    this.#settings = settings;
    this.hasBody = hasBody;
    this.#requestComplete = !hasBody;
    this.request = new Request(method, target, this);
  }

  // How octets come and leave

  abstract readonly headers: Fields;
  abstract readonly httpVersion: HttpVersion;
  abstract readonly authority: string | undefined;
  abstract readonly secure: boolean;
  abstract readonly remote: Remote;
  abstract wantsTrailers(always: boolean): boolean;
  /** The body is wanted. */
  abstract wanted(): void;
  /** There is room for more of the body. */
  abstract resume(): void;
  abstract flush(): void;
  /** An interim response leaves, where the peer knows them. @param fields checked, and none of them of framing */
  protected abstract sendInformational(status: number, fields: Fields): void;
  /** Stages a head. Returns whether a body is wanted. @throws UsageError; nothing has been sent then */
  protected abstract sendHead(head: ReplyHead): boolean;
  /** Returns how many octets the piece has. @throws UsageError for one that may not be sent */
  protected abstract sendPiece(piece: BodyPiece): number;
  /** Whether there is room for more. */
  protected abstract readonly hasRoom: boolean;
  protected abstract whenReady(): Promise<void>;
  protected abstract whenDrained(): Promise<void>;
  /** @throws UsageError for a body that is too short, or trailers that can't be sent */
  protected abstract sendEnd(trailers: FieldsInit | undefined): void;
  /** Makes place for an error reply where nothing of the answer has left. Returns whether nothing has. */
  protected abstract takeBack(): boolean;
  /** The answer is complete, and has been reported. */
  protected abstract answered(): void;
  /** The answer will not be complete: no reader may take it for complete. */
  protected abstract cut(reason: unknown): void;

  /** Begins to send a reply. */
  protected deliver(reply: Reply): void {
    void pump(reply, this.request, this, this.#settings.codings);
  }

  // What the connection tells

  /** The request has begun. Whoever does not {@link Exchange.start} it says so. */
  requested(): void {
    this.#isRequested = true;
    if (diagnostics.requestStart.hasSubscribers) diagnostics.requestStart.publish({ request: this.request });
  }

  /** Calls the handler and sends what it returns. Without a promise where the handler is done at once. */
  start(handler: (request: Request) => unknown): void | Promise<void> {
    this.requested();
    let answer: unknown;
    try {
      answer = handler(this.request);
      if (!isThenable(answer)) answer = this.#replyOf(answer);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
    if (isThenable(answer)) return this.#startLater(answer);
    if (answer !== TAKEN) this.deliver(answer as Reply);
    return undefined;
  }

  async #startLater(answer: PromiseLike<unknown>): Promise<void> {
    let reply: Reply | typeof TAKEN;
    try {
      reply = await this.#replyOf(await answer);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (reply !== TAKEN) this.deliver(reply);
  }

  /** The reply that a handler's answer stands for, but where an adapter has taken the exchange. */
  #replyOf(answer: unknown): Reply | typeof TAKEN | Promise<Reply> {
    if (answer === TAKEN) return TAKEN;
    const given = asAnswer(answer);
    return isResource(given) ? replyOf(given, this.request) : given;
  }

  /** Octets of the request's body, which stay as they are. Returns whether there is room for more. */
  received(view: Uint8Array): boolean {
    return this.#openBody().push(view);
  }

  /** The request is complete. */
  receivedAll(trailers: ReceivedTrailers | undefined): void {
    this.#requestComplete = true;
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

  /** Whether the answer is over, one way or the other. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Whether the head of the answer may be on the wire. */
  get committed(): boolean {
    return this.#status !== 0;
  }

  /** Whether the request has arrived whole. */
  get requestComplete(): boolean {
    return this.#requestComplete;
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

  get gatheredBytes(): number {
    return this.#settings.limits.gatheredBytes;
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

  informational(status: number, init: FieldsInit): void {
    const fields = interimFields(status, init);
    if (this.#over?.reason !== undefined) throw this.#over.reason;
    if (this.isOver || this.committed) {
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: `interim ${status} after the final head` });
    }
    this.sendInformational(status, fields);
  }

  blame(error: ProtocolError): ProtocolError {
    this.#blamed = error;
    return error;
  }

  get blamed(): unknown {
    return this.#blamed ?? (this.#body?.used === true ? this.#body.blamed : undefined);
  }

  blames(error: unknown): boolean {
    return error !== undefined && (error === this.#blamed || this.#body?.blames(error) === true);
  }

  /** Whoever read the body has given up the rest of it. */
  givenUp(): void {}

  // The sink

  head(head: ReplyHead): boolean {
    this.#refuseWhenOver();
    const wantsBody = this.sendHead(head);
    this.#status = head.status;
    return wantsBody;
  }

  write(piece: BodyPiece): boolean {
    this.#refuseWhenOver();
    const size = this.sendPiece(piece);
    if (diagnostics.chunkSent.hasSubscribers) diagnostics.chunkSent.publish({ request: this.request, size });
    return this.hasRoom;
  }

  get backlogBytes(): number {
    return this.#settings.limits.backlogBytes;
  }

  ready(): Promise<void> {
    return this.#over === undefined ? this.whenReady() : Promise.reject(this.#over.reason);
  }

  drained(): Promise<void> {
    return this.#over === undefined ? this.whenDrained() : Promise.reject(this.#over.reason);
  }

  end(trailers: FieldsInit | undefined): void {
    if (this.#over !== undefined) return;
    this.sendEnd(trailers);
    this.#finish(undefined);
    if (!this.#requestComplete) this.#openBody().fail(new EndedError("ERR_SLUICE_ANSWERED"));
    this.answered();
  }

  fail(given: unknown): void {
    // Without a reason the answer would pass for complete.
    const reason = given ?? new Error("The answer was given up without a reason");
    const peersFault = this.blames(reason);
    if (!peersFault) this.report(reason);
    if (this.#over !== undefined) return;
    this.receiveFailed(reason);
    if (this.#retract()) {
      this.#abort?.abort(reason);
      void pump(errorReply(peersFault ? reason : undefined), this.request, this, []);
      return;
    }
    this.#finish(reason);
    this.#abort?.abort(reason);
    try {
      this.cut(reason);
    } catch (error) {
      this.report(error);
    }
  }

  /** Tells the application what went wrong on its side. */
  report(error: unknown): void {
    // What it was given up for has been told.
    if (this.#over !== undefined && (error === this.#over.reason || isOfLeaving(error, this.#over.reason)))
      return;
    tellApplication(error, this.request, this.#settings.onError);
  }

  /** Makes place for an error reply, once, where nothing of the answer has left. */
  #retract(): boolean {
    if (this.#retracted) return false;
    this.#retracted = true;
    if (!this.takeBack()) return false;
    this.#status = 0;
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
    // What was refused before anybody saw it has not begun, so it does not end either.
    if (!this.#isRequested || !diagnostics.requestEnd.hasSubscribers) return;
    diagnostics.requestEnd.publish({ request: this.request, status: this.#status, error: reason });
  }
}
