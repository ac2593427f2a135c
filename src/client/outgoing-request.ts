import { type EndedError, UsageError } from "../errors.ts";
import { type Body, type BodySource, bodySize } from "../reply/body.ts";
import type { BodyPiece } from "../reply/piece.ts";
import { pump } from "../reply/pump.ts";
import type { ReplyTrailers } from "../reply/reply.ts";
import type { RequestView } from "../reply/resource.ts";
import type { ReplyHead, Sink } from "../reply/sink.ts";
import type { DigestAlgorithm } from "../semantics/digest-fields.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { expectsContent } from "../semantics/methods.ts";
import { deferred, type Deferred } from "../deferred.ts";
import type { Outlet } from "../socket/outlet.ts";
import { type PieceTaker, sendPiece } from "../socket/piece-sender.ts";
import { AwaitedSource } from "./awaited-source.ts";

/** A request as it is sent. */
export interface RequestMessage {
  readonly method: string;
  /** The request target: a path, or for a proxy the whole URL. */
  readonly target: string;
  readonly fields: FieldsInit;
  readonly body: Body;
  readonly trailers: ReplyTrailers | undefined;
  readonly digest: DigestAlgorithm | undefined;
  readonly expectContinue: boolean;
}

/**
 * What frames a request: HTTP/1's `Sender`, or that of a stream of HTTP/2. No sequence of calls makes it send more octets than
 * announced, or an end before them.
 */
export interface RequestSender extends PieceTaker {
  /**
   * The head. Returns it as text.
   * @param size the octets of the body, `"chunked"` where nobody knows them yet, undefined for no body
   * @param trailers the names of trailers to announce
   * @throws UsageError; nothing has been written then
   */
  request(
    method: string,
    target: string,
    fields: FieldsInit,
    size?: number | "chunked",
    trailers?: readonly string[],
  ): string;
  /** Whether the body of the request under way is of no announced length, so that trailers can follow it. */
  readonly chunked: boolean;
  /** Ends the request. @throws UsageError where octets are missing, or trailers can't be sent; nothing has been written then */
  end(trailers?: FieldsInit): void;
}

/** What a request that is being sent needs of its connection, and tells. */
export interface OutgoingRequestHost {
  readonly sender: RequestSender;
  /** There once the head has been sent. */
  readonly outlet: Outlet;
  /** Octets that a writer that does not wait may be ahead of the server. */
  readonly backlogBytes: number;
  /** The head has been written: a response may come. */
  requested(head: string): void;
  /** All of it has been written. */
  requestSent(): void;
  /** The body cannot be had: the server must not take it for complete, and whoever waits is told why. */
  requestFailed(reason: unknown): void;
}

/** What a request is to `pump`, which drives its body: nobody to make a choice for. */
const NO_VIEW: RequestView = { method: "POST", headers: new Fields() };

/** One request on its way: the sink that its body goes to. */
export class OutgoingRequest implements Sink {
  onleave: ((reason: EndedError) => void) | undefined;
  readonly #message: RequestMessage;
  readonly #host: OutgoingRequestHost;
  // Set once nothing more of it will be sent; `undefined` as the reason stands for all of it.
  #over: { readonly reason: unknown } | undefined;
  // Set while 100 (Continue) is waited for.
  #asked: Deferred<boolean> | undefined;

  constructor(message: RequestMessage, host: OutgoingRequestHost) {
    this.#message = message;
    this.#host = host;
  }

  /** Whether nothing more of it will be sent. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Whether the body waits for 100 (Continue). */
  get awaitsContinue(): boolean {
    return this.#asked !== undefined;
  }

  /** Begins to send it. */
  begin(): void {
    const { method, target, fields, body, trailers, digest, expectContinue } = this.#message;
    if (body === null) {
      try {
        const size = expectsContent(method) ? 0 : undefined;
        this.#host.requested(this.#host.sender.request(method, target, fields, size));
        this.end(undefined);
      } catch (error) {
        this.fail(error);
      }
      return;
    }
    void pump(
      {
        status: 200,
        headers: fields,
        body: expectContinue ? this.#awaited(body) : body,
        trailers,
        trailersAlways: true,
        digest,
      },
      NO_VIEW,
      this,
      [],
    );
    if (this.#over === undefined) this.flush();
  }

  /** The server wants the body, or has had time enough to say that it doesn't. */
  proceed(): void {
    this.#asked?.resolve(true);
    this.#asked = undefined;
  }

  /** Nothing more of it will be sent. Returns whether there was anything left. */
  cut(reason: EndedError): boolean {
    this.#asked?.resolve(false);
    this.#asked = undefined;
    if (this.#over !== undefined) return false;
    this.#over = { reason };
    this.onleave?.(reason);
    return true;
  }

  // The sink

  wantsTrailers(): boolean {
    return true;
  }

  head({ headers, size, trailers }: ReplyHead): boolean {
    this.#refuseWhenOver();
    const { method, target, body, expectContinue } = this.#message;
    const known = size ?? (expectContinue ? bodySize(body) : undefined);
    // Trailers need chunks, also behind a body whose size is known.
    const framing = known === undefined || trailers.length > 0 ? "chunked" : known;
    this.#host.requested(this.#host.sender.request(method, target, headers, framing, trailers));
    return true;
  }

  write(piece: BodyPiece): boolean {
    this.#refuseWhenOver();
    const { sender, outlet, backlogBytes } = this.#host;
    sendPiece(sender, outlet, backlogBytes, piece);
    return !outlet.full;
  }

  get backlogBytes(): number {
    return this.#host.backlogBytes;
  }

  flush(): void {
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
    const { sender } = this.#host;
    sender.end(sender.chunked ? trailers : undefined);
    this.#over = { reason: undefined };
    this.#host.requestSent();
  }

  fail(reason: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = { reason };
    this.#host.requestFailed(reason ?? new Error("The body of the request was given up without a reason"));
  }

  /** Of a request nobody is told what went wrong without ending it. */
  report(): void {}

  /** The body, from when it is asked for. */
  #awaited(body: Exclude<Body, null>): BodySource {
    this.#asked = deferred();
    const { promise } = this.#asked;
    return typeof body === "function"
      ? async (out) => ((await promise) ? body(out) : [])
      : new AwaitedSource(body, promise);
  }

  #refuseWhenOver(): void {
    if (this.#over !== undefined)
      throw this.#over.reason ?? new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a body after its end" });
  }
}
