import { EndedError, ProtocolError, UsageError } from "../../errors.ts";
import { FramedExchange } from "../../exchange/framed-exchange.ts";
import type { FramedHead } from "../../exchange/framed-head.ts";
import type { ExchangeSettings } from "../../exchange/options.ts";
import type { HttpVersion } from "../../exchange/request.ts";
import { utf8 } from "../../content/octets.ts";
import { type Deferred, deferred } from "../../deferred.ts";
import type { BodyPiece } from "../../reply/piece.ts";
import { Fields } from "../../semantics/fields.ts";
import type { Remote } from "../../socket/remote.ts";
import { BodyPull } from "./body-pull.ts";

/** Of an answer that nobody is there to read. Whatever stands between a handler and its host may see it, no client does. */
const NOBODY_READS = 499;

const NOWHERE: Remote = { address: "", port: 0 };

/** What workers take beside what everybody does where a response is made. */
interface ResponseInitOfWorkers extends ResponseInit {
  /** Workers code a body themselves where the head has a Content-Encoding, unless it is `manual`. Other hosts don't look at it. */
  readonly encodeBody: "manual";
}

/** Workers announce a length only where a stream is of this kind. */
interface WorkersScope {
  readonly FixedLengthStream?: new (length: number) => {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  };
}

/**
 * Whether to ask for a request's signal has a price: Deno prints a warning then. There it is left to handlers that want it, since Deno
 * cancels the stream of every answer whose reader has left, also of one that had left before.
 */
const SIGNAL_WARNS = "Deno" in globalThis;

/** A web request, and the web response that answers it. */
export class FetchExchange extends FramedExchange {
  readonly #web: Request;
  readonly #remoteOf: () => Remote | null | undefined;
  readonly #response: Deferred<Response> = deferred();
  readonly #pull: BodyPull;
  #answered = false;
  #head: FramedHead | undefined;
  #fields: Fields | undefined;
  #remote: Remote | undefined;
  #authority: string;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #reading = false;
  #paused = false;
  #watching = false;
  readonly #onAbort = (): void => this.#readerLeft(this.#web.signal.reason);

  constructor(web: Request, settings: ExchangeSettings, remoteOf: () => Remote | null | undefined) {
    const { authority, target } = partsOf(web.url);
    // GET and HEAD have none in fetch; some hosts make a request of theirs to say so, which costs more than all the rest.
    super(web.method, target, settings, web.method !== "GET" && web.method !== "HEAD" && web.body !== null);
    this.#web = web;
    this.#authority = authority;
    this.#remoteOf = remoteOf;
    this.#pull = new BodyPull((reason) => this.#readerLeft(reason));
  }

  /** Has the handler answer. The promise never rejects: what goes wrong is a response, or ends one. */
  answer(handler: (request: FetchExchange["request"]) => unknown): Promise<Response> {
    void this.start(handler);
    if (!SIGNAL_WARNS) this.#watch();
    return this.#response.promise;
  }

  // What the request leans on

  override get headers(): Fields {
    if (this.#fields === undefined) {
      try {
        this.#fields = Fields.from(this.#web.headers);
      } catch (cause) {
        // Where no host has checked them. Whatever asks next finds none, so that the error can be answered.
        this.#fields = new Fields();
        const { message } = cause as Error;
        throw this.blame(new ProtocolError("ERR_SLUICE_FIELD_VALUE", { found: message, cause }));
      }
    }
    return this.#fields;
  }

  override get httpVersion(): HttpVersion {
    return "unknown";
  }

  override get authority(): string {
    return this.#authority;
  }

  override get secure(): boolean {
    return this.#web.url.startsWith("https:");
  }

