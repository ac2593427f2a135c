// oxlint-disable eslint/no-underscore-dangle -- The names are node:http's.
import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { EndedError } from "../../../errors.ts";
import type { Http1Exchange } from "../../../server/http1-exchange.ts";
import type { RequestInternals } from "./internals.ts";

/** Its own properties, whatever the types of its prototypes call methods. */
type Own = RequestInternals &
  Record<
    | "socket"
    | "_read"
    | "_destroy"
    | "res"
    | "next"
    | "baseUrl"
    | "originalUrl"
    | "params"
    | "route"
    | "body"
    | "_body"
    | "_parsedUrl"
    | "_parsedOriginalUrl"
    | "__onFinished",
    unknown
  >;

let pull: (request: EngineRequest) => void;
let isOver: (request: EngineRequest) => boolean;
/** @internal What it is the request of. */
export let exchangeOf: (request: EngineRequest) => Http1Exchange;
/** @internal The answer is complete. */
export let leaveRest: (request: EngineRequest) => void;

/**
 * A request as node:http has it. It's a true IncomingMessage whose own properties carry what is ours, since applications change the
 * prototype under it.
 */
export class EngineRequest extends IncomingMessage {
  readonly #exchange: Http1Exchange;
  readonly #hasBody: boolean;
  #reader: AsyncIterator<Uint8Array, undefined> | undefined;
  #reading = false;

  constructor(exchange: Http1Exchange, socket: Socket) {
    // It asks a socket for its high water mark alone, and is done sooner without one.
    super(undefined as never);
    const { request } = exchange;
    const flat = exchange.headers.flat();
    const { hasBody } = exchange;
    (this as unknown as Own).socket = socket;
    (this as unknown as Own).client = socket;
    (this as unknown as Own).upgrade = false;
    (this as unknown as Own)._read = read;
    (this as unknown as Own)._destroy = destroy;
    this.#exchange = exchange;
    this.#hasBody = hasBody;
    this.method = request.method;
    this.url = request.target;
    this.httpVersion = exchange.httpVersion;
    this.httpVersionMajor = 1;
    this.httpVersionMinor = exchange.httpVersion === "1.1" ? 1 : 0;
    // Not complete yet: of a message that is, they'd be trailers.
    (this as unknown as Own)._addHeaderLines(flat, flat.length);
    this.complete = !hasBody;
    // Express sets these after it has changed the prototype. A property that is added then costs V8 a new hidden class, microseconds
    // each; one that is there costs nothing. (V8 counts the assignments to `this` that it sees here to know how large a request is.)
    (this as unknown as Own).res = undefined;
    (this as unknown as Own).next = undefined;
    (this as unknown as Own).baseUrl = undefined;
    (this as unknown as Own).originalUrl = undefined;
    (this as unknown as Own).params = undefined;
    (this as unknown as Own).route = undefined;
    (this as unknown as Own).body = undefined;
    (this as unknown as Own)._body = undefined;
    (this as unknown as Own)._parsedUrl = undefined;
    (this as unknown as Own)._parsedOriginalUrl = undefined;
    (this as unknown as Own).__onFinished = undefined;
  }

  static {
    pull = (request) => request.#pull();
    isOver = (request) => request.#exchange.isOver;
    exchangeOf = (request) => request.#exchange;
    leaveRest = (request) => request.#leaveRest();
  }

  #pull(): void {
    if (!this.#hasBody) {
      this.push(null);
      return;
    }
    if (this.#reading) return;
    this.#reading = true;
    this.#reader ??= this.#exchange.body[Symbol.asyncIterator]();
    this.#reader.next().then(
      ({ done, value }) => {
        this.#reading = false;
        if (this.destroyed) return;
        if (done === true) void this.#end();
        else
          this.push(
            Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length),
          );
      },
      (error: unknown) => this.#fail(error),
    );
  }

  async #end(): Promise<void> {
    const { fields } = await this.#exchange.body.trailers;
    if (this.destroyed) return;
    this.complete = true;
    const flat = [...fields].flat();
    if (flat.length > 0) (this as unknown as RequestInternals)._addHeaderLines(flat, flat.length);
    this.push(null);
  }

  #fail(error: unknown): void {
    this.destroy(error instanceof EndedError ? aborted(error) : (error as Error));
  }

  /** The answer is complete: what is left of the request is thrown away, as node:http does. */
  #leaveRest(): void {
    const own = this as unknown as RequestInternals;
    const state = own._readableState;
    if (state.destroyed || own._consuming || state.resumeScheduled) return;
    if (!this.#hasBody && own._eventsCount === 0) {
      // Nobody would hear it.
      own._dumped = true;
      state.ended = state.endEmitted = state.destroyed = state.closed = state.closeEmitted = true;
    } else if (this.#exchange.requestComplete) {
      // Node 26 looks for the end here, which others don't mind.
      if (!this.#hasBody) this.push(null);
      own._dump();
    } else {
      // The connection reads it away.
      own._dumped = true;
      this.destroy();
    }
  }
}

/** What a message that doesn't arrive whole is destroyed with. */
export function aborted(cause: unknown): Error {
  return Object.assign(new Error("aborted", { cause }), { code: "ECONNRESET" });
}

function read(this: EngineRequest & RequestInternals): void {
  if (!this._consuming) {
    this._readableState.readingMore = false;
    this._consuming = true;
  }
  pull(this);
}

function destroy(
  this: EngineRequest & RequestInternals,
  error: Error | null,
  callback: (error?: Error | null) => void,
): void {
  if (!this._dumped && (!this.readableEnded || !this.complete)) {
    this.aborted = true;
    this.emit("aborted");
    // After that the connection is the engine's: it may be with another request, or saying what is wrong with this one.
    if (!isOver(this)) this.socket.destroy();
  }
  // An error that nobody listens for is no reason to end the process.
  process.nextTick(() => callback(this.listenerCount("error") > 0 ? error : null));
}