  override get remote(): Remote {
    return (this.#remote ??= this.#remoteOf() ?? NOWHERE);
  }

  override get signal(): AbortSignal {
    this.#watch();
    return super.signal;
  }

  // The request's body

  override wanted(): void {
    if (this.requestComplete || this.#reader !== undefined) return;
    if (this.#web.bodyUsed || this.#web.body?.locked === true)
      throw new UsageError("ERR_SLUICE_BODY_USED", { found: "Request" });
    this.#reader = this.#web.body!.getReader();
    void this.#read(this.#reader);
  }

  override resume(): void {
    this.#paused = false;
    if (this.#reader !== undefined && !this.#reading) void this.#read(this.#reader);
  }

  override givenUp(): void {
    this.#cancelBody();
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    this.#reading = true;
    try {
      while (!this.#paused && !this.isOver) {
        const { done, value } = await reader.read();
        if (done) {
          this.receivedAll(undefined);
          return;
        }
        if (!this.received(value)) this.#paused = true;
      }
    } catch (cause) {
      this.receiveFailed(new EndedError("ERR_SLUICE_READER_LEFT", { cause }));
    } finally {
      this.#reading = false;
    }
  }

  #cancelBody(): void {
    const reader = this.#reader;
    if (reader === undefined || this.requestComplete) return;
    reader.cancel().catch(() => {});
  }

  // How the answer leaves

  override wantsTrailers(): boolean {
    return false;
  }

  protected override sendInformational(): void {}

  protected override begin(head: FramedHead): void {
    this.#head = head;
    // What is complete by then is a body that is known.
    queueMicrotask(() => this.#respondStreaming());
  }

  protected override transmit(piece: BodyPiece, size: number): void {
    this.#pull.write(piece, size);
  }

  protected override finish(): void {
    this.#pull.end();
    if (this.#answered) return;
    const pieces = this.#pull.takeAll();
    this.#respond(pieces.length === 0 ? null : pieces[0]);
  }

  protected override push(): void {
    this.#respondStreaming();
  }

  protected override get backlog(): number {
    return this.#pull.octets;
  }

  protected override get hasRoom(): boolean {
    return this.#pull.asked;
  }

  protected override whenReady(): Promise<void> {
    this.#respondStreaming();
    return this.#pull.untilAsked();
  }

  /** Whoever reads the stream may keep what it gets. */
  get keepsPieces(): boolean {
    return true;
  }

  protected override whenDrained(): Promise<void> {
    return this.whenReady();
  }

  protected override answered(): void {
    this.#close();
  }

  protected override cut(reason: unknown): void {
    if (this.#head === undefined) this.#respondWith(new Response(null, { status: 500 }));
    else this.#respondStreaming();
    this.#pull.fail(reason);
    this.#close();
  }

  override leave(reason: EndedError): void {
    super.leave(reason);
    this.#pull.leave(reason);
    // Hosts whose signal aborts cancel the stream themselves, and would report one that fails before.
    queueMicrotask(() => this.#pull.fail(reason));
    if (!this.#answered) this.#respondWith(new Response(null, { status: NOBODY_READS }));
    this.#close();
  }

  #readerLeft(cause: unknown): void {
    if (!this.isOver) this.leave(new EndedError("ERR_SLUICE_READER_LEFT", { cause }));
  }

  #close(): void {
    this.#cancelBody();
    if (this.#watching) this.#web.signal.removeEventListener("abort", this.#onAbort);
  }

  /** Has the host tell when the reader leaves. */
  #watch(): void {
    if (this.#watching || this.isOver) return;
    this.#watching = true;
    const { signal } = this.#web;
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort);
  }

  #respondStreaming(): void {
    if (this.#answered || this.#head === undefined) return;
    const { wantsBody, length } = this.#head;
    const { stream } = this.#pull;
    const { FixedLengthStream } = globalThis as WorkersScope;
    if (!wantsBody) {
      this.#respond(null);
    } else if (length === undefined || FixedLengthStream === undefined) {
      this.#respond(stream);
    } else {
      const { readable, writable } = new FixedLengthStream(length);
      // Both ends know of whatever becomes of the other.
      stream.pipeTo(writable).catch(() => {});
      this.#respond(readable);
    }
  }

  #respond(body: BodyPiece | ReadableStream<Uint8Array> | null): void {
    const { status, fields, length } = this.#head!;
    const headers: [string, string][] = [];
    let typed = false;
    let coded = false;
    for (const [name, value] of fields) {
      headers.push([name, value]);
      if (name === "content-type") typed = true;
      else if (name === "content-encoding") coded = true;
    }
    if (length !== undefined) headers.push(["content-length", String(length)]);
    const init: ResponseInit = { status, headers };
    // A text without a type would be given one.
    const content = typeof body === "string" && !typed ? utf8(body) : body;
    const all: ResponseInit = coded ? ({ ...init, encodeBody: "manual" } as ResponseInitOfWorkers) : init;
    this.#respondWith(new Response(content as ConstructorParameters<typeof Response>[0], all));
  }

  #respondWith(response: Response): void {
    this.#answered = true;
    this.#response.resolve(response);
  }
}

/** Host and target of a URL that was parsed and put together again. */
function partsOf(url: string): { readonly authority: string; readonly target: string } {
  const start = url.indexOf("//") + 2;
  const slash = url.indexOf("/", start);
  const hash = url.indexOf("#", slash);
  return {
    authority: url.slice(start, slash),
    target: hash === -1 ? url.slice(slash) : url.slice(slash, hash),
  };
}
